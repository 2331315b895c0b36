"""A case in the room of a panel: for who sits there, as long as the room is open."""

from collections.abc import Sequence
from typing import Final

import msgspec

from application.permitting import permit
from application.ports import log_of
from application.readings.ground import Ground
from application.scrutiny.pack import Entry, Pack, Packing
from application.scrutiny.shut import CaseShut, shut_to_panels
from domain.actors import Actor
from domain.facts import Instant, PersonalClass, QueryItem, Sealed
from domain.governance.partnership import Partnership, partnership
from domain.governance.sharing import Permission, Resource
from domain.ids import CaseId, PanelId, SampleId, WorkerId
from domain.refusals import found
from domain.scrutiny.grading import Graded, MemberGraded, PanelGraded
from domain.scrutiny.panel import Panel
from domain.scrutiny.sample import Case, DecisionKind, Sample
from domain.scrutiny.scrutiny import Scrutiny, scrutiny

ABOUT_NOBODY: Final = Resource(category="scrutiny", of_person=False)


class CaseLine(msgspec.Struct, frozen=True, kw_only=True):
    """A case of a sample. The grades are for who sits on the panel: `own` is the viewer's, `given` how many there are.

    `took_part`: the viewer took this decision, and does not judge it.
    """

    case: CaseId
    stratum: str
    kind: DecisionKind
    grade: str | None = None
    own: str | None = None
    given: int = 0
    dissent: int = 0
    took_part: bool = False


def case_line(known: Scrutiny, one: Sample, case: CaseId, viewer: Actor, *, sits: bool) -> CaseLine:
    of = one.case_of(case)
    if not sits:
        return CaseLine(case=case, stratum=of.stratum, kind=of.kind)
    graded = known.grades.get((one.id, case), Graded())
    return CaseLine(
        case=case,
        stratum=of.stratum,
        kind=of.kind,
        grade=graded.grade,
        own=graded.own.get(viewer.worker),
        given=len(graded.own),
        dissent=len(graded.dissent),
        took_part=viewer.worker in of.by,
    )


class Observed(msgspec.Struct, frozen=True, kw_only=True):
    """What a member, or the panel, said of a case. `observations` of None: nothing, or nobody can read it any more."""

    by: WorkerId | None
    grade: str
    dissents: bool
    observations: str | None


class PackShown(msgspec.Struct, frozen=True, kw_only=True):
    """A pack in the room, what was said of it so far, and the panel's scale.

    It is the `number`-th of so many `cases`; `following` is the next one, None after the last.
    """

    panel: Panel
    sample: SampleId
    number: int
    cases: int
    following: CaseId | None
    pack: Pack
    line: CaseLine
    observed: tuple[Observed, ...]
    open_until: Instant
    chairs: bool
    position: int


class _Seat(msgspec.Struct, frozen=True, kw_only=True):
    """A case in the room, and by what somebody looks at it."""

    known: Scrutiny
    panel: Panel
    sample: Sample
    permission: Permission
    case: Case
    packing: Packing
    partnership: Partnership
    position: int


class ScrutinyRoom(msgspec.Struct, frozen=True):
    """Reads cases in the room."""

    ground: Ground

    async def pack(self, viewer: Actor, panel: PanelId, sample: SampleId, case: CaseId) -> PackShown:
        """A case in the room: what was known when it was decided, redacted. Raises: NotPermitted, Unknown."""
        seat = await self._in_the_room(viewer, panel, sample, case)
        pack = await seat.packing.pack(seat.case, viewer, seat.permission, seat.partnership, seat.panel.redaction)
        observed = await self._observed(viewer, seat.known, seat.sample, case)
        self._saw(seat, observed)
        order = [each.case for each in seat.sample.cases]
        number = order.index(case) + 1
        return PackShown(
            panel=seat.panel,
            sample=sample,
            number=number,
            cases=len(order),
            following=order[number] if number < len(order) else None,
            pack=pack,
            line=case_line(seat.known, seat.sample, case, viewer, sits=True),
            observed=observed,
            open_until=found(seat.sample.open_until),
            chairs=viewer.worker == seat.panel.chair,
            position=seat.position,
        )

    async def pack_entries(self, viewer: Actor, panel: PanelId, sample: SampleId, case: CaseId) -> tuple[Entry, ...]:
        """What a pack shows as it stands in the log, taken out of the room. Raises: NotPermitted, Unknown."""
        seat = await self._in_the_room(viewer, panel, sample, case)
        entries = await seat.packing.entries(seat.case, viewer, seat.permission, seat.partnership, seat.panel.redaction)
        self._saw(seat)
        self.ground.account.exported("scrutiny-pack")
        return entries

    async def _in_the_room(self, viewer: Actor, panel: PanelId, sample: SampleId, case: CaseId) -> _Seat:
        """A case, for who sits in the room. Raises: NotPermitted, Unknown, CaseShut."""
        known, position = await scrutiny_known(self.ground, viewer)
        of, one = known.panel(panel), known.sample(panel, sample)
        log = log_of(viewer.partnership)
        know = self.ground.know(viewer)
        in_room = viewer.worker in of.members and one.open_at(know.now)
        resource = Resource(category="scrutiny", authors=frozenset(), in_room=in_room)
        permission = await permit(know, viewer, "read", resource)
        drawn = one.case_of(case)
        if reasons := await shut_to_panels(know, viewer, drawn.person):
            raise CaseShut(reasons=sorted(reasons))
        return _Seat(
            known=known,
            panel=of,
            sample=one,
            permission=permission,
            case=drawn,
            packing=Packing(self.ground.log, self.ground.codec, self.ground.unsealer, log),
            partnership=await know(partnership()),
            position=position,
        )

    def _saw(self, seat: _Seat, observed: Sequence[Observed] = ()) -> None:
        opened: set[PersonalClass] = set(seat.permission.opens if seat.panel.redaction == "worded" else ())
        if any(each.observations is not None for each in observed):
            opened.add("identity")  # as which class they are sealed
        self.ground.account.saw("scrutiny", (seat.case.person,), seat.permission.rules, opened)

    async def _observed(self, viewer: Actor, known: Scrutiny, one: Sample, case: CaseId) -> tuple[Observed, ...]:
        """What members said, the last of each, and then the panel. Who has not graded yet sees no other's grade."""
        graded = known.grades.get((one.id, case), Graded())
        query = (QueryItem(frozenset({"case-graded-by-member", "case-graded"}), frozenset({f"sample:{one.id}"})),)
        page = await self.ground.log.read(log_of(viewer.partnership), query, sealed=True)
        last: dict[WorkerId | None, MemberGraded | PanelGraded] = {}
        for stored in page.events:
            fact = self.ground.codec.recorded(stored).fact
            if isinstance(fact, MemberGraded) and fact.case == case:
                last[fact.by_worker] = fact
            elif isinstance(fact, PanelGraded) and fact.case == case:
                last[None] = fact
        may_see = viewer.worker in graded.own or graded.grade is not None
        shown = [(by, fact) for by, fact in last.items() if may_see or by == viewer.worker]
        sealed = [fact.observations for _, fact in shown]
        opened = self.ground.unsealer.open_all(sealed) if any(isinstance(one, Sealed) for one in sealed) else sealed
        return tuple(
            Observed(
                by=by,
                grade=fact.grade,
                dissents=by in graded.dissent,
                observations=words if isinstance(words, str) else None,
            )
            for (by, fact), words in zip(shown, opened, strict=True)
        )


async def scrutiny_known(ground: Ground, viewer: Actor) -> tuple[Scrutiny, int]:
    """What is known of panels and their work, at which position. Raises: NotPermitted, Unknown."""
    log_of(viewer.partnership)
    await permit(ground.know(viewer), viewer, "read", ABOUT_NOBODY)
    return await ground.fold(viewer, scrutiny())
