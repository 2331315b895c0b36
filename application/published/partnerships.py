"""The partnerships of the published cases, and how one is opened: its agencies, calendars, ladders and services.

The sources name kinds of agencies, so these carry the names that the sources use.
"""

import datetime as dt
from typing import Final

import msgspec

from application.deciding import Decider, Pending
from domain.actors import Actor
from domain.calendar import civil_date, months_after
from domain.codes import AgencyKind, Need
from domain.engagement.ladder import AdoptLadder
from domain.engagement.published_ladders import PUBLISHED
from domain.facts import Command
from domain.governance.agency import RegisterAgency, SetCalendar
from domain.governance.agreement import MakeAgreement
from domain.governance.partnership import partnership as governed
from domain.governance.scope import Crossing, Purpose, SharedCategory
from domain.ids import AgencyId, AgreementId, PartnershipId, ServiceId, WorkerId
from domain.support.service import OfferService

PARTNERSHIPS: Final[dict[PartnershipId, str]] = {
    PartnershipId("peterborough"): "Safer Peterborough Partnership",
    PartnershipId("fenland"): "Fenland Community Safety Partnership",
    PartnershipId("city-of-london"): "Safer City Partnership",
}

PARTNERSHIP_AGENCY: Final = AgencyId("csp")


class Offer(msgspec.Struct, frozen=True):
    """A service with its needs, places (None: no limit) and days to answer in."""

    service: str
    name: str
    needs: tuple[Need, ...]
    places: int | None
    answer_due_days: int


AGENCIES: Final[tuple[tuple[str, str, AgencyKind, tuple[Offer, ...]], ...]] = (
    ("police", "Police", "police", ()),
    (
        "district-council",
        "District council",
        "district-council",
        (Offer("housing-options", "Housing options", ("housing",), None, 5),),
    ),
    (
        "town-council",
        "Town council",
        "town-council",
        (Offer("day-centre", "Day centre", ("food-and-shower", "pets", "other"), 40, 2),),
    ),
    (
        "drug-and-alcohol-service",
        "Drug and alcohol support service",
        "drug-and-alcohol",
        (Offer("treatment", "Drug and alcohol treatment", ("alcohol", "drugs"), 60, 5),),
    ),
    (
        "health",
        "Health",
        "health",
        (
            Offer("gp-for-all", "GP registration", ("gp-registration", "physical-health", "wound-care"), None, 3),
            Offer("mental-health", "Community mental health", ("mental-health",), 30, 10),
        ),
    ),
    (
        "housing-association",
        "Housing association",
        "housing-association",
        (Offer("supported-housing", "Supported housing", ("housing", "care-leaver", "veteran"), 12, 5),),
    ),
    (
        "dwp",
        "Department for Work and Pensions",
        "dwp",
        (
            Offer(
                "work-coach", "Outreach work coach", ("benefits-and-employment", "id-and-bank-account", "debt"), None, 5
            ),
        ),
    ),
)
"""The agencies of the published hub, with synthetic services for the needs that they are named for."""


class Terms(msgspec.Struct, frozen=True, kw_only=True):
    """What a synthetic agreement says; the partnership's own body is always a party."""

    agreement: str
    name: str
    agencies: tuple[str, ...]
    purposes: frozenset[Purpose]
    categories: frozenset[SharedCategory]
    crossings: frozenset[Crossing]


AGREEMENTS: Final = (
    # Who somebody is and that they came to the hub is for all who help there. The police, whose purpose is to prevent
    # crime, see whom others entered, so that nobody is entered twice: that crossing has a basis of its own.
    Terms(
        agreement="support-hub",
        name="Support hub information sharing agreement",
        agencies=tuple(one for one, *_ in AGENCIES),
        purposes=frozenset({"prevention", "support", "duty-to-refer", "safeguarding"}),
        categories=frozenset({"register", "hub", "support", "duty"}),
        crossings=frozenset({"general-to-law-enforcement"}),
    ),
    # Street work is for those who run the ladder alone, who build on each other's: a police record leaves law
    # enforcement for them and for no others.
    Terms(
        agreement="operation-luscombe",
        name="Operation Luscombe information sharing agreement",
        agencies=("police", "district-council", "town-council"),
        purposes=frozenset({"prevention", "safeguarding"}),
        categories=frozenset({"engagement"}),
        crossings=frozenset({"law-enforcement-to-general", "general-to-law-enforcement"}),
    ),
)
"""What a hub of this kind would agree on: two texts, each with the fewest parties, records and ends that it needs."""


REVIEW_MONTHS: Final = 12


def opener(partnership: PartnershipId) -> Actor:
    """The system, as which a partnership is opened."""
    return Actor(
        worker=WorkerId("setup"),
        agency=PARTNERSHIP_AGENCY,
        role="system",
        partnership=partnership,
        by_command_line=True,
    )


def coordinator(partnership: PartnershipId) -> Actor:
    """As whom the command line imports, exports and reports: whoever runs it holds the installation's keys anyway."""
    return msgspec.structs.replace(opener(partnership), role="problem-solving-coordinator")


async def open_partnership(
    decider: Decider,
    partnership: PartnershipId,
    at: dt.datetime,
    closed: frozenset[dt.date],
    pending: Pending | None = None,
) -> bool:
    """Enter the agencies, ladders and services of a published partnership; False if it is open already.

    `closed` are the days on which offices are closed. An interrupted opening is completed by the next one. With
    `pending` it is only rehearsed.
    """
    known = await decider.know(partnership)(governed())
    last = known.agencies.get(AgencyId(AGENCIES[-1][0]))
    if last is not None and last.calendar.closed:
        return False
    first = RegisterAgency(at=at, agency=PARTNERSHIP_AGENCY, name=PARTNERSHIPS[partnership], kind="partnership")
    for act, by in (((first,), opener(partnership)), (_opening(at, closed), coordinator(partnership))):
        if pending is None:
            await decider.decide(act, by)
        else:
            await decider.rehearse(act, by, pending)
    return True


def _opening(at: dt.datetime, closed: frozenset[dt.date]) -> tuple[Command, ...]:
    commands: list[Command] = [
        AdoptLadder(
            at=at,
            ladder=ladder.ladder,
            ladder_version=ladder.version,
            operation=ladder.operation,
            steps=ladder.steps,
            source=ladder.source,
        )
        for ladder in PUBLISHED.values()
    ]
    weekdays = frozenset(range(5))
    for agency, name, kind, offers in AGENCIES:
        party = AgencyId(agency)
        commands.append(RegisterAgency(at=at, agency=party, name=name, kind=kind))
        commands.extend(
            OfferService(
                at=at,
                service=ServiceId(offer.service),
                agency=party,
                name=offer.name,
                needs=offer.needs,
                places=offer.places,
                answer_due_days=offer.answer_due_days,
            )
            for offer in offers
        )
        commands.append(SetCalendar(at=at, agency=party, weekdays=weekdays, closed=closed))
    from_date, review_date = civil_date(at), months_after(civil_date(at), REVIEW_MONTHS)
    commands.extend(
        MakeAgreement(
            at=at,
            agreement=AgreementId(terms.agreement),
            name=terms.name,
            parties=frozenset((PARTNERSHIP_AGENCY, *(AgencyId(one) for one in terms.agencies))),
            purposes=terms.purposes,
            categories=terms.categories,
            crossings=terms.crossings,
            from_date=from_date,
            review_date=review_date,
            source="Synthetic: no agreement of the published hub is public",
        )
        for terms in AGREEMENTS
    )
    return tuple(commands)
