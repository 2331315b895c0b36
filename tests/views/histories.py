"""Histories of a partnership: whatever commands are drawn, those that the rules permit are recorded, as in life."""

import datetime as dt
from collections.abc import Callable, Sequence
from typing import Any, Final, Literal, TypeVar, get_args, get_origin, get_type_hints

import msgspec

import application  # noqa: F401 - enters the decisions into the table
from adapters.memory import MemoryEventLog
from adapters.sealing.codec import JsonCodec
from adapters.sealing.keys import MemoryKeys
from application.deciding import Decider
from application.ports import EventLog, LogId, Recorded, log_of
from application.posting import see_in_post
from domain.actors import Actor, Role
from domain.calendar import LONDON
from domain.engagement import (
    appeals,
    closing,
    encounter,
    escalation,
    hub_session,
    in_force,
    issuing,
    ladder,
    pausing,
    terms,
    tickets,
)
from domain.engagement.overrides import Override
from domain.engagement.published_ladders import CAMBRIDGESHIRE
from domain.facts import Command, Personal
from domain.governance import agency
from domain.governance.agreement import MakeAgreement
from domain.governance.scope import Crossing, Purpose, SharedCategory
from domain.ids import AgencyId, AgreementId, PartnershipId, WorkerId
from domain.people import (
    consenting,
    describing,
    distinct,
    dying,
    flags,
    merging,
    registering,
    search,
    stays,
)
from domain.refusals import Refusal
from domain.support import duty_to_refer, handing_over, plan_actions, planning, referral, service
from domain.support.words import OnBehalf

C = TypeVar("C")

PARTNERSHIP: Final = PartnershipId("fenland")
LOG: Final = log_of(PARTNERSHIP)
START: Final = dt.datetime(2024, 6, 3, 10, tzinfo=LONDON)


def told(command: type[C], **fields: Any) -> C:  # noqa: ANN401 - whatever the command holds
    """A command, its ids given as plain texts."""
    return command(**fields)


def actor(of: str, role: Role, worker: str = "") -> Actor:
    """A worker of an agency."""
    return Actor(worker=WorkerId(worker or f"{role}-of-{of}"), agency=AgencyId(of), role=role, partnership=PARTNERSHIP)


SYSTEM: Final = actor("csp", "system", "system")
COORDINATOR: Final = actor("csp", "hub-coordinator")
OTHER_COORDINATOR: Final = actor("csp", "problem-solving-coordinator")
SECOND_COORDINATOR: Final = actor("csp", "hub-coordinator", "other")
PANEL: Final = actor("csp", "panel-member")
CONSTABLE: Final = actor("police", "constable")
SUPERVISOR: Final = actor("police", "supervisor")
OFFICER: Final = actor("council", "council-officer")
CLINIC: Final = actor("recovery", "agency-worker")
HOUSING: Final = actor("housing", "agency-worker")
SHELTER: Final = actor("shelter", "agency-worker")
EVERYBODY: Final = (COORDINATOR, CONSTABLE, SUPERVISOR, OFFICER, CLINIC, HOUSING, SHELTER)
HISTORIC: Final = Override(by=WorkerId("w-1"), reason="imported-history")

PEOPLE: Final = tuple(f"p-{n}" for n in range(5))
SESSIONS: Final = ("s-1", "s-2")
SERVICES: Final = ("clinic", "beds")
KINDS: Final = {
    "csp": "partnership",
    "police": "police",
    "council": "district-council",
    "recovery": "drug-and-alcohol",
    "housing": "housing-options",
    "shelter": "voluntary",
}


def _is_personal_text(hint: object) -> bool:
    marked = any(isinstance(one, Personal) for one in getattr(hint, "__metadata__", ()))
    return marked and not any(
        get_origin(one) is Literal for one in (hint, *get_args(hint), *get_args(get_args(hint)[0]))
    )


class SetClock:
    """A clock that stands where the history has come to."""

    def __init__(self, at: dt.datetime) -> None:
        self.at = at

    def now(self) -> dt.datetime:
        return self.at


class History:
    """A partnership whose story goes on by one command after another."""

    def __init__(self, log: EventLog | None = None, keys: MemoryKeys | None = None) -> None:
        self.clock = SetClock(START)
        self.keys = keys or MemoryKeys()
        self.codec = JsonCodec(self.keys)
        self.log: EventLog = log or MemoryEventLog(self.clock.now)
        self.decider = Decider(self.log, self.codec, self.clock)
        self.refused: dict[str, int] = {}
        self.texts = 0

    async def said(self, command: Command, by: Actor) -> bool:
        """Put a command to the partnership; whether it was taken."""
        try:
            await self.decider.decide(self._unmistakable(command), by)
        except Refusal as refusal:
            self.refused[refusal.code] = self.refused.get(refusal.code, 0) + 1
            return False
        return True

    def _unmistakable(self, command: Command) -> Command:
        """Every personal text of a history is another one, so that it is known where a shown text came from."""
        changes: dict[str, object] = {}
        for name, hint in get_type_hints(type(command), include_extras=True).items():
            value = getattr(command, name, None)
            if isinstance(value, str) and _is_personal_text(hint):
                self.texts += 1
                changes[name] = f"{value} #{self.texts}#"
        return msgspec.structs.replace(command, **changes) if changes else command

    async def begin(self) -> "History":
        """Agencies, a ladder, services, two sessions, three people."""
        at = self.clock.now()
        for one, kind in KINDS.items():
            registered = told(
                agency.RegisterAgency,
                at=at,
                agency=AgencyId(one),
                name=one.title(),
                kind=kind,
                logs_in=one != "shelter",
                phone="01354 654321",
            )
            assert await self.said(registered, SYSTEM)
        for by in (*EVERYBODY, OTHER_COORDINATOR, SECOND_COORDINATOR, PANEL):
            await see_in_post(self.decider, by, self.clock)
        await self.decider.decide(
            MakeAgreement(
                at=at,
                agreement=AgreementId("sharing"),
                name="Sharing",
                parties=frozenset(map(AgencyId, KINDS)),
                purposes=frozenset(get_args(Purpose)),
                categories=frozenset(get_args(SharedCategory)),
                crossings=frozenset(get_args(Crossing)),
                from_date=dt.date(2000, 1, 1),
                review_date=dt.date(2040, 1, 1),
                source="signed",
            ),
            SYSTEM,
        )
        adopted = told(
            ladder.AdoptLadder,
            at=at,
            ladder=CAMBRIDGESHIRE.ladder,
            operation=CAMBRIDGESHIRE.operation,
            steps=CAMBRIDGESHIRE.steps,
        )
        assert await self.said(adopted, COORDINATOR)
        offered = told(
            service.OfferService,
            at=at,
            service="clinic",
            agency=AgencyId("recovery"),
            name="Clinic",
            needs=("drugs", "alcohol"),
            places=2,
        )
        assert await self.said(offered, CLINIC)
        beds = told(
            service.OfferService,
            at=at,
            service="beds",
            agency=AgencyId("shelter"),
            name="Beds",
            needs=("housing",),
            places=3,
        )
        assert await self.said(beds, COORDINATOR)
        for days, one in enumerate(SESSIONS):
            starts = at + dt.timedelta(hours=days)
            scheduled = told(
                hub_session.ScheduleHubSession,
                at=at,
                session=one,
                starts=starts,
                ends=starts + dt.timedelta(hours=12),
                place="Library",
            )
            assert await self.said(scheduled, COORDINATOR)
        for one in PEOPLE[:3]:
            assert await self.said(known(one, at), CONSTABLE)
        return self

    async def goes_on(self, turns: Sequence[tuple[int, int, int, int]]) -> "History":
        """One command for each turn: which kind, about whom, by whom, how many hours later."""
        for number, (kind, who, which, hours) in enumerate(turns):
            self.clock.at += dt.timedelta(hours=hours, minutes=1)
            make = TURNS[kind % len(TURNS)]
            one, by = PEOPLE[who % len(PEOPLE)], EVERYBODY[which % len(EVERYBODY)]
            made = make(one, by, self.clock.now(), f"{number}", which)
            for command in made if isinstance(made, tuple) else (made,):
                await self.said(command, _answering(command, which) or by)
        return self

    async def recorded(self, log: LogId = LOG, after: int = 0) -> list[Recorded]:
        """All facts, in order."""
        page = await self.log.read(log, after=after, sealed=True)
        return [self.codec.recorded(stored) for stored in page.events]


def known(one: str, at: dt.datetime) -> registering.RegisterPerson:
    """Somebody entered on the street."""
    return told(
        registering.RegisterPerson,
        at=at,
        person=one,
        reference=f"REF-{one.upper()}",
        identity="stated",
        provisional="no-signal",
        has_name=True,
        age_band="35-44",
        understands=("en",),
        given_name=f"Given-{one}",
        family_name="Sample",
        born=dt.date(1984, 2, 3),
        synthetic=True,
    )


CORE: Final = told(
    referral.Core,
    safe_contact=told(referral.SafeContact, may_post=False, may_leave_message=True, how="at the hub"),
    language="en",
    urgency="soon",
    children="none",
    accommodation_tonight="rough-sleeping",
    id_held="no",
    gp_registered="no",
)


def asked_of(which: int) -> tuple[str, str]:
    return ("clinic", "drugs") if which % 2 else ("beds", "housing")


def _answering(command: Command, which: int) -> Actor | None:
    """Mostly, those who were asked answer: the clinic, or the coordinator for the shelter, which does not log in."""
    if not isinstance(command, referral.AskedCommand) or which % 7 == 0:
        return None
    return CLINIC if which % 2 else COORDINATOR


def referral_of(one: str, which: int) -> str:
    return f"r-{one}-{which % 2}"


def answer(command: type[Command], **fields: Any) -> Callable[..., Command]:  # noqa: ANN401
    def make(one: str, _by: Actor, at: dt.datetime, _n: str, which: int) -> Command:
        behalf = None if which % 2 else OnBehalf(agency=AgencyId("shelter"), evidence="e-mail of today")
        return told(command, at=at, referral=referral_of(one, which), on_behalf_of=behalf, **fields)

    return make


def of_plan(command: type[Command], **fields: Any) -> Callable[..., Command]:  # noqa: ANN401
    def make(one: str, _by: Actor, at: dt.datetime, _n: str, _which: int) -> Command:
        return told(command, at=at, plan=f"plan-{one}", **fields)

    return make


def of_episode(command: type[Command], **fields: Any) -> Callable[..., Command]:  # noqa: ANN401
    def make(one: str, _by: Actor, at: dt.datetime, _n: str, _which: int) -> Command:
        return told(command, at=at, episode=f"e-{one}", **fields)

    return make


def of_session(command: type[Command], **fields: Any) -> Callable[..., Command]:  # noqa: ANN401
    def make(one: str, _by: Actor, at: dt.datetime, _n: str, which: int) -> Command:
        whom = {"person": one} if "person" in command.__struct_fields__ else {}
        return told(command, at=at, session=SESSIONS[which % 2], **whom, **fields)

    return make


def of_notification(command: type[Command], **fields: Any) -> Callable[..., Command]:  # noqa: ANN401
    def make(one: str, _by: Actor, at: dt.datetime, _n: str, _which: int) -> Command:
        return told(command, at=at, notification=f"n-{one}", **fields)

    return make


def of_person(command: type[Command], **fields: Any) -> Callable[..., Command]:  # noqa: ANN401
    def make(one: str, _by: Actor, at: dt.datetime, _n: str, _which: int) -> Command:
        return told(command, at=at, person=one, **fields)

    return make


def encountered(one: str, _by: Actor, at: dt.datetime, n: str, which: int) -> Command:
    return told(
        encounter.RecordEncounter,
        at=at - dt.timedelta(hours=which % 3),
        encounter=f"enc-{n}",
        person=one,
        kind="asb",
        asb_type="begging",
        place="by the station",
        facts_observed="asked for change",
        opinions="looked unwell",
        offer=("health", None, "hub")[which % 3],
    )


def ticketed(step: str) -> Callable[..., tuple[Command, ...]]:
    def make(one: str, by: Actor, at: dt.datetime, n: str, which: int) -> tuple[Command, ...]:
        return (
            encountered(one, by, at - dt.timedelta(minutes=5), f"{n}-{step}", 0),
            told(
                issuing.IssueTicket,
                at=at,
                ticket=f"t-{one}-{step}",
                episode=f"e-{one}",
                step=step,
                opening=told(issuing.Opening, person=one, ladder=CAMBRIDGESHIRE.ladder),
                language="en",
                read_aloud=True,
                understood=True,
                screen="none",
                instrument=f"i-{one}-{step}" if step != "green" else None,
                terms=told(terms.Terms, conduct=("begging",), paper=True) if step in {"cpw", "cpn"} else None,
                invite=told(issuing.TicketInvitation, invitation=f"inv-{n}", session=SESSIONS[which % 2])
                if step == "green"
                else None,
                historic=HISTORIC if which % 3 == 0 else None,
                place="by the station",
            ),
        )

    return make


def consented(one: str, _by: Actor, at: dt.datetime, _n: str, which: int) -> tuple[Command, ...]:
    recipients = frozenset({"recovery", "shelter", "housing", "council"})
    return (
        told(
            consenting.RequestConsent,
            at=at,
            consent=f"c-{one}-{which % 2}",
            person=one,
            kind="data-protection-basis",
            purpose="referral",
            recipients=recipients,
            categories=frozenset({"identity", "contact", "household", "housing", "health", "substance-use"}),
        ),
        told(
            consenting.GiveConsent,
            at=at,
            consent=f"c-{one}-{which % 2}",
            person=one,
            given_to="hub",
            capacity="confirmed",
            language="en",
            expires_on=at.date() + dt.timedelta(days=which),
            witness="A. Witness",
        ),
    )


def of_consent(command: type[Command], **fields: Any) -> Callable[..., Command]:  # noqa: ANN401
    def make(one: str, _by: Actor, at: dt.datetime, _n: str, which: int) -> Command:
        return told(command, at=at, consent=f"c-{one}-{which % 2}", person=one, **fields)

    return make


def sent(one: str, _by: Actor, at: dt.datetime, _n: str, which: int) -> Command:
    wanted, need = asked_of(which)
    return told(
        referral.SendReferral,
        at=at,
        referral=referral_of(one, which),
        person=one,
        service=wanted,
        need=need,
        core=CORE,
        reason="wants help now",
        health_reason="daily heroin use",
        basis="agreed-at-hub",
        rationale="agreed before the worker",
    )


def drafted(one: str, _by: Actor, at: dt.datetime, _n: str, which: int) -> Command:
    wanted, need = asked_of(which)
    return told(
        referral.DraftReferral,
        at=at,
        referral=referral_of(one, which),
        person=one,
        service=wanted,
        need=need,
        reason="to be discussed",
    )


def planned(one: str, by: Actor, at: dt.datetime, _n: str, which: int) -> tuple[Command, ...]:
    return (
        told(planning.OpenPlan, at=at, plan=f"plan-{one}", person=one, review_on=at.date() + dt.timedelta(days=14)),
        told(planning.SetGoal, at=at, plan=f"plan-{one}", goal=f"g-{one}", words="a room of my own", need="housing"),
        told(
            plan_actions.AddAction,
            at=at,
            plan=f"plan-{one}",
            action=f"a-{one}-{which % 3}",
            owner=by.worker,
            owner_agency=by.agency,
            due=at.date() + dt.timedelta(days=which),
            what="call the council",
            goal=f"g-{one}",
        ),
    )


def completed(one: str, _by: Actor, at: dt.datetime, _n: str, which: int) -> Command:
    return told(
        plan_actions.CompleteAction, at=at, plan=f"plan-{one}", action=f"a-{one}-{which % 3}", note="done by phone"
    )


def notified(one: str, _by: Actor, at: dt.datetime, _n: str, _which: int) -> Command:
    return told(
        duty_to_refer.NotifyHousingAuthority,
        at=at,
        notification=f"n-{one}",
        person=one,
        authority=AgencyId("housing"),
        chosen_by_person=True,
        consent_to_refer=True,
        consent_to_share_contact=True,
        homelessness="homeless",
        name="Given Sample",
        contact="at the hub",
        reason="asked to leave",
    )


def flagged(one: str, _by: Actor, at: dt.datetime, _n: str, which: int) -> Command:
    kinds = ("staff-safety", "keep-apart", "safeguarding")
    kind = kinds[which % 3]
    return told(
        flags.RaiseFlag,
        at=at,
        flag=f"f-{one}-{kind}",
        person=one,
        kind=kind,
        source="seen",
        expires_on=at.date() + dt.timedelta(days=30),
        reason="said so himself",
        other=PEOPLE[(PEOPLE.index(one) + 1) % len(PEOPLE)] if kind == "keep-apart" else None,
    )


def unflagged(one: str, _by: Actor, at: dt.datetime, _n: str, which: int) -> Command:
    kind = ("staff-safety", "keep-apart", "safeguarding")[which % 3]
    return told(flags.EndFlag, at=at, flag=f"f-{one}-{kind}", person=one, reason="settled")


def merge_proposed(one: str, _by: Actor, at: dt.datetime, _n: str, which: int) -> Command:
    other = PEOPLE[(PEOPLE.index(one) + 1 + which % 2) % len(PEOPLE)]
    return told(merging.ProposeMerge, at=at, merge=f"m-{one}-{other}", person=one, other=other, reason="same face")


def merge_decided(one: str, _by: Actor, at: dt.datetime, _n: str, which: int) -> Command:
    other = PEOPLE[(PEOPLE.index(one) + 1 + which % 2) % len(PEOPLE)]
    return told(merging.DecideMerge, at=at, merge=f"m-{one}-{other}", agree=which % 5 != 0)


def merge_reviewed(one: str, _by: Actor, at: dt.datetime, _n: str, which: int) -> Command:
    other = PEOPLE[(PEOPLE.index(one) + 1 + which % 2) % len(PEOPLE)]
    agencies = frozenset(AgencyId(one) for at, one in enumerate(KINDS) if which % 4 or at % 2)
    return told(merging.ReviewMerge, at=at, merge=f"m-{one}-{other}", agencies=agencies, note="looked into it")


def unmerged(one: str, _by: Actor, at: dt.datetime, _n: str, which: int) -> Command:
    other = PEOPLE[(PEOPLE.index(one) + 1 + which % 2) % len(PEOPLE)]
    return told(merging.UnmergePersons, at=at, merge=f"m-{one}-{other}", reason="two after all")


def told_apart(one: str, _by: Actor, at: dt.datetime, _n: str, which: int) -> Command:
    other = PEOPLE[(PEOPLE.index(one) + 3) % len(PEOPLE)]
    command = distinct.MarkDistinct if which % 2 else distinct.WithdrawDistinction
    return told(command, at=at, person=one, other=other, reason="brothers")


def searched(one: str, by: Actor, at: dt.datetime, n: str, _which: int) -> tuple[Command, ...]:
    return (
        told(search.RecordSearch, at=at, search=f"q-{n}-{by.agency}", keys=("reference",), shown=(one,)),
        told(search.RecognisePerson, at=at, person=one, search=f"q-{n}-{by.agency}"),
    )


TURNS: Final[tuple[Callable[..., Command | tuple[Command, ...]], ...]] = (
    lambda one, _by, at, _n, _which: known(one, at),
    searched,
    lambda one, _by, at, n, which: told(
        registering.IdentifyPerson,
        at=at,
        person=one,
        detail=f"d-{n}",
        identity="documented",
        has_name=True,
        given_name=f"New-{which}",
    ),
    lambda one, _by, at, n, _which: told(describing.AddAlias, at=at, person=one, detail=f"d-{n}", nickname="Smiler"),
    lambda one, _by, at, n, _which: told(
        describing.DescribeEthnicity, at=at, person=one, detail=f"d-{n}", ethnicity="W9"
    ),
    lambda one, _by, at, n, _which: told(
        describing.SetContact, at=at, person=one, detail=f"d-{n}", may_post=False, phone="07700 900123"
    ),
    of_person(describing.SetLanguages, understands=("en", "pl"), needs_interpreter=True),
    of_person(dying.RecordDeath, source="the coroner"),
    of_person(dying.RetractDeath, reason="another person"),
    lambda one, _by, at, _n, which: told(stays.RecordCustody if which % 2 else stays.RecordHospital, at=at, person=one),
    lambda one, _by, at, _n, which: told(
        stays.RecordRelease, at=at, person=one, stay="custody" if which % 2 else "hospital"
    ),
    flagged,
    unflagged,
    merge_proposed,
    merge_decided,
    merge_reviewed,
    unmerged,
    told_apart,
    encountered,
    encountered,
    lambda one, _by, at, n, which: told(
        encounter.CorrectEncounter, at=at, encounter=f"enc-{int(n) - 1 - which % 3}", person=one, opinions="was cold"
    ),
    lambda one, _by, at, n, which: told(
        encounter.VoidEncounter, at=at, encounter=f"enc-{int(n) - 1 - which % 3}", person=one, reason="wrong-person"
    ),
    ticketed("green"),
    ticketed("green"),
    ticketed("cpw"),
    ticketed("cpn"),
    ticketed("blue"),
    lambda one, _by, at, _n, which: told(
        tickets.VoidTicket,
        at=at,
        ticket=f"t-{one}-{('green', 'cpw', 'cpn', 'blue')[which % 4]}",
        episode=f"e-{one}",
        reason="wrongly-issued",
        told="in-person",
    ),
    of_episode(escalation.ProposeEscalation, step="cpw", screen="none"),
    of_episode(escalation.AuthoriseEscalation, step="cpw"),
    of_episode(pausing.PauseEpisode, reason="treatment"),
    of_episode(pausing.ResumeEpisode),
    of_episode(closing.StepDown),
    lambda one, _by, at, _n, which: told(
        closing.CloseEpisode, at=at, episode=f"e-{one}", outcome="housed" if which % 2 else "in-treatment"
    ),
    lambda one, _by, at, _n, _which: told(
        appeals.AppealInstrument, at=at, instrument=f"i-{one}-cpn", person=one, grounds=("wrong-person",)
    ),
    lambda one, _by, at, _n, which: told(
        appeals.DetermineAppeal,
        at=at,
        instrument=f"i-{one}-cpn",
        person=one,
        result="quashed" if which % 2 else "dismissed",
    ),
    lambda one, _by, at, _n, which: told(
        in_force.WithdrawInstrument, at=at, instrument=f"i-{one}-{'cpw' if which % 2 else 'cpn'}", person=one
    ),
    of_session(hub_session.CheckIn),
    of_session(hub_session.CheckIn),
    lambda _one, _by, at, n, which: told(
        hub_session.CheckInAnonymous, at=at, session=SESSIONS[which % 2], arrival=f"arr-{n}", count=2
    ),
    of_session(hub_session.RecordMissed),
    of_session(hub_session.VoidCheckIn),
    of_session(hub_session.RecordServiceSeen, agency=AgencyId("recovery"), service="clinic", need="drugs"),
    of_session(hub_session.CloseHubSession),
    lambda one, _by, at, _n, which: (
        told(hub_session.CancelHubSession, at=at, session="s-2", reason="weather")
        if which == 0
        else told(hub_session.CheckIn, at=at, session="s-1", person=one)
    ),
    lambda one, _by, at, n, which: told(
        hub_session.Invite, at=at, invitation=f"inv-{n}", person=one, session=SESSIONS[which % 2]
    ),
    consented,
    consented,
    of_consent(consenting.WithdrawConsent, reason="no longer wants it"),
    of_consent(consenting.NarrowConsent, recipients=frozenset({"recovery"})),
    of_consent(
        consenting.RenewConsent, capacity="confirmed", language="en", expires_on=START.date() + dt.timedelta(days=40)
    ),
    drafted,
    sent,
    sent,
    answer(referral.ReceiveReferral),
    answer(referral.AskForInformation, question="since when?"),
    lambda one, _by, at, _n, which: told(
        referral.GiveInformation,
        at=at,
        referral=referral_of(one, which),
        information="since May",
        basis="agreed-at-hub",
        rationale="agreed",
    ),
    answer(referral.AcceptReferral, note="come on Monday"),
    answer(referral.AcceptReferral),
    answer(referral.DeclineReferral, reason="no-capacity"),
    answer(referral.RecordContactAttempt, outcome="spoke", note="by phone"),
    answer(referral.HoldReferral),
    answer(referral.ResumeReferral),
    answer(referral.StartReferral),
    answer(referral.CompleteReferral, outcome="need-met", treatment_discharge="completed-drug-free"),
    answer(referral.FailReferral, reason="uncontactable"),
    lambda one, _by, at, _n, which: told(
        referral.WithdrawReferral, at=at, referral=referral_of(one, which), note="moved"
    ),
    planned,
    planned,
    completed,
    of_plan(
        planning.ReviewPlan,
        review_on=START.date() + dt.timedelta(days=50),
        note="goes well",
        health_note="in treatment",
    ),
    of_plan(handing_over.HandOver, to_owner=WorkerId("another-worker")),
    of_plan(planning.ClosePlan, end="goals-met"),
    notified,
    of_notification(duty_to_refer.AcknowledgeNotification),
    of_notification(duty_to_refer.OpenHousingApplication, hclic_reference="H-1234"),
    of_notification(duty_to_refer.DeclineNotification, reason="out-of-area"),
)
