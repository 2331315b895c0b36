"""A ladder: the coloured steps of an operation, as versioned data. What a colour means differs by place.

An episode pins a ladder and its version when it opens, so a version once adopted never changes.
"""

from typing import Annotated, Literal

import msgspec

from domain.actors import Role
from domain.codes import InstrumentKind
from domain.facts import Command, Fact, Facts, Knowledge, Line, Slug, Text, knowing
from domain.ids import LadderId
from domain.refusals import Conflict, Unreadable

Meaning = Literal["invitation", "warning", "exclusion"]
StepCode = Annotated[str, msgspec.Meta(pattern=r"^[a-z0-9][a-z0-9-]{0,31}$")]
Language = Annotated[str, msgspec.Meta(pattern=r"^[a-z]{2,3}(-[A-Za-z0-9]{2,8}){0,3}$")]
"""A language as in BCP 47: `en`, `pl`, `bfi` for British Sign Language."""


class TicketText(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """What a step's ticket says, in one language."""

    language: Language
    text: Text


class Step(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """One step: what it means, the instrument it is (if any), and what goes with it.

    `authorised_by` are the roles one of which must authorise the step; none means that its officer is enough.
    `leads_on` says in plain words what leads from here to the next step. `review_months` is after how long an
    instrument without an end is reviewed.
    """

    step: StepCode
    label: Line
    colour: Line | None = None
    meaning: Meaning = "warning"
    instrument: InstrumentKind | None = None
    offers_hub: bool = False
    lasts_months: int | None = None
    review_months: int = 6
    area: str | None = None
    leads_on: Line | None = None
    authorised_by: tuple[Role, ...] = ()
    proposer_may_authorise: bool = False
    texts: tuple[TicketText, ...] = ()

    @property
    def adverse(self) -> bool:
        """Whether the step is more than an invitation."""
        return self.meaning != "invitation" or self.instrument is not None


class Ladder(msgspec.Struct, frozen=True, kw_only=True):
    """One version of a ladder."""

    ladder: LadderId
    version: int
    operation: str
    steps: tuple[Step, ...]
    missed_session_escalates: bool = False
    refused_consent_escalates: bool = False
    first_step_needs_encounter: bool = False
    source: str | None = None

    def rank(self, code: str) -> int | None:
        """How high a step stands, 0 for the first; None if the ladder has no such step."""
        return next((rank for rank, step in enumerate(self.steps) if step.step == code), None)

    def step_that_is(self, kind: InstrumentKind) -> Step | None:
        """The step that is an instrument of this kind."""
        return next((step for step in self.steps if step.instrument == kind), None)


class LadderAdopted(Fact, type="ladder-adopted", version=1, tags=("ladder",)):
    """The partnership adopted a version of a ladder."""

    ladder: LadderId
    ladder_version: int
    operation: str
    steps: tuple[Step, ...]
    missed_session_escalates: bool = False
    refused_consent_escalates: bool = False
    first_step_needs_encounter: bool = False
    source: str | None = None


class AdoptLadder(Command):
    """Adopt a version of a ladder. The switches are the partnership's policy ("ours"); no law sets them."""

    ladder: Annotated[LadderId, Slug]
    ladder_version: Annotated[int, msgspec.Meta(ge=1)] = 1
    operation: Line
    steps: Annotated[tuple[Step, ...], msgspec.Meta(min_length=1, max_length=20)]
    missed_session_escalates: bool = False
    refused_consent_escalates: bool = False
    first_step_needs_encounter: bool = False
    source: Text | None = None


Ladders = dict[tuple[LadderId, int], Ladder]


def evolve_ladders(state: Ladders, fact: Fact) -> Ladders:
    """Ladders by id and version."""
    if not isinstance(fact, LadderAdopted):
        return state
    adopted = Ladder(
        ladder=fact.ladder,
        version=fact.ladder_version,
        operation=fact.operation,
        steps=fact.steps,
        missed_session_escalates=fact.missed_session_escalates,
        refused_consent_escalates=fact.refused_consent_escalates,
        first_step_needs_encounter=fact.first_step_needs_encounter,
        source=fact.source,
    )
    return {**state, (fact.ladder, fact.ladder_version): adopted}


def ladders() -> Knowledge[Ladders]:
    """Every version of every ladder that the partnership adopted."""
    return knowing({}, evolve_ladders, (LadderAdopted,))


def newest(known: Ladders, ladder: LadderId) -> Ladder | None:
    """The newest version of a ladder."""
    return max((one for one in known.values() if one.ladder == ladder), key=lambda one: one.version, default=None)


class VersionAdoptedOtherwise(Conflict):
    """This version was adopted with another content."""

    code = "ladder-version-fixed"
    rule = "A version of a ladder, once adopted, never changes: episodes are pinned to it."
    permitted_by = "Adopt the changed ladder under the next version."


class NotAdopted(Conflict):
    """The partnership has not adopted this ladder, or not this version of it."""

    code = "ladder-not-adopted"
    rule = "An episode is pinned to a version of a ladder that the partnership adopted."
    permitted_by = "Adopt the ladder first."


def pinned(known: Ladders, ladder: LadderId, version: int | None) -> Ladder:
    """A version of a ladder, the newest where none is named. Raises NotAdopted."""
    found = newest(known, ladder) if version is None else known.get((ladder, version))
    if found is None:
        raise NotAdopted(ladder=ladder, version=version)
    return found


class StepNamedTwice(Unreadable):
    """Two steps have one code."""

    code = "step-named-twice"
    rule = "Each step of a ladder has a code of its own."
    permitted_by = "Give each step another code."


def adopt(command: AdoptLadder, known: Ladders) -> Facts:
    """A version is adopted once; the same again adds nothing; it never changes."""
    if len({step.step for step in command.steps}) < len(command.steps):
        raise StepNamedTwice(ladder=command.ladder)
    fact = LadderAdopted(
        at=command.at,
        ladder=command.ladder,
        ladder_version=command.ladder_version,
        operation=command.operation,
        steps=command.steps,
        missed_session_escalates=command.missed_session_escalates,
        refused_consent_escalates=command.refused_consent_escalates,
        first_step_needs_encounter=command.first_step_needs_encounter,
        source=command.source,
    )
    key = (command.ladder, command.ladder_version)
    if key not in known:
        return (fact,)
    if evolve_ladders({}, fact)[key] == known[key]:
        return ()
    raise VersionAdoptedOtherwise(ladder=command.ladder, version=command.ladder_version)
