"""What is offered and by whom: services with the room they have, agencies, ladders, powers conferred by name."""

import datetime as dt

import msgspec

from application.ports import Recorded
from application.views.view import EVERYTHING, Place, View, by, nobody
from domain.codes import AgencyKind, Need
from domain.engagement.ladder import LadderAdopted, Step
from domain.facts import Instant
from domain.governance.agency import (
    AgencyDescribed,
    AgencyRegistered,
    CalendarSet,
    Power,
    PowerConferred,
    PowerWithdrawn,
)
from domain.ids import AgencyId, LadderId, ReferralId, ServiceId, WorkerId
from domain.support.referral import (
    ReferralAccepted,
    ReferralCancelled,
    ReferralCompleted,
    ReferralDeclined,
    ReferralEnteredInError,
    ReferralFact,
    ReferralFailed,
    ReferralRedirected,
    ReferralSent,
    ReferralWithdrawn,
)
from domain.support.service import PlacesChanged, Question, ServiceClosed, ServiceOffered


class ServiceRow(msgspec.Struct, frozen=True, kw_only=True, gc=False):
    """A service, the referrals that hold its places, and those that wait for an answer."""

    position: int
    service: ServiceId
    agency: AgencyId
    name: str
    needs: tuple[Need, ...]
    where: str | None
    area: str | None
    when: str | None
    eligibility: str | None
    places: int | None
    answer_due_days: int
    questions: tuple[Question, ...]
    closed_at: Instant | None = None
    holding: frozenset[ReferralId] = frozenset()
    waiting: frozenset[ReferralId] = frozenset()

    @property
    def taken(self) -> int:
        """How many places are held."""
        return len(self.holding)

    @property
    def free(self) -> int | None:
        """How many places are free; None is room without limit."""
        return None if self.places is None else max(0, self.places - len(self.holding))


def service_keys(recorded: Recorded) -> tuple[str, ...]:
    """The service; of a redirected referral, the former one too."""
    fact = recorded.fact
    if isinstance(fact, ReferralRedirected):
        return (fact.former_service, fact.service)
    return (fact.service,)  # type: ignore[attr-defined] # every fact of this view names a service


def evolve_service(row: ServiceRow | None, recorded: Recorded, key: str) -> ServiceRow | None:
    """A service after a fact."""
    fact, position = recorded.fact, recorded.envelope.position
    if isinstance(fact, ServiceOffered):
        return ServiceRow(
            position=position,
            service=fact.service,
            agency=fact.agency,
            name=fact.name,
            needs=fact.needs,
            where=fact.where,
            area=fact.area,
            when=fact.when,
            eligibility=fact.eligibility,
            places=fact.places,
            answer_due_days=fact.answer_due_days,
            questions=fact.questions,
            holding=row.holding if row else frozenset(),
            waiting=row.waiting if row else frozenset(),
        )
    if row is None:
        return None
    match fact:
        case PlacesChanged():
            return msgspec.structs.replace(row, position=position, places=fact.places)
        case ServiceClosed():
            return msgspec.structs.replace(row, position=position, closed_at=fact.at)
        case ReferralFact():
            return _occupied(row, fact, position, key)
        case _:
            return row


def _occupied(row: ServiceRow, fact: ReferralFact, position: int, key: str) -> ServiceRow:
    holding, waiting = _without(row.holding, fact.referral), _without(row.waiting, fact.referral)
    if key == fact.service:
        match fact:
            case ReferralAccepted():
                holding |= {fact.referral}
            case ReferralSent() | ReferralRedirected():
                waiting |= {fact.referral}
            case _:
                pass
    return msgspec.structs.replace(row, position=position, holding=holding, waiting=waiting)


def _without(referrals: frozenset[ReferralId], one: ReferralId) -> frozenset[ReferralId]:
    """Copied only where that changes anything."""
    return referrals - {one} if one in referrals else referrals


def places_of_service(row: ServiceRow) -> tuple[Place, ...]:
    """Among all open services, by need and by agency."""
    if row.closed_at is not None:
        return (Place("closed", row.name),)
    return (
        Place(EVERYTHING, row.name),
        Place(f"offered-by:{row.agency}", row.name),
        *(Place(f"need:{need}", row.name) for need in row.needs),
    )


SERVICES: View[ServiceRow] = View(
    name="service",
    version=1,
    row=ServiceRow,
    facts=frozenset(
        {
            ServiceOffered,
            PlacesChanged,
            ServiceClosed,
            ReferralSent,
            ReferralAccepted,
            ReferralDeclined,
            ReferralRedirected,
            ReferralWithdrawn,
            ReferralCompleted,
            ReferralFailed,
            ReferralCancelled,
            ReferralEnteredInError,
        }
    ),
    keys=service_keys,
    evolve=evolve_service,
    about=nobody,
    places=places_of_service,
)


class AgencyRow(msgspec.Struct, frozen=True, kw_only=True, gc=False):
    """A party of the partnership."""

    position: int
    agency: AgencyId
    name: str
    kind: AgencyKind
    logs_in: bool
    phone: str | None
    weekdays: tuple[int, ...] = (0, 1, 2, 3, 4)
    closed: tuple[dt.date, ...] = ()


def evolve_agency(row: AgencyRow | None, recorded: Recorded, _key: str) -> AgencyRow | None:
    """An agency after a fact."""
    fact, position = recorded.fact, recorded.envelope.position
    match fact:
        case AgencyRegistered():
            return AgencyRow(
                position=position,
                agency=fact.agency,
                name=fact.name,
                kind=fact.kind,
                logs_in=fact.logs_in,
                phone=fact.phone,
            )
        case AgencyDescribed() if row is not None:
            return msgspec.structs.replace(
                row, position=position, name=fact.name, logs_in=fact.logs_in, phone=fact.phone
            )
        case CalendarSet() if row is not None:
            weekdays, closed = tuple(sorted(fact.weekdays)), tuple(sorted(fact.closed))
            return msgspec.structs.replace(row, position=position, weekdays=weekdays, closed=closed)
        case _:
            return row


AGENCIES: View[AgencyRow] = View(
    name="agency",
    version=2,
    row=AgencyRow,
    facts=frozenset({AgencyRegistered, AgencyDescribed, CalendarSet}),
    keys=by("agency"),
    evolve=evolve_agency,
    about=nobody,
    places=lambda row: (Place(EVERYTHING, row.name),),
)


class LadderRow(msgspec.Struct, frozen=True, kw_only=True, gc=False):
    """A version of a ladder."""

    position: int
    ladder: LadderId
    ladder_version: int
    operation: str
    adopted_at: Instant
    steps: tuple[Step, ...]
    missed_session_escalates: bool
    refused_consent_escalates: bool
    first_step_needs_encounter: bool
    source: str | None


def ladder_key(ladder: str, version: int) -> str:
    """The row of a version of a ladder."""
    return f"{ladder}|{version:06}"


def _ladder_keys(recorded: Recorded) -> tuple[str, ...]:
    fact = recorded.fact
    assert isinstance(fact, LadderAdopted)
    return (ladder_key(fact.ladder, fact.ladder_version),)


def evolve_ladder(row: LadderRow | None, recorded: Recorded, _key: str) -> LadderRow | None:
    """A version of a ladder never changes once it was adopted."""
    fact, position = recorded.fact, recorded.envelope.position
    if row is not None or not isinstance(fact, LadderAdopted):
        return row
    return LadderRow(
        position=position,
        ladder=fact.ladder,
        ladder_version=fact.ladder_version,
        operation=fact.operation,
        adopted_at=fact.at,
        steps=fact.steps,
        missed_session_escalates=fact.missed_session_escalates,
        refused_consent_escalates=fact.refused_consent_escalates,
        first_step_needs_encounter=fact.first_step_needs_encounter,
        source=fact.source,
    )


LADDERS: View[LadderRow] = View(
    name="ladder",
    version=1,
    row=LadderRow,
    facts=frozenset({LadderAdopted}),
    keys=_ladder_keys,
    evolve=evolve_ladder,
    about=nobody,
)


class Conferred(msgspec.Struct, frozen=True, kw_only=True, gc=False):
    """One power and its days."""

    power: Power
    from_date: dt.date
    until_date: dt.date | None
    source: str


class PowersRow(msgspec.Struct, frozen=True, kw_only=True, gc=False):
    """The powers conferred on a worker by name."""

    position: int
    worker: WorkerId
    powers: tuple[Conferred, ...] = ()


def evolve_powers(row: PowersRow | None, recorded: Recorded, key: str) -> PowersRow | None:
    """A worker's powers after a fact."""
    fact, position = recorded.fact, recorded.envelope.position
    held = row.powers if row else ()
    match fact:
        case PowerConferred():
            one = Conferred(power=fact.power, from_date=fact.from_date, until_date=fact.until_date, source=fact.source)
            held = (*held, one)
        case PowerWithdrawn():
            last = fact.from_date - dt.timedelta(days=1)
            held = tuple(
                msgspec.structs.replace(one, until_date=min(one.until_date or last, last))
                if one.power == fact.power
                else one
                for one in held
            )
        case _:
            pass
    return PowersRow(position=position, worker=WorkerId(key), powers=held)


POWERS: View[PowersRow] = View(
    name="powers",
    version=1,
    row=PowersRow,
    facts=frozenset({PowerConferred, PowerWithdrawn}),
    keys=by("worker"),
    evolve=evolve_powers,
    about=nobody,
)
