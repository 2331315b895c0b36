"""What an agency offers: a service for a need, where it has room, with the questions it asks of every referral.

A service's places are held by the referrals it has accepted and not yet ended, so whether it is full is a rule across
referrals: each fact that takes or frees a place carries the service's tag.
"""

from typing import Annotated, Literal

import msgspec

from domain.codes import Need
from domain.facts import Command, Fact, Line, PersonalClass, Slug, Text
from domain.ids import ID_PATTERN, AgencyId, ServiceId

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
