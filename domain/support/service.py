"""What an agency offers: a service for a need, where it has room, with the questions it asks of every referral.

A service's places are held by the referrals it has accepted and not yet ended, so whether it is full is a rule across
referrals: each fact that takes or frees a place carries the service's tag.
"""

import datetime as dt
from typing import Annotated, Literal

import msgspec

from domain.codes import Need
from domain.facts import Command, Fact, Facts, Knowledge, Line, PersonalClass, Slug, Text, knowing
from domain.ids import ID_PATTERN, AgencyId, ServiceId
from domain.refusals import AlreadyExists, Unreadable

QuestionKind = Literal["text", "yes-no", "choice", "number", "date"]


class Question(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """One question that a service asks of every referral; an answer is personal, of the class named here."""

    id: Annotated[str, msgspec.Meta(pattern=ID_PATTERN)]
    label: Line
    kind: QuestionKind = "text"
    required: bool = False
    choices: tuple[Line, ...] = ()
    personal_class: PersonalClass = "identity"


class ServiceOffered(Fact, type="service-offered", version=1, tags=("service",)):
    """An agency offers a service. `places` of None is room without limit; answers are due in working days."""

    service: ServiceId
    agency: AgencyId
    name: str
    needs: tuple[Need, ...]
    where: str | None
    area: str | None
    when: str | None
    eligibility: str | None
    places: int | None
    answer_due_days: int
    questions: tuple[Question, ...]


class PlacesChanged(Fact, type="service-places-changed", version=1, tags=("service",)):
    """From now on the service has so many places. Who holds one keeps it."""

    service: ServiceId
    agency: AgencyId
    places: int | None


class ServiceClosed(Fact, type="service-closed", version=1, tags=("service",)):
    """The service takes no new referrals from now on. Who is being helped goes on being helped."""

    service: ServiceId
    agency: AgencyId


class Service(msgspec.Struct, frozen=True, kw_only=True):
    """What decisions know of a service. `places` are those from each moment on, the earliest first."""

    id: ServiceId
    agency: AgencyId
    needs: tuple[Need, ...]
    answer_due_days: int
    questions: tuple[Question, ...]
    offered: ServiceOffered
    places: tuple[tuple[dt.datetime, int | None], ...]
    closed_at: dt.datetime | None = None

    def places_at(self, at: dt.datetime) -> int | None:
        """How many places it had at a moment; before it was entered, as many as it was entered with."""
        known = [places for since, places in self.places if since <= at]
        return known[-1] if known else self.places[0][1]

    @property
    def limited(self) -> bool:
        """Whether it ever had a limit: without one nobody needs to count."""
        return any(places is not None for _, places in self.places)

    def open_at(self, at: dt.datetime) -> bool:
        """Whether it took new referrals at a moment."""
        return self.closed_at is None or at < self.closed_at


def evolve_service(state: Service | None, fact: Fact) -> Service | None:
    """One service."""
    match fact:
        case ServiceOffered():
            return Service(
                id=fact.service,
                agency=fact.agency,
                needs=fact.needs,
                answer_due_days=fact.answer_due_days,
                questions=fact.questions,
                offered=fact,
                places=((fact.at, fact.places),),
            )
        case PlacesChanged() if state is not None:
            places = sorted((*state.places, (fact.at, fact.places)), key=lambda one: one[0])
            return msgspec.structs.replace(state, places=tuple(places))
        case ServiceClosed() if state is not None:
            return msgspec.structs.replace(state, closed_at=fact.at)
        case _:
            return state


def service(service_id: ServiceId) -> Knowledge[Service | None]:
    """A service, or None if there is none of that name."""
    types = (ServiceOffered, PlacesChanged, ServiceClosed)
    return knowing(None, evolve_service, types, f"service:{service_id}")


Services = dict[ServiceId, Service]


def evolve_services(state: Services, fact: Fact) -> Services:
    """Services by id."""
    match fact:
        case ServiceOffered() | PlacesChanged() | ServiceClosed():
            changed = evolve_service(state.get(fact.service), fact)
            return state if changed is None else {**state, fact.service: changed}
        case _:
            return state


def services() -> Knowledge[Services]:
    """Every service of the partnership."""
    return knowing({}, evolve_services, (ServiceOffered, PlacesChanged, ServiceClosed))


class OfferService(Command):
    """Offer a service."""

    service: Annotated[ServiceId, Slug]
    agency: AgencyId
    name: Line
    needs: Annotated[tuple[Need, ...], msgspec.Meta(min_length=1, max_length=18)]
    where: Line | None = None
    area: Line | None = None
    when: Line | None = None
    eligibility: Text | None = None
    places: Annotated[int, msgspec.Meta(ge=0, le=100_000)] | None = None
    answer_due_days: Annotated[int, msgspec.Meta(ge=0, le=60)] = 5
    questions: Annotated[tuple[Question, ...], msgspec.Meta(max_length=50)] = ()


class ChangePlaces(Command):
    """Say how many places a service has."""

    service: ServiceId
    places: Annotated[int, msgspec.Meta(ge=0, le=100_000)] | None


class CloseService(Command):
    """Take no new referrals."""

    service: ServiceId


class QuestionUnclear(Unreadable):
    """A question that nobody can answer."""

    code = "question-unclear"
    rule = "Questions have ids of their own; a choice names at least two choices, and only a choice names any (ours)."


class NeedsUnclear(Unreadable):
    """The same need twice, or none."""

    code = "needs-unclear"
    rule = "A service names each need that it meets once (ours)."


def offer(command: OfferService, known: Service | None) -> Facts:
    """A service is offered once, with questions that can be answered; the same again adds nothing."""
    ids = [question.id for question in command.questions]
    for question in command.questions:
        enough = len(set(question.choices)) >= 2 if question.kind == "choice" else not question.choices  # noqa: PLR2004
        if ids.count(question.id) > 1 or not enough:
            raise QuestionUnclear(question=question.id)
    if len(set(command.needs)) != len(command.needs) or not command.needs:
        raise NeedsUnclear
    fact = ServiceOffered(
        at=command.at,
        service=command.service,
        agency=command.agency,
        name=command.name,
        needs=command.needs,
        where=command.where,
        area=command.area,
        when=command.when,
        eligibility=command.eligibility,
        places=command.places,
        answer_due_days=command.answer_due_days,
        questions=command.questions,
    )
    if known is None:
        return (fact,)
    if msgspec.structs.replace(fact, at=known.offered.at) == known.offered:
        return ()
    raise AlreadyExists(service=command.service)


def change_places(command: ChangePlaces, known: Service) -> Facts:
    """As many places again adds nothing; fewer than are taken is no contradiction: nobody new until some are free."""
    if known.places_at(command.at) == command.places:
        return ()
    return (PlacesChanged(at=command.at, service=known.id, agency=known.agency, places=command.places),)


def close(command: CloseService, known: Service) -> Facts:
    """A closed service stays closed; closing it again adds nothing."""
    if known.closed_at is not None:
        return ()
    return (ServiceClosed(at=command.at, service=known.id, agency=known.agency),)
