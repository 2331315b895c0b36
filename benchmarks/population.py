"""A synthetic population with the volumes and shapes of a real partnership. Nobody in it exists: each is marked so.

A partnership-month has 10-80 new people, 60-400 encounters, 13-50 green tickets, 1-12 warnings, 0-10 notices, 2-8 hub
sessions of 5-30 attenders, half of them walk-ins, and 20-250 referrals: 500-8,000 events. 10-20 people make half of the
encounters, and one has 60 a year and six agencies. 15 % have no name, 30 % no full date of birth, 40 % no phone, 25 %
need an interpreter; 10 % of encounters are entered two or more days late, 3 % corrected; 5 % of people entered twice;
the days of an operation come in bursts.

What comes out are facts as decisions would add them, in the order in which they were entered.
"""

import datetime as dt
import random
from collections.abc import Iterator, Sequence
from typing import Any, Final, get_args

import msgspec

from domain.actors import Actor, Role
from domain.calendar import LONDON
from domain.codes import AgencyKind, Need
from domain.engagement.encounter import EncounterCorrected, EncounterRecorded
from domain.engagement.episode import EpisodeOpened, TicketIssued
from domain.engagement.hub_session import (
    AnonymousArrived,
    HubAttended,
    HubMissed,
    InvitationMade,
    ServiceSeen,
    SessionClosed,
    SessionScheduled,
)
from domain.engagement.instrument import InstrumentServed
from domain.engagement.ladder import LadderAdopted
from domain.engagement.published_ladders import CAMBRIDGESHIRE
from domain.facts import Fact
from domain.governance.agency import AgencyRegistered
from domain.governance.agreement import AgreementMade
from domain.governance.scope import Crossing, Purpose, SharedCategory
from domain.governance.staff import WorkerPosted
from domain.ids import AgencyId, PartnershipId, WorkerId
from domain.people.consent import ConsentGiven, ConsentRequested
from domain.people.merging import MergeProposed
from domain.people.person import ContactSet, LanguagesSet, PersonRegistered
from domain.support.plan import ActionAdded, ActionCompleted, GoalSet, PlanOpened
from domain.support.referral import (
    ReferralAccepted,
    ReferralCompleted,
    ReferralContactAttempted,
    ReferralDeclined,
    ReferralReceived,
    ReferralSent,
    ReferralStarted,
)
from domain.support.service import ServiceOffered

AGENCIES: Final[dict[str, AgencyKind]] = {
    "police": "police",
    "district-council": "district-council",
    "town-council": "town-council",
    "recovery": "drug-and-alcohol",
    "health": "health",
    "housing": "housing-association",
    "dwp": "dwp",
    "csp": "partnership",
}
SERVICES: Final[dict[str, tuple[str, Need]]] = {
    "recovery-clinic": ("recovery", "drugs"),
    "recovery-alcohol": ("recovery", "alcohol"),
    "wound-care": ("health", "wound-care"),
    "housing-first": ("housing", "housing"),
    "work-coach": ("dwp", "benefits-and-employment"),
}
ON_THE_STREET: Final[tuple[tuple[str, Role], ...]] = (
    ("police", "pcso"),
    ("police", "constable"),
    ("district-council", "council-officer"),
)
LANGUAGES: Final = ("pl", "ro", "lt", "bg", "pt")
NAMES: Final = ("Alder", "Birch", "Cedar", "Elm", "Hazel", "Linden", "Maple", "Oak", "Rowan", "Willow")
REGULARS: Final = 15
BUSIEST_A_YEAR: Final = 60
GREENS_A_MONTH: Final = (13, 50)
WARNINGS_A_MONTH: Final = (1, 12)
NOTICES_A_MONTH: Final = (0, 10)

NO_NAME: Final = 0.15
NO_FULL_DATE_OF_BIRTH: Final = 0.3
NO_PHONE: Final = 0.4
NEEDS_INTERPRETER: Final = 0.25
NO_HOME: Final = 0.6
ENTERED_LATE: Final = 0.1
CORRECTED: Final = 0.03
ENTERED_TWICE: Final = 0.05
BY_REGULARS: Final = 0.5
BEHAVIOUR: Final = 0.7
ON_OPERATION_DAYS: Final = 0.4
SAW_AN_AGENCY: Final = 0.5
DECLINED: Final = 0.25
COMPLETED: Final = 0.8
DONE: Final = 0.7
"""Shares of all people, encounters, referrals and actions."""


READERS: Final[tuple[tuple[str, Role], ...]] = (("csp", "hub-coordinator"), ("recovery", "agency-worker"))
"""Those as whom it is read, one of an agency."""


def reader(agency: str, partnership: str = "practice") -> Actor:
    """As whom a partnership is read at an agency."""
    role = dict(READERS)[agency]
    return Actor(
        worker=WorkerId(f"reader-{agency}"), agency=AgencyId(agency), role=role, partnership=PartnershipId(partnership)
    )


class Entered(msgspec.Struct, frozen=True):
    """Facts that were entered together, and by whom."""

    facts: tuple[Fact, ...]
    by: Actor


class Someone(msgspec.Struct):
    """A person of the population, as far as the story needs to know."""

    id: str
    understands: str
    episode: str | None = None
    rank: int = -1
    plan: str | None = None
    referred: int = 0


class Population:
    """A partnership's months. The same seed gives the same story."""

    def __init__(self, seed: int, partnership: str = "practice", begins: dt.date = dt.date(2024, 1, 1)) -> None:
        self._drawn = random.Random(seed)  # noqa: S311 - a story, no secret
        self._partnership = PartnershipId(partnership)
        self._prefix = f"{seed:x}"
        self._count = 0
        self._day = begins
        self.people: list[Someone] = []

    def begins(self) -> Iterator[Entered]:
        """The partnership itself: agencies, services, the ladder."""
        at = self._at(9)
        system = self._actor("csp", "system")
        for agency, kind in AGENCIES.items():
            yield self._entered(system, fact(AgencyRegistered, at=at, agency=agency, name=agency.title(), kind=kind))
        shared = fact(
            AgreementMade,
            at=at,
            agreement="sharing",
            name="Information sharing agreement",
            parties=tuple(AGENCIES),
            purposes=get_args(Purpose),
            categories=get_args(SharedCategory),
            crossings=get_args(Crossing),
            from_date=self._day,
            until_date=None,
            review_date=self._day + dt.timedelta(days=3650),
            source="synthetic",
        )
        yield self._entered(system, shared)
        for agency, role in READERS:
            posted = fact(WorkerPosted, at=at, worker=reader(agency).worker, agency=agency, role=role)
            yield self._entered(system, posted)
        ladder = {name: getattr(CAMBRIDGESHIRE, name) for name in ("ladder", "operation", "steps", "source")}
        yield self._entered(system, fact(LadderAdopted, at=at, ladder_version=1, **ladder))
        for service, (agency, need) in SERVICES.items():
            offered = fact(
                ServiceOffered,
                at=at,
                service=service,
                agency=agency,
                name=service.title(),
                needs=(need,),
                where=None,
                area=None,
                when=None,
                eligibility=None,
                places=40,
                answer_due_days=5,
                questions=(),
            )
            yield self._entered(system, offered)

    def month(self, *, busy: float = 0.5) -> Iterator[Entered]:
        """One month, between the quietest (0) and the busiest (1) that are known."""
        for _ in range(self._between((10, 80), busy)):
            yield from self._arrives()
        sessions = [self._id("s") for _ in range(self._between((2, 8), busy))]
        for number, session in enumerate(sessions):
            yield self._scheduled(session, 3 + number * 26 // len(sessions))
        operation_days = self._drawn.sample(range(28), 3)
        for _ in range(self._between((60, 400), busy)):
            day = (
                self._drawn.choice(operation_days)
                if self._drawn.random() < ON_OPERATION_DAYS
                else self._drawn.randrange(28)
            )
            yield from self._encountered(self._someone(), day)
        for low_high, rank in ((GREENS_A_MONTH, 0), (WARNINGS_A_MONTH, 1), (NOTICES_A_MONTH, 2)):
            standing = [one for one in self.people if one.rank == rank - 1]
            for one in standing[: self._between(low_high, busy)]:
                yield from self._ticketed(one, rank, self._drawn.choice(operation_days), self._drawn.choice(sessions))
        for number, session in enumerate(sessions):
            yield from self._hub_day(session, 3 + number * 26 // len(sessions))
        for _ in range(self._between((20, 250), busy)):
            yield from self._referred(self._someone())
        for one in self._drawn.sample(self.people, min(len(self.people), self._between((4, 25), busy))):
            yield from self._planned(one)
        self._day = (self._day.replace(day=1) + dt.timedelta(days=32)).replace(day=1)

    def registers(self, someone: Someone) -> Iterator[Entered]:
        """Somebody of whom a story needs to know more."""
        by = self._street()
        yield Entered((self._registered(someone, by, named=True),), by)

    def encounters(self, someone: Someone) -> Iterator[Entered]:
        """Somebody is met in the street."""
        yield from self._encountered(someone, self._drawn.randrange(28))

    def refers(self, someone: Someone) -> Iterator[Entered]:
        """Somebody is referred by the hub's coordinator."""
        yield from self._referred(someone, "csp")

    def _arrives(self) -> Iterator[Entered]:
        draw = self._drawn.random
        foreign = draw() < NEEDS_INTERPRETER
        someone = Someone(self._id("p"), self._drawn.choice(LANGUAGES) if foreign else "en")
        by = self._street()
        registered = self._registered(someone, by, named=draw() >= NO_NAME)
        facts: list[Fact] = [registered]
        if foreign:
            languages = (someone.understands,)
            facts.append(self._about(LanguagesSet, someone, by, understands=languages, needs_interpreter=True))
        if draw() >= NO_PHONE:
            phone = f"07700 900{self._drawn.randrange(1000):03}"
            facts.append(self._about(ContactSet, someone, by, detail=self._id("d"), may_text=True, phone=phone))
        yield Entered(tuple(facts), by)
        if draw() < ENTERED_TWICE and self.people:
            twin = self._drawn.choice(self.people)
            proposed = self._about(
                MergeProposed, twin, by, merge=self._id("m"), other=someone.id, by_worker=by.worker, reason="same face"
            )
            yield Entered((proposed,), by)
        self.people.append(someone)

    def _registered(self, someone: Someone, by: Actor, *, named: bool) -> Fact:
        born: str | None = None
        if self._drawn.random() >= NO_FULL_DATE_OF_BIRTH:
            born = (dt.date(1950, 1, 1) + dt.timedelta(days=self._drawn.randrange(55 * 365))).isoformat()
        number = self._count
        return self._about(
            PersonRegistered,
            someone,
            by,
            reference=f"SYN-{self._prefix.upper()}-{number}",
            identity="stated" if named else "unknown",
            provisional="no-signal" if named else "no-name-given",
            has_name=named,
            age_band="35-44",
            understands=(someone.understands,),
            no_fixed_abode=self._drawn.random() < NO_HOME,
            synthetic=True,
            given_name=f"Synthetic {self._drawn.choice(NAMES)}" if named else None,
            family_name=f"{self._drawn.choice(NAMES)}-{number}" if named else None,
            born=born,
            description="tall, grey coat" if not named else None,
            where_found="by the station",
        )

    def _encountered(self, someone: Someone, day: int) -> Iterator[Entered]:
        by = self._street()
        encounter = self._id("enc")
        late = (
            dt.timedelta(days=2 + self._drawn.randrange(5)) if self._drawn.random() < ENTERED_LATE else dt.timedelta()
        )
        recorded = self._about(
            EncounterRecorded,
            someone,
            by,
            day,
            before=late,
            encounter=encounter,
            kind="asb" if self._drawn.random() < BEHAVIOUR else "welfare",
            officer=by.worker,
            asb_type="street-drinking",
            area="E07000010",
            offer="hub",
            place="Market Place, by the benches",
            facts_observed="sat with two others, drinking, asked to move on and did",
            opinions="seemed unwell",
        )
        yield Entered((recorded,), by)
        if self._drawn.random() < CORRECTED:
            corrected = self._about(
                EncounterCorrected, someone, by, day, encounter=encounter, by_worker=by.worker, opinions="was only cold"
            )
            yield Entered((corrected,), by)

    def _ticketed(self, someone: Someone, rank: int, day: int, session: str) -> Iterator[Entered]:
        by = self._actor("police", "constable")
        step = CAMBRIDGESHIRE.steps[rank]
        facts: list[Fact] = []
        if someone.episode is None:
            someone.episode = self._id("e")
            facts.append(
                self._about(
                    EpisodeOpened,
                    someone,
                    by,
                    day,
                    episode=someone.episode,
                    operation=CAMBRIDGESHIRE.operation,
                    ladder=CAMBRIDGESHIRE.ladder,
                    ladder_version=1,
                    by_worker=by.worker,
                )
            )
        ticket, instrument = self._id("t"), self._id("i") if step.instrument else None
        facts.append(
            self._about(
                TicketIssued,
                someone,
                by,
                day,
                ticket=ticket,
                episode=someone.episode,
                operation=CAMBRIDGESHIRE.operation,
                ladder=CAMBRIDGESHIRE.ladder,
                step=step.step,
                rank=rank,
                meaning=step.meaning,
                officer=by.worker,
                serial=f"S{self._count}",
                instrument=instrument,
                instrument_kind=step.instrument,
                language=someone.understands,
                understood=True,
                offers_hub=True,
                screen="none",
                place="Market Place, by the benches",
            )
        )
        if instrument is not None:
            facts.append(
                self._about(
                    InstrumentServed,
                    someone,
                    by,
                    day,
                    instrument=instrument,
                    kind=step.instrument,
                    officer=by.worker,
                    issued_on=self._day + dt.timedelta(days=day),
                    episode=someone.episode,
                    ticket=ticket,
                    paper=True,
                    review_on=self._day + dt.timedelta(days=day + 180),
                    conditions="not to drink at the benches",
                )
            )
        facts.append(
            self._about(
                InvitationMade,
                someone,
                by,
                day,
                invitation=self._id("inv"),
                session=session,
                by_worker=by.worker,
                episode=someone.episode,
                ticket=ticket,
            )
        )
        someone.rank = rank
        yield Entered(tuple(facts), by)

    def _scheduled(self, session: str, day: int) -> Entered:
        starts = self._at(11, day)
        scheduled = fact(
            SessionScheduled,
            at=self._at(9),
            session=session,
            on=starts.date(),
            starts=starts,
            ends=starts + dt.timedelta(hours=3),
            place="Library",
            by_agency="csp",
        )
        return self._entered(self._actor("csp", "hub-coordinator"), scheduled)

    def _hub_day(self, session: str, day: int) -> Iterator[Entered]:
        by = self._actor("csp", "hub-coordinator")
        came = self._drawn.sample(self.people, min(len(self.people), self._drawn.randint(5, 30)))
        for number, one in enumerate(came):
            invited = "ticket" if one.rank >= 0 and number % 2 else None
            facts = [self._about(HubAttended, one, by, day, session=session, by_worker=by.worker, invited_by=invited)]
            if self._drawn.random() < SAW_AN_AGENCY:
                service, (agency, need) = self._drawn.choice(tuple(SERVICES.items()))
                facts.append(
                    self._about(
                        ServiceSeen,
                        one,
                        by,
                        day,
                        session=session,
                        agency=agency,
                        by_worker=by.worker,
                        service=service,
                        need=need,
                    )
                )
            yield Entered(tuple(facts), by)
        for one in self._drawn.sample(self.people, min(len(self.people), 3)):
            if one not in came:
                yield Entered((self._about(HubMissed, one, by, day, session=session, by_worker=by.worker),), by)
        at = self._at(14, day)
        anonymous = fact(
            AnonymousArrived,
            at=at,
            session=session,
            arrival=self._id("arr"),
            count=4,
            by_worker=by.worker,
            by_agency="csp",
        )
        closed = fact(
            SessionClosed,
            at=at,
            session=session,
            attended=len(came),
            walk_ins=len(came) // 2,
            anonymous=4,
            missed=3,
            by_worker=by.worker,
            by_agency="csp",
        )
        yield Entered((anonymous, closed), by)

    def _referred(self, someone: Someone, by: str | None = None) -> Iterator[Entered]:
        sender = self._actor(by or self._drawn.choice(("csp", "police", "district-council")), "hub-coordinator")
        service, (agency, need) = self._drawn.choice(tuple(SERVICES.items()))
        asked = self._actor(agency, "agency-worker")
        day = self._drawn.randrange(20)
        common: dict[str, Any] = {
            "referral": self._id("r"),
            "from_agency": sender.agency,
            "to_agency": agency,
            "service": service,
            "need": need,
        }
        consent = self._id("c")
        recipients, categories = frozenset({agency}), frozenset({"identity", "contact"})
        asking: dict[str, Any] = {
            "consent": consent,
            "kind": "data-protection-basis",
            "purpose": "referral",
            "recipients": recipients,
            "categories": categories,
        }
        yield Entered(
            (
                self._about(ConsentRequested, someone, sender, day, **asking),
                self._about(
                    ConsentGiven,
                    someone,
                    sender,
                    day,
                    **asking,
                    given_to="hub",
                    weak=False,
                    capacity="confirmed",
                    language=someone.understands,
                    interpreter=False,
                    expires_on=self._day + dt.timedelta(days=200),
                ),
            ),
            sender,
        )
        yield Entered(
            (
                self._about(
                    ReferralSent,
                    someone,
                    sender,
                    day,
                    **common,
                    basis="agreed-at-hub",
                    basis_id=consent,
                    urgency="soon",
                    answer_due=self._day + dt.timedelta(days=day + 7),
                    language=someone.understands,
                    reason="wants help with this, first asked at the hub",
                    health_reason="drinks every day",
                    contact="at the hub",
                    accommodation_tonight="rough-sleeping",
                    may_post=False,
                    may_leave_message=True,
                ),
            ),
            sender,
        )
        answer = {**common, "by_agency": agency}
        yield Entered((self._about(ReferralReceived, someone, asked, day + 1, **answer),), asked)
        if self._drawn.random() < DECLINED:
            declined = self._about(ReferralDeclined, someone, asked, day + 2, **answer, reason="no-capacity")
            yield Entered((declined,), asked)
            return
        yield Entered((self._about(ReferralAccepted, someone, asked, day + 2, **answer, note="come on Monday"),), asked)
        contacted = self._about(
            ReferralContactAttempted,
            someone,
            asked,
            day + 3,
            **answer,
            outcome="spoke",
            contacted=True,
            note="by phone",
        )
        yield Entered((contacted, self._about(ReferralStarted, someone, asked, day + 5, **answer)), asked)
        if self._drawn.random() < COMPLETED:
            completed = self._about(
                ReferralCompleted,
                someone,
                asked,
                day + 7,
                **answer,
                outcome="need-met",
                treatment_discharge="completed-alcohol-free",
            )
            yield Entered((completed,), asked)

    def _planned(self, someone: Someone) -> Iterator[Entered]:
        by = self._actor("csp", "hub-coordinator")
        plan: dict[str, Any] = {"plan": someone.plan or self._id("plan"), "agency": "csp"}
        if someone.plan is None:
            someone.plan = plan["plan"]
            opened = self._about(
                PlanOpened, someone, by, 3, **plan, owner=by.worker, review_on=self._day + dt.timedelta(days=60)
            )
            goal = self._about(GoalSet, someone, by, 3, **plan, goal=self._id("g"), need="housing", words="my own door")
            yield Entered((opened, goal), by)
        action = self._id("a")
        added = self._about(
            ActionAdded,
            someone,
            by,
            4,
            **plan,
            action=action,
            goal=None,
            owner=by.worker,
            owner_agency="csp",
            due=self._day + dt.timedelta(days=18),
            basis=None,
            basis_id=None,
            what="call the council together",
        )
        yield Entered((added,), by)
        if self._drawn.random() < DONE:
            done = self._about(
                ActionCompleted,
                someone,
                by,
                15,
                **plan,
                action=action,
                owner=by.worker,
                owner_agency="csp",
                result="done",
            )
            yield Entered((done,), by)

    def _someone(self) -> Someone:
        """Half of the time one of the few whom everybody knows; the first of them most of all."""
        if self._drawn.random() < BUSIEST_A_YEAR / 12 / 200:
            return self.people[0]
        regulars = self.people[:REGULARS]
        return self._drawn.choice(regulars if self._drawn.random() < BY_REGULARS else self.people)

    def _street(self) -> Actor:
        agency, role = self._drawn.choice(ON_THE_STREET)
        return self._actor(agency, role)

    def _about(
        self,
        cls: type[Fact],
        someone: Someone,
        by: Actor,
        day: int = 0,
        *,
        before: dt.timedelta = dt.timedelta(),
        **fields: Any,  # noqa: ANN401 - whatever the fact holds
    ) -> Fact:
        at = self._at(9 + self._drawn.randrange(8), day) - before
        named = {"by_agency": by.agency} if "by_agency" in cls.__struct_fields__ else {}
        return fact(cls, at=at, person=someone.id, **{**named, **fields})

    def _entered(self, by: Actor, *facts: Fact) -> Entered:
        return Entered(facts, by)

    def _actor(self, agency: str, role: Role) -> Actor:
        worker = WorkerId(f"{role}-{agency}-{self._drawn.randrange(4)}")
        return Actor(worker=worker, agency=AgencyId(agency), role=role, partnership=self._partnership)

    def _at(self, hour: int, day: int = 0) -> dt.datetime:
        minute, second = self._drawn.randrange(60), self._drawn.randrange(60)
        at = dt.datetime.combine(self._day, dt.time(hour, minute, second), LONDON) + dt.timedelta(days=day)
        return at.astimezone(dt.UTC)

    def _between(self, low_high: Sequence[int], busy: float) -> int:
        low, high = low_high
        return round(low + (high - low) * min(1.0, max(0.0, busy + self._drawn.uniform(-0.2, 0.2))))

    def _id(self, kind: str) -> str:
        self._count += 1
        return f"{kind}-{self._prefix}-{self._count}"


def fact(cls: type[Fact], **fields: Any) -> Fact:  # noqa: ANN401 - whatever the fact holds
    """A fact, its ids given as plain texts."""
    return cls(**fields)
