"""Who has looked: for whoever answers for the data, for a worker her own looks, and the person's own copy."""

from typing import Any, Final, get_args
from urllib.parse import quote

from api.problems import Flaw, ProblemError
from api.serving import Answer
from api.web import wording
from api.web.routes import AnyScreen, screen
from api.web.visit import Visit
from domain.governance.access import Use, audience
from domain.ids import PersonId

USE: Final = "use"
OWN: Final[Use] = "self-monitoring"
SHOWN: Final = 200


async def accesses(visit: Visit) -> Answer:
    """The looks at a person. Whoever may see those of others first says what for; one's own look is self-monitoring."""
    person = PersonId(visit.ids["person"])
    known = await visit.agencies()
    mine = known.get(visit.viewer.agency)
    asks = audience(visit.viewer.role, mine.kind if mine else None).of_agency
    given = visit.query.get(USE, "" if asks else OWN)
    if given not in {"", *get_args(Use)}:
        raise ProblemError("invalid-parameter", Flaw("?use", "not-in-the-list"))
    shown: dict[str, Any] = {"looks": None, "whose": None}
    if given:
        use: Use = given  # type: ignore[assignment] # one of them
        shown["looks"], shown["whose"] = await visit.hub.readings.looking_back.latest_accesses(
            visit.viewer, person, use=use, limit=SHOWN
        )
    path = f"/people/{quote(person, safe='')}"
    return await visit.page(
        "accesses.html",
        asks=asks,
        use=given,
        uses=[(one, wording.label("ledger-use", one)) for one in get_args(Use)],
        here=f"{path}/accesses",
        back="/" if asks else f"{path}/sharing",
        names={str(one.id): one.name for one in known.values()},
        **shown,
    )


SCREENS: Final[tuple[AnyScreen, ...]] = (screen("/people/{person}/accesses", accesses, USE),)
