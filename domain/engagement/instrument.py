"""Instruments: warnings, notices, penalties and orders, by what happened to each.

Anti-social Behaviour, Crime and Policing Act 2014 ss.43-53. A step of the ladder may *be* an instrument: issuing the
step's ticket then serves it.
"""

import datetime as dt
from typing import Any, Final, Literal

import msgspec

from domain.calendar import civil_date
from domain.codes import AsbType, InstrumentKind, ScreenResult
from domain.engagement.ladder import Language
from domain.engagement.overrides import OverrideReason, PlaceCode
from domain.engagement.terms import Terms
from domain.facts import Fact, IntelligenceText, Knowledge, knowing
from domain.ids import AgencyId, EpisodeId, InstrumentId, PersonId, TicketId, WorkerId

AppealGround = Literal[
    "did-not-take-place",
    "no-detrimental-effect",
    "not-persistent-or-continuing",
    "not-unreasonable",
    "beyond-control",
    "requirement-unreasonable",
    "material-defect",
    "wrong-person",
]
"""The grounds of s.46(2)."""
AppealResult = Literal["quashed", "modified", "dismissed", "abandoned"]
"""What the magistrates' court may do (s.46(4)), or that the person gave the appeal up."""
EndReason = Literal["complied", "expired", "replaced", "no-longer-needed", "person-died"]
VoidReason = Literal["recorded-twice", "wrong-person", "wrongly-issued", "wrong-text", "other"]


class InstrumentDrafted(Fact, type="instrument-drafted", version=1, tags=("instrument", "person")):
    """An instrument was drafted; nothing of it holds yet."""

    instrument: InstrumentId
    person: PersonId
    kind: InstrumentKind
    by_worker: WorkerId
    by_agency: AgencyId
    episode: EpisodeId | None = None
    conduct: tuple[AsbType, ...] = ()
    prohibitions: int = 0
    requirements: int = 0
    supervisors: tuple[AgencyId, ...] = ()
    forbids: tuple[PlaceCode, ...] = ()
    comply_by: dt.date | None = None
    ends_on: dt.date | None = None
    review_on: dt.date | None = None
    explains: tuple[int, ...] = ()
    informed_first: tuple[AgencyId, ...] = ()
    nobody_to_inform: bool = False
    paper: bool = False
    overridden: tuple[str, ...] = ()
    override_by: WorkerId | None = None
    override_reason: OverrideReason | None = None
    conditions: IntelligenceText = None


class InstrumentAuthorised(Fact, type="instrument-authorised", version=1, tags=("instrument", "person")):
    """Somebody entitled to approved the draft."""

    instrument: InstrumentId
    person: PersonId
    by_worker: WorkerId
    by_agency: AgencyId


class InstrumentServed(Fact, type="instrument-served", version=1, tags=("instrument", "person")):
    """The instrument was given to the person and holds from now. `issued_on` is its day of issue.

    `appeal_by` is the last day of an appeal; `ticket` is the step of the ladder that this instrument is.
    """

    instrument: InstrumentId
    person: PersonId
    kind: InstrumentKind
    officer: WorkerId
    by_agency: AgencyId
    issued_on: dt.date
    episode: EpisodeId | None = None
    ticket: TicketId | None = None
    authorised_by: WorkerId | None = None
    screen: ScreenResult | None = None
    conduct: tuple[AsbType, ...] = ()
    prohibitions: int = 0
    requirements: int = 0
    supervisors: tuple[AgencyId, ...] = ()
    forbids: tuple[PlaceCode, ...] = ()
    comply_by: dt.date | None = None
    ends_on: dt.date | None = None
    review_on: dt.date | None = None
    appeal_by: dt.date | None = None
    explains: tuple[int, ...] = ()
    informed_first: tuple[AgencyId, ...] = ()
    nobody_to_inform: bool = False
    paper: bool = False
    language: Language | None = None
    overridden: tuple[str, ...] = ()
    override_by: WorkerId | None = None
    override_reason: OverrideReason | None = None
    conditions: IntelligenceText = None


class InstrumentRecorded(Fact, type="instrument-recorded", version=1, tags=("instrument", "person")):
    """A fixed penalty, an injunction, an order or its application, made elsewhere or by a step, was recorded.

    An order of a court is recorded with the conviction and the application that it rests on.
    """

    instrument: InstrumentId
    person: PersonId
    kind: InstrumentKind
    officer: WorkerId
    by_agency: AgencyId
    issued_on: dt.date
    episode: EpisodeId | None = None
    ticket: TicketId | None = None
    authorised_by: WorkerId | None = None
    application: InstrumentId | None = None
    convicted_on: dt.date | None = None
    supervisors: tuple[AgencyId, ...] = ()
    forbids: tuple[PlaceCode, ...] = ()
    ends_on: dt.date | None = None
    review_on: dt.date | None = None
    indefinite: bool = False
    paper: bool = False
    overridden: tuple[str, ...] = ()
    override_by: WorkerId | None = None
    override_reason: OverrideReason | None = None
    conditions: IntelligenceText = None


class AppealRightsExplained(Fact, type="appeal-rights-explained", version=1, tags=("instrument", "person")):
    """The person was told how and until when to appeal, in a language."""

    instrument: InstrumentId
    person: PersonId
    language: Language
    interpreter: bool
    by_worker: WorkerId
    by_agency: AgencyId


class InstrumentAppealed(Fact, type="instrument-appealed", version=1, tags=("instrument", "person")):
    """The person appealed to the magistrates' court. While it is pending, prohibitions stand and requirements lapse."""

    instrument: InstrumentId
    person: PersonId
    grounds: tuple[AppealGround, ...]
    by_worker: WorkerId
    by_agency: AgencyId
    overridden: tuple[str, ...] = ()
    override_by: WorkerId | None = None
    override_reason: OverrideReason | None = None


class AppealDetermined(Fact, type="appeal-determined", version=1, tags=("instrument", "person")):
    """The court decided the appeal, or it was given up."""

    instrument: InstrumentId
    person: PersonId
    result: AppealResult
    by_worker: WorkerId
    by_agency: AgencyId


class InstrumentBreached(Fact, type="instrument-breached", version=1, tags=("instrument", "person")):
    """The person did what the instrument forbids, or did not do what it requires."""

    instrument: InstrumentId
    person: PersonId
    condition: Literal["prohibition", "requirement"]
    officer: WorkerId
    by_agency: AgencyId
    facts_observed: IntelligenceText = None


class InstrumentVaried(Fact, type="instrument-varied", version=1, tags=("instrument", "person")):
    """The instrument's terms were changed; what is given here holds instead."""

    instrument: InstrumentId
    person: PersonId
    by_worker: WorkerId
    by_agency: AgencyId
    prohibitions: int = 0
    requirements: int = 0
    supervisors: tuple[AgencyId, ...] = ()
    forbids: tuple[PlaceCode, ...] = ()
    ends_on: dt.date | None = None
    review_on: dt.date | None = None
    conditions: IntelligenceText = None


class InstrumentWithdrawn(Fact, type="instrument-withdrawn", version=1, tags=("instrument", "person")):
    """Its issuer took the instrument back: it was rightly served and holds no longer."""

    instrument: InstrumentId
    person: PersonId
    by_worker: WorkerId
    by_agency: AgencyId


class InstrumentEnded(Fact, type="instrument-ended", version=1, tags=("instrument", "person")):
    """The instrument came to its end."""

    instrument: InstrumentId
    person: PersonId
    reason: EndReason
    by_worker: WorkerId
    by_agency: AgencyId


class InstrumentVoided(Fact, type="instrument-voided", version=1, tags=("instrument", "person")):
    """The instrument should never have been served; it counts for nothing."""

    instrument: InstrumentId
    person: PersonId
    reason: VoidReason
    by_worker: WorkerId
    by_agency: AgencyId
    ticket: TicketId | None = None


STATUTORY: Final[frozenset[InstrumentKind]] = frozenset({"cpw", "cpn"})
POWER_FOR: Final[dict[InstrumentKind, str]] = {"cpw": "issue-cpw", "cpn": "issue-cpn"}


class Instrument(msgspec.Struct, frozen=True, kw_only=True):
    """What decisions know of an instrument. It holds from `served_at` until it ends, is quashed or taken back."""

    instrument: InstrumentId
    kind: InstrumentKind
    terms: Terms
    prohibitions: int = 0
    requirements: int = 0
    supervisors: tuple[AgencyId, ...] = ()
    forbids: tuple[PlaceCode, ...] = ()
    episode: EpisodeId | None = None
    ticket: TicketId | None = None
    authorised_by: WorkerId | None = None
    served_at: dt.datetime | None = None
    appeal_by: dt.date | None = None
    explained_in: frozenset[str] = frozenset()
    appealed_at: dt.datetime | None = None
    grounds: tuple[AppealGround, ...] = ()
    result: AppealResult | None = None
    determined_at: dt.datetime | None = None
    breaches: frozenset[tuple[dt.datetime, str]] = frozenset()
    varied_at: frozenset[dt.datetime] = frozenset()
    ended_at: dt.datetime | None = None
    end: Literal["ended", "withdrawn"] | None = None
    voided: bool = False

    def holds_at(self, at: dt.datetime) -> bool:
        """Whether its prohibitions hold at a moment. A pending appeal leaves them standing (s.46(3)(a))."""
        if self.voided or self.served_at is None or at < self.served_at:
            return False
        if self.ended_at is not None and self.ended_at <= at:
            return False
        if self.terms.ends_on is not None and civil_date(at) > self.terms.ends_on:
            return False
        return not (self.result == "quashed" and self.determined_at is not None and self.determined_at <= at)

    def appeal_pending_at(self, at: dt.datetime) -> bool:
        """Whether an appeal was pending at a moment."""
        if self.appealed_at is None or at < self.appealed_at:
            return False
        return self.determined_at is None or at < self.determined_at

    def requires_at(self, at: dt.datetime) -> bool:
        """Whether its other requirements hold: they lapse while an appeal is pending (s.46(3)(b))."""
        return self.holds_at(at) and not self.appeal_pending_at(at)


Instruments = dict[InstrumentId, Instrument]


def evolve_instruments(state: Instruments, fact: Fact) -> Instruments:
    """Instruments by id, of one person or of anybody."""
    match fact:
        case InstrumentDrafted() | InstrumentServed() | InstrumentRecorded():
            return {**state, fact.instrument: _made(state.get(fact.instrument), fact)}
        case (
            InstrumentAuthorised()
            | AppealRightsExplained()
            | InstrumentAppealed()
            | AppealDetermined()
            | InstrumentBreached()
            | InstrumentVaried()
            | InstrumentWithdrawn()
            | InstrumentEnded()
            | InstrumentVoided()
        ) if fact.instrument in state:
            known = state[fact.instrument]
            return {**state, fact.instrument: msgspec.structs.replace(known, **_changes(known, fact))}
        case _:
            return state


def _made(drafted: Instrument | None, fact: InstrumentDrafted | InstrumentServed | InstrumentRecorded) -> Instrument:
    terms = Terms(ends_on=fact.ends_on, review_on=fact.review_on, paper=fact.paper)
    counts: dict[str, Any] = {}
    if not isinstance(fact, InstrumentRecorded):
        counts = {"prohibitions": fact.prohibitions, "requirements": fact.requirements}
        terms = Terms(
            conduct=fact.conduct,
            comply_by=fact.comply_by,
            ends_on=fact.ends_on,
            review_on=fact.review_on,
            explains=fact.explains,
            informed_first=fact.informed_first,
            nobody_to_inform=fact.nobody_to_inform,
            paper=fact.paper,
        )
    authorised = None if isinstance(fact, InstrumentDrafted) else fact.authorised_by
    return Instrument(
        instrument=fact.instrument,
        kind=fact.kind,
        terms=terms,
        supervisors=fact.supervisors,
        forbids=fact.forbids,
        episode=fact.episode,
        ticket=None if isinstance(fact, InstrumentDrafted) else fact.ticket,
        authorised_by=authorised or (drafted.authorised_by if drafted else None),
        served_at=None if isinstance(fact, InstrumentDrafted) else fact.at,
        appeal_by=fact.appeal_by if isinstance(fact, InstrumentServed) else None,
        **counts,
    )


def _changes(known: Instrument, fact: Fact) -> dict[str, Any]:
    match fact:
        case InstrumentAuthorised():
            return {"authorised_by": fact.by_worker}
        case AppealRightsExplained():
            return {"explained_in": known.explained_in | {fact.language}}
        case InstrumentAppealed():
            return {"appealed_at": fact.at, "grounds": fact.grounds}
        case AppealDetermined():
            return {"result": fact.result, "determined_at": fact.at}
        case InstrumentBreached():
            return {"breaches": known.breaches | {(fact.at, fact.condition)}}
        case InstrumentVaried():
            return {
                "varied_at": known.varied_at | {fact.at},
                "prohibitions": fact.prohibitions,
                "requirements": fact.requirements,
                "supervisors": fact.supervisors,
                "forbids": fact.forbids,
                "terms": msgspec.structs.replace(known.terms, ends_on=fact.ends_on, review_on=fact.review_on),
            }
        case InstrumentWithdrawn():
            return {"ended_at": fact.at, "end": "withdrawn"}
        case InstrumentEnded():
            return {"ended_at": fact.at, "end": "ended"}
        case _:
            return {"voided": True}


INSTRUMENT_FACTS: Final = (
    InstrumentDrafted,
    InstrumentAuthorised,
    InstrumentServed,
    InstrumentRecorded,
    AppealRightsExplained,
    InstrumentAppealed,
    AppealDetermined,
    InstrumentBreached,
    InstrumentVaried,
    InstrumentWithdrawn,
    InstrumentEnded,
    InstrumentVoided,
)


def instrument(instrument: InstrumentId) -> Knowledge[Instruments]:
    """One instrument by its id, whoever's it is."""
    return knowing({}, evolve_instruments, INSTRUMENT_FACTS, f"instrument:{instrument}")
