"""How this room carries what was said about a person, and what stands behind an answer or an exception."""

import datetime as dt
from collections.abc import Iterable
from typing import Annotated, Final, Literal

import msgspec

from domain.actors import COORDINATORS, Actor, Role
from domain.facts import Personal, Text
from domain.ids import AgencyId, WorkerId
from domain.refusals import Guarded, NotPermitted, Refusal

Told = Annotated[Text | None, Personal("identity")]
"""Free text about a person, as a command gives it."""
ToldHealth = Annotated[Text | None, Personal("health")]
"""Free text about somebody's health, as a command gives it: never part of a police view."""

CLOCK_DRIFT: Final = dt.timedelta(minutes=2)
"""How far the clocks of two devices may stand apart: an answer seconds before the question came after it."""

COORDINATING: Final[frozenset[Role]] = COORDINATORS | {"system"}
"""Those who may record for agencies without a log-in. The system does so when it imports a sheet."""

OtherBasis = Literal["agreed-at-hub"]
"""What may carry sharing that no recorded consent or basis covers: agreement given at the hub before those present.
It is written down with who heard it, and does for this once."""

SharingBasis = Literal["recorded", "within-agency", "agreed-at-hub"]
"""What a sharing rests on: a consent or other basis in the log, no sharing at all, or agreement given at the hub."""


class OnBehalf(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """The agency without a log-in that answered, and what shows that it did: a letter, an e-mail, a call."""

    agency: AgencyId
    evidence: Annotated[Text, Personal("identity")]


class Historic(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """Who answers for recording history that today's guards would refuse."""

    by: WorkerId


class HistoryIsForCoordinators(NotPermitted):
    """Not everybody may set guards aside."""

    code = "history-is-for-coordinators"
    rule = "Guards are set aside only for history, by a coordinator or an import, and each override is recorded (ours)."
    permitted_by = "Ask the hub coordinator to import it."


def settle(refusals: Iterable[Refusal], historic: Historic | None, by: Actor) -> tuple[str, ...]:
    """The codes of the guards that history sets aside; without it the first refusal is raised."""
    if historic is not None and by.role not in COORDINATING:
        raise HistoryIsForCoordinators
    overridden: list[str] = []
    for refusal in refusals:
        if historic is None:
            raise refusal
        overridden.append(refusal.code)
    return tuple(dict.fromkeys(overridden))


class NotAddressedToYou(NotPermitted):
    """It is not yours to answer."""

    code = "not-addressed-to-you"
    rule = "Only the agency that was asked answers, or somebody recorded on its behalf."
    permitted_by = "Let the asked agency answer, or record its answer on its behalf with the evidence."


class AnswersForItself(NotPermitted):
    """The agency has its own log-in."""

    code = "agency-answers-for-itself"
    rule = "An agency that logs in answers for itself; only one without a log-in is answered for (ours)."
    permitted_by = "Ask the agency to answer in the system."


class NotForYouToRecord(NotPermitted):
    """Somebody else speaks for agencies without a log-in."""

    code = "not-for-you-to-record"
    rule = "On behalf of an agency without a log-in, the sending agency or a coordinator records the answer (ours)."
    permitted_by = "Ask the hub coordinator to record it."


def speak_for(asked: AgencyId, sender: AgencyId, by: Actor, on_behalf_of: OnBehalf | None, *, logs_in: bool) -> None:
    """Only the asked agency answers, or the sender or a coordinator on its behalf if it has no log-in.

    Raises: NotAddressedToYou, AnswersForItself, NotForYouToRecord.
    """
    if on_behalf_of is None:
        if by.agency != asked:
            raise NotAddressedToYou(ask=asked)
        return
    if on_behalf_of.agency != asked:
        raise NotAddressedToYou(ask=asked)
    if logs_in and by.role != "system":
        raise AnswersForItself(ask=asked)
    if by.agency != sender and by.role not in COORDINATING:
        raise NotForYouToRecord(ask=sender)


class NoBasisToShare(Guarded):
    """Nothing permits telling that agency this."""

    code = "no-basis-to-share"
    rule = "Personal data is shared on a live basis that covers its category and recipient (UK GDPR art. 6, 9)."
    permitted_by = "Ask the person's consent, record another basis, or write down an agreement given at the hub."


class RationaleMissing(Guarded):
    """An agreement that nobody can retrace."""

    code = "rationale-missing"
    rule = "A decision to share without a recorded basis carries its rationale."
    permitted_by = "Write down who agreed to what, and who heard it."


class Rests(msgspec.Struct, frozen=True):
    """What a sharing rests on; `recorded` is the id of the consent or other basis in the log."""

    on: SharingBasis | None
    recorded: str | None = None


def rests(*, within: bool, recorded: str | None, other: OtherBasis | None) -> Rests:
    """What a sharing rests on: the first that applies. `recorded` is a live basis that covers it, if there is one."""
    if within:
        return Rests("within-agency")
    return Rests("recorded", recorded) if recorded is not None else Rests(other)


def sharing_refusals(basis: Rests, rationale: str | None, to: AgencyId) -> Iterable[Refusal]:
    """A live basis, and a rationale where it stands nowhere else."""
    if basis.on is None:
        yield NoBasisToShare(to=to)
    if basis.on == "agreed-at-hub" and not rationale:
        yield RationaleMissing(to=to)
