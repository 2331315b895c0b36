"""Decisions to tell somebody outside what is known of a person, and decisions not to: both with their rationale.

A child at risk overrides a refused consent: then the safeguarding lead is alerted (Children Act 2004 s.11; Data
Protection Act 2018 Sch. 1 para. 18).
"""

from typing import Annotated, Final, Literal

import msgspec

from domain.actors import Actor
from domain.codes import InformationCategory
from domain.facts import Command, Fact, Facts, IdentityText, Knowledge, Line, Personal, Slug, Text, knowing
from domain.governance.scope import Crossing
from domain.ids import AgencyId, DisclosureId, PersonId
from domain.refusals import AlreadyExists, Guarded

Ground = Literal[
    "consent",
    "agreement",
    "legal-obligation",
    "public-task",
    "vital-interests",
    "safeguarding",
    "court-order",
    "crime-and-taxation",
    "legal-claims",
]
"""On what something is disclosed: UK GDPR arts. 6 and 9; Data Protection Act 2018 Sch. 1 and Sch. 2 paras. 2 and 5."""

RecipientKind = Literal["agency", "family-or-carer", "court", "professional", "employer-or-school", "media", "other"]


class DisclosureDecided(Fact, type="disclosure-decided", version=1, tags=("person", "disclosure")):
    """Somebody asked, or should know: it was decided to tell them this, or not to.

    `overrides_refusal`: the person said no, and is overridden. `crossing` where a law-enforcement record is used under
    the general regime or the other way round. `to_agency` is no `AgencyId`: nobody concerns an agency for being told.
    """

    disclosure: DisclosureId
    person: PersonId
    by_agency: AgencyId
    shares: bool
    recipient_kind: RecipientKind
    to_agency: str | None
    categories: frozenset[InformationCategory]
    ground: Ground | None
    crossing: Crossing | None
    overrides_refusal: bool
    recipient: IdentityText = None
    rationale: IdentityText = None


def evolve_decided(state: tuple[DisclosureDecided, ...], fact: Fact) -> tuple[DisclosureDecided, ...]:
    """What was decided."""
    return (*state, fact) if isinstance(fact, DisclosureDecided) else state


def decided(disclosure: DisclosureId) -> Knowledge[tuple[DisclosureDecided, ...]]:
    """The decision under an id."""
    return knowing((), evolve_decided, (DisclosureDecided,), f"disclosure:{disclosure}")


class DecideDisclosure(Command):
    """Record a decision to disclose, or not to."""

    disclosure: Annotated[DisclosureId, Slug]
    person: PersonId
    shares: bool
    recipient_kind: RecipientKind
    recipient: Annotated[Line, Personal("identity")]
    categories: Annotated[frozenset[InformationCategory], msgspec.Meta(min_length=1)]
    rationale: Annotated[Text, Personal("identity")]
    to_agency: AgencyId | None = None
    ground: Ground | None = None
    crossing: Crossing | None = None
    overrides_refusal: bool = False


class GroundMissing(Guarded):
    """Nothing is named that allows it."""

    code = "ground-missing"
    rule = "Personal data is disclosed on a ground in law, which is named (UK GDPR arts. 6, 9)."
    permitted_by = "Name the ground, or record the decision not to share."


class OverrideUngrounded(Guarded):
    """A refusal is overridden for nothing."""

    code = "override-ungrounded"
    rule = "A refusal is overridden only to safeguard, to save life, or where the law or a court demands it (ours)."
    permitted_by = "Ask the safeguarding lead."


OVERRIDING: Final[frozenset[Ground]] = frozenset({"safeguarding", "vital-interests", "legal-obligation", "court-order"})


def decide(command: DecideDisclosure, by: Actor, before: tuple[DisclosureDecided, ...]) -> Facts:
    """A decision to share names its ground; one that overrides a refusal has one that can. An id names one decision."""
    if command.shares and command.ground is None:
        raise GroundMissing
    if command.overrides_refusal and command.shares and command.ground not in OVERRIDING:
        raise OverrideUngrounded(ground=command.ground)
    if before:
        if any(one.person == command.person and one.shares == command.shares for one in before):
            return ()
        raise AlreadyExists(disclosure=command.disclosure)
    return (
        DisclosureDecided(
            at=command.at,
            disclosure=command.disclosure,
            person=command.person,
            by_agency=by.agency,
            shares=command.shares,
            recipient_kind=command.recipient_kind,
            to_agency=command.to_agency,
            categories=command.categories,
            ground=command.ground,
            crossing=command.crossing,
            overrides_refusal=command.overrides_refusal,
            recipient=command.recipient,
            rationale=command.rationale,
        ),
    )
