"""A person asks for what the law gives them: answered within a month, or two months more where they are told why.

UK GDPR arts. 12 to 21, Data Protection Act 2018 ss.45 to 54. The month runs from the day of receipt to the same date of
the next month, or that month's last day; on a weekend or bank holiday it ends with the next working day (ICO). Who had
to be asked who they are has a month from their answer (art. 12A(3)); days spent waiting to hear what is meant do not
count (art. 12A(6)).
"""

import datetime as dt
from typing import Annotated, Final, Literal

import msgspec

from domain.calendar import civil_date, months_after, or_next_working_day
from domain.facts import Command, Fact, Facts, HealthText, IdentityText, Instant, Line, Personal, Slug, Text, amended
from domain.ids import AgencyId, PersonId, RightsRequestId
from domain.refusals import AlreadyExists, Conflict, Guarded, Unreadable
from domain.time_limit import Limited, TimeLimit, by_the_end_of

RequestKind = Literal["access", "rectification", "restriction", "objection", "erasure"]
"""UK GDPR arts. 15, 16, 18, 21 and 17."""

Channel = Literal["in-person", "phone", "letter", "email", "online"]

AskedBy = Literal["person", "advocate", "solicitor", "parent-or-guardian", "attorney-or-deputy"]
"""The person, or somebody with authority to ask for them."""

IdentityCheck = Literal["known-to-worker", "document-seen", "details-confirmed", "authority-seen"]
"""How it was made sure of who asks. No more is asked for than is needed (art. 12(6))."""

AskedFor = Literal["identity", "clarification"]
"""What whoever asks may be asked back."""

RequestOutcome = Literal["granted", "granted-in-part", "refused"]

RefusalGround = Literal[
    "manifestly-unfounded",
    "excessive",
    "exempt",
    "identity-not-shown",
    "data-accurate",
    "compelling-grounds",
    "legal-claims",
    "legal-obligation",
    "not-held",
]
"""Why not: arts. 12(5), 12(6), 17(3), 21(1), and the exemptions of Schs. 2 to 4."""

WithholdingGround = Literal[
    "third-party",
    "staff-safety",
    "law-enforcement",
    "serious-harm",
    "confidential-source",
    "safeguarding",
    "legal-privilege",
    "another-controller",
]
"""Why a part of what is held is not handed over: Data Protection Act 2018 Sch. 2 para. 16 (others who can be told from
it), s.45(4)(b) and (e), Sch. 3 para. 5 (serious harm), Sch. 2 para. 16, Sch. 3 para. 21, Sch. 2 para. 19; or another
agency holds it, and is asked for it."""

ExtensionReason = Literal["complex", "numerous"]

MONTHS: Final = 1
EXTENDED_MONTHS: Final = 3
REMIND_BEFORE: Final = dt.timedelta(days=7)
"""Before the end of its day. Ours."""


class RequestReceived(Fact, type="rights-request-received", version=1, tags=("person", "rights_request")):
    """An agency was asked, on a day; the answer is due by another."""

    rights_request: RightsRequestId
    person: PersonId
    by_agency: AgencyId
    kind: RequestKind
    channel: Channel
    asked_by: AskedBy
    received_on: dt.date
    due: dt.date
    words: IdentityText = None


class RequesterAsked(Fact, type="rights-requester-asked", version=1, tags=("person", "rights_request")):
    """Whoever asks was asked who they are, or what they mean: until they say so the clock stands still."""

    rights_request: RightsRequestId
    person: PersonId
    what: AskedFor
    on: dt.date


class RequesterAnswered(Fact, type="rights-requester-answered", version=1, tags=("person", "rights_request")):
    """They answered, and the clock goes on."""

    rights_request: RightsRequestId
    person: PersonId
    what: AskedFor
    on: dt.date
    due: dt.date


class IdentityChecked(Fact, type="rights-identity-checked", version=1, tags=("person", "rights_request")):
    """It was made sure of who asks."""

    rights_request: RightsRequestId
    person: PersonId
    how: IdentityCheck


class RequestExtended(Fact, type="rights-request-extended", version=1, tags=("person", "rights_request")):
    """It takes up to two months more, and the person was told why, within the first month (art. 12(3))."""

    rights_request: RightsRequestId
    person: PersonId
    reason: ExtensionReason
    told_on: dt.date
    due: dt.date
    words: IdentityText = None


class RequestAnswered(Fact, type="rights-request-answered", version=1, tags=("person", "rights_request")):
    """The person was told what became of it; of a refusal also why, and how to complain (art. 12(4)).

    `leads_to` is the reference of what was done: a rectification, a restriction, an erasure.
    """

    rights_request: RightsRequestId
    person: PersonId
    outcome: RequestOutcome
    grounds: frozenset[RefusalGround]
    complaint_explained: bool
    leads_to: str | None = None
    reasons: IdentityText = None


class PackMade(Fact, type="access-pack-made", version=1, tags=("person", "rights_request")):
    """All that is held was laid out for the person. `digest` is the SHA-256 of that document, which names it for good.

    It is of what stood in both logs up to these positions, so it can be laid out again. `withheld` counts the fields
    that were left out, by why. `decided` is what was decided of each, as JSON: which fields those are may say something
    of somebody's health.
    """

    rights_request: RightsRequestId
    person: PersonId
    digest: str
    position: int
    ledger_position: int
    withheld: int
    decided: HealthText = None


class RightsRequest(Limited, frozen=True, kw_only=True):
    """A request as it stands. `counts_from` is the day from which its months run, `paused_days` do not count.

    `waits_since`: the clock stands still since that day, or stood when it was answered.
    """

    id: RightsRequestId
    person: PersonId
    by_agency: AgencyId
    kind: RequestKind
    channel: Channel
    asked_by: AskedBy
    received_on: dt.date
    counts_from: dt.date
    due: dt.date
    paused_days: int = 0
    waits_for: AskedFor | None = None
    waits_since: dt.date | None = None
    identity: IdentityCheck | None = None
    extended: ExtensionReason | None = None
    answered_at: Instant | None = None
    outcome: RequestOutcome | None = None
    grounds: frozenset[RefusalGround] = frozenset()
    leads_to: str | None = None
    pack: PackMade | None = None

    @property
    def open(self) -> bool:
        """Whether the person still waits."""
        return self.answered_at is None

    @property
    def time_limit(self) -> TimeLimit | None:
        """The month or months of arts. 12(3) and 12A; none while whoever asks is asked back, if that was in time."""
        runs = self.open and (self.waits_since is None or self.due < self.waits_since)
        return by_the_end_of(self.due, REMIND_BEFORE) if runs else None

    @property
    def in_time(self) -> bool | None:
        """Whether it was answered by its day, or while the clock stood still; None where it is open."""
        return None if self.answered_at is None else (self.waits_since or civil_date(self.answered_at)) <= self.due


Requests = dict[RightsRequestId, RightsRequest]

OF_REQUESTS: Final = (
    RequestReceived,
    RequesterAsked,
    RequesterAnswered,
    IdentityChecked,
    RequestExtended,
    RequestAnswered,
    PackMade,
)


def answer_due(counts_from: dt.date, months: int, paused_days: int, closed: frozenset[dt.date]) -> dt.date:
    """The last day for an answer. `closed` are the bank holidays."""
    return or_next_working_day(months_after(counts_from, months) + dt.timedelta(days=paused_days), closed)


def evolve(state: Requests, fact: Fact) -> Requests:
    """Requests as they stand."""
    match fact:
        case RequestReceived():
            received = RightsRequest(
                id=fact.rights_request,
                person=fact.person,
                by_agency=fact.by_agency,
                kind=fact.kind,
                channel=fact.channel,
                asked_by=fact.asked_by,
                received_on=fact.received_on,
                counts_from=fact.received_on,
                due=fact.due,
            )
            return {**state, received.id: received}
        case RequesterAsked():
            return amended(state, fact.rights_request, waits_for=fact.what, waits_since=fact.on)
        case RequesterAnswered(what="identity"):
            return amended(
                state,
                fact.rights_request,
                waits_for=None,
                waits_since=None,
                counts_from=fact.on,
                paused_days=0,
                due=fact.due,
            )
        case RequesterAnswered() if fact.rights_request in state:
            before = state[fact.rights_request]
            paused = before.paused_days + (fact.on - (before.waits_since or fact.on)).days
            return amended(
                state, fact.rights_request, waits_for=None, waits_since=None, paused_days=paused, due=fact.due
            )
        case IdentityChecked():
            return amended(state, fact.rights_request, identity=fact.how)
        case RequestExtended():
            return amended(state, fact.rights_request, extended=fact.reason, due=fact.due)
        case PackMade():
            return amended(state, fact.rights_request, pack=fact)
        case RequestAnswered():
            return amended(
                state,
                fact.rights_request,
                answered_at=fact.at,
                outcome=fact.outcome,
                grounds=fact.grounds,
                leads_to=fact.leads_to,
                waits_for=None,
            )
        case _:
            return state


class ReceiveRequest(Command):
    """Enter what a person asked for. It may be said to anybody, in any words."""

    rights_request: Annotated[RightsRequestId, Slug]
    person: PersonId
    kind: RequestKind
    channel: Channel
    received_on: dt.date
    words: Annotated[Text, Personal("identity")]
    asked_by: AskedBy = "person"


class AskRequester(Command):
    """Ask who they are, or what they mean, where it cannot be known otherwise."""

    rights_request: RightsRequestId
    what: AskedFor


class HearRequester(Command):
    """Enter that they answered, and when."""

    rights_request: RightsRequestId
    on: dt.date


class CheckIdentity(Command):
    """Say how it was made sure of who asks."""

    rights_request: RightsRequestId
    how: IdentityCheck


class ExtendRequest(Command):
    """Take up to two months more, where it is complex or they asked for much at once; the person has been told."""

    rights_request: RightsRequestId
    reason: ExtensionReason
    told_on: dt.date
    words: Annotated[Text, Personal("identity")]


class AnswerRequest(Command):
    """Say what became of it. A refusal names its grounds, and explains how to complain."""

    rights_request: RightsRequestId
    outcome: RequestOutcome
    reasons: Annotated[Text, Personal("identity")]
    grounds: frozenset[RefusalGround] = frozenset()
    complaint_explained: bool = False
    leads_to: Line | None = None


class MakePack(Command):
    """Lay out all that is held, as it was looked through. The system gives digest and positions."""

    rights_request: RightsRequestId
    digest: Annotated[str, msgspec.Meta(pattern="^[0-9a-f]{64}$")]
    position: int
    ledger_position: int
    withheld: int
    decided: Annotated[str, Personal("health")]


class RequestClosed(Conflict):
    """It was answered."""

    code = "request-answered-before"
    rule = "A request is answered once; whoever is not content complains, or asks again."
    permitted_by = "Record a complaint, or a new request."


class AskedBackAlready(Conflict):
    """They were asked, and have not answered."""

    code = "requester-asked-before"
    rule = "Whoever asks is asked back one thing at a time."
    permitted_by = "Wait for their answer, or enter it."


class IdentityKnown(Conflict):
    """It was made sure of."""

    code = "identity-known"
    rule = "Who is known is not asked again who they are: that would begin the month anew (UK GDPR art. 12A)."
    permitted_by = "Answer the request, or ask what they mean."


class ToldBeforeReceived(Unreadable):
    """A day before anybody had asked."""

    code = "told-before-received"
    rule = "A person is told about what they asked or complained of after it was received."
    permitted_by = "Correct the day."


class NothingAskedBack(Conflict):
    """Nobody waits for them."""

    code = "requester-not-asked"
    rule = "An answer is entered to what was asked back."
    permitted_by = "Check the request."


class ReceivedInFuture(Unreadable):
    """A day that has not come."""

    code = "received-in-future"
    rule = "What was received, said or told, was so today or earlier."
    permitted_by = "Correct the day."


class IdentityNotChecked(Guarded):
    """Somebody else's data would be handed over."""

    code = "identity-not-checked"
    rule = "Nothing is handed over or changed before it is sure who asks (UK GDPR art. 12(2) and (6))."
    permitted_by = "Say how it was made sure of who asks."


class ToldTooLate(Guarded):
    """The month is over."""

    code = "extension-too-late"
    rule = "Whoever has to wait longer is told so, and why, within the first month, once (UK GDPR art. 12(3))."
    permitted_by = "Answer now; it is overdue."


class ReasonsMissing(Guarded):
    """They were not told why, or how to complain."""

    code = "refusal-unexplained"
    rule = (
        "Whoever is refused, in whole or in part, is told why, and that they can complain to the Information "
        "Commissioner or go to court (UK GDPR art. 12(4))."
    )
    permitted_by = "Name the grounds, and explain how to complain."


class NoPackYet(Guarded):
    """There is nothing to hand over."""

    code = "no-access-pack"
    rule = "A request for access is granted with what is held, laid out for the person (UK GDPR art. 15(3))."
    permitted_by = "Look through what is held and make the pack."


RECEIVED: Final = ("person", "kind", "channel", "asked_by", "received_on")


def receive(
    command: ReceiveRequest, known: Requests, by_agency: AgencyId, today: dt.date, closed: frozenset[dt.date]
) -> Facts:
    """Due in a month from the day it was received, not from the day it was written down."""
    if command.rights_request in known:
        if all(getattr(known[command.rights_request], name) == getattr(command, name) for name in RECEIVED):
            return ()
        raise AlreadyExists(rights_request=command.rights_request)
    not_after(command.received_on, today)
    return (
        RequestReceived(
            at=command.at,
            rights_request=command.rights_request,
            person=command.person,
            by_agency=by_agency,
            kind=command.kind,
            channel=command.channel,
            asked_by=command.asked_by,
            received_on=command.received_on,
            due=answer_due(command.received_on, MONTHS, 0, closed),
            words=command.words,
        ),
    )


def ask(command: AskRequester, known: RightsRequest) -> Facts:
    """The clock stands until they answer."""
    _still_open(known)
    if known.waits_for is not None:
        if known.waits_for == command.what:
            return ()
        raise AskedBackAlready
    if command.what == "identity" and known.identity is not None:
        raise IdentityKnown
    fact = RequesterAsked(
        at=command.at, rights_request=known.id, person=known.person, what=command.what, on=civil_date(command.at)
    )
    return (fact,)


def hear(command: HearRequester, known: RightsRequest, today: dt.date, closed: frozenset[dt.date]) -> Facts:
    """Who they are begins the month anew; what they mean adds the days that were waited."""
    _still_open(known)
    if known.waits_for is None or known.waits_since is None:
        raise NothingAskedBack
    not_after(command.on, today)
    if command.on < known.waits_since:
        raise NothingAskedBack(since=known.waits_since)
    months = EXTENDED_MONTHS if known.extended else MONTHS
    if known.waits_for == "identity":
        due = answer_due(command.on, months, 0, closed)
    else:
        waited = (command.on - known.waits_since).days
        due = answer_due(known.counts_from, months, known.paused_days + waited, closed)
    fact = RequesterAnswered(
        at=command.at,
        rights_request=known.id,
        person=known.person,
        what=known.waits_for,
        on=command.on,
        due=due,
    )
    return (fact,)


def check_identity(command: CheckIdentity, known: RightsRequest) -> Facts:
    """The same again adds nothing."""
    _still_open(known)
    if known.identity == command.how:
        return ()
    fact = IdentityChecked(at=command.at, rights_request=known.id, person=known.person, how=command.how)
    return (fact,)


def extend(command: ExtendRequest, known: RightsRequest, today: dt.date, closed: frozenset[dt.date]) -> Facts:
    """Once, and told within the first month."""
    _still_open(known)
    not_after(command.told_on, today)
    not_before(command.told_on, known.received_on)
    if known.extended == command.reason:
        return ()
    if known.extended is not None or max(command.told_on, civil_date(command.at)) > known.due:
        raise ToldTooLate(due=known.due)
    fact = RequestExtended(
        at=command.at,
        rights_request=known.id,
        person=known.person,
        reason=command.reason,
        told_on=command.told_on,
        due=answer_due(known.counts_from, EXTENDED_MONTHS, known.paused_days, closed),
        words=command.words,
    )
    return (fact,)


def answer(command: AnswerRequest, known: RightsRequest) -> Facts:
    """Once; access with the pack that was made, and nothing at all to whom nobody knows."""
    if known.outcome == command.outcome and known.grounds == command.grounds:
        return ()
    _still_open(known)
    if command.outcome != "granted" and not (command.grounds and command.complaint_explained):
        raise ReasonsMissing
    if known.identity is None and command.grounds != {"identity-not-shown"}:
        raise IdentityNotChecked
    if known.kind == "access" and command.outcome != "refused" and known.pack is None:
        raise NoPackYet
    fact = RequestAnswered(
        at=command.at,
        rights_request=known.id,
        person=known.person,
        outcome=command.outcome,
        grounds=command.grounds,
        complaint_explained=command.complaint_explained,
        leads_to=command.leads_to,
        reasons=command.reasons,
    )
    return (fact,)


def made(command: MakePack, known: RightsRequest) -> Facts:
    """For a request for access of somebody who is known. The same document again adds nothing."""
    if known.pack is not None and known.pack.digest == command.digest:
        return ()
    _still_open(known)
    if known.identity is None:
        raise IdentityNotChecked
    fact = PackMade(
        at=command.at,
        rights_request=known.id,
        person=known.person,
        digest=command.digest,
        position=command.position,
        ledger_position=command.ledger_position,
        withheld=command.withheld,
        decided=command.decided,
    )
    return (fact,)


def _still_open(known: RightsRequest) -> None:
    if not known.open:
        raise RequestClosed


def not_after(day: dt.date, today: dt.date) -> None:
    """Nothing was received or told on a day that has not come. Raises: ReceivedInFuture."""
    if day > today:
        raise ReceivedInFuture


def not_before(day: dt.date, received_on: dt.date) -> None:
    """Nobody was told of what had not been received. Raises: ToldBeforeReceived."""
    if day < received_on:
        raise ToldBeforeReceived
