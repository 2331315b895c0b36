"""The text of a ticket: what was given, when and where, why, what help goes with it, and how to challenge it."""

import datetime as dt
from typing import Final

import msgspec

from api.web import wording
from api.web.paper.known import Known
from api.web.paper.parts import (
    Phone,
    Sheet,
    StepWords,
    Visit,
    encounters_in_words,
    phones,
    sheet,
    step_words,
    visit_of,
)
from api.web.translating import gettext
from api.web.wording.codes import CODES
from application.views.episodes import EpisodeRow, InstrumentRow, Ticket
from domain.ids import TicketId
from domain.refusals import Unknown

CONDITION_KINDS: Final = frozenset(CODES["condition-kind"])


class Challenge(msgspec.Struct, frozen=True, kw_only=True):
    """How to challenge a step: by asking, and for a notice also by appeal to a court until a day."""

    court: bool = False
    until: str | None = None
    past: bool = False


class Condition(msgspec.Struct, frozen=True, kw_only=True):
    """What the person must, or must not, do, in the words of the notice."""

    kind: str
    text: str


class TicketPaper(msgspec.Struct, frozen=True, kw_only=True):
    """A ticket as the person reads it."""

    sheet: Sheet
    step: StepWords
    given: str
    place: str | None
    given_by: str
    serial: str | None
    why: str
    encounters: tuple[str, ...]
    until: str | None
    withdrawn: bool
    offers_hub: bool
    visit: Visit | None
    conditions: tuple[Condition, ...]
    comply_by: str | None
    challenge: Challenge
    phones: tuple[Phone, ...]


def ticket_paper(known: Known, ticket: TicketId) -> TicketPaper:
    """The paper of a ticket that the viewer may see. Raises Unknown."""
    episode, one = find(known, ticket)
    instrument = instrument_of(known, one.instrument)
    seen = tuple(each.row for each in known.encounters if each.row.encounter in one.encounters and not each.row.voided)
    place = next((each.fact.get("place") for each in known.moments if _issues(each.type, each.fact, ticket)), None)
    return TicketPaper(
        sheet=sheet(known.around, known.page.shown.row.reference),
        step=step_words(known.step(episode, one.step)),
        given=wording.moment(one.happened),
        place=place,
        given_by=known.around.name(one.by_agency),
        serial=one.serial,
        why=why(one),
        encounters=encounters_in_words(seen),
        until=wording.day(one.lapses_on) if one.lapses_on else None,
        withdrawn=one.voided is not None,
        offers_hub=one.offers_hub,
        visit=visit_of(known) if one.offers_hub else None,
        conditions=_conditions(instrument),
        comply_by=wording.day(instrument.comply_by) if instrument and instrument.comply_by else None,
        challenge=challenge(instrument, known.around.today),
        phones=phones(known.around, one.by_agency),
    )


def find(known: Known, ticket: TicketId) -> tuple[EpisodeRow, Ticket]:
    """A ticket and the episode that it belongs to. Raises Unknown."""
    for shown in known.episodes:
        for one in shown.row.tickets:
            if one.ticket == ticket:
                return shown.row, one
    raise Unknown


def instrument_of(known: Known, instrument: str | None) -> InstrumentRow | None:
    """The order or notice that a ticket is, if it is one."""
    return next((one.row for one in known.instruments if one.row.instrument == instrument), None)


def why(one: Ticket) -> str:
    """What a ticket rests on, in a sentence."""
    match one.ground:
        case "missed-session":
            return gettext("You were expected at a hub session and did not come.")
        case "refused-consent":
            return gettext("You were asked for your consent and said no.")
        case _ if one.meaning == "invitation":
            return gettext("An officer met you and wants you to get help.")
        case _:
            return gettext("Because of what officers saw.")


def challenge(instrument: InstrumentRow | None, today: dt.date) -> Challenge:
    """A notice can be appealed in court until its last day; everything can be asked about."""
    if instrument is None or instrument.kind != "cpn":
        return Challenge()
    last = instrument.appeal_by
    return Challenge(court=True, until=wording.day(last) if last else None, past=last is not None and last < today)


def _conditions(instrument: InstrumentRow | None) -> tuple[Condition, ...]:
    """The conditions of a notice, which are kept one a line, each beginning with its kind."""
    found: list[tuple[str, str]] = []
    if instrument is not None and isinstance(instrument.conditions, str):
        for line in instrument.conditions.split("\n"):
            kind, _, text = line.partition(": ")
            if kind in CONDITION_KINDS:
                found.append((kind, text))
            elif found:
                found[-1] = (found[-1][0], f"{found[-1][1]}\n{line}")
    return tuple(Condition(kind=wording.label("condition-kind", kind), text=text) for kind, text in found)


def _issues(fact_type: str, fact: dict[str, object], ticket: TicketId) -> bool:
    return fact_type == "ticket-issued" and fact.get("ticket") == ticket
