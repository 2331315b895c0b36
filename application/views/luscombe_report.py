"""The Operation Luscombe report: counts of people, tickets, instruments and what came of them, over a period.

A day is a day in Europe/London, both ends of a period are inclusive, and a date is when something happened, never when
it was entered: a late entry restates the figures of the period it belongs to. A voided ticket, invitation, encounter or
instrument counts nowhere. Records that were found to be one human count as one person.
"""

import datetime as dt
import math
import statistics
from collections import Counter
from collections.abc import Callable, Iterable, Mapping, Sequence
from typing import Final, Literal

import msgspec

from application.ports import Recorded
from application.views.view import View, by, for_counting, its_person, nobody
from domain.calendar import civil_date
from domain.codes import POSITIVE_OUTCOMES, EpisodeOutcome, InstrumentKind
from domain.engagement.encounter import EncounterRecorded, EncounterVoided
from domain.engagement.episode import EpisodeClosed, TicketIssued, TicketVoided
from domain.engagement.hub_session import AnonymousArrived, CheckInVoided, HubAttended, InvitationMade
from domain.engagement.instrument import (
    AppealDetermined,
    InstrumentEnded,
    InstrumentRecorded,
    InstrumentServed,
    InstrumentVoided,
    InstrumentWithdrawn,
)
from domain.facts import Fact, Instant
from domain.ids import (
    AgencyId,
    EncounterId,
    EpisodeId,
    InstrumentId,
    InvitationId,
    PersonId,
    ReferralId,
    SessionId,
    TicketId,
)
from domain.people.person import (
    DeathRetracted,
    PersonDied,
    PersonRegistered,
    PersonReleased,
    PersonsMerged,
    PersonsUnmerged,
    StayBegan,
)
from domain.support.referral import ReferralEnteredInError, ReferralSent

NO_FURTHER_CONTACT_DAYS: Final = 90
APPLICATION: Final[InstrumentKind] = "cbo-application"
ORDER: Final[InstrumentKind] = "cbo"
WHEREABOUTS_UNKNOWN: Final[frozenset[EpisodeOutcome]] = frozenset({"died", "custody", "moved-away", "lost-contact"})
"""Of whom it says nothing that they were not met again."""


class TicketLine(msgspec.Struct, frozen=True, array_like=True, gc=False):
    """A ticket that counts."""

    ticket: TicketId
    step: str
    rank: int
    on: dt.date
    at: Instant
    offers_hub: bool


class InvitationLine(msgspec.Struct, frozen=True, array_like=True, gc=False):
    """An invitation to a session, maybe with a ticket."""

    invitation: InvitationId
    session: SessionId
    on: dt.date
    ticket: TicketId | None


class AttendanceLine(msgspec.Struct, frozen=True, array_like=True, gc=False):
    """Somebody came to a session."""

    session: SessionId
    on: dt.date


class InstrumentLine(msgspec.Struct, frozen=True, array_like=True, gc=False):
    """An instrument that was issued, and when it was taken back or came to its end."""

    instrument: InstrumentId
    kind: InstrumentKind
    on: dt.date
    ended_on: dt.date | None


class EncounterLine(msgspec.Struct, frozen=True, array_like=True, gc=False):
    """An encounter that counts."""

    encounter: EncounterId
    on: dt.date


class OutcomeLine(msgspec.Struct, frozen=True, array_like=True, gc=False):
    """How an episode ended."""

    episode: EpisodeId
    outcome: EpisodeOutcome
    on: dt.date
    by_agency: AgencyId


class StayLine(msgspec.Struct, frozen=True, array_like=True, gc=False):
    """A time in custody, or in hospital."""

    since: dt.date
    until: dt.date | None


class ReferredLine(msgspec.Struct, frozen=True, array_like=True, gc=False):
    """Some agency was asked to help. Which one, and what for, is not counted here."""

    referral: ReferralId
    on: dt.date


class LuscombeRow(msgspec.Struct, frozen=True, kw_only=True, gc=False):
    """One person's dates: all that the report needs, and nothing that says who they are."""

    position: int
    person: PersonId
    merged_into: PersonId | None = None
    synthetic: bool = False
    died_on: dt.date | None = None
    custody: tuple[StayLine, ...] = ()
    hospital: tuple[StayLine, ...] = ()
    tickets: tuple[TicketLine, ...] = ()
    invitations: tuple[InvitationLine, ...] = ()
    attendances: tuple[AttendanceLine, ...] = ()
    instruments: tuple[InstrumentLine, ...] = ()
    encounters: tuple[EncounterLine, ...] = ()
    outcomes: tuple[OutcomeLine, ...] = ()
    referred: tuple[ReferredLine, ...] = ()


def keys(recorded: Recorded) -> tuple[str, ...]:
    """The person; of a merge, the record that goes on under another."""
    fact = recorded.fact
    if isinstance(fact, PersonsMerged | PersonsUnmerged):
        return (fact.other,)
    return (fact.person,)  # type: ignore[attr-defined] # every fact of this view names a person


def evolve(row: LuscombeRow | None, recorded: Recorded, key: str) -> LuscombeRow:
    """A person's dates after a fact."""
    fact, position = recorded.fact, recorded.envelope.position
    row = row or LuscombeRow(position=position, person=PersonId(key))
    return msgspec.structs.replace(row, position=position, **_changes(row, fact))


def _changes(row: LuscombeRow, fact: Fact) -> dict[str, object]:  # noqa: C901 - a table
    on = civil_date(fact.at)
    match fact:
        case EncounterRecorded():
            return {"encounters": (*row.encounters, EncounterLine(fact.encounter, on))}
        case EncounterVoided():
            return {"encounters": tuple(one for one in row.encounters if one.encounter != fact.encounter)}
        case TicketIssued():
            line = TicketLine(fact.ticket, fact.step, fact.rank, on, fact.at, fact.offers_hub)
            return {"tickets": (*row.tickets, line)}
        case TicketVoided():
            return {
                "tickets": tuple(one for one in row.tickets if one.ticket != fact.ticket),
                "invitations": tuple(one for one in row.invitations if one.ticket != fact.ticket),
            }
        case InvitationMade():
            line_of = InvitationLine(fact.invitation, fact.session, on, fact.ticket)
            return {"invitations": (*row.invitations, line_of)}
        case HubAttended():
            others = tuple(one for one in row.attendances if one.session != fact.session)
            return {"attendances": (*others, AttendanceLine(fact.session, on))}
        case CheckInVoided():
            return {"attendances": tuple(one for one in row.attendances if one.session != fact.session)}
        case InstrumentServed() | InstrumentRecorded():
            others_of = tuple(one for one in row.instruments if one.instrument != fact.instrument)
            issued = InstrumentLine(fact.instrument, fact.kind, fact.issued_on, None)
            return {"instruments": (*others_of, issued)}
        case InstrumentVoided():
            return {"instruments": tuple(one for one in row.instruments if one.instrument != fact.instrument)}
        case InstrumentWithdrawn() | InstrumentEnded():
            return _ended(row, fact.instrument, on)
        case AppealDetermined(result="quashed"):
            return _ended(row, fact.instrument, on)
        case EpisodeClosed():
            others_ended = tuple(one for one in row.outcomes if one.episode != fact.episode)
            return {"outcomes": (*others_ended, OutcomeLine(fact.episode, fact.outcome, on, fact.by_agency))}
        case ReferralSent():
            return {"referred": (*row.referred, ReferredLine(fact.referral, on))}
        case ReferralEnteredInError():
            return {"referred": tuple(one for one in row.referred if one.referral != fact.referral)}
        case PersonDied():
            return {"died_on": on}
        case DeathRetracted():
            return {"died_on": None}
        case StayBegan(stay="custody"):
            return {"custody": (*row.custody, StayLine(on, fact.until))}
        case PersonReleased(stay="custody"):
            return {"custody": tuple(_released(one, on) for one in row.custody)}
        case StayBegan(stay="hospital"):
            return {"hospital": (*row.hospital, StayLine(on, fact.until))}
        case PersonReleased(stay="hospital"):
            return {"hospital": tuple(_released(one, on) for one in row.hospital)}
        case PersonRegistered():
            return {"synthetic": fact.synthetic}
        case PersonsMerged():
            return {"merged_into": fact.person}
        case PersonsUnmerged():
            return {"merged_into": None}
        case _:
            return {}


def _ended(row: LuscombeRow, instrument: InstrumentId, on: dt.date) -> dict[str, object]:
    return {
        "instruments": tuple(
            InstrumentLine(one.instrument, one.kind, one.on, on) if one.instrument == instrument else one
            for one in row.instruments
        )
    }


def _released(stay: StayLine, on: dt.date) -> StayLine:
    if stay.since > on or (stay.until is not None and stay.until < on):
        return stay
    return StayLine(stay.since, on)


LUSCOMBE: View[LuscombeRow] = View(
    name="luscombe",
    version=4,
    row=LuscombeRow,
    facts=frozenset(
        {
            EncounterRecorded,
            EncounterVoided,
            TicketIssued,
            TicketVoided,
            InvitationMade,
            HubAttended,
            CheckInVoided,
            InstrumentServed,
            InstrumentRecorded,
            InstrumentVoided,
            InstrumentWithdrawn,
            InstrumentEnded,
            AppealDetermined,
            EpisodeClosed,
            ReferralSent,
            ReferralEnteredInError,
            PersonDied,
            DeathRetracted,
            StayBegan,
            PersonReleased,
            PersonRegistered,
            PersonsMerged,
            PersonsUnmerged,
        }
    ),
    keys=keys,
    evolve=evolve,
    about=its_person,
    only=for_counting,
)


class ArrivalsRow(msgspec.Struct, frozen=True, kw_only=True, gc=False):
    """People who came to a session and gave no name: how many, on which day."""

    position: int
    session: SessionId
    arrivals: tuple[tuple[dt.date, int], ...] = ()


def evolve_arrivals(row: ArrivalsRow | None, recorded: Recorded, key: str) -> ArrivalsRow | None:
    """A session's counts after a fact."""
    fact, position = recorded.fact, recorded.envelope.position
    assert isinstance(fact, AnonymousArrived)
    arrivals = row.arrivals if row else ()
    came = (civil_date(fact.at), fact.count)
    return ArrivalsRow(position=position, session=SessionId(key), arrivals=(*arrivals, came))


ANONYMOUS: View[ArrivalsRow] = View(
    name="luscombe-anonymous",
    version=1,
    row=ArrivalsRow,
    facts=frozenset({AnonymousArrived}),
    keys=by("session"),
    evolve=evolve_arrivals,
    about=nobody,
)


class DaysToHub(msgspec.Struct, frozen=True, kw_only=True, gc=False):
    """Days from a person's first ticket in the period to their first attendance at a hub on or after that day.

    `reached` came, `unreached` have not come; the median and the 90th percentile (nearest rank) are of those who came.
    """

    median: float | None
    p90: int | None
    reached: int
    unreached: int


class LuscombeReport(msgspec.Struct, frozen=True, kw_only=True, gc=False):
    """The report over a period; every figure is defined where it stands."""

    from_date: dt.date | None
    to_date: dt.date | None
    as_of: dt.date
    no_further_contact_days: int
    rounded_to: int
    """1 where the counts are exact; else they are rounded to the nearest multiple, for those who may not see people."""
    people_invited: int
    """Distinct people with at least one invitation in the period; a ticket that carries a hub offer is one."""
    people_attended: int
    """Distinct people who came to a hub session in the period under their own name, invited or not."""
    people_attended_invited: int
    """Of them, those who had been invited before they came: to that session, or by a ticket with a hub offer."""
    walk_ins: int
    """Arrivals that nobody had invited: `walk_in_people` and `walk_in_anonymous` together."""
    walk_in_people: int
    """Distinct people who came to a session in the period without having been invited."""
    walk_in_anonymous: int
    """People counted at sessions in the period who gave no name."""
    people_by_highest_step: Mapping[str, int]
    """Distinct people by the highest step of which they had a ticket in the period."""
    tickets_issued: Mapping[str, int]
    """Tickets issued in the period, by step."""
    tickets_issued_total: int
    """Tickets issued in the period."""
    instruments_issued: Mapping[str, int]
    """Instruments whose day of issue lies in the period, by kind; an application is none."""
    cbo_in_process: int
    """Distinct people for whom a criminal behaviour order had been applied for by the end of the period, and by then
    neither was it granted nor the application taken back."""
    cbo_granted: int
    """Criminal behaviour orders made in the period."""
    people_with_positive_result: int
    """Distinct people with an episode that ended in the period with a positive outcome, or without further contact."""
    people_with_positive_outcome: int
    """Of them, those whose episode ended with a positive outcome."""
    no_further_contact: int
    """Distinct people with no encounter and no instrument on the days 1 to `no_further_contact_days` after the day of
    their last step in the period, once these days have passed; leaving out those who died, were in custody, moved away
    or whose whereabouts are unknown."""
    no_further_contact_pending: int
    """Distinct people for whom these days have not passed yet, and who have not been met again so far."""
    days_ticket_to_hub: DaysToHub
    people_synthetic: int
    """Of those with a ticket, an invitation or an attendance in the period: made to match published figures."""


Figure = Literal[
    "people_invited",
    "people_attended",
    "people_attended_invited",
    "walk_ins",
    "walk_in_people",
    "walk_in_anonymous",
    "people_by_highest_step",
    "tickets_issued",
    "tickets_issued_total",
    "instruments_issued",
    "cbo_in_process",
    "cbo_granted",
    "people_with_positive_result",
    "people_with_positive_outcome",
    "no_further_contact",
    "no_further_contact_pending",
    "days_ticket_to_hub_reached",
    "days_ticket_to_hub_unreached",
    "people_synthetic",
]
"""What can be asked who is behind it: the counts of the report, by the names that they have there."""

WITH_ANONYMOUS: Final[frozenset[Figure]] = frozenset({"walk_ins", "walk_in_anonymous"})
"""Figures that count people without a name, too."""


class Counted(msgspec.Struct, frozen=True, gc=False):
    """One of those that a figure counts: a person, or a ticket or instrument of hers; since when it counts.

    `betrays_health`: being counted tells, against what else is known of the person, that she was in hospital.
    """

    person: PersonId
    on: dt.date | None
    of: str | None = None
    thing: str = ""
    betrays_health: bool = False


class Period:
    """Days, both ends inclusive; without an end, all of them."""

    def __init__(self, from_date: dt.date | None, to_date: dt.date | None) -> None:
        self.first = from_date or dt.date.min
        self.last = to_date or dt.date.max

    def __contains__(self, day: dt.date) -> bool:
        return self.first <= day <= self.last


class Human(msgspec.Struct, frozen=True, gc=False):
    """A human's dates, and those of the period: what several figures rest on is worked out once.

    `attended` says of each day whether somebody had been invited. `silent` is who was not met again after the last
    step, the days being over; `pending`, while they are not.
    """

    row: LuscombeRow
    invited: list[dt.date]
    attended: list[tuple[dt.date, bool]]
    tickets: list[TicketLine]
    days_to_hub: tuple[dt.date, int | None] | None
    silent: tuple[Counted, ...]
    pending: tuple[Counted, ...]

    @property
    def concerned(self) -> bool:
        """Whether there is a ticket, an invitation or an attendance in the period."""
        return bool(self.tickets or self.invited or self.attended)


class Cohort:
    """The people of a period, one row a human, from what had happened by the end of the day `as_of`."""

    def __init__(
        self,
        rows: Iterable[LuscombeRow],
        anonymous: Iterable[ArrivalsRow] = (),
        *,
        as_of: dt.date,
        from_date: dt.date | None = None,
        to_date: dt.date | None = None,
        no_further_contact_days: int = NO_FURTHER_CONTACT_DAYS,
    ) -> None:
        self.as_of = as_of
        self.from_date, self.to_date = from_date, to_date
        self.period = Period(from_date, min(to_date, as_of) if to_date else as_of)
        self.days = no_further_contact_days
        self.records = records_of_humans(rows)
        self.people = [
            self._human(_until(_together(person, records), as_of)) for person, records in self.records.items()
        ]
        self.anonymous = sum(count for one in anonymous for day, count in one.arrivals if day in self.period)

    def behind(self, figure: Figure, of: str | None = None) -> list[Counted]:
        """Everybody and everything under a name that a figure counts; of a figure with parts, those of a part."""
        count = _BEHIND[figure]
        found = [one for human in self.people for one in count(human, self.period)]
        return found if of is None else [one for one in found if one.of == of]

    def ranks(self) -> dict[str, int]:
        """How high each step of the period's tickets stands: its lowest place where ladders differ."""
        found = {(one.rank, one.step) for human in self.people for one in human.tickets}
        return {step: rank for rank, step in sorted(found, reverse=True)}

    def _human(self, row: LuscombeRow) -> Human:
        period = self.period
        tickets = [one for one in row.tickets if one.on in period]
        counted, over = self._silent(row, tickets)
        return Human(
            row=row,
            invited=_invited(row, period),
            attended=_attended(row, period),
            tickets=tickets,
            days_to_hub=_days_to_hub(row, tickets),
            silent=counted if over else (),
            pending=() if over else counted,
        )

    def _silent(self, row: LuscombeRow, tickets: Sequence[TicketLine]) -> tuple[tuple[Counted, ...], bool]:
        """Who was not met again after the last step of the period, and whether the days for that are over."""
        step = max((one.on for one in tickets), default=None)
        if step is None:
            return (), False
        until = step + dt.timedelta(days=self.days)
        if _met_again(row, step, until) or _says_nothing(row, step, until):
            return (), False
        # Those in custody are left out, those in hospital are not: of somebody known to be in one of the two it tells.
        found = Counted(row.person, step, betrays_health=_within(row.hospital, step, until))
        return (found,), until <= self.as_of


def _first(human: Human, days: Sequence[dt.date]) -> tuple[Counted, ...]:
    """A person counts once, however often something happened."""
    return (Counted(human.row.person, min(days)),) if days else ()


def _highest(human: Human, _period: Period) -> tuple[Counted, ...]:
    if not human.tickets:
        return ()
    highest = max(human.tickets, key=lambda one: (one.rank, one.at, one.step))
    return (Counted(human.row.person, highest.on, highest.step),)


def _tickets(human: Human, _period: Period) -> list[Counted]:
    return [Counted(human.row.person, one.on, one.step, one.ticket) for one in human.tickets]


def _instruments(human: Human, period: Period) -> list[Counted]:
    return [
        Counted(human.row.person, one.on, one.kind, one.instrument)
        for one in human.row.instruments
        if one.on in period and one.kind != APPLICATION
    ]


def _after_ticket(human: Human, *, came: bool) -> tuple[Counted, ...]:
    found = human.days_to_hub
    return () if found is None or (found[1] is not None) != came else (Counted(human.row.person, found[0]),)


_BEHIND: Final[Mapping[Figure, Callable[[Human, Period], Sequence[Counted]]]] = {
    "people_invited": lambda one, _: _first(one, one.invited),
    "people_attended": lambda one, _: _first(one, [day for day, _ in one.attended]),
    "people_attended_invited": lambda one, _: _first(one, [day for day, invited in one.attended if invited]),
    "walk_ins": lambda one, _: _first(one, [day for day, invited in one.attended if not invited]),
    "walk_in_people": lambda one, _: _first(one, [day for day, invited in one.attended if not invited]),
    "walk_in_anonymous": lambda _, __: (),
    "people_by_highest_step": _highest,
    "tickets_issued": _tickets,
    "tickets_issued_total": _tickets,
    "instruments_issued": _instruments,
    "cbo_in_process": lambda one, period: _first(one, _in_process(one.row, period)),
    "cbo_granted": lambda one, period: [each for each in _instruments(one, period) if each.of == ORDER],
    "people_with_positive_result": lambda one, period: _first(one, _positive(one.row, period)) or one.silent,
    "people_with_positive_outcome": lambda one, period: _first(one, _positive(one.row, period)),
    "no_further_contact": lambda one, _: one.silent,
    "no_further_contact_pending": lambda one, _: one.pending,
    "days_ticket_to_hub_reached": lambda one, _: _after_ticket(one, came=True),
    "days_ticket_to_hub_unreached": lambda one, _: _after_ticket(one, came=False),
    "people_synthetic": lambda one, _: (Counted(one.row.person, None),) if one.row.synthetic and one.concerned else (),
}
"""What of a human each figure counts."""


def report(
    rows: Iterable[LuscombeRow],
    anonymous: Iterable[ArrivalsRow],
    *,
    as_of: dt.date,
    from_date: dt.date | None = None,
    to_date: dt.date | None = None,
    no_further_contact_days: int = NO_FURTHER_CONTACT_DAYS,
) -> LuscombeReport:
    """The report over a period, both dates inclusive, from what had happened by the end of the day `as_of`."""
    return report_of(
        Cohort(
            rows,
            anonymous,
            as_of=as_of,
            from_date=from_date,
            to_date=to_date,
            no_further_contact_days=no_further_contact_days,
        )
    )


def report_of(cohort: Cohort) -> LuscombeReport:
    """The report on the people of a period."""

    def count(figure: Figure) -> int:
        return len(cohort.behind(figure))

    rank = cohort.ranks()
    tickets = cohort.behind("tickets_issued")
    return LuscombeReport(
        from_date=cohort.from_date,
        to_date=cohort.to_date,
        as_of=cohort.as_of,
        no_further_contact_days=cohort.days,
        rounded_to=1,
        people_invited=count("people_invited"),
        people_attended=count("people_attended"),
        people_attended_invited=count("people_attended_invited"),
        walk_ins=count("walk_in_people") + cohort.anonymous,
        walk_in_people=count("walk_in_people"),
        walk_in_anonymous=cohort.anonymous,
        people_by_highest_step=_counted(cohort.behind("people_by_highest_step"), rank),
        tickets_issued=_counted(tickets, rank),
        tickets_issued_total=len(tickets),
        instruments_issued=_counted(cohort.behind("instruments_issued"), {}),
        cbo_in_process=count("cbo_in_process"),
        cbo_granted=count("cbo_granted"),
        people_with_positive_result=count("people_with_positive_result"),
        people_with_positive_outcome=count("people_with_positive_outcome"),
        no_further_contact=count("no_further_contact"),
        no_further_contact_pending=count("no_further_contact_pending"),
        days_ticket_to_hub=summary_of_days(human.days_to_hub for human in cohort.people),
        people_synthetic=count("people_synthetic"),
    )


def records_of_humans(rows: Iterable[LuscombeRow]) -> dict[PersonId, list[LuscombeRow]]:
    """The records of each human, under the one that goes on."""
    by_person = {row.person: row for row in rows}
    records: dict[PersonId, list[LuscombeRow]] = {}
    for row in by_person.values():
        root, seen = row, {row.person}
        while root.merged_into in by_person and root.merged_into not in seen:
            root = by_person[root.merged_into]
            seen.add(root.person)
        records.setdefault(root.person, []).append(row)
    return records


def _together(person: PersonId, rows: Sequence[LuscombeRow]) -> LuscombeRow:
    if len(rows) == 1:
        return rows[0]
    return LuscombeRow(
        position=max(one.position for one in rows),
        person=person,
        synthetic=all(one.synthetic for one in rows),
        died_on=min((one.died_on for one in rows if one.died_on), default=None),
        custody=tuple(stay for one in rows for stay in one.custody),
        hospital=tuple(stay for one in rows for stay in one.hospital),
        tickets=tuple(line for one in rows for line in one.tickets),
        invitations=tuple(line for one in rows for line in one.invitations),
        attendances=tuple({line.session: line for one in rows for line in one.attendances}.values()),
        instruments=tuple(line for one in rows for line in one.instruments),
        encounters=tuple(line for one in rows for line in one.encounters),
        outcomes=tuple(line for one in rows for line in one.outcomes),
    )


def _until(row: LuscombeRow, as_of: dt.date) -> LuscombeRow:
    """What had happened by the end of a day: mostly everything."""
    lines = (row.tickets, row.invitations, row.attendances, row.instruments, row.encounters, row.outcomes)
    if all(one.on <= as_of for each in lines for one in each):
        return row
    return msgspec.structs.replace(
        row,
        tickets=tuple(one for one in row.tickets if one.on <= as_of),
        invitations=tuple(one for one in row.invitations if one.on <= as_of),
        attendances=tuple(one for one in row.attendances if one.on <= as_of),
        instruments=tuple(one for one in row.instruments if one.on <= as_of),
        encounters=tuple(one for one in row.encounters if one.on <= as_of),
        outcomes=tuple(one for one in row.outcomes if one.on <= as_of),
    )


def _invited(row: LuscombeRow, period: Period) -> list[dt.date]:
    return [
        *(one.on for one in row.invitations if one.on in period),
        *(one.on for one in row.tickets if one.offers_hub and one.on in period),
    ]


def _attended(row: LuscombeRow, period: Period) -> list[tuple[dt.date, bool]]:
    """The attendances in the period, and whether somebody had been invited."""
    return [
        (
            came.on,
            any(one.session == came.session and one.on <= came.on for one in row.invitations)
            or any(one.offers_hub and one.on <= came.on for one in row.tickets),
        )
        for came in row.attendances
        if came.on in period
    ]


def _counted(found: Iterable[Counted], rank: Mapping[str, int]) -> dict[str, int]:
    """Counts by part, the lowest step first, other parts by name."""
    counts = Counter(one.of for one in found if one.of is not None)
    return {part: counts[part] for part in sorted(counts, key=lambda one: (rank.get(one, 0), one))}


def _in_process(row: LuscombeRow, period: Period) -> list[dt.date]:
    """The days of the applications of somebody whose order is applied for, and not made yet."""
    applied = [
        one.on
        for one in row.instruments
        if one.kind == APPLICATION and one.on <= period.last and (one.ended_on is None or one.ended_on > period.last)
    ]
    granted = [one.on for one in row.instruments if one.kind == ORDER and one.on <= period.last]
    return [] if applied and any(on >= max(applied) for on in granted) else applied


def _positive(row: LuscombeRow, period: Period) -> list[dt.date]:
    return [end.on for end in row.outcomes if end.outcome in POSITIVE_OUTCOMES and end.on in period]


def _met_again(row: LuscombeRow, step: dt.date, until: dt.date) -> bool:
    return any(
        step < on <= until
        for on in (
            *(one.on for one in row.encounters),
            *(one.on for one in row.instruments),
            *(one.on for one in row.tickets),
        )
    )


def _says_nothing(row: LuscombeRow, step: dt.date, until: dt.date) -> bool:
    """Died, in custody, moved away, or nobody knows where: at any time up to the end of these days."""
    return (
        (row.died_on is not None and row.died_on <= until)
        or any(one.outcome in WHEREABOUTS_UNKNOWN and one.on <= until for one in row.outcomes if one.on >= step)
        or _within(row.custody, step, until)
    )


def _within(stays: Iterable[StayLine], step: dt.date, until: dt.date) -> bool:
    return any(one.since <= until and (one.until is None or one.until >= step) for one in stays)


def _days_to_hub(row: LuscombeRow, tickets: Sequence[TicketLine]) -> tuple[dt.date, int | None] | None:
    """The day of a person's first ticket in the period, and how many days later she came; None without a ticket."""
    if not tickets:
        return None
    ticket = min(one.on for one in tickets)
    came = min((one.on for one in row.attendances if one.on >= ticket), default=None)
    return ticket, None if came is None else (came - ticket).days


def summary_of_days(found: Iterable[tuple[dt.date, int | None] | None]) -> DaysToHub:
    """How many came, after how many days, and how many did not."""
    known = [one[1] for one in found if one is not None]
    days = sorted(one for one in known if one is not None)
    return DaysToHub(
        median=float(statistics.median(days)) if days else None,
        p90=days[math.ceil(0.9 * len(days)) - 1] if days else None,
        reached=len(days),
        unreached=len(known) - len(days),
    )
