"""A person says that something recorded of them is wrong: it is corrected, or their own words are kept beside it.

UK GDPR arts. 5(1)(d), 16 and 19; Data Protection Act 2018 ss.46 and 48. Nothing is overwritten: a correction is a later
fact, entered with the command that corrects that kind of record, and whoever the person concerns is told to take note.
"""

from typing import Annotated, Final, Literal

import msgspec

from domain.facts import Command, Fact, Facts, IdentityText, Instant, Personal, Placed, Slug, Text, amended
from domain.ids import AgencyId, PersonId, RectificationId, RightsRequestId
from domain.refusals import AlreadyExists, Conflict, Guarded

RectificationRefusal = Literal["accurate", "opinion-marked-as-one", "record-of-what-was-said", "cannot-be-shown"]
"""Why a record stands as it is. An opinion, recorded as one and as whose, is accurate as a record of that opinion."""

CORRECTS: Final = frozenset(
    {
        "encounter-corrected",
        "encounter-voided",
        "person-identified",
        "alias-added",
        "ethnicity-described",
        "languages-set",
        "contact-set",
        "circumstances-recorded",
        "death-retracted",
        "person-released",
        "flag-ended",
        "ticket-voided",
        "instrument-voided",
        "instrument-varied",
        "instrument-withdrawn",
        "hub-check-in-voided",
        "referral-entered-in-error",
        "basis-ended",
        "consent-withdrawn",
        "persons-unmerged",
        "records-attributed",
        "episode-stepped-down",
    }
)
"""The types of facts that say of something earlier that it is otherwise."""


class RectificationAsked(Fact, type="rectification-asked", version=1, tags=("person", "rectification")):
    """The person says that what stands at a position of the log is wrong, and how it is."""

    rectification: RectificationId
    person: PersonId
    by_agency: AgencyId
    line: int
    rights_request: RightsRequestId | None
    wrong: IdentityText = None
    right: IdentityText = None


class RectificationAccepted(Fact, type="rectification-accepted", version=1, tags=("person", "rectification")):
    """It was corrected by the fact at this position; the others whom the person concerns take note."""

    rectification: RectificationId
    person: PersonId
    correction: int


class RectificationRefused(Fact, type="rectification-refused", version=1, tags=("person", "rectification")):
    """It stands, for this reason, and the person's own words are kept and shown beside it."""

    rectification: RectificationId
    person: PersonId
    reason: RectificationRefusal
    reasons: IdentityText = None
    statement: IdentityText = None


class CorrectionNoted(Fact, type="correction-noted", version=1, tags=("person", "rectification")):
    """An agency took note of a correction, in its own records too (art. 19)."""

    rectification: RectificationId
    person: PersonId
    by_agency: AgencyId


class Rectification(msgspec.Struct, frozen=True, kw_only=True):
    """What a person asked to be put right, and what became of it."""

    id: RectificationId
    person: PersonId
    by_agency: AgencyId
    line: int
    asked_at: Instant
    rights_request: RightsRequestId | None = None
    correction: int | None = None
    refused: RectificationRefusal | None = None
    decided_at: Instant | None = None
    noted: frozenset[AgencyId] = frozenset()

    @property
    def open(self) -> bool:
        """Whether nobody has decided."""
        return self.decided_at is None


Rectifications = dict[RectificationId, Rectification]

OF_RECTIFICATIONS: Final = (RectificationAsked, RectificationAccepted, RectificationRefused, CorrectionNoted)


def evolve(state: Rectifications, fact: Fact) -> Rectifications:
    """What was asked to be put right, as it stands."""
    match fact:
        case RectificationAsked():
            asked = Rectification(
                id=fact.rectification,
                person=fact.person,
                by_agency=fact.by_agency,
                line=fact.line,
                asked_at=fact.at,
                rights_request=fact.rights_request,
            )
            return {**state, asked.id: asked}
        case RectificationAccepted():
            return amended(state, fact.rectification, correction=fact.correction, decided_at=fact.at)
        case RectificationRefused():
            return amended(state, fact.rectification, refused=fact.reason, decided_at=fact.at)
        case CorrectionNoted() if fact.rectification in state:
            noted = state[fact.rectification].noted | {fact.by_agency}
            return amended(state, fact.rectification, noted=noted)
        case _:
            return state


class Recorded(msgspec.Struct, frozen=True):
    """Where something of a person stands in the log, and of which type it is."""

    types: dict[int, str] = {}


def evolve_recorded(state: Recorded, placed: Placed) -> Recorded:
    """After another fact."""
    return Recorded({**state.types, placed.position: placed.fact.fact_type})


class AskRectification(Command):
    """Enter what the person says is wrong. `line` is the position of what it is about."""

    rectification: Annotated[RectificationId, Slug]
    person: PersonId
    line: Annotated[int, msgspec.Meta(ge=1)]
    wrong: Annotated[Text, Personal("identity")]
    right: Annotated[Text, Personal("identity")]
    rights_request: RightsRequestId | None = None


class AcceptRectification(Command):
    """Say that it was corrected; without a position, by the latest correction of this person."""

    person: PersonId
    rectification: RectificationId
    correction: Annotated[int, msgspec.Meta(ge=1)] | None = None


class RefuseRectification(Command):
    """Leave it as it stands, and keep the person's own words beside it."""

    person: PersonId
    rectification: RectificationId
    reason: RectificationRefusal
    reasons: Annotated[Text, Personal("identity")]
    statement: Annotated[Text, Personal("identity")]


class NoteCorrection(Command):
    """Say that one's agency took note of a correction, in its own records too."""

    person: PersonId
    rectification: RectificationId


class NotOfThisPerson(Guarded):
    """There is nothing of this person there."""

    code = "line-not-of-person"
    rule = "What is put right is something that was recorded of this person."
    permitted_by = "Choose the line from the person's timeline."


class CorrectionMissing(Guarded):
    """Nothing was corrected."""

    code = "correction-not-recorded"
    rule = "What is accepted as wrong is corrected first, by a fact of its own that stays beside it (UK GDPR art. 16)."
    permitted_by = "Enter the correction, then accept."


class RectificationDecided(Conflict):
    """It was decided."""

    code = "rectification-decided-before"
    rule = "What a person asked to be put right is decided once; whoever is not content complains, or asks again."
    permitted_by = "Record a complaint, or ask again."


class NothingToNote(Conflict):
    """Nothing was corrected."""

    code = "nothing-to-note"
    rule = "An agency takes note of what was corrected."
    permitted_by = "Wait for the decision."


def ask(command: AskRectification, known: Rectifications, recorded: Recorded, by_agency: AgencyId) -> Facts:
    """About something that was recorded of this person."""
    if command.rectification in known:
        one = known[command.rectification]
        if (one.person, one.line) == (command.person, command.line):
            return ()
        raise AlreadyExists(rectification=command.rectification)
    if command.line not in recorded.types:
        raise NotOfThisPerson(line=command.line)
    return (
        RectificationAsked(
            at=command.at,
            rectification=command.rectification,
            person=command.person,
            by_agency=by_agency,
            line=command.line,
            rights_request=command.rights_request,
            wrong=command.wrong,
            right=command.right,
        ),
    )


def accept(command: AcceptRectification, known: Rectification, recorded: Recorded) -> Facts:
    """With a correction that was recorded after what it corrects."""
    if known.correction is not None and command.correction in {None, known.correction}:
        return ()
    if not known.open:
        raise RectificationDecided
    corrections = [at for at, name in recorded.types.items() if at > known.line and name in CORRECTS]
    correction = max(corrections, default=None) if command.correction is None else command.correction
    if correction is None or correction not in corrections:
        raise CorrectionMissing
    fact = RectificationAccepted(at=command.at, rectification=known.id, person=known.person, correction=correction)
    return (fact,)


def refuse(command: RefuseRectification, known: Rectification) -> Facts:
    """With the reason, and the person's own words."""
    if known.refused == command.reason:
        return ()
    if not known.open:
        raise RectificationDecided
    return (
        RectificationRefused(
            at=command.at,
            rectification=known.id,
            person=known.person,
            reason=command.reason,
            reasons=command.reasons,
            statement=command.statement,
        ),
    )


def note(command: NoteCorrection, known: Rectification, agency: AgencyId) -> Facts:
    """Once for each agency."""
    if known.correction is None:
        raise NothingToNote
    if agency in known.noted:
        return ()
    return (CorrectionNoted(at=command.at, rectification=known.id, person=known.person, by_agency=agency),)
