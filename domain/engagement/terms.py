"""What an instrument says: its conduct, its conditions in words made for this person, its dates and explanations.

Anti-social Behaviour, Crime and Policing Act 2014 s.43(5)-(7); the wording itself is sealed in the fact.
"""

import datetime as dt
import re
from collections.abc import Iterator
from typing import Final, Literal

import msgspec

from domain.calendar import months_after
from domain.codes import AsbType, InstrumentKind
from domain.engagement.overrides import PlaceCode
from domain.facts import Text
from domain.ids import AgencyId
from domain.refusals import Guarded, Refusal


class Condition(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """What an instrument forbids or requires: it answers a named conduct, in words made for this person.

    A positive requirement names the agency that supervises it. `forbids` are the places where the person may not be.
    """

    kind: Literal["prohibition", "requirement"]
    addresses: AsbType
    text: Text
    forbids: tuple[PlaceCode, ...] = ()
    supervisor: AgencyId | None = None


class Terms(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """What an instrument says. `paper`: its wording stands on a paper form and is vouched for by who served it.

    `comply_by` is the last day a warning gives; `explains` are the sections whose effect the text explains;
    `informed_first` are those that were told before a notice (s.43(6)), or `nobody_to_inform`.
    """

    conduct: tuple[AsbType, ...] = ()
    conditions: tuple[Condition, ...] = ()
    comply_by: dt.date | None = None
    ends_on: dt.date | None = None
    review_on: dt.date | None = None
    explains: tuple[int, ...] = ()
    informed_first: tuple[AgencyId, ...] = ()
    nobody_to_inform: bool = False
    paper: bool = False


EXPLAINED_SECTIONS: Final = frozenset(range(46, 52))
"""A notice explains the effect of ss.46 to 51 (s.43(7)(b))."""

BOILERPLATE: Final = frozenset(
    {
        "be of good behaviour",
        "behave",
        "do not behave anti socially",
        "not to engage in anti social behaviour",
        "not to cause harassment alarm or distress",
        "not to cause harassment alarm or distress to any person",
        "not to behave in an anti social manner",
        "stop anti social behaviour",
        "comply with the law",
        "as directed",
    }
)
"""Conditions that would fit anybody and tell nobody what to do."""


class ConductNotIdentified(Guarded):
    """The text does not say which conduct it is about."""

    code = "conduct-not-identified"
    rule = "A warning names the conduct and a notice identifies it (2014 Act s.43(5)(a), (7)(a))."
    permitted_by = "Name the conduct."


class EffectNotExplained(Guarded):
    """The text does not explain what follows."""

    code = "effect-not-explained"
    rule = "A notice explains the effect of sections 46 to 51 (2014 Act s.43(7)(b))."
    permitted_by = "Explain appeal, remedial action, offence and orders in the text."


class NotInformedFirst(Guarded):
    """Those that must be told before a notice were not."""

    code = "not-informed-first"
    rule = "Before a notice is given, those whom the officer thinks appropriate are informed (2014 Act s.43(6))."
    permitted_by = "Inform them and name them, or say that there is nobody to inform."


class NoEndNorReview(Guarded):
    """The instrument would hold for ever unseen."""

    code = "no-end-nor-review"
    rule = "Every instrument has an end or a review date (ours; neither warning nor notice ends by statute)."
    permitted_by = "Give the day on which it ends, or the day on which it is reviewed."


class BoilerplateCondition(Guarded):
    """A condition that would fit anybody."""

    code = "boilerplate-condition"
    rule = "A condition answers the conduct that the instrument names, in its own words; boilerplate is refused (ours)."
    permitted_by = "Say what this person is to do or not to do, and which of the named conduct it answers."


class RequirementWithoutSupervisor(Guarded):
    """Nobody would supervise the requirement."""

    code = "requirement-without-supervisor"
    rule = "Each positive requirement names its supervisor (Sentencing Code s.333)."
    permitted_by = "Name the agency that supervises the requirement."


def against_terms(kind: InstrumentKind, terms: Terms) -> Iterator[Refusal]:
    """What an instrument must say. The wording of a paper form is vouched for by the officer who served it."""
    if terms.ends_on is None and terms.review_on is None:
        yield NoEndNorReview(kind=kind)
    yield from against_conditions(terms.conditions, terms.conduct)
    if terms.paper:
        return
    if not terms.conduct:
        yield ConductNotIdentified(kind=kind)
    if kind == "cpn":
        if not frozenset(terms.explains) >= EXPLAINED_SECTIONS:
            yield EffectNotExplained(missing=tuple(sorted(EXPLAINED_SECTIONS - set(terms.explains))))
        if not terms.informed_first and not terms.nobody_to_inform:
            yield NotInformedFirst()


def against_conditions(conditions: tuple[Condition, ...], conduct: tuple[AsbType, ...]) -> Iterator[Refusal]:
    """Each condition answers the named conduct in words of its own, and each requirement has a supervisor."""
    for one in conditions:
        if is_boilerplate(one.text) or (conduct and one.addresses not in conduct):
            yield BoilerplateCondition(addresses=one.addresses)
        if one.kind == "requirement" and one.supervisor is None:
            yield RequirementWithoutSupervisor(addresses=one.addresses)


def is_boilerplate(text: str) -> bool:
    """Whether a condition would fit anybody, whatever it is put to."""
    words = " ".join(re.findall(r"[a-z]+", text.lower()))
    return words.removeprefix("you must ").removeprefix("you are ") in BOILERPLATE


def wording(conditions: tuple[Condition, ...]) -> str | None:
    """The conditions as they stand in the text, one a line."""
    return "\n".join(f"{one.kind}: {one.text}" for one in conditions) or None


def with_review(terms: Terms, on: dt.date, months: int) -> Terms:
    """The terms, with a review after so many months where they have neither an end nor a review date."""
    if terms.ends_on is not None or terms.review_on is not None:
        return terms
    return msgspec.structs.replace(terms, review_on=months_after(on, months))


def supervisors(conditions: tuple[Condition, ...]) -> tuple[AgencyId, ...]:
    return tuple(dict.fromkeys(one.supervisor for one in conditions if one.supervisor is not None))


def places_forbidden(conditions: tuple[Condition, ...]) -> tuple[PlaceCode, ...]:
    return tuple(dict.fromkeys(place for one in conditions for place in one.forbids))
