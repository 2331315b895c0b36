"""What time does: with a clock that the test controls, what is overdue is reminded of and escalated, once."""

import datetime as dt

from api import wiring
from api.following_up import follow_up_everywhere
from api.hub import Hub
from application.ports import log_of
from application.published.partnerships import coordinator, open_partnership
from domain.calendar import WorkingCalendar, end_of_day, working_days_after
from domain.governance.partnership import partnership
from domain.ids import PartnershipId, PersonId, ReferralId, ServiceId
from domain.people.registering import RegisterPerson
from domain.support.follow_up import ReferralEscalated, ReferralReminded
from domain.support.referral import AcceptReferral, SendReferral

FENLAND = PartnershipId("fenland")
SENT = dt.datetime(2026, 3, 2, 12, tzinfo=dt.UTC)
DUE = end_of_day(working_days_after(SENT.date(), 5, WorkingCalendar()))


class Clock:
    """Stands where the test puts it."""

    def __init__(self) -> None:
        self.at = SENT

    def now(self) -> dt.datetime:
        return self.at


async def _types(hub: Hub) -> list[str]:
    page = await hub.decider.log.read(log_of(FENLAND))
    return [hub.codec.fact(stored).fact_type for stored in page.events]


async def _sent(hub: Hub) -> None:
    await open_partnership(hub.decider, FENLAND, SENT, frozenset())
    ada, by = PersonId("ada"), coordinator(FENLAND)
    await hub.decider.decide(
        (
            RegisterPerson(at=SENT, person=ada, reference="AB-12", identity="unknown", provisional="no-name-given"),
            SendReferral(
                at=SENT,
                referral=ReferralId("r-1"),
                person=ada,
                service=ServiceId("treatment"),
                need="alcohol",
                basis="agreed-at-hub",
                rationale="agreed at the hub",
                paper=True,
            ),
        ),
        by,
    )


async def test_a_referral_without_an_answer_is_reminded_of_and_then_escalated_once() -> None:
    clock = Clock()
    async with wiring.in_memory(clock) as hub:
        await _sent(hub)
        assert (await follow_up_everywhere(hub))[FENLAND].decided == 0
        clock.at = DUE
        assert (await follow_up_everywhere(hub))[FENLAND].decided == 1
        assert (await _types(hub))[-1] == ReferralReminded.fact_type
        clock.at = DUE + dt.timedelta(seconds=1)
        await follow_up_everywhere(hub)
        assert (await _types(hub))[-1] == ReferralEscalated.fact_type
        head = await hub.decider.log.head(log_of(FENLAND))
        await follow_up_everywhere(hub)
        assert await hub.decider.log.head(log_of(FENLAND)) == head


async def test_an_answered_referral_is_left_alone() -> None:
    clock = Clock()
    async with wiring.in_memory(clock) as hub:
        await _sent(hub)
        asked = await hub.decider.know(FENLAND)(partnership())
        by = coordinator(FENLAND)
        treatment = next(one.id for one in asked.agencies.values() if one.kind == "drug-and-alcohol")
        await hub.decider.decide(
            AcceptReferral(at=SENT, referral=ReferralId("r-1")),
            type(by)(
                worker=by.worker, agency=treatment, role="agency-worker", partnership=FENLAND, by_command_line=True
            ),
        )
        clock.at = DUE + dt.timedelta(days=1)
        assert (await follow_up_everywhere(hub))[FENLAND].decided == 0
