"""Instruments: community protection warnings and notices, and the orders that others make and the journey has to know.

Anti-social Behaviour, Crime and Policing Act 2014 ss.43-53. A step of the ladder may *be* an instrument: issuing the
step's ticket then serves it.
"""

import datetime as dt
from typing import Annotated, Literal

import msgspec

from domain.actors import Role
from domain.codes import AsbType, InstrumentKind, ScreenResult
from domain.engagement.ladder import Language
from domain.engagement.overrides import Override, OverrideReason, PlaceCode, Said
from domain.facts import Command, Fact, Instant, IntelligenceText, Slug, Text
from domain.ids import AgencyId, EpisodeId, InstrumentId, PersonId, RestrictionId, TicketId, WorkerId

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
    """What an instrument says. `paper`: it was made on a form whose wording stands on the paper and is vouched for there.

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
    """Serve a drafted instrument that is no step of the person's ladder. `officer_role` is the office of a named officer."""

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
