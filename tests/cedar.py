"""The sharing policy against the same rules in Cedar: `python -m tests.cedar --requests 1000000` asks both of them.

Cedar is told what is recorded, never a circumstance: it has its own words for what "agreed" or "concerned" means
(`tests/governance/sharing.cedar`). It knows no "there is one that", so it is asked under each agreement and each
opening in an emergency, and permits where it permits under any.
"""

import argparse
import datetime as dt
import random
import sys
import time
from collections import Counter
from collections.abc import Iterator, Sequence
from itertools import islice, product
from pathlib import Path
from typing import Any, Final, TypeVar, get_args

import cedarpy
import msgspec

from domain.actors import Actor, Role
from domain.calendar import LONDON
from domain.codes import AgencyKind
from domain.governance.agency import Agency
from domain.governance.agreement import Agreement
from domain.governance.break_glass import BreakGlass
from domain.governance.partnership import Partnership
from domain.governance.scope import Action, Category, Crossing, Purpose, SharedCategory
from domain.governance.sharing import Permission, Relationship, Resource, Standing, decide
from domain.governance.sharing_rules import ROLES_FOR
from domain.governance.staff import Post, Staff
from domain.ids import (
    AgencyId,
    AgreementId,
    BreakGlassId,
    PartnershipId,
    PersonId,
    ProcessingRestrictionId,
    WorkerId,
)
from domain.rights.restriction import Allowed, ProcessingRestriction

T = TypeVar("T")

HERE: Final = Path(__file__).parent / "governance"
POLICY: Final = cedarpy.PolicySet.from_str((HERE / "sharing.cedar").read_text())
SCHEMA: Final = (HERE / "sharing.cedarschema").read_text()

NOW: Final = dt.datetime(2026, 3, 28, 23, 30, tzinfo=dt.UTC)
"""Summer time begins in London within hours."""
AGENCIES: Final = tuple(AgencyId(one) for one in ("mine", "other", "third", "stranger"))
WORKERS: Final = (WorkerId("me"), WorkerId("colleague"))
ROLES: Final[tuple[Role, ...]] = get_args(Role)
KINDS: Final[tuple[AgencyKind, ...]] = get_args(AgencyKind)
CATEGORIES: Final[tuple[Category, ...]] = get_args(Category)
SHARED: Final[tuple[SharedCategory, ...]] = get_args(SharedCategory)
ACTIONS: Final[tuple[Action, ...]] = get_args(Action)
PURPOSES: Final[tuple[Purpose, ...]] = get_args(Purpose)
CROSSINGS: Final[tuple[Crossing, ...]] = get_args(Crossing)
OPENS: Final = {"identity": "openIdentity", "health": "openHealth", "intelligence": "openIntelligence"}


class Case(msgspec.Struct, frozen=True):
    """What is asked."""

    by: Standing
    action: Action
    resource: Resource


class Answered(msgspec.Struct, frozen=True):
    """What comes of it."""

    permitted: bool
    reviewed: bool
    opens: frozenset[str]


def cases(seed: int) -> Iterator[Case]:
    """Ever more of them: mostly what occurs, and everything else as well."""
    draw = random.Random(seed)  # noqa: S311 - tests
    while True:
        yield _case(draw)


def _some(draw: random.Random, among: Sequence[T], likely: float) -> frozenset[T]:
    return frozenset(one for one in among if draw.random() < likely)


def _moment(draw: random.Random) -> dt.datetime:
    return NOW + dt.timedelta(minutes=draw.choice((-3000, -60, -31, -30, -1, 0, 0, 1, 30, 31, 60, 3000)))


def _case(draw: random.Random) -> Case:
    often: tuple[AgencyKind, ...] = (*KINDS, "district-council", "partnership", "partnership", "partnership", "health")
    known = {one: Agency(one, one, draw.choice(often), True, None) for one in AGENCIES[:3]}
    if draw.random() < 0.4:
        known[draw.choice(AGENCIES[:2])] = Agency(AGENCIES[0], "Police", "police", True, None)
    category: Category = draw.choice((*CATEGORIES, *SHARED))
    action: Action = draw.choice(("read", *ACTIONS))
    listed = sorted(ROLES_FOR.get((category, action), ROLES))
    viewer = Actor(
        worker=WORKERS[0],
        agency=AGENCIES[0] if draw.random() < 0.97 else AGENCIES[3],
        role=draw.choice(listed if draw.random() < 0.8 else ROLES),
        partnership=PartnershipId("fenland"),
        by_command_line=draw.random() < 0.02,
    )
    post = Post(viewer.worker, viewer.agency, viewer.role)
    changed = draw.random()
    if changed < 0.03:
        post = Post(viewer.worker, AGENCIES[1], viewer.role)
    elif changed < 0.06:
        post = Post(viewer.worker, viewer.agency, draw.choice(ROLES))
    elif changed < 0.09:
        post = Post(WORKERS[1], viewer.agency, viewer.role)
    agreements = tuple(_agreement(draw, AgreementId(f"a-{n}")) for n in range(draw.choice((0, 1, 1, 2))))
    partnership = Partnership(known, Staff({post.worker: post}), {one.id: one for one in agreements})
    purpose = draw.choice(PURPOSES) if draw.random() < 0.3 else None
    by = Standing(viewer, partnership, _moment(draw), purpose)
    relationship = Relationship(
        _some(draw, AGENCIES, 0.4),
        tuple(_glass(draw, viewer, BreakGlassId(f"g-{n}")) for n in range(draw.choice((0, 0, 1, 2)))),
        _some(draw, AGENCIES[:3], 0.3),
        tuple(_restriction(draw, n) for n in range(draw.choice((0, 0, 0, 0, 0, 1, 1, 2)))),
    )
    parties = _some(draw, AGENCIES, 0.4) if draw.random() < 0.6 else frozenset()
    resource = Resource(
        category=category,
        relationship=relationship,
        parties=parties,
        authors=_some(draw, AGENCIES, 0.3) if draw.random() < 0.5 else None,
        of_person=draw.random() < 0.95,
        basis=draw.choice((None, None, "live", "ended")),
        in_room=draw.random() < 0.5,
        warns=draw.random() < 0.1,
        keeps=draw.random() < 0.1,
        for_the_person=draw.random() < 0.3,
    )
    return Case(by, action, resource)


def _agreement(draw: random.Random, one: AgreementId) -> Agreement:
    day = NOW.date()
    around = [day + dt.timedelta(days=n) for n in (-400, -30, -1, 0, 1)]
    return Agreement(
        one,
        one,
        _some(draw, AGENCIES[:3], 0.85),
        _some(draw, PURPOSES, 0.8),
        _some(draw, SHARED, 0.8),
        _some(draw, CROSSINGS, 0.5),
        draw.choice((around[0], *around)),
        draw.choice((None, None, *around)),
        day,
        _moment(draw) if draw.random() < 0.1 else None,
    )


def _glass(draw: random.Random, viewer: Actor, one: BreakGlassId) -> BreakGlass:
    opened = _moment(draw)
    return BreakGlass(
        one,
        PersonId("ada"),
        viewer.worker if draw.random() < 0.8 else WORKERS[1],
        viewer.agency if draw.random() < 0.8 else AGENCIES[1],
        "risk-to-life",
        opened,
        opened + dt.timedelta(hours=draw.choice((1, 2, 8))),
        NOW.date(),
        closed_at=opened if draw.random() < 0.1 else None,
    )


def _restriction(draw: random.Random, number: int) -> ProcessingRestriction:
    allowed = tuple(
        Allowed(draw.choice(AGENCIES[:2]), "consent", _moment(draw), _moment(draw))
        for _ in range(draw.choice((0, 1, 1, 2)))
    )
    return ProcessingRestriction(
        id=ProcessingRestrictionId(f"r-{number}"),
        person=PersonId("ada"),
        by_agency=AGENCIES[0],
        ground="accuracy-contested",
        scope=_some(draw, SHARED, 0.7),
        since=_moment(draw),
        allowed=allowed,
        lifted_at=_moment(draw) if draw.random() < 0.2 else None,
    )


def _instant(at: dt.datetime) -> int:
    return round((at - dt.datetime(1970, 1, 1, tzinfo=dt.UTC)) / dt.timedelta(microseconds=1))


def _entities(number: int, case: Case) -> list[dict[str, Any]]:
    viewer, known, resource = case.by.viewer, case.by.partnership, case.resource
    worker = {
        "name": viewer.worker,
        "agency": viewer.agency,
        "role": viewer.role,
        "byCommandLine": viewer.by_command_line,
    }
    if viewer.agency in known.agencies:
        worker["kind"] = known.agencies[viewer.agency].kind
    if viewer.worker in known.staff.posts:
        post = known.staff.posts[viewer.worker]
        worker["post"] = {"agency": post.agency, "role": post.role}
    record: dict[str, Any] = {
        "category": resource.category,
        "ofPerson": resource.of_person,
        "inRoom": resource.in_room,
        "warns": resource.warns,
        "keeps": resource.keeps,
        "forThePerson": resource.for_the_person,
        "parties": sorted(resource.parties),
        "concerned": sorted(resource.relationship.agencies),
        "first": sorted(resource.relationship.first),
    }
    if resource.authors is not None:
        record["authors"] = sorted(resource.authors)
    if resource.basis is not None:
        record["basis"] = resource.basis
    return [
        {"uid": {"type": "Worker", "id": str(number)}, "attrs": worker, "parents": []},
        {"uid": {"type": "Record", "id": str(number)}, "attrs": record, "parents": []},
    ]


ACTION_GROUPS: Final = [
    {"uid": {"type": "Action", "id": one}, "attrs": {}, "parents": [{"type": "Action", "id": group}]}
    for one, group in (("read", "look"), ("search", "look"), ("write", "change"))
]


def _terms(one: Agreement) -> dict[str, Any]:
    terms: dict[str, Any] = {
        "parties": sorted(one.parties),
        "purposes": sorted(one.purposes),
        "categories": sorted(one.categories),
        "crossings": sorted(one.crossings),
        "fromDay": one.from_date.toordinal(),
    }
    if one.until_date is not None:
        terms["untilDay"] = one.until_date.toordinal()
    if one.ended_at is not None:
        terms["endedAt"] = _instant(one.ended_at)
    return terms


def _opening(one: BreakGlass) -> dict[str, Any]:
    return {
        "worker": one.worker,
        "agency": one.agency,
        "openedAt": _instant(one.opened_at),
        "until": _instant(one.until),
        "closed": one.closed_at is not None,
    }


def _restricting(one: ProcessingRestriction) -> list[dict[str, Any]]:
    """A restriction, under each exception to it."""
    terms: dict[str, Any] = {"scope": sorted(one.scope), "since": _instant(one.since)}
    if one.lifted_at is not None:
        terms["liftedAt"] = _instant(one.lifted_at)
    exceptions: list[dict[str, Any]] = [
        {"allowed": {"agency": each.agency, "since": _instant(each.since), "until": _instant(each.until)}}
        for each in one.allowed
    ]
    return [{"restriction": terms, **each} for each in exceptions or [{}]]


class Requests(msgspec.Struct):
    """What Cedar is asked of a case: for each restriction, under each agreement, with and without an opening."""

    asked: list[dict[str, Any]]
    without: list[list[int]]
    permits: list[list[int]]
    opens: list[list[int]]
    """Of each class of fields; of each restriction the numbers of the requests, of which one has to be allowed."""


def _requests(number: int, case: Case, ours: Permission) -> Requests:
    """Under each restriction, exception and agreement, with each opening; and, where ours permits, what is opened."""
    by = case.by
    asked = {
        "purpose": ours.purpose,
        "asked": case.action,
        "now": _instant(by.at),
        "today": by.at.astimezone(LONDON).date().toordinal(),
        "policeForces": sorted(one for one, agency in by.partnership.agencies.items() if agency.kind == "police"),
    }
    agreements = [{"agreement": _terms(one)} for one in by.partnership.agreements.values()] or [{}]
    openings: list[dict[str, Any]] = [{}, *({"glass": _opening(one)} for one in case.resource.relationship.broken)]
    who = {"principal": f'Worker::"{number}"', "resource": f'Record::"{number}"'}
    found = Requests([], [], [], [])
    for restriction in case.resource.relationship.restricted or ():
        _ask_under(found, who, case, asked, _restricting(restriction), agreements, openings, opens=ours.permitted)
    if not case.resource.relationship.restricted:
        _ask_under(found, who, case, asked, [{}], agreements, openings, opens=ours.permitted)
    return found


def _ask_under(
    found: Requests,
    who: dict[str, str],
    case: Case,
    asked: dict[str, Any],
    restricting: list[dict[str, Any]],
    agreements: list[dict[str, Any]],
    openings: list[dict[str, Any]],
    *,
    opens: bool,
) -> None:
    """Add what is asked under one restriction, or under none."""
    without, permits = [], []
    for restriction, opening, agreement in product(restricting, openings, agreements):
        permits.append(len(found.asked))
        if not opening:
            without.append(len(found.asked))
        context = asked | restriction | agreement | opening
        found.asked.append({**who, "action": f'Action::"{case.action}"', "context": context})
    found.without.append(without)
    found.permits.append(permits)
    if not opens:
        return
    for name in OPENS.values():
        numbers = []
        for restriction in restricting:
            numbers.append(len(found.asked))
            found.asked.append({**who, "action": f'Action::"{name}"', "context": asked | restriction})
        found.opens.append(numbers)


def compared(some: Sequence[Case]) -> list[tuple[Case, Permission, Answered]]:
    """What both of them say to each."""
    entities: list[dict[str, Any]] = [*ACTION_GROUPS]
    requests: list[dict[str, Any]] = []
    ours = [decide(case.by, case.action, case.resource) for case in some]
    asked: list[Requests] = []
    for number, (case, one) in enumerate(zip(some, ours, strict=True)):
        entities += _entities(number, case)
        asked.append(_requests(number, case, one))
        requests += asked[-1].asked
    answers = iter(cedarpy.is_authorized_batch(requests, POLICY, entities))
    found = []
    for case, one, each in zip(some, ours, asked, strict=True):
        allowed = []
        for _ in each.asked:
            answer = next(answers)
            assert not answer.diagnostics.errors, (case, answer.diagnostics.errors)
            allowed.append(answer.allowed)

        def under_all(of: list[list[int]], allowed: list[bool] = allowed) -> bool:
            return all(any(allowed[at] for at in under) for under in of)

        permitted = under_all(each.permits)
        opens = frozenset(
            name
            for at, name in enumerate(OPENS)
            if permitted and each.opens and under_all(each.opens[at :: len(OPENS)])
        )
        found.append((case, one, Answered(permitted, permitted and not under_all(each.without), opens)))
    return found


def agree(ours: Permission, theirs: Answered) -> bool:
    """Whether both say the same."""
    return Answered(ours.permitted, ours.reviewed, frozenset(ours.opens)) == theirs


def main() -> None:
    """Compare, telling how far it is; stop at the first disagreement, at the number, or when the time is over."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--requests", type=int, default=1_000_000)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--seconds", type=float, default=1800)
    given = parser.parse_args()
    began, done, permitted = time.monotonic(), 0, 0
    rules: Counter[str] = Counter()
    asked = cases(given.seed)
    while some := list(islice(asked, 500)):
        for case, ours, theirs in compared(some):
            if not agree(ours, theirs):
                sys.exit(f"after {done} requests they disagree\n{case}\nours:  {ours}\nCedar: {theirs}")
            done += 1
            permitted += ours.permitted
            rules.update(ours.rules)
        seconds = time.monotonic() - began
        if done % 10_000 == 0:
            print(f"{done} requests, {permitted} permitted, no disagreement, {seconds:.0f} s", flush=True)  # noqa: T201
        if done >= given.requests or seconds > given.seconds:
            break
    print(f"{done} requests (seed {given.seed}), {permitted} permitted, no disagreement")  # noqa: T201
    for rule, count in sorted(rules.items()):
        print(f"{count:>9} {rule}")  # noqa: T201


if __name__ == "__main__":
    main()
