"""Saying that two records are one human: two people decide, and it can always be undone."""

import datetime as dt
from typing import Annotated, Final, Literal

import msgspec

from domain.actors import Actor, Role
from domain.calendar import WorkingCalendar, civil_date, working_days_after
from domain.facts import Command, Fact, Facts, IdentityText, Knowledge, Personal, Slug, Text, knowing
from domain.ids import AgencyId, MergeId, PersonId, WorkerId
from domain.people.person import MergedIntoAnother, Person, PersonsMerged, PersonsUnmerged, going_on
from domain.refusals import AlreadyExists, Conflict, Guarded, NotPermitted, Unreadable

REVIEW_WORKING_DAYS: Final = 5
"""Ours: for a week nobody needs to know more than before."""


class MergeProposed(Fact, type="merge-proposed", version=1, tags=("person", "person:{other}", "merge")):
    """Somebody thinks that two records are one human: `other` would go on under `person`."""

    merge: MergeId
    person: PersonId
    other: PersonId
    by_agency: str
    by_worker: WorkerId
    reason: IdentityText = None


class MergeRefused(Fact, type="merge-refused", version=1, tags=("person", "person:{other}", "merge")):
    """A second worker thinks that they are two humans."""

    merge: MergeId
    person: PersonId
    other: PersonId
    by_agency: str


class MergeReviewed(Fact, type="merge-reviewed", version=1, tags=("person", "person:{other}", "merge")):
    """Somebody who neither proposed nor decided a merge looked into it, and whom both records concern from then on.

    `concerned` are no `AgencyId` here: they are concerned for as long as the merge stands.
    """

    merge: MergeId
    person: PersonId
    other: PersonId
    by_agency: str
    by_worker: WorkerId
    concerned: tuple[str, ...] = ()
    note: IdentityText = None


class ProposeMerge(Command):
    """Propose that two records are one human; `other` would go on under `person`."""

    merge: Annotated[MergeId, Slug]
    person: PersonId
    other: PersonId
    reason: Annotated[Text, Personal("identity")]


class DecideMerge(Command):
    """Agree to a proposed merge, or refuse it. Never by the worker who proposed it."""

    merge: MergeId
    agree: bool


class ReviewMerge(Command):
    """Say which agencies may know the whole person, from both records. The others go on as they did before."""

    merge: MergeId
    agencies: frozenset[AgencyId]
    note: Annotated[Text | None, Personal("identity")] = None


class UnmergePersons(Command):
    """Undo a merge: they are two humans after all."""

    merge: MergeId
    reason: Annotated[Text, Personal("identity")]


class Merge(msgspec.Struct, frozen=True):
    """A merge: whom it concerns, who proposed it, and how far it went."""

    person: PersonId
    other: PersonId
    proposed_by: WorkerId | None
    status: Literal["proposed", "refused", "merged", "undone"] = "proposed"
    decided_by: WorkerId | None = None
    reviewed: frozenset[str] | None = None
    """Whom both records concern since the review; None before it."""


def evolve_merge(state: Merge | None, fact: Fact) -> Merge | None:
    """One merge, from its proposal on."""
    match fact:
        case MergeProposed():
            return Merge(fact.person, fact.other, fact.by_worker)
        case MergeRefused() if state is not None:
            return msgspec.structs.replace(state, status="refused")
        case PersonsMerged():
            return Merge(fact.person, fact.other, state.proposed_by if state else None, "merged", fact.by_worker)
        case MergeReviewed() if state is not None:
            return msgspec.structs.replace(state, reviewed=(state.reviewed or frozenset()) | frozenset(fact.concerned))
        case PersonsUnmerged():
            return Merge(fact.person, fact.other, state.proposed_by if state else None, "undone")
        case _:
            return state


def merge(merge: MergeId) -> Knowledge[Merge | None]:
    """One merge."""
    types = (MergeProposed, MergeRefused, PersonsMerged, MergeReviewed, PersonsUnmerged)
    return knowing(None, evolve_merge, types, f"merge:{merge}")


def evolve_proposals(state: frozenset[MergeId], fact: Fact) -> frozenset[MergeId]:
    """Those that nobody has decided."""
    match fact:
        case MergeProposed():
            return state | {fact.merge}
        case MergeRefused() | PersonsMerged():
            return state - {fact.merge}
        case _:
            return state


def proposals(one: PersonId, other: PersonId) -> Knowledge[frozenset[MergeId]]:
    """The proposals of two records that wait for a second worker; in either order."""
    types = (MergeProposed, MergeRefused, PersonsMerged)
    return knowing(frozenset(), evolve_proposals, types, f"person:{one}", f"person:{other}")


class TwoPeopleDecide(NotPermitted):
    """Whoever proposed a merge does not decide it."""

    code = "two-people-decide"
    rule = "Two different workers agree before two records become one human (ours)."
    permitted_by = "Ask another worker who knows both people."


class ThirdReviews(NotPermitted):
    """Neither who proposed a merge nor who decided it reviews it, and not everybody does."""

    code = "third-reviews"
    rule = (
        "Who may know of both records is reviewed by a coordinator, or by somebody who protects data, who neither "
        "proposed the merge nor decided it (ours)."
    )
    permitted_by = "Ask another coordinator, or the privacy officer of the partnership."


class HumansDecide(NotPermitted):
    """No machine says who is who."""

    code = "humans-decide"
    rule = "Records are merged, and merges undone, by humans (ours; UK GDPR art. 5(1)(d))."
    permitted_by = "Ask a worker."


class SameRecord(Unreadable):
    """A record is merged with another one."""

    code = "same-record"
    rule = "A merge concerns two records."


class KeptApart(Guarded):
    """People who are kept apart are two people."""

    code = "kept-apart"
    rule = "Whoever is kept apart from somebody is not the same human (ours)."
    permitted_by = "End the keep-apart flag first."


class ToldApart(Guarded):
    """Somebody said that the two are two people."""

    code = "told-apart"
    rule = "Records that a worker marked as two different people are not merged (ours)."
    permitted_by = "Withdraw that they are two different people, with a reason."


class ProposedAlready(Conflict):
    """Somebody proposed it, and nobody has decided yet."""

    code = "proposed-already"
    rule = "That two records are one human is proposed once, until it is decided (ours)."
    permitted_by = "Decide the proposal that waits; if it is your own, ask another worker who knows both people."


class MergeDecided(Conflict):
    """The merge was decided already."""

    code = "merge-decided"
    rule = "A proposal is decided once."
    permitted_by = "Propose it again, or undo it."


class NotMerged(Conflict):
    """Only what was merged is reviewed, or taken apart."""

    code = "not-merged"
    rule = "Only a merge that stands is reviewed or undone."


def _check_pair(at: dt.datetime, one: Person, other: Person) -> None:
    if one.kept_apart_from(at) & other.ids:
        raise KeptApart
    if one.told_apart_from(other):
        raise ToldApart


def propose(
    command: ProposeMerge, by: Actor, one: Person, other: Person, known: Merge | None, waiting: frozenset[MergeId]
) -> Facts:
    """A human proposes that two records, both going on and not kept apart, are one; the same again adds nothing."""
    if by.role == "system":
        raise HumansDecide
    if one.id == other.id:
        raise SameRecord
    if known is not None:
        if (known.person, known.other, known.proposed_by) == (one.id, other.id, by.worker):
            return ()
        raise AlreadyExists(merge=command.merge)
    _check_pair(command.at, one, other)
    if waiting:
        raise ProposedAlready
    return (
        MergeProposed(
            at=command.at,
            merge=command.merge,
            person=one.id,
            other=other.id,
            by_agency=by.agency,
            by_worker=by.worker,
            reason=command.reason,
        ),
    )


def decide(command: DecideMerge, by: Actor, known: Merge, one: Person, other: Person) -> Facts:
    """A second human decides a proposal, once."""
    if by.role == "system":
        raise HumansDecide
    if by.worker == known.proposed_by:
        raise TwoPeopleDecide
    if known.status != "proposed":
        if known.status == ("merged" if command.agree else "refused"):
            return ()
        raise MergeDecided(status=known.status)
    if other.id in one.ids:
        raise MergedIntoAnother
    if not command.agree:
        return (MergeRefused(at=command.at, merge=command.merge, person=one.id, other=other.id, by_agency=by.agency),)
    _check_pair(command.at, going_on(one), going_on(other))
    return (
        PersonsMerged(
            at=command.at,
            merge=command.merge,
            person=one.id,
            other=other.id,
            by_agency=by.agency,
            by_worker=by.worker,
            review_by=working_days_after(civil_date(command.at), REVIEW_WORKING_DAYS, WorkingCalendar()),
        ),
    )


def review(
    command: ReviewMerge, by: Actor, known: Merge, reviewers: frozenset[Role], concerned: frozenset[AgencyId]
) -> Facts:
    """A third human says which of the agencies that either record concerns, both do. Said again, it adds nothing.

    Looking again may name more; to take anything back, the merge is undone.
    """
    if by.role not in reviewers or by.worker in {known.proposed_by, known.decided_by}:
        raise ThirdReviews
    if known.status != "merged":
        raise NotMerged(status=known.status)
    named = command.agencies & concerned
    if known.reviewed is not None and named <= known.reviewed:
        return ()
    return (
        MergeReviewed(
            at=command.at,
            merge=command.merge,
            person=known.person,
            other=known.other,
            by_agency=by.agency,
            by_worker=by.worker,
            concerned=tuple(sorted(named)),
            note=command.note,
        ),
    )


def unmerge(command: UnmergePersons, by: Actor, known: Merge) -> Facts:
    """One human is enough: taking apart what may be wrong is the safe direction. Undone twice adds nothing."""
    if by.role == "system":
        raise HumansDecide
    match known.status:
        case "undone":
            return ()
        case "merged":
            return (
                PersonsUnmerged(
                    at=command.at,
                    merge=command.merge,
                    person=known.person,
                    other=known.other,
                    by_agency=by.agency,
                    reason=command.reason,
                ),
            )
        case _:
            raise NotMerged(status=known.status)
