"""What ended while a write was under way has ended for it, too: the write loses."""

import datetime as dt

import pytest

from adapters.memory import MemoryEventLog
from adapters.sealing.codec import JsonCodec
from adapters.sealing.keys import MemoryKeys
from application.deciding import Decider
from application.permitting import NotInPost
from application.ports import Append, Appended, DecisionRecord, log_of
from domain.actors import Actor
from domain.facts import Command, Fact, Facts
from domain.governance.agreement import AgreementEnded
from domain.governance.staff import WorkerLeft, WorkerPosted
from domain.ids import AgreementId, ConsentId, PartnershipId
from domain.people.consent import ConsentWithdrawn
from domain.people.describing import RecordCircumstances, SetLanguages
from domain.refusals import Refusal, Unknown
from domain.support.words import NoBasisToShare
from tests.scenario import at_work
from tests.support.examples import (
    ANNA,
    BEFORE,
    CONSENT,
    CONSTABLE,
    COORDINATOR,
    COUNCIL,
    HOUSING,
    IMPORT,
    MONDAY,
    POLICE,
    sending,
)

pytestmark = pytest.mark.anyio

LOG = log_of(PartnershipId("fenland"))


class StoppedClock:
    def now(self) -> dt.datetime:
        return MONDAY


class Racing(MemoryEventLog):
    """While an append is on its way, something else is recorded first, once."""

    def __init__(self) -> None:
        super().__init__(StoppedClock().now)
        self.first: Append | None = None
        self.raced = False

    async def append(self, append: Append) -> Appended:
        if self.first is not None:
            first, self.first, self.raced = self.first, None, True
            await super().append(first)
        return await super().append(append)


class Race:
    def __init__(self) -> None:
        self.log = Racing()
        self.codec = JsonCodec(MemoryKeys())
        self.decider = Decider(self.log, self.codec, StoppedClock())

    async def given(self, facts: Facts) -> None:
        await self.log.append(await self._written(facts))

    async def meanwhile(self, fact: Fact) -> None:
        """Recorded between what a decision knew and what it appends."""
        self.log.first = await self._written((fact,))

    async def _written(self, facts: Facts) -> Append:
        record = DecisionRecord(command="Given", arguments=b"{}", read=(), policy="", code="")
        return Append(LOG, await self.codec.to_entries(LOG, facts, IMPORT, "Given", record))


LEFT = WorkerLeft(at=MONDAY, worker=CONSTABLE.worker, agency=POLICE)
MOVED = WorkerPosted(at=MONDAY, worker=CONSTABLE.worker, agency=COUNCIL, role="council-officer")
ENDED = AgreementEnded(at=MONDAY, agreement=AgreementId("sharing"), reason="the council left")
WITHDRAWN = ConsentWithdrawn(at=MONDAY, consent=ConsentId(CONSENT), person=ANNA, by_agency=POLICE)
SPEAKS = SetLanguages(at=MONDAY, person=ANNA, understands=("pl",), needs_interpreter=True)


@pytest.mark.parametrize("warm", [False, True], ids=["asked", "remembered"])
@pytest.mark.parametrize(
    ("command", "by", "meanwhile", "refusal"),
    [
        (sending(), CONSTABLE, LEFT, NotInPost),
        (sending(), CONSTABLE, MOVED, NotInPost),
        (sending(), CONSTABLE, WITHDRAWN, NoBasisToShare),
        (SPEAKS, COORDINATOR, ENDED, Unknown),
    ],
    ids=["who-left", "who-moved", "consent-withdrawn", "agreement-ended"],
)
async def test_a_write_that_was_under_way_loses(
    *, warm: bool, command: Command, by: Actor, meanwhile: Fact, refusal: type[Refusal]
) -> None:
    race = Race()
    await race.given((*BEFORE, *at_work(CONSTABLE), *at_work(COORDINATOR)))
    if warm:
        await race.decider.decide(RecordCircumstances(at=MONDAY, person=ANNA, has_income=False), by)
    head = await race.log.head(LOG)
    await race.meanwhile(meanwhile)
    with pytest.raises(Refusal) as refused:
        await race.decider.decide(command, by)
    assert type(refused.value) is refusal
    assert race.log.raced
    assert await race.log.head(LOG) == head + 1, "nothing is recorded but what ended it"


@pytest.mark.parametrize(("command", "by"), [(sending(), CONSTABLE), (SPEAKS, COORDINATOR)])
async def test_it_wins_where_nothing_ended(command: Command, by: Actor) -> None:
    race = Race()
    await race.given((*BEFORE, *at_work(CONSTABLE), *at_work(COORDINATOR)))
    await race.meanwhile(WorkerPosted(at=MONDAY, worker=HOUSING.worker, agency=COUNCIL, role="agency-worker"))
    assert (await race.decider.decide(command, by)).added
    assert race.log.raced
