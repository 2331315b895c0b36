"""Instruments: community protection warnings and notices, and the orders that others make and the journey has to know.

Anti-social Behaviour, Crime and Policing Act 2014 ss.43-53. A step of the ladder may *be* an instrument: issuing the
step's ticket then serves it.
"""

import datetime as dt
import re
from collections.abc import Iterator
from typing import Annotated, Any, Final, Literal

import msgspec

from domain.actors import Actor, Role
from domain.calendar import civil_date, months_after
from domain.codes import CHILD_BANDS, AsbType, InstrumentKind, ScreenResult
from domain.engagement.circumstances import (
    Circumstances,
    Issuer,
    Manner,
    NoHumanNamed,
    against_flags,
    against_manner,
    against_power,
    against_screen,
    against_stopped,
    issuer_of,
)
from domain.engagement.encounter import Encounters, between
from domain.engagement.ladder import Language
from domain.engagement.overrides import Override, OverrideReason, PlaceCode, Said, named, settle, vouch
from domain.facts import Command, Fact, Facts, Instant, IntelligenceText, Knowledge, Slug, Text, knowing
from domain.ids import AgencyId, EpisodeId, InstrumentId, PersonId, RestrictionId, TicketId, WorkerId
from domain.refusals import AlreadyExists, Conflict, Guarded, Refusal, Unknown, Unreadable

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
RestrictionSource = Literal["bail", "dispersal", "civil-injunction", "exclusion", "cbo", "cpn"]


class Condition(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """What an instrument forbids or requires: it answers a named conduct, in words made for this person.

    A positive requirement names the agency that supervises it. `forbids` are the places where the person may not be.
    """

    kind: Literal["prohibition", "requirement"]
    addresses: AsbType
    text: Text
    forbids: tuple[PlaceCode, ...] = ()
    supervisor: AgencyId | None = None


class Terms(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """What an instrument says. `paper`: its wording stands on a paper form and is vouched for by who served it.

    `comply_by` is the last day a warning gives; `explains` are the sections whose effect the text explains;
    `informed_first` are those that were told before a notice (s.43(6)), or `nobody_to_inform`.
    """

    conduct: tuple[AsbType, ...] = ()
    conditions: tuple[Condition, ...] = ()
    comply_by: dt.date | None = None
    ends_on: dt.date | None = None
    review_on: dt.date | None = None
    explains: tuple[int, ...] = ()
    informed_first: tuple[AgencyId, ...] = ()
    nobody_to_inform: bool = False
    paper: bool = False


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


class RestrictionRecorded(Fact, type="restriction-recorded", version=1, tags=("restriction", "person")):
    """Bail, a dispersal direction or an order made elsewhere forbids somebody to be at places for a time."""

    restriction: RestrictionId
    person: PersonId
    source: RestrictionSource
    forbids: tuple[PlaceCode, ...]
    by_worker: WorkerId
    by_agency: AgencyId
    until: Instant | None = None


class RestrictionLifted(Fact, type="restriction-lifted", version=1, tags=("restriction", "person")):
    """What forbade somebody to be at places holds no longer."""

    restriction: RestrictionId
    person: PersonId
    by_worker: WorkerId
    by_agency: AgencyId


STATUTORY: Final[frozenset[InstrumentKind]] = frozenset({"cpw", "cpn"})
POWER_FOR: Final[dict[InstrumentKind, str]] = {"cpw": "issue-cpw", "cpn": "issue-cpn"}
APPEAL_DAYS: Final = 21
PAPER_REVIEW_MONTHS: Final = 6
EXPLAINED_SECTIONS: Final = frozenset(range(46, 52))
"""A notice explains the effect of ss.46 to 51 (s.43(7)(b))."""


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


class Restriction(msgspec.Struct, frozen=True, kw_only=True):
    """Where somebody may not be, from a moment until another."""

    restriction: RestrictionId
    source: RestrictionSource
    forbids: tuple[PlaceCode, ...]
    at: dt.datetime
    until: dt.datetime | None
    lifted_at: dt.datetime | None = None

    def holds_at(self, at: dt.datetime) -> bool:
        """Whether it holds at a moment."""
        return (
            self.at <= at
            and (self.until is None or at <= self.until)
            and (self.lifted_at is None or at < self.lifted_at)
        )


class Bound(msgspec.Struct, frozen=True):
    """By what a person is bound: instruments and other restrictions, by id."""

    instruments: dict[InstrumentId, Instrument] = {}
    restrictions: dict[RestrictionId, Restriction] = {}

    def forbidden_at(self, at: dt.datetime) -> frozenset[PlaceCode]:
        """The places where the person may not be at a moment."""
        holding: tuple[Instrument | Restriction, ...] = (*self.instruments.values(), *self.restrictions.values())
        return frozenset(place for one in holding if one.holds_at(at) for place in one.forbids)


def evolve_bound(state: Bound, fact: Fact) -> Bound:
    """The instruments and restrictions of a person, or one of them."""
    match fact:
        case InstrumentDrafted() | InstrumentServed() | InstrumentRecorded():
            return _with(state, _made(state.instruments.get(fact.instrument), fact))
        case RestrictionRecorded():
            restriction = Restriction(
                restriction=fact.restriction, source=fact.source, forbids=fact.forbids, at=fact.at, until=fact.until
            )
            return Bound(state.instruments, {**state.restrictions, fact.restriction: restriction})
        case RestrictionLifted() if fact.restriction in state.restrictions:
            lifted = msgspec.structs.replace(state.restrictions[fact.restriction], lifted_at=fact.at)
            return Bound(state.instruments, {**state.restrictions, fact.restriction: lifted})
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
        ) if fact.instrument in state.instruments:
            known = state.instruments[fact.instrument]
            return _with(state, msgspec.structs.replace(known, **_changes(known, fact)))
        case _:
            return state


def _with(state: Bound, one: Instrument) -> Bound:
    return Bound({**state.instruments, one.instrument: one}, state.restrictions)


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
    RestrictionRecorded,
    RestrictionLifted,
)


def bound(person: PersonId) -> Knowledge[Bound]:
    """By what a person is bound."""
    return knowing(Bound(), evolve_bound, INSTRUMENT_FACTS, f"person:{person}")


def instrument(instrument: InstrumentId) -> Knowledge[Bound]:
    """One instrument by its id, whoever's it is."""
    return knowing(Bound(), evolve_bound, INSTRUMENT_FACTS, f"instrument:{instrument}")


def restriction(restriction: RestrictionId) -> Knowledge[Bound]:
    """One restriction by its id, whoever's it is."""
    return knowing(Bound(), evolve_bound, INSTRUMENT_FACTS, f"restriction:{restriction}")


class DraftInstrument(Command):
    """Draft a community protection warning or notice."""

    instrument: Annotated[InstrumentId, Slug]
    person: PersonId
    kind: Literal["cpw", "cpn"]
    terms: Terms
    episode: EpisodeId | None = None
    historic: Override | None = None


class AuthoriseInstrument(Command):
    """Approve a draft."""

    instrument: InstrumentId
    person: PersonId


class ServeInstrument(Command):
    """Serve a draft that is no step of the person's ladder. `officer_role` is the office of a named officer."""

    instrument: InstrumentId
    person: PersonId
    officer: WorkerId | None = None
    officer_role: Role | None = None
    screen: ScreenResult | None = None
    language: Language | None = None
    read_aloud: bool = False
    interpreter: bool = False
    understood: bool | None = None
    historic: Override | None = None


class RecordInstrument(Command):
    """Record an instrument that others made: a penalty, an injunction, an application for an order, an order.

    `paper`: from a form or a register that does not give its term; it is then reviewed after six months.
    """

    instrument: Annotated[InstrumentId, Slug]
    person: PersonId
    kind: Literal[
        "fpn",
        "civil-injunction",
        "cbo-application",
        "cbo",
        "dispersal-direction",
        "pspo-breach",
        "alcohol-surrender",
        "exclusion",
    ]
    episode: EpisodeId | None = None
    officer: WorkerId | None = None
    authorised_by: WorkerId | None = None
    application: InstrumentId | None = None
    convicted_on: dt.date | None = None
    conditions: tuple[Condition, ...] = ()
    forbids: tuple[PlaceCode, ...] = ()
    ends_on: dt.date | None = None
    review_on: dt.date | None = None
    indefinite: bool = False
    has_income: bool | None = None
    has_home: bool | None = None
    paper: bool = False
    historic: Override | None = None


class ExplainAppealRights(Command):
    """Tell the person how and until when to appeal."""

    instrument: InstrumentId
    person: PersonId
    language: Language
    interpreter: bool = False


class AppealInstrument(Command):
    """Enter an appeal; `at` is when it was lodged with the court."""

    instrument: InstrumentId
    person: PersonId
    grounds: Annotated[tuple[AppealGround, ...], msgspec.Meta(min_length=1, max_length=8)]
    historic: Override | None = None


class DetermineAppeal(Command):
    """Enter what became of an appeal."""

    instrument: InstrumentId
    person: PersonId
    result: AppealResult


class RecordBreach(Command):
    """Record a breach of an instrument that was in force."""

    instrument: InstrumentId
    person: PersonId
    condition: Literal["prohibition", "requirement"]
    officer: WorkerId | None = None
    facts_observed: Said = None


class VaryInstrument(Command):
    """Change an instrument's terms."""

    instrument: InstrumentId
    person: PersonId
    conditions: tuple[Condition, ...] = ()
    ends_on: dt.date | None = None
    review_on: dt.date | None = None


class WithdrawInstrument(Command):
    """Take an instrument back."""

    instrument: InstrumentId
    person: PersonId


class EndInstrument(Command):
    """Record that an instrument came to its end."""

    instrument: InstrumentId
    person: PersonId
    reason: EndReason


class VoidInstrument(Command):
    """Take back an instrument that should never have been served."""

    instrument: InstrumentId
    person: PersonId
    reason: VoidReason


class RecordRestriction(Command):
    """Record where bail, a dispersal direction or an order forbids somebody to be."""

    restriction: Annotated[RestrictionId, Slug]
    person: PersonId
    source: RestrictionSource
    forbids: Annotated[tuple[PlaceCode, ...], msgspec.Meta(min_length=1, max_length=50)]
    until: Instant | None = None


class LiftRestriction(Command):
    """Record that a restriction holds no longer."""

    restriction: RestrictionId
    person: PersonId


class UnderSixteen(Guarded):
    """The person is not yet sixteen."""

    code = "under-sixteen"
    rule = "A community protection notice is given to nobody under 16 (2014 Act s.43(1)(a))."
    permitted_by = "Nothing: turn to children's services."


class NoServedWarning(Guarded):
    """No warning that names the conduct was served before."""

    code = "no-served-warning"
    rule = "A notice follows a written warning that named the conduct and was served (2014 Act s.43(5)(a))."
    permitted_by = "Serve a community protection warning that names the conduct."


class TimeToComplyNotElapsed(Guarded):
    """The warning's time has not run out."""

    code = "time-to-comply-not-elapsed"
    rule = "A notice is given only after enough time to deal with the matter (2014 Act s.43(5)(b))."
    permitted_by = "Wait until the day after the last day that the warning gave."


class NoContinuingEffect(Guarded):
    """Nothing shows that the conduct went on after the warning."""

    code = "no-continuing-effect"
    rule = (
        "A notice needs evidence that the conduct still has its effect after the warning's time (2014 Act s.43(5)(b))."
    )
    permitted_by = "Record an encounter about the same conduct from after the time that the warning gave."


class NotInformedFirst(Guarded):
    """Those that must be told before a notice were not."""

    code = "not-informed-first"
    rule = "Before a notice is given, those whom the officer thinks appropriate are informed (2014 Act s.43(6))."
    permitted_by = "Inform them and name them, or say that there is nobody to inform."


class ConductNotIdentified(Guarded):
    """The text does not say which conduct it is about."""

    code = "conduct-not-identified"
    rule = "A warning names the conduct and a notice identifies it (2014 Act s.43(5)(a), (7)(a))."
    permitted_by = "Name the conduct."


class EffectNotExplained(Guarded):
    """The text does not explain what follows."""

    code = "effect-not-explained"
    rule = "A notice explains the effect of sections 46 to 51 (2014 Act s.43(7)(b))."
    permitted_by = "Explain appeal, remedial action, offence and orders in the text."


class NoEndNorReview(Guarded):
    """The instrument would hold for ever unseen."""

    code = "no-end-nor-review"
    rule = "Every instrument has an end or a review date (ours; neither warning nor notice ends by statute)."
    permitted_by = "Give the day on which it ends, or the day on which it is reviewed."


class BoilerplateCondition(Guarded):
    """A condition that would fit anybody."""

    code = "boilerplate-condition"
    rule = "A condition answers the conduct that the instrument names, in its own words; boilerplate is refused (ours)."
    permitted_by = "Say what this person is to do or not to do, and which of the named conduct it answers."


class RequirementWithoutSupervisor(Guarded):
    """Nobody would supervise the requirement."""

    code = "requirement-without-supervisor"
    rule = "Each positive requirement names its supervisor (Sentencing Code s.333)."
    permitted_by = "Name the agency that supervises the requirement."


class IsALadderStep(Guarded):
    """The person's ladder has this instrument as a step."""

    code = "is-a-ladder-step"
    rule = "An instrument that is a step of the person's ladder is served by issuing that step (ours)."
    permitted_by = "Issue the step; it serves the instrument."


class NoIncomeOrHome(Guarded):
    """A penalty that cannot be paid."""

    code = "no-income-or-home"
    rule = "A fixed penalty is not given to a person with no income or no home (ours)."
    permitted_by = "Offer the hub instead, or correct what the register says of income and home."


class NoApplication(Guarded):
    """The prosecution did not apply."""

    code = "no-application"
    rule = "A criminal behaviour order is made only on the prosecution's application (Sentencing Code s.331)."
    permitted_by = "Record the application first."


class NoConviction(Guarded):
    """There is no conviction."""

    code = "no-conviction"
    rule = "A criminal behaviour order follows a conviction (Sentencing Code s.331)."
    permitted_by = "Give the date of the conviction."


class OrderTermUnlawful(Guarded):
    """The order's term is not one that the law allows."""

    code = "order-term-unlawful"
    rule = (
        "An adult's criminal behaviour order lasts at least two years or indefinitely, one for a person under 18 from "
        "one to three years (Sentencing Code s.334)."
    )
    permitted_by = "Correct the end of the order."


class AppealTooLate(Guarded):
    """The 21 days are over."""

    code = "appeal-too-late"
    rule = "An appeal is made within 21 days beginning with the day of issue (2014 Act s.46(2))."
    permitted_by = "Ask the court whether it still hears the appeal."


class NoAppealHere(Conflict):
    """There is no such appeal against this."""

    code = "no-appeal-here"
    rule = "A community protection notice that was served can be appealed under s.46; a warning cannot."
    permitted_by = "Challenge a warning by a complaint or judicial review."


class RequirementLapsed(Guarded):
    """What was required did not hold then."""

    code = "requirement-lapsed"
    rule = "While an appeal is pending prohibitions stand and other requirements lapse (2014 Act s.46(3))."
    permitted_by = "Record a breach only of what held at that moment."


class NotInForce(Conflict):
    """The instrument did not hold at that moment."""

    code = "not-in-force"
    rule = "Only an instrument that holds can be breached, varied, withdrawn or ended."
    permitted_by = "Read the instrument again: it was not served yet, or it has ended."


class VoidItsTicket(Conflict):
    """The instrument is a step of a ladder."""

    code = "void-its-ticket"
    rule = "An instrument served as a step is taken back by voiding the step's ticket."
    permitted_by = "Void the ticket; that voids the instrument."


BOILERPLATE: Final = frozenset(
    {
        "be of good behaviour",
        "behave",
        "do not behave anti socially",
        "not to engage in anti social behaviour",
        "not to cause harassment alarm or distress",
        "not to cause harassment alarm or distress to any person",
        "not to behave in an anti social manner",
        "stop anti social behaviour",
        "comply with the law",
        "as directed",
    }
)
"""Conditions that would fit anybody and tell nobody what to do."""


def is_boilerplate(text: str) -> bool:
    """Whether a condition would fit anybody, whatever it is put to."""
    words = " ".join(re.findall(r"[a-z]+", text.lower()))
    return words.removeprefix("you must ").removeprefix("you are ") in BOILERPLATE


def against_terms(kind: InstrumentKind, terms: Terms) -> Iterator[Refusal]:
    """What an instrument must say. The wording of a paper form is vouched for by the officer who served it."""
    if terms.ends_on is None and terms.review_on is None:
        yield NoEndNorReview(kind=kind)
    yield from against_conditions(terms.conditions, terms.conduct)
    if terms.paper:
        return
    if not terms.conduct:
        yield ConductNotIdentified(kind=kind)
    if kind == "cpn":
        if not frozenset(terms.explains) >= EXPLAINED_SECTIONS:
            yield EffectNotExplained(missing=tuple(sorted(EXPLAINED_SECTIONS - set(terms.explains))))
        if not terms.informed_first and not terms.nobody_to_inform:
            yield NotInformedFirst()


def against_conditions(conditions: tuple[Condition, ...], conduct: tuple[AsbType, ...]) -> Iterator[Refusal]:
    """Each condition answers the named conduct in words of its own, and each requirement has a supervisor."""
    for one in conditions:
        if is_boilerplate(one.text) or (conduct and one.addresses not in conduct):
            yield BoilerplateCondition(addresses=one.addresses)
        if one.kind == "requirement" and one.supervisor is None:
            yield RequirementWithoutSupervisor(addresses=one.addresses)


def against_notice(
    terms: Terms, known: Bound, encounters: Encounters, circumstances: Circumstances, at: dt.datetime
) -> Iterator[Refusal]:
    """What must have happened before a notice: s.43(1), (5)."""
    if circumstances.age_band == "under-16":
        yield UnderSixteen()
    warnings = [one for one in known.instruments.values() if one.kind == "cpw" and _warned(one, terms, at)]
    if not warnings:
        yield NoServedWarning(conduct=terms.conduct)
        return
    if not any(_time_elapsed(one, terms, at) for one in warnings):
        yield TimeToComplyNotElapsed(comply_by=max((one.terms.comply_by or civil_date(at)) for one in warnings))
        return
    if not any(_went_on(one, terms, encounters, at) for one in warnings if _time_elapsed(one, terms, at)):
        yield NoContinuingEffect(conduct=terms.conduct)


def _warned(warning: Instrument, notice: Terms, at: dt.datetime) -> bool:
    """A warning served before, not taken back, that named the conduct; paper vouches for what it does not say here."""
    if warning.voided or warning.served_at is None or warning.served_at >= at:
        return False
    if warning.ended_at is not None and warning.ended_at <= at and warning.end == "withdrawn":
        return False
    warned_of = frozenset(warning.terms.conduct)
    if not warned_of or not notice.conduct:
        return notice.paper
    return frozenset(notice.conduct) <= warned_of


def _time_elapsed(warning: Instrument, notice: Terms, at: dt.datetime) -> bool:
    if warning.terms.comply_by is None:
        return notice.paper
    return civil_date(at) > warning.terms.comply_by


def _went_on(warning: Instrument, notice: Terms, encounters: Encounters, at: dt.datetime) -> bool:
    conduct = frozenset(notice.conduct)
    return any(
        one.behaviour
        and (not conduct or one.asb_type in conduct)
        and (warning.terms.comply_by is None or civil_date(one.at) > warning.terms.comply_by)
        for one in between(encounters, warning.served_at, at)
    )


def served(
    command_at: dt.datetime,
    person: PersonId,
    one: Instrument,
    officer: WorkerId,
    by: Actor,
    **more: Any,  # noqa: ANN401 - fields of the fact
) -> InstrumentServed:
    """The fact that an instrument was served; the last day of an appeal is worked out from its day of issue."""
    issued_on = civil_date(command_at)
    # s.46(2): 21 days beginning with the day of issue, so that day is the first of them
    appeal_by = issued_on + dt.timedelta(days=APPEAL_DAYS - 1) if one.kind == "cpn" else None
    return InstrumentServed(
        at=command_at,
        instrument=one.instrument,
        person=person,
        kind=one.kind,
        officer=officer,
        by_agency=by.agency,
        issued_on=issued_on,
        episode=one.episode,
        conduct=one.terms.conduct,
        prohibitions=one.prohibitions,
        requirements=one.requirements,
        supervisors=one.supervisors,
        forbids=one.forbids,
        comply_by=one.terms.comply_by,
        ends_on=one.terms.ends_on,
        review_on=one.terms.review_on,
        appeal_by=appeal_by,
        explains=one.terms.explains,
        informed_first=one.terms.informed_first,
        nobody_to_inform=one.terms.nobody_to_inform,
        paper=one.terms.paper,
        **more,
    )


def drafted(instrument: InstrumentId, kind: InstrumentKind, terms: Terms, episode: EpisodeId | None) -> Instrument:
    """An instrument as its terms make it. The conditions' wording is not part of it: it is sealed in the fact."""
    return Instrument(
        instrument=instrument,
        kind=kind,
        terms=msgspec.structs.replace(terms, conditions=()),
        prohibitions=sum(one.kind == "prohibition" for one in terms.conditions),
        requirements=sum(one.kind == "requirement" for one in terms.conditions),
        supervisors=_supervisors(terms.conditions),
        forbids=_forbidden(terms.conditions),
        episode=episode,
    )


def wording(conditions: tuple[Condition, ...]) -> str | None:
    """The conditions as they stand in the text, one a line."""
    return "\n".join(f"{one.kind}: {one.text}" for one in conditions) or None


def with_review(terms: Terms, on: dt.date, months: int) -> Terms:
    """The terms, with a review after so many months where they have neither an end nor a review date."""
    if terms.ends_on is not None or terms.review_on is not None:
        return terms
    return msgspec.structs.replace(terms, review_on=months_after(on, months))


def _supervisors(conditions: tuple[Condition, ...]) -> tuple[AgencyId, ...]:
    return tuple(dict.fromkeys(one.supervisor for one in conditions if one.supervisor is not None))


def _forbidden(conditions: tuple[Condition, ...]) -> tuple[PlaceCode, ...]:
    return tuple(dict.fromkeys(place for one in conditions for place in one.forbids))


def _mine(instrument: InstrumentId, mine: Bound) -> Instrument:
    known = mine.instruments.get(instrument)
    if known is None:
        raise Unknown
    return known


def draft(command: DraftInstrument, known: Bound, mine: Bound, by: Actor) -> Facts:
    """A draft says what the instrument must say. The same id again adds nothing, another person's is refused."""
    if command.instrument in known.instruments:
        if command.instrument in mine.instruments:
            return ()
        raise AlreadyExists(instrument=command.instrument)
    terms = command.terms
    if terms.paper and command.kind == "cpn":
        vouch(by)
    if terms.paper:
        terms = with_review(terms, civil_date(command.at), PAPER_REVIEW_MONTHS)
    overridden = settle(against_terms(command.kind, terms), command.historic, by)
    made = drafted(command.instrument, command.kind, terms, command.episode)
    return (
        InstrumentDrafted(
            at=command.at,
            instrument=command.instrument,
            person=command.person,
            kind=command.kind,
            by_worker=by.worker,
            by_agency=by.agency,
            episode=command.episode,
            conduct=terms.conduct,
            prohibitions=made.prohibitions,
            requirements=made.requirements,
            supervisors=made.supervisors,
            forbids=made.forbids,
            comply_by=terms.comply_by,
            ends_on=terms.ends_on,
            review_on=terms.review_on,
            explains=terms.explains,
            informed_first=terms.informed_first,
            nobody_to_inform=terms.nobody_to_inform,
            paper=terms.paper,
            conditions=wording(terms.conditions),
            **named(command.historic, overridden),
        ),
    )


def authorise(command: AuthoriseInstrument, mine: Bound, by: Actor) -> Facts:
    """A human approves a draft once."""
    known = _mine(command.instrument, mine)
    if by.role == "system":
        raise NoHumanNamed
    if known.authorised_by is not None:
        return ()
    if known.voided or known.served_at is not None:
        raise Conflict(instrument=command.instrument)
    return (
        InstrumentAuthorised(
            at=command.at,
            instrument=command.instrument,
            person=command.person,
            by_worker=by.worker,
            by_agency=by.agency,
        ),
    )


class ServingKnown(msgspec.Struct, frozen=True, kw_only=True):
    """What serving must know besides the draft: the person, the officer, what was seen, and the person's ladder."""

    mine: Bound
    encounters: Encounters
    circumstances: Circumstances
    issuer: Issuer
    ladder_step: bool


def serve(command: ServeInstrument, known: ServingKnown, by: Actor) -> Facts:
    """A draft is served once, by a named human with the power, to somebody whom the guards allow."""
    one = _mine(command.instrument, known.mine)
    if one.served_at is not None and not one.voided:
        return ()
    if one.voided or one.kind not in STATUTORY:
        raise Conflict(instrument=command.instrument)
    if known.issuer.worker is None:
        raise NoHumanNamed
    manner = Manner(
        language=command.language,
        read_aloud=command.read_aloud,
        interpreter=command.interpreter,
        understood=command.understood,
        paper=one.terms.paper,
    )
    overridden = settle(_against_serving(one, known, manner, command), command.historic, by)
    return (
        served(
            command.at,
            command.person,
            one,
            known.issuer.worker,
            by,
            authorised_by=one.authorised_by,
            screen=command.screen,
            language=command.language,
            **named(command.historic, overridden),
        ),
    )


def _against_serving(
    one: Instrument, known: ServingKnown, manner: Manner, command: ServeInstrument
) -> Iterator[Refusal]:
    if known.ladder_step:
        yield IsALadderStep(kind=one.kind)
    yield from against_stopped(known.circumstances)
    yield from against_flags(known.circumstances)
    yield from against_power(known.issuer, POWER_FOR[one.kind])
    yield from against_manner(known.circumstances, manner)
    yield from against_screen(command.screen)
    yield from against_terms(one.kind, one.terms)
    if one.kind == "cpn":
        yield from against_notice(one.terms, known.mine, known.encounters, known.circumstances, command.at)


def record(
    command: RecordInstrument, known: Bound, mine: Bound, circumstances: Circumstances, issuer: Issuer, by: Actor
) -> Facts:
    """What was made elsewhere is recorded once: with its human, an end or a review date, and what it rests on."""
    if command.instrument in known.instruments:
        if command.instrument in mine.instruments:
            return ()
        raise AlreadyExists(instrument=command.instrument)
    if any(
        one.kind == command.kind and one.served_at == command.at and not one.voided for one in mine.instruments.values()
    ):
        return ()
    if issuer.worker is None:
        raise NoHumanNamed
    if command.paper and command.kind == "cbo":
        vouch(by)
    issued_on = civil_date(command.at)
    review_on = command.review_on
    if command.paper and command.ends_on is None and review_on is None and not command.indefinite:
        review_on = months_after(issued_on, PAPER_REVIEW_MONTHS)
    overridden = settle(_against_recording(command, mine, circumstances, review_on), command.historic, by)
    forbids = tuple(dict.fromkeys((*command.forbids, *_forbidden(command.conditions))))
    return (
        InstrumentRecorded(
            at=command.at,
            instrument=command.instrument,
            person=command.person,
            kind=command.kind,
            officer=issuer.worker,
            by_agency=by.agency,
            issued_on=issued_on,
            episode=command.episode,
            authorised_by=command.authorised_by,
            application=command.application,
            convicted_on=command.convicted_on,
            supervisors=_supervisors(command.conditions),
            forbids=forbids,
            ends_on=command.ends_on,
            review_on=review_on,
            indefinite=command.indefinite,
            paper=command.paper,
            conditions=wording(command.conditions),
            **named(command.historic, overridden),
        ),
    )


TERMLESS: Final[frozenset[InstrumentKind]] = frozenset({"fpn", "cbo-application", "pspo-breach", "alcohol-surrender"})
"""What happens once and binds nobody afterwards."""


def _against_recording(
    command: RecordInstrument, mine: Bound, circumstances: Circumstances, review_on: dt.date | None
) -> Iterator[Refusal]:
    yield from against_stopped(circumstances)
    yield from against_conditions(command.conditions, ())
    undated = command.ends_on is None and review_on is None
    if command.kind not in TERMLESS and undated and not (command.kind == "cbo" and command.indefinite):
        yield NoEndNorReview(kind=command.kind)
    if command.kind == "fpn":
        penniless = False in (command.has_income, circumstances.has_income)
        homeless = command.has_home is False or circumstances.no_fixed_abode is True
        if penniless or homeless:
            yield NoIncomeOrHome()
    if command.kind == "cbo":
        yield from _against_order(command, mine, circumstances)


def _against_order(command: RecordInstrument, mine: Bound, circumstances: Circumstances) -> Iterator[Refusal]:
    """Breach, prosecution, conviction, application, order. A paper register does not give conviction and term."""
    applied = [
        one
        for one in mine.instruments.values()
        if one.kind == "cbo-application"
        and not one.voided
        and one.served_at is not None
        and one.served_at <= command.at
    ]
    if not applied or (
        command.application is not None and command.application not in {one.instrument for one in applied}
    ):
        yield NoApplication()
    issued_on = civil_date(command.at)
    if (command.convicted_on is None and not command.paper) or (
        command.convicted_on is not None and command.convicted_on > issued_on
    ):
        yield NoConviction()
    child = circumstances.age_band in CHILD_BANDS
    if command.ends_on is None:
        if (not command.indefinite and not command.paper) or (child and command.indefinite):
            yield OrderTermUnlawful(child=child)
        return
    least, most = (12, 36) if child else (24, None)
    if command.ends_on < months_after(issued_on, least) or (
        most is not None and command.ends_on > months_after(issued_on, most)
    ):
        yield OrderTermUnlawful(child=child)


def explain(command: ExplainAppealRights, mine: Bound, by: Actor) -> Facts:
    """Appeal rights are explained of what was served; in the same language again adds nothing."""
    known = _mine(command.instrument, mine)
    if known.served_at is None or known.voided:
        raise NotInForce(instrument=command.instrument)
    if command.language in known.explained_in:
        return ()
    return (
        AppealRightsExplained(
            at=command.at,
            instrument=command.instrument,
            person=command.person,
            language=command.language,
            interpreter=command.interpreter,
            by_worker=by.worker,
            by_agency=by.agency,
        ),
    )


def appeal(command: AppealInstrument, mine: Bound, by: Actor) -> Facts:
    """A notice is appealed once, within 21 days beginning with the day of issue."""
    known = _mine(command.instrument, mine)
    if known.kind != "cpn" or known.served_at is None or known.voided or known.appeal_by is None:
        raise NoAppealHere(kind=known.kind)
    if known.appealed_at is not None:
        if known.appealed_at == command.at and known.grounds == command.grounds:
            return ()
        raise Conflict(instrument=command.instrument)
    late = [AppealTooLate(appeal_by=known.appeal_by)] if civil_date(command.at) > known.appeal_by else []
    overridden = settle(late, command.historic, by)
    return (
        InstrumentAppealed(
            at=command.at,
            instrument=command.instrument,
            person=command.person,
            grounds=command.grounds,
            by_worker=by.worker,
            by_agency=by.agency,
            **named(command.historic, overridden),
        ),
    )


def determine(command: DetermineAppeal, mine: Bound, by: Actor) -> Facts:
    """A pending appeal is decided once."""
    known = _mine(command.instrument, mine)
    if known.appealed_at is None or command.at < known.appealed_at:
        raise NoAppealHere(kind=known.kind)
    if known.result is not None:
        if known.result == command.result:
            return ()
        raise Conflict(instrument=command.instrument, result=known.result)
    return (
        AppealDetermined(
            at=command.at,
            instrument=command.instrument,
            person=command.person,
            result=command.result,
            by_worker=by.worker,
            by_agency=by.agency,
        ),
    )


def breach(command: RecordBreach, mine: Bound, by: Actor) -> Facts:
    """Only what held at that moment can be breached, and a human saw it."""
    known = _mine(command.instrument, mine)
    if (command.at, command.condition) in known.breaches:
        return ()
    officer = issuer_of(by, command.officer)
    if officer is None:
        raise NoHumanNamed
    if not known.holds_at(command.at):
        raise NotInForce(instrument=command.instrument)
    if command.condition == "requirement" and not known.requires_at(command.at):
        raise RequirementLapsed(instrument=command.instrument)
    return (
        InstrumentBreached(
            at=command.at,
            instrument=command.instrument,
            person=command.person,
            condition=command.condition,
            officer=officer,
            by_agency=by.agency,
            facts_observed=command.facts_observed,
        ),
    )


def vary(command: VaryInstrument, mine: Bound, by: Actor) -> Facts:
    """What holds may be varied; conditions and dates keep to the rules of a new instrument."""
    known = _mine(command.instrument, mine)
    if command.at in known.varied_at:
        return ()
    if not known.holds_at(command.at):
        raise NotInForce(instrument=command.instrument)
    if by.role == "system":
        raise NoHumanNamed
    if command.ends_on is None and command.review_on is None:
        raise NoEndNorReview(kind=known.kind)
    settle(against_conditions(command.conditions, known.terms.conduct), None, by)
    return (
        InstrumentVaried(
            at=command.at,
            instrument=command.instrument,
            person=command.person,
            by_worker=by.worker,
            by_agency=by.agency,
            prohibitions=sum(one.kind == "prohibition" for one in command.conditions),
            requirements=sum(one.kind == "requirement" for one in command.conditions),
            supervisors=_supervisors(command.conditions),
            forbids=_forbidden(command.conditions),
            ends_on=command.ends_on,
            review_on=command.review_on,
            conditions=wording(command.conditions),
        ),
    )


def withdraw(command: WithdrawInstrument, mine: Bound, by: Actor) -> Facts:
    """What holds may be withdrawn, once."""
    known = _mine(command.instrument, mine)
    if known.end == "withdrawn":
        return ()
    if not known.holds_at(command.at):
        raise NotInForce(instrument=command.instrument)
    return (
        InstrumentWithdrawn(
            at=command.at,
            instrument=command.instrument,
            person=command.person,
            by_worker=by.worker,
            by_agency=by.agency,
        ),
    )


def end(command: EndInstrument, mine: Bound, by: Actor) -> Facts:
    """What was served ends once."""
    known = _mine(command.instrument, mine)
    if known.end == "ended":
        return ()
    if known.served_at is None or known.voided or known.end is not None or command.at < known.served_at:
        raise NotInForce(instrument=command.instrument)
    return (
        InstrumentEnded(
            at=command.at,
            instrument=command.instrument,
            person=command.person,
            reason=command.reason,
            by_worker=by.worker,
            by_agency=by.agency,
        ),
    )


def void(command: VoidInstrument, mine: Bound, by: Actor) -> Facts:
    """A wrongly made instrument counts for nothing; one that is a step is voided with its ticket."""
    known = _mine(command.instrument, mine)
    if known.voided:
        return ()
    if known.ticket is not None:
        raise VoidItsTicket(ticket=known.ticket)
    return (
        InstrumentVoided(
            at=command.at,
            instrument=command.instrument,
            person=command.person,
            reason=command.reason,
            by_worker=by.worker,
            by_agency=by.agency,
        ),
    )


class RestrictionEndsBefore(Unreadable):
    """It would end before it begins."""

    code = "ends-before-it-begins"
    rule = "What begins at a moment ends after it."
    permitted_by = "Correct the times."


def restrict(command: RecordRestriction, known: Bound, mine: Bound, by: Actor) -> Facts:
    """A restriction is recorded once."""
    if command.restriction in known.restrictions:
        if command.restriction in mine.restrictions:
            return ()
        raise AlreadyExists(restriction=command.restriction)
    if command.until is not None and command.until <= command.at:
        raise RestrictionEndsBefore
    return (
        RestrictionRecorded(
            at=command.at,
            restriction=command.restriction,
            person=command.person,
            source=command.source,
            forbids=command.forbids,
            by_worker=by.worker,
            by_agency=by.agency,
            until=command.until,
        ),
    )


def lift(command: LiftRestriction, mine: Bound, by: Actor) -> Facts:
    """A restriction is lifted once."""
    known = mine.restrictions.get(command.restriction)
    if known is None:
        raise Unknown
    if known.lifted_at is not None:
        return ()
    return (
        RestrictionLifted(
            at=command.at,
            restriction=command.restriction,
            person=command.person,
            by_worker=by.worker,
            by_agency=by.agency,
        ),
    )
