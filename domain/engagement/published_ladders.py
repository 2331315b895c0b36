"""The three published ladders of Operation Luscombe. Where a source is silent, no rule is made up."""

from typing import Final

from domain.engagement.ladder import Ladder, Step
from domain.ids import LadderId

LUSCOMBE: Final = "Operation Luscombe"

CAMBRIDGESHIRE: Final = Ladder(
    ladder=LadderId("cambridgeshire-4-step"),
    version=1,
    operation=LUSCOMBE,
    steps=(
        Step(
            step="green",
            colour="green",
            label="Green: invitation to the hub",
            meaning="invitation",
            offers_hub=True,
        ),
        Step(step="cpw", label="Community protection warning", instrument="cpw", offers_hub=True),
        Step(step="cpn", label="Community protection notice", instrument="cpn", offers_hub=True),
        Step(
            step="blue",
            colour="blue",
            label="Blue: arrest considered, criminal behaviour order sought",
            instrument="cbo-application",
            offers_hub=True,
        ),
    ),
    source="Police Oracle 109915 and 110655; Peterborough Today 3995471. No colours are published for the middle two.",
)

CITY_2021: Final = Ladder(
    ladder=LadderId("city-of-london-2021"),
    version=1,
    operation=LUSCOMBE,
    steps=(
        Step(
            step="green",
            colour="green",
            label="Green: invitation to the hub",
            meaning="invitation",
            offers_hub=True,
        ),
        Step(
            step="amber",
            colour="amber",
            label="Amber: community protection warning",
            instrument="cpw",
            offers_hub=True,
        ),
        Step(step="cpn", label="Community protection notice", instrument="cpn", offers_hub=True),
        Step(
            step="cbo",
            label="Criminal behaviour order, when the threshold is exceeded",
            instrument="cbo-application",
            offers_hub=True,
        ),
    ),
    source=(
        "City of London 120981 and 123476: 73 tickets of which 51 green, 12 amber (CPW), 10 CPN; "
        "people were invited to the hub at every stage"
    ),
)

CITY_2024: Final = Ladder(
    ladder=LadderId("city-of-london-2024-3-step"),
    version=1,
    operation=LUSCOMBE,
    steps=(
        Step(
            step="green",
            colour="green",
            label="Green: warning not to beg in the City for 12 months",
            offers_hub=True,
            lasts_months=12,
        ),
        Step(step="amber", colour="amber", label="Amber: begging again", offers_hub=True),
        Step(
            step="red",
            colour="red",
            label="Red: further offences can lead to a criminal behaviour order",
            offers_hub=True,
        ),
    ),
    source="City of London 155044: tickets are warning cards, not fines; hub fortnightly",
)

PUBLISHED: Final[dict[LadderId, Ladder]] = {one.ladder: one for one in (CAMBRIDGESHIRE, CITY_2021, CITY_2024)}
USED_BY: Final[dict[LadderId, tuple[str, ...]]] = {
    CAMBRIDGESHIRE.ladder: ("peterborough", "fenland"),
    CITY_2021.ladder: ("city-of-london",),
    CITY_2024.ladder: ("city-of-london",),
}
"""The partnerships that a source names as users of a ladder."""
