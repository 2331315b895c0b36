"""The demo's present day: a hub session today, and people whom its workers help now, so that no inbox is empty.

The published cases are long over. These people are as synthetic as those, and are marked so. Nobody among them was met
on the street, invited or seen at a hub, and no episode is theirs: no figure of a published cohort counts them.
Everything is done by the demo's workers, with commands that anybody may give, each once: a start that was interrupted
is completed by the next one, and one that finds all done adds nothing. Only a day that is over is followed by
another.
"""

import datetime as dt
import uuid
from collections.abc import Iterator
from typing import Final

import msgspec

from api.hub import Hub
from api.v1.edge import READABLE
from application.access import Account
from application.ports import CommandKey, log_of
from application.posting import see_in_post
from domain.actors import Actor
from domain.calendar import LONDON, civil_date
from domain.codes import AgeBand, DeclineReason, InformationCategory, Need, Sex, age_band
from domain.engagement.hub_session import ConfirmAgency, ScheduleHubSession
from domain.facts import Command
from domain.governance.between import MakePartnershipAgreement
from domain.governance.break_glass import BreakTheGlass, CloseTheGlass
from domain.governance.disclosure import DecideDisclosure
from domain.ids import (
    ActionId,
    AgencyId,
    AgreementId,
    BreakGlassId,
    ConsentId,
    DisclosureId,
    GoalId,
    MergeId,
    PartnershipId,
    PersonId,
    PlanId,
    ReferralId,
    SearchId,
    ServiceId,
    SessionId,
    TransferId,
    WorkerId,
)
from domain.people.consenting import GiveConsent, RequestConsent
from domain.people.duplicates import DeferDuplicate
from domain.people.merging import DecideMerge, ProposeMerge, ReviewMerge
from domain.people.person import ProvisionalReason
from domain.people.registering import RegisterPerson
from domain.people.search import RecordSearch
from domain.support.plan_actions import AddAction
from domain.support.planning import OpenPlan, RecordPersonsView, SetGoal
from domain.support.referral import (
    AcceptReferral,
    Answer,
    AskForInformation,
    BookReferral,
    Core,
    DeclineReferral,
    ReceiveReferral,
    SafeContact,
    SendReferral,
    StartReferral,
    Urgency,
)
from domain.support.service import OfferService, Question

ENTERED_DAYS_AGO: Final = 30
CONSENT_DAYS: Final = 180
ASKED_FOR: Final[frozenset[InformationCategory]] = frozenset(
    {"identity", "contact", "household", "housing", "benefits", "health", "substance-use"}
)
HELPERS: Final = {
    "treatment-worker": "drug-and-alcohol-service",
    "housing-officer": "district-council",
    "work-coach": "dwp",
    "nurse": "health",
}
"""The agencies that are asked for help, by the demo's worker of each."""
VENUES: Final = {
    PartnershipId("peterborough"): "Community centre by Cathedral Square",
    PartnershipId("fenland"): "Church hall by the Market Place, Wisbech",
    PartnershipId("city-of-london"): "Church hall near Liverpool Street",
}


NEIGHBOURS: Final = {
    PartnershipId("peterborough"): PartnershipId("fenland"),
    PartnershipId("fenland"): PartnershipId("peterborough"),
}
"""Partnerships that agreed to ask each other, and to hand people over."""
SEEN_SECONDS: Final = 60.0
MOVES: Final = "shanice"
"""Who moves from the one to the other."""


class Offer(msgspec.Struct, frozen=True, kw_only=True):
    """A service with questions of its own, and how the referrals of the demo answer them."""

    worker: str
    service: str
    name: str
    needs: tuple[Need, ...]
    where: str
    when: str
    eligibility: str
    places: int
    questions: tuple[Question, ...]
    answers: tuple[str | bool | int, ...]


class Someone(msgspec.Struct, frozen=True, kw_only=True):
    """A person of the demo's present."""

    name: str
    entered_by: str
    given_name: str | None = None
    family_name: str | None = None
    nickname: str | None = None
    born: dt.date | None = None
    age_band: AgeBand | None = None
    sex: Sex | None = None
    understands: tuple[str, ...] = ("en",)
    needs_interpreter: bool = False
    description: str | None = None
    consent_days: int = CONSENT_DAYS


class Asked(msgspec.Struct, frozen=True, kw_only=True):
    """A referral, and what became of it so far."""

    person: str
    by: str
    to: str
    need: Need
    days_ago: float
    urgency: Urgency = "soon"
    reason: str
    received: bool = False
    question: str | None = None
    declined: DeclineReason | None = None
    accepted: bool = False
    started: bool = False
    booked_in_days: int | None = None


OFFERS: Final = (
    Offer(
        worker="treatment-worker",
        service="street-recovery",
        name="Street recovery team",
        needs=("alcohol", "drugs"),
        where="Recovery centre, and wherever the person is",
        when="Monday to Friday, 9 to 5",
        eligibility="Adults who drink or use drugs and sleep rough or are about to",
        places=25,
        questions=(
            Question(
                id="substances",
                label="What do they drink or use, and how often?",
                required=True,
                personal_class="health",
            ),
            Question(
                id="treated-before",
                label="Have they been in treatment before?",
                kind="yes-no",
                required=True,
                personal_class="health",
            ),
            Question(
                id="meet",
                label="Where would they like to meet?",
                kind="choice",
                choices=("At the hub", "At the recovery centre", "On the street"),
            ),
        ),
        answers=("Strong cider, every day", True, "At the hub"),
    ),
    Offer(
        worker="housing-officer",
        service="rough-sleeping-team",
        name="Rough sleeping team",
        needs=("housing",),
        where="Council offices, and the hub",
        when="Monday to Friday, 9 to 4",
        eligibility="Anybody without somewhere safe to sleep tonight",
        places=12,
        questions=(
            Question(id="nights", label="How many nights have they slept rough?", kind="number", required=True),
            Question(id="pets", label="Do they have a dog or another pet?", kind="yes-no", required=True),
            Question(id="connection", label="Which places do they have ties to?"),
        ),
        answers=(14, False, "Grew up here; a sister nearby"),
    ),
    Offer(
        worker="work-coach",
        service="benefits-at-the-hub",
        name="Benefits and work at the hub",
        needs=("benefits-and-employment", "id-and-bank-account", "debt"),
        where="The hub",
        when="Hub days, 10 to 1",
        eligibility="Anybody who comes to the hub",
        places=30,
        questions=(
            Question(id="claims-now", label="Is there a claim for benefits now?", kind="yes-no", required=True),
            Question(id="bank-account", label="Is there a bank account to pay into?", kind="yes-no"),
        ),
        answers=(False, False),
    ),
    Offer(
        worker="nurse",
        service="street-nurse",
        name="Street nurse",
        needs=("wound-care", "physical-health", "gp-registration"),
        where="The hub, and wherever the person is",
        when="Tuesdays and hub days",
        eligibility="Anybody who finds it hard to see a doctor",
        places=20,
        questions=(
            Question(id="complaint", label="What do they want seen to?", required=True, personal_class="health"),
            Question(
                id="medicine", label="Do they take medicine that may run out?", kind="yes-no", personal_class="health"
            ),
        ),
        answers=("A wound on the leg that does not close", False),
    ),
)
PEOPLE: Final = (
    Someone(
        name="marta",
        entered_by="coordinator",
        given_name="Marta",
        family_name="Synthetic-Zielińska",
        born=dt.date(1987, 4, 12),
        sex="female",
        understands=("pl", "en"),
    ),
    Someone(
        name="george",
        entered_by="coordinator",
        given_name="George",
        family_name="Synthetic-Hollow",
        born=dt.date(1969, 11, 3),
        sex="male",
        consent_days=3,
    ),
    Someone(
        name="magpie",
        entered_by="officer",
        nickname="Synthetic Magpie",
        age_band="35-44",
        description="Green parka, small brown dog",
    ),
    Someone(
        name="darius",
        entered_by="coordinator",
        given_name="Darius",
        family_name="Synthetic-Kazlauskas",
        born=dt.date(1979, 8, 27),
        sex="male",
        understands=("lt",),
        needs_interpreter=True,
    ),
    Someone(
        name="shanice",
        entered_by="coordinator",
        given_name="Shanice",
        family_name="Synthetic-Archer",
        born=dt.date(1994, 1, 30),
        sex="female",
    ),
    Someone(
        name="bogdan",
        entered_by="officer",
        given_name="Богдан",
        family_name="Synthetic-Коваленко",
        born=dt.date(1990, 6, 18),
        sex="male",
        understands=("uk", "en"),
    ),
)
TWICE: Final = (
    # entered a second time on the street, as they were heard and without looking first
    Someone(
        name="marta-again",
        entered_by="officer",
        given_name="Martha",
        family_name="Synthetic-Zielinska",
        born=dt.date(1987, 12, 4),
        sex="female",
        understands=("pl", "en"),
    ),
    Someone(
        name="shanice-again",
        entered_by="officer",
        given_name="Shanise",
        family_name="Synthetic-Archer",
        born=dt.date(1994, 1, 30),
    ),
    Someone(
        name="bogdan-again",
        entered_by="officer",
        given_name="Bohdan",
        family_name="Synthetic-Kovalenko",
        born=dt.date(1990, 6, 18),
        sex="male",
        understands=("uk",),
    ),
)
MERGED: Final = (
    # entered twice and found to be one: the first merge was reviewed, the second waits for its review
    Someone(
        name="magpie-again",
        entered_by="officer",
        nickname="Synthetic Magpie",
        age_band="35-44",
        description="Green parka, asked for dog food",
    ),
    Someone(
        name="darius-again",
        entered_by="housing-officer",
        given_name="Darijus",
        family_name="Synthetic-Kazlauskas",
        born=dt.date(1979, 8, 27),
        sex="male",
        understands=("lt",),
        needs_interpreter=True,
    ),
)
REFERRALS: Final = (
    # for the drug and alcohol worker: one that is late, one that waits, one begun, and one asked of others
    Asked(
        person="george",
        by="coordinator",
        to="street-recovery",
        need="alcohol",
        days_ago=20,
        reason="Asked for help to drink less; shakes in the morning.",
    ),
    Asked(
        person="marta",
        by="coordinator",
        to="street-recovery",
        need="alcohol",
        days_ago=0.1,
        urgency="today",
        reason="Wants to stop before her daughter visits.",
    ),
    Asked(
        person="darius",
        by="coordinator",
        to="street-recovery",
        need="drugs",
        days_ago=9,
        reason="Asked about a script.",
        received=True,
        accepted=True,
        started=True,
    ),
    Asked(
        person="darius",
        by="treatment-worker",
        to="rough-sleeping-team",
        need="housing",
        days_ago=1,
        reason="Sleeps in a car park; cannot keep appointments from there.",
    ),
    # for the housing officer
    Asked(
        person="magpie",
        by="officer",
        to="rough-sleeping-team",
        need="housing",
        days_ago=19,
        urgency="today",
        reason="Sleeps by the river with a dog and has been turned away because of it.",
        received=True,
    ),
    Asked(
        person="shanice",
        by="coordinator",
        to="rough-sleeping-team",
        need="housing",
        days_ago=8,
        reason="Lost her room when she lost her work.",
        received=True,
        declined="no-capacity",
    ),
    # for the work coach
    Asked(
        person="george",
        by="coordinator",
        to="benefits-at-the-hub",
        need="benefits-and-employment",
        days_ago=18,
        reason="His claim was closed and he does not know why.",
    ),
    Asked(
        person="magpie",
        by="officer",
        to="benefits-at-the-hub",
        need="id-and-bank-account",
        days_ago=0.2,
        reason="Has no papers and no account.",
    ),
    Asked(
        person="shanice",
        by="coordinator",
        to="benefits-at-the-hub",
        need="debt",
        days_ago=7,
        reason="Owes rent and a phone contract.",
        received=True,
        accepted=True,
        booked_in_days=2,
    ),
    # for the nurse
    Asked(
        person="bogdan",
        by="officer",
        to="street-nurse",
        need="wound-care",
        days_ago=0.1,
        urgency="today",
        reason="Limps, and says that his leg hurts.",
    ),
    Asked(
        person="marta",
        by="coordinator",
        to="street-nurse",
        need="gp-registration",
        days_ago=5,
        reason="Is with no doctor.",
        received=True,
        question="Which surgery is nearest to where she stays?",
    ),
    Asked(
        person="george",
        by="treatment-worker",
        to="street-nurse",
        need="physical-health",
        days_ago=16,
        reason="Coughs since the spring.",
    ),
)
ACTIONS: Final = (
    # whose, what, days ago it was agreed, in how many days it is due
    ("coordinator", "Ask the day centre to keep Darius's post.", 12, -2),
    ("coordinator", "Find an interpreter for the next hub session.", 3, 1),
    ("treatment-worker", "Go with Darius to the pharmacy.", 3, 2),
    ("housing-officer", "Tell Darius which papers he needs for an application.", 3, 5),
)
AGENCY_OF: Final = {**HELPERS, "coordinator": "csp", "officer": "police"}


async def live(hub: Hub, workers: dict[str, Actor]) -> int:
    """Make the present day of the partnership of these workers, by name; how many of its acts are new."""
    for actor in workers.values():
        await see_in_post(hub.decider, actor, hub.clock)
    life = Life(hub, workers)
    stories = {"life": life.acts, "twice": life.twice, "merged": life.merged}
    done = [await life.complete(name, tuple(acts())) for name, acts in stories.items()]
    return sum(done) + await life.complete(*life.session()) + await life.watched()


async def neighbours(hub: Hub, workers: dict[str, Actor]) -> None:
    """What the partnership of these workers has to do with the one next to it; somebody is offered to that one."""
    partner = NEIGHBOURS.get(workers["coordinator"].partnership)
    if partner is not None:
        await Life(hub, workers).neighbour(partner)


async def offer_somebody(hub: Hub, workers: dict[str, Actor]) -> None:
    """Once both sides agreed, Peterborough's coordinator offers somebody who moves, and who said yes to it."""
    await Life(hub, workers).offer()


class Life:
    """The present day of one partnership."""

    def __init__(self, hub: Hub, workers: dict[str, Actor]) -> None:
        self._hub = hub
        self._workers = workers
        self.partnership = workers["coordinator"].partnership
        self._now = hub.clock.now()
        self._today = civil_date(self._now)
        self._offers = {one.service: one for one in OFFERS}

    async def complete(self, name: str, acts: tuple[tuple[str, Command], ...]) -> int:
        """Do what was not done before; how much."""
        if await self._done(f"{name}/{len(acts) - 1}"):
            return 0
        new = 0
        for number, (worker, command) in enumerate(acts):
            decided = await self._hub.decider.decide(command, self._workers[worker], key=self._key(f"{name}/{number}"))
            new += not decided.repeated
        return new

    async def watched(self) -> int:
        """What those who watch over the sharing find to do."""
        return await self.complete("watched", tuple(self._watched()))

    async def neighbour(self, partner: PartnershipId) -> None:
        """What was agreed with the partnership next door, and somebody who agreed that it is told of her."""
        await self.complete("neighbour", tuple(self._neighbour(partner)))

    async def offer(self) -> None:
        """Somebody is offered to the partnership next door; once, however often the demo starts."""
        if await self._done("offer"):
            return
        log = log_of(self.partnership)
        await self._hub.models.reached(log, await self._hub.decider.log.head(log), SEEN_SECONDS)
        viewer, person = self._workers["coordinator"], PersonId(self.id(MOVES))
        partner = NEIGHBOURS[self.partnership]
        account = Account("hub demo", "offer").of(viewer)
        async with self._hub.snapshot(viewer, account) as snapshot:
            row = (await self._hub.of(snapshot).readings.people.person(viewer, person)).shown.row
        await self._hub.ledger.record(account)
        await self._hub.transferring.offer(
            viewer,
            row,
            partner,
            "support",
            frozenset({"register", "support"}),
            "She moves in with her sister in Wisbech, and asked that the hub there knows.",
            new_id=TransferId(self.id("transfer")),
            key=self._key("offer"),
        )

    def _neighbour(self, partner: PartnershipId) -> Iterator[tuple[str, Command]]:
        yield (
            "administrator",
            MakePartnershipAgreement(
                at=self._now,
                agreement=AgreementId("-".join(sorted((self.partnership, partner)))),
                partner=partner,
                name="People who move between Fenland and Peterborough",
                contact_agency=AgencyId("csp"),
                purposes=frozenset({"support", "prevention", "safeguarding"}),
                categories=frozenset({"register", "engagement", "hub", "support"}),
                from_date=self._today,
                review_date=self._today + dt.timedelta(days=365),
                source="Synthetic: made up for the demo",
            ),
        )
        person, consent = PersonId(self.id(MOVES)), ConsentId(self.id("consent/moves"))
        yield (
            "coordinator",
            RequestConsent(
                at=self._now,
                consent=consent,
                person=person,
                kind="data-protection-basis",
                purpose="support",
                recipients=frozenset({partner}),
                categories=ASKED_FOR,
            ),
        )
        yield (
            "coordinator",
            GiveConsent(
                at=self._now,
                consent=consent,
                person=person,
                given_to="hub",
                capacity="confirmed",
                language="en",
                interpreter=False,
                expires_on=self._today + dt.timedelta(days=CONSENT_DAYS),
            ),
        )

    def acts(self) -> Iterator[tuple[str, Command]]:
        """Everything but the session, by worker."""
        yield from self._services()
        for one in PEOPLE:
            yield from self._person(one)
        for number, asked in enumerate(REFERRALS):
            yield from self._referral(f"referral/{number}", asked)
        yield from self._plan()

    def twice(self) -> Iterator[tuple[str, Command]]:
        """Some of them are entered again, and of two records somebody is not sure."""
        for number, one in enumerate(TWICE):
            yield one.entered_by, self._entered(one, self._ago(6 - number), provisional="no-signal")
        yield (
            "coordinator",
            DeferDuplicate(
                at=self._ago(1),
                person=PersonId(self.id("bogdan")),
                other=PersonId(self.id("bogdan-again")),
                note="The day centre knows Bogdan by sight: ask them on Thursday.",
            ),
        )

    def merged(self) -> Iterator[tuple[str, Command]]:
        """Two humans who were entered twice. Two workers agree on each merge; a third has reviewed the one of them."""
        for number, one in enumerate(MERGED):
            yield one.entered_by, self._entered(one, self._ago(9 - number), provisional="no-signal")
            merge = MergeId(self.id(f"merge/{one.name}"))
            yield (
                one.entered_by,
                ProposeMerge(
                    at=self._ago(2),
                    merge=merge,
                    person=PersonId(self.id(one.name.removesuffix("-again"))),
                    other=PersonId(self.id(one.name)),
                    reason="They answer to the same name, and say that we have met before.",
                ),
            )
            yield "coordinator", DecideMerge(at=self._ago(1), merge=merge, agree=True)
        yield (
            "privacy-officer",
            ReviewMerge(
                at=self._now,
                merge=MergeId(self.id("merge/magpie-again")),
                agencies=frozenset(map(AgencyId, ("csp", "police", "district-council"))),
                note="The police entered both; the council was asked for a place.",
            ),
        )

    def session(self) -> tuple[str, tuple[tuple[str, Command], ...]]:
        """A hub session today, from ten: a day on which people can be checked in."""
        on = self._today
        name = f"session/{on}"
        session = SessionId(self.id(name))
        schedule = ScheduleHubSession(
            at=self._now,
            session=session,
            starts=dt.datetime.combine(on, dt.time(10), LONDON),
            ends=dt.datetime.combine(on, dt.time(16), LONDON),
            place=VENUES.get(self.partnership, "Community centre"),
            expected=tuple(AgencyId(one) for one in HELPERS.values()),
        )
        coming = (
            (worker, ConfirmAgency(at=self._now, session=session, agency=AgencyId(HELPERS[worker])))
            for worker in ("treatment-worker", "nurse")
        )
        return name, (("coordinator", schedule), *coming)

    def _services(self) -> Iterator[tuple[str, Command]]:
        for one in OFFERS:
            yield (
                one.worker,
                OfferService(
                    at=self._now,
                    service=ServiceId(one.service),
                    agency=AgencyId(HELPERS[one.worker]),
                    name=one.name,
                    needs=one.needs,
                    where=one.where,
                    when=one.when,
                    eligibility=one.eligibility,
                    places=one.places,
                    questions=one.questions,
                ),
            )

    def enters(self, one: Someone, at: dt.datetime) -> tuple[PersonId, tuple[tuple[str, Command], ...]]:
        """Somebody is looked for and entered, and nothing else: who, and the acts."""
        search = SearchId(self.id(f"search/{one.name}"))
        looked = RecordSearch(at=at, search=search, keys=("alias-and-born",))
        entered = self._entered(one, at, search=search)
        return entered.person, ((one.entered_by, looked), (one.entered_by, entered))

    def _person(self, one: Someone) -> Iterator[tuple[str, Command]]:
        at = self._ago(ENTERED_DAYS_AGO)
        person, search = PersonId(self.id(one.name)), SearchId(self.id(f"search/{one.name}"))
        consent = ConsentId(self.id(f"consent/{one.name}"))
        yield one.entered_by, RecordSearch(at=at, search=search, keys=("alias-and-born",))
        yield one.entered_by, self._entered(one, at, search=search)
        recipients = frozenset(HELPERS.values())
        yield (
            "coordinator",
            RequestConsent(
                at=at,
                consent=consent,
                person=person,
                kind="data-protection-basis",
                purpose="support",
                recipients=recipients,
                categories=ASKED_FOR,
            ),
        )
        yield (
            "coordinator",
            GiveConsent(
                at=at,
                consent=consent,
                person=person,
                given_to="hub",
                capacity="confirmed",
                language=one.understands[0],
                interpreter=one.needs_interpreter,
                expires_on=self._today + dt.timedelta(days=one.consent_days),
            ),
        )

    def _entered(
        self,
        one: Someone,
        at: dt.datetime,
        search: SearchId | None = None,
        provisional: ProvisionalReason | None = None,
    ) -> RegisterPerson:
        return RegisterPerson(
            at=at,
            person=PersonId(self.id(one.name)),
            reference=self._reference(one.name),
            identity="stated",
            search=search,
            answer=None if search is None else "nobody-found",
            provisional=provisional,
            has_name=bool(one.given_name or one.family_name),
            age_band=age_band(one.born, civil_date(at)) if one.born else one.age_band,
            understands=one.understands,
            needs_interpreter=one.needs_interpreter,
            no_fixed_abode=True,
            synthetic=True,
            given_name=one.given_name,
            family_name=one.family_name,
            nickname=one.nickname,
            born=one.born,
            sex=one.sex,
            description=one.description,
        )

    def _referral(self, name: str, asked: Asked) -> Iterator[tuple[str, Command]]:
        referral = ReferralId(self.id(name))
        offer = self._offers[asked.to]
        helper = offer.worker
        person = next(one for one in PEOPLE if one.name == asked.person)
        yield (
            asked.by,
            SendReferral(
                at=self._ago(asked.days_ago),
                referral=referral,
                person=PersonId(self.id(asked.person)),
                service=ServiceId(asked.to),
                need=asked.need,
                core=Core(
                    safe_contact=SafeContact(may_post=False, may_leave_message=False, how="In person at the hub"),
                    language=person.understands[0],
                    urgency=asked.urgency,
                    children="none",
                    accommodation_tonight="rough-sleeping",
                    id_held="not-known",
                    gp_registered="no",
                ),
                answers=tuple(
                    Answer(question=question.id, value=value)
                    for question, value in zip(offer.questions, offer.answers, strict=True)
                ),
                reason=asked.reason,
            ),
        )
        if asked.received:
            yield helper, ReceiveReferral(at=self._ago(asked.days_ago - 1), referral=referral)
        if asked.question is not None:
            at = self._ago(asked.days_ago - 2)
            yield helper, AskForInformation(at=at, referral=referral, question=asked.question)
        if asked.declined is not None:
            at = self._ago(asked.days_ago - 2)
            note = "All beds are taken until the end of the month."
            yield helper, DeclineReferral(at=at, referral=referral, reason=asked.declined, note=note)
        if asked.accepted:
            yield helper, AcceptReferral(at=self._ago(asked.days_ago - 2), referral=referral)
        if asked.started:
            yield helper, StartReferral(at=self._ago(asked.days_ago - 3), referral=referral)
        if asked.booked_in_days is not None:
            when = dt.datetime.combine(self._today + dt.timedelta(days=asked.booked_in_days), dt.time(11), LONDON)
            at = self._ago(asked.days_ago - 4)
            yield helper, BookReferral(at=at, referral=referral, when=when, where="Jobcentre, first floor")

    def _plan(self) -> Iterator[tuple[str, Command]]:
        plan, goal = PlanId(self.id("plan")), GoalId(self.id("goal"))
        begun = self._ago(14)
        review_on = self._today + dt.timedelta(days=14)
        yield "coordinator", OpenPlan(at=begun, plan=plan, person=PersonId(self.id("darius")), review_on=review_on)
        words = "I want a door that I can close."
        yield "coordinator", SetGoal(at=begun, plan=plan, goal=goal, words=words, need="housing")
        view = "One thing after the other: first sleep, then the rest."
        yield "coordinator", RecordPersonsView(at=begun, plan=plan, view=view)
        for number, (worker, what, days_ago, due_in_days) in enumerate(ACTIONS):
            yield (
                "coordinator",
                AddAction(
                    at=self._ago(days_ago),
                    plan=plan,
                    action=ActionId(self.id(f"action/{number}")),
                    owner=WorkerId(self._workers[worker].worker),
                    owner_agency=AgencyId(AGENCY_OF[worker]),
                    due=self._today + dt.timedelta(days=due_in_days),
                    what=what,
                    goal=goal,
                ),
            )

    def _watched(self) -> Iterator[tuple[str, Command]]:
        """A record that was opened in an emergency and waits for its review, and somebody told against a refusal."""
        person, glass = PersonId(self.id("darius")), BreakGlassId(self.id("glass"))
        yield (
            "officer",
            BreakTheGlass(
                at=self._now,
                break_glass=glass,
                person=person,
                emergency="missing-person",
                reason="A neighbour has not seen him for two days, and he was not at the day centre.",
            ),
        )
        yield "officer", CloseTheGlass(at=self._now, break_glass=glass)
        yield (
            "coordinator",
            DecideDisclosure(
                at=self._ago(1),
                disclosure=DisclosureId(self.id("disclosure")),
                person=person,
                shares=True,
                recipient_kind="professional",
                recipient="Duty desk of children's social care",
                categories=frozenset({"identity", "safeguarding"}),
                ground="safeguarding",
                overrides_refusal=True,
                rationale="A child was with him at night in the cold. He said no; the child's safety comes first.",
            ),
        )

    def _ago(self, days: float) -> dt.datetime:
        return self._now - dt.timedelta(days=days)

    def id(self, name: str) -> str:
        """The same id at each start, and another in each installation."""
        return str(uuid.UUID(self._hub.pseudonym("demo-life", self.partnership, name)))

    def _reference(self, name: str) -> str:
        number = uuid.UUID(self.id(f"reference/{name}")).int
        code = "".join(READABLE[number // len(READABLE) ** at % len(READABLE)] for at in range(7))
        return f"P-{code[:3]}-{code[3:]}"

    def _key(self, name: str) -> CommandKey:
        digest = self._hub.digest(f"demo-life\0{self.partnership}\0{name}".encode())
        return CommandKey(key=digest, digest=digest)

    async def _done(self, name: str) -> bool:
        known = await self._hub.decider.log.command(log_of(self.partnership), self._key(name))
        return known is not None
