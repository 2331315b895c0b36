"""The one way a decision is made: know, fold, decide, append, or know again."""

import asyncio
import datetime as dt

import pytest

from adapters.memory import MemoryEventLog
from adapters.sealing.codec import JsonCodec
from adapters.sealing.keys import MemoryKeys
from application.deciding import ATTEMPTS, Decider, Pending
from application.ports import Append, Appended, CommandKey, CommandReused, ConditionFailed, LogBusy, log_of
from domain.actors import Actor
from domain.engagement.encounter import EncounterRecorded, RecordEncounter
from domain.engagement.episode import EscalationRefused
from domain.engagement.issuing import IssueTicket, Opening
from domain.engagement.ladder import AdoptLadder
from domain.engagement.published_ladders import PUBLISHED
from domain.governance.agency import RegisterAgency
from domain.governance.contact_sheet import RecordSheetRow, SheetRowImported
from domain.governance.partnership import partnership
from domain.ids import (
    AgencyId,
    EncounterId,
    EpisodeId,
    LadderId,
    PartnershipId,
    PersonId,
    SheetId,
    SheetRowId,
    TicketId,
    WorkerId,
)
from domain.people.registering import RegisterPerson
from domain.refusals import HappensInFuture, NotPermitted, Refusal

NOW = dt.datetime(2026, 3, 2, 12, tzinfo=dt.UTC)
FENLAND = PartnershipId("fenland")
CSP = AgencyId("csp")
LOG = log_of(FENLAND)
SYSTEM = Actor(worker=WorkerId("setup"), agency=CSP, role="system", partnership=FENLAND, by_command_line=True)
COORDINATOR = Actor(
    worker=WorkerId("hub-1"), agency=CSP, role="problem-solving-coordinator", partnership=FENLAND, by_command_line=True
)
ADA = PersonId("ada")


class StoppedClock:
    def now(self) -> dt.datetime:
        return NOW


class Losing(MemoryEventLog):
    """Loses a number of races before an append is taken."""

    losses = 0

    async def append(self, append: Append) -> Appended:
        if self.losses and append.conditions:
            self.losses -= 1
            raise ConditionFailed
        return await super().append(append)


def agency(name: str) -> RegisterAgency:
    return RegisterAgency(at=NOW, agency=AgencyId(name), name=name, kind="voluntary")


@pytest.fixture
def log() -> Losing:
    return Losing(StoppedClock().now)


@pytest.fixture
async def decider(log: Losing) -> Decider:
    made = Decider(log, JsonCodec(MemoryKeys()), StoppedClock())
    await made.decide(RegisterAgency(at=NOW, agency=CSP, name="CSP", kind="partnership"), SYSTEM)
    return made


def key(name: bytes, content: bytes = b"content") -> CommandKey:
    return CommandKey(name.ljust(16), content)


async def types(log: MemoryEventLog) -> list[str]:
    codec = JsonCodec(MemoryKeys())
    return [codec.fact(stored).fact_type for stored in (await log.read(LOG)).events]


async def test_a_decision_that_lost_a_race_is_made_again_on_what_is_known_now(decider: Decider) -> None:
    both = await asyncio.gather(*(decider.decide(agency("shelter"), COORDINATOR) for _ in range(2)))
    assert sorted(one.added for one in both) == [0, 1]
    known = await decider.know(FENLAND)(partnership())
    assert set(known.agencies) == {"csp", "shelter"}


async def test_a_lost_race_is_run_again_until_it_is_won(decider: Decider, log: Losing) -> None:
    """What rested on what was remembered was no race yet."""
    log.losses = ATTEMPTS
    assert (await decider.decide(agency("shelter"), COORDINATOR)).added == 1


async def test_who_loses_every_race_is_told_to_come_back(decider: Decider, log: Losing) -> None:
    log.losses = ATTEMPTS + 1
    with pytest.raises(LogBusy):
        await decider.decide(agency("shelter"), COORDINATOR)
    assert await types(log) == ["agency-registered"]


async def test_an_act_of_several_commands_is_decided_on_what_its_earlier_ones_add(
    decider: Decider, log: Losing
) -> None:
    both = (agency("shelter"), agency("shelter"), agency("kitchen"))
    assert (await decider.decide(both, COORDINATOR)).added == 2
    assert await types(log) == ["agency-registered"] * 3


async def test_an_act_is_recorded_whole_or_not_at_all(decider: Decider, log: Losing) -> None:
    otherwise = RegisterAgency(at=NOW, agency=CSP, name="Another", kind="health")
    with pytest.raises(Refusal):
        await decider.decide((agency("shelter"), otherwise), COORDINATOR)
    assert await types(log) == ["agency-registered"]


async def test_a_command_sent_again_is_answered_as_at_first_even_where_it_would_be_refused_now(
    decider: Decider,
) -> None:
    first = await decider.decide(agency("shelter"), COORDINATOR, key=key(b"k"), result=b"first")
    nobody = Actor(worker=WorkerId("w"), agency=CSP, role="panel-member", partnership=FENLAND, by_command_line=True)
    again = await decider.decide(agency("shelter"), nobody, key=key(b"k"), result=b"second")
    assert (again.position, again.repeated, again.result) == (first.position, True, b"first")
    with pytest.raises(CommandReused):
        await decider.decide(agency("shelter"), COORDINATOR, key=key(b"k", b"other"))


async def test_a_refusal_is_not_remembered_under_the_key(decider: Decider) -> None:
    nobody = Actor(worker=WorkerId("w"), agency=CSP, role="panel-member", partnership=FENLAND, by_command_line=True)
    with pytest.raises(NotPermitted):
        await decider.decide(agency("shelter"), nobody, key=key(b"k"))
    assert (await decider.decide(agency("shelter"), COORDINATOR, key=key(b"k"))).added == 1


async def test_nothing_is_recorded_before_it_happens(decider: Decider) -> None:
    drifted = RegisterAgency(at=NOW + dt.timedelta(minutes=2), agency=AgencyId("a"), name="a", kind="health")
    await decider.decide(drifted, COORDINATOR)
    later = RegisterAgency(at=NOW + dt.timedelta(minutes=2, seconds=1), agency=AgencyId("b"), name="b", kind="health")
    with pytest.raises(HappensInFuture):
        await decider.decide(later, COORDINATOR)


async def test_a_rehearsal_records_nothing_and_is_known_to_the_next(decider: Decider, log: Losing) -> None:
    pending = Pending()
    assert len(await decider.rehearse((agency("shelter"),), COORDINATOR, pending)) == 1
    assert await decider.rehearse((agency("shelter"),), COORDINATOR, pending) == ()
    otherwise = RegisterAgency(at=NOW, agency=CSP, name="Another", kind="health")
    with pytest.raises(Refusal):
        await decider.rehearse((agency("kitchen"), otherwise), COORDINATOR, pending)
    assert len(await decider.rehearse((agency("kitchen"),), COORDINATOR, pending)) == 1
    assert await types(log) == ["agency-registered"]


async def test_where_an_act_came_from_is_recorded_only_where_it_adds_anything(decider: Decider, log: Losing) -> None:
    row = RecordSheetRow(
        at=NOW,
        sheet=SheetId("s"),
        row=SheetRowId("r"),
        person=ADA,
        kind="encounter",
        made="encounter e",
        historic=False,
    )
    await decider.decide(agency("shelter"), COORDINATOR, provenance=row)
    await decider.decide(agency("shelter"), COORDINATOR, provenance=row)
    assert await types(log) == ["agency-registered", "agency-registered", SheetRowImported.fact_type]


async def test_a_refusal_that_matters_to_somebody_is_recorded_and_given(decider: Decider, log: Losing) -> None:
    ladder = PUBLISHED[LadderId("cambridgeshire-4-step")]
    adopt = AdoptLadder(at=NOW, ladder=ladder.ladder, operation=ladder.operation, steps=ladder.steps)
    register = RegisterPerson(at=NOW, person=ADA, reference="AB-12", identity="unknown", provisional="no-name-given")
    meet = RecordEncounter(at=NOW, encounter=EncounterId("e-1"), person=ADA, kind="asb", asb_type="begging")
    opening = Opening(person=ADA, ladder=ladder.ladder)
    green = IssueTicket(at=NOW, ticket=TicketId("t-1"), episode=EpisodeId("ep-1"), step="green", opening=opening)
    await decider.decide((adopt, register, meet, green), COORDINATOR)
    await asyncio.sleep(0)
    warn = IssueTicket(
        at=NOW + dt.timedelta(minutes=1), ticket=TicketId("t-2"), episode=EpisodeId("ep-1"), step="cpw", screen="none"
    )
    with pytest.raises(Refusal) as refused:
        await decider.decide(warn, COORDINATOR)
    found = (await types(log))[-1]
    assert found == EscalationRefused.fact_type, refused.value
    assert EncounterRecorded.fact_type in await types(log)
