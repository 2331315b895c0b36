"""Need to know, field by field: open fields that not everybody needs who may see the rest, and what is left out.

That a health or treatment referral exists is itself need-to-know (Caldicott principles 3 and 4; domain, "What the law
asks", 7).
"""

from collections.abc import Mapping
from typing import Final

import msgspec

from domain.actors import Actor, Role
from domain.codes import EpisodeOutcome
from domain.facts import PersonalClass
from domain.governance.scope import PROTECTS_DATA


class NeedToKnow(msgspec.Struct, frozen=True, kw_only=True):
    """A field that not everybody needs who may see the rest.

    An open one whose code can say something of somebody's health, with the codes that are left out together; or, with
    `roles`, one that is for these roles alone.

    Left out alone, a code would be told by being left out: so each is left out with others that say nothing of health.
    `codes` of None: whatever the field says. `together` are the fields that would tell it and go unnamed. `by` is the
    field with the agency that recorded it, which may see what it recorded; None where nobody recorded it as such.
    """

    field: str
    codes: frozenset[str] | None
    together: tuple[str, ...] = ()
    by: str | None = "by_agency"
    roles: frozenset[Role] = frozenset()


ENGAGED: Final[frozenset[EpisodeOutcome]] = frozenset({"engaged", "in-treatment"})
"""Outcomes that say: with the help of some service."""
OUT_OF_REACH: Final = frozenset({"custody", "hospital"})
AWAY_OR_OTHER: Final = OUT_OF_REACH | {"treatment", "other"}
HELP_OFFERED: Final = frozenset({"health", "other"})

NEED_TO_KNOW: Final[Mapping[str, tuple[NeedToKnow, ...]]] = {
    "EpisodeClosed": (NeedToKnow(field="outcome", codes=ENGAGED),),
    "EpisodePaused": (NeedToKnow(field="reason", codes=AWAY_OR_OTHER),),
    "EpisodeRow": (
        NeedToKnow(field="outcome", codes=ENGAGED, by="closed_by_agency"),
        NeedToKnow(field="paused_for", codes=AWAY_OR_OTHER, by="paused_by_agency"),
    ),
    "EncounterRecorded": (NeedToKnow(field="offer", codes=HELP_OFFERED, together=("offer_taken",)),),
    "EncounterCorrected": (NeedToKnow(field="offer", codes=HELP_OFFERED, together=("offer_taken",)),),
    "EncounterRow": (NeedToKnow(field="offer", codes=HELP_OFFERED, together=("offer_taken",), by="offer_by_agency"),),
    "StayBegan": (NeedToKnow(field="stay", codes=OUT_OF_REACH, together=("station", "hospital")),),
    "PersonReleased": (NeedToKnow(field="stay", codes=OUT_OF_REACH),),
    "Whereabouts": (NeedToKnow(field="stay", codes=OUT_OF_REACH),),
    # Which agencies knew the other record would name its treatment service. It was looked up, and told by nobody.
    "MergeReviewed": (NeedToKnow(field="concerned", codes=None, by=None),),
    # What a review says of a worker is for those who review. Who broke the glass is told what was found (the row).
    "GlassReviewed": (NeedToKnow(field="finding", codes=None, together=("rationale",), by=None, roles=PROTECTS_DATA),),
    "BreakGlassRow": (NeedToKnow(field="rationale", codes=None, by=None, roles=PROTECTS_DATA),),
}
"""The fields that are left out of what may be seen, by the class of fact or row: open fields of street work and of the
register that can betray health, and what was found of a worker."""


def withheld(record: msgspec.Struct, viewer: Actor, opens: frozenset[PersonalClass]) -> tuple[NeedToKnow, ...]:
    """What is left out of a fact or row, shown to somebody who may open these classes."""
    rules = NEED_TO_KNOW.get(type(record).__name__)
    if not rules:
        return ()
    return tuple(
        rule
        for rule in rules
        if (viewer.role not in rule.roles if rule.roles else "health" not in opens)
        and (value := getattr(record, rule.field))
        and (rule.codes is None or value in rule.codes)
        and (rule.by is None or getattr(record, rule.by) != viewer.agency)
    )
