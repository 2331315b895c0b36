"""Where the person stands on the ladder, why, and how to challenge it."""

import msgspec

from api.web import wording
from api.web.paper.known import Known
from api.web.paper.parts import (
    Phone,
    Sheet,
    StepWords,
    Visit,
    encounters_in_words,
    on,
    phones,
    sheet,
    step_words,
    visit_of,
)
from api.web.paper.ticket import Challenge, challenge, instrument_of, why
from application.views.episodes import EpisodeRow
from domain.ids import AgencyId, EpisodeId
from domain.refusals import Unknown


class StandingPaper(msgspec.Struct, frozen=True, kw_only=True):
    """A step and its reasons; on no step, only that."""

    sheet: Sheet
    step: StepWords | None
    since: str | None
    stepped_down: bool
    why: str | None
    encounters: tuple[str, ...]
    given_by: str
    withdrawn: int
    lapses: str | None
    paused: bool
    closed: bool
    before: tuple[str, ...]
    challenge: Challenge
    visit: Visit | None
    phones: tuple[Phone, ...]


def standing_paper(known: Known, episode: EpisodeId) -> StandingPaper:
    """The paper on an episode that the viewer may see. Raises Unknown."""
    row = next((one.row for one in known.episodes if one.row.episode == episode), None)
    if row is None:
        raise Unknown
    stands = row.standing
    ticket = next((one for one in row.tickets if one.ticket == stands.ticket), None)
    instrument = instrument_of(known, ticket.instrument) if ticket else None
    by_agency = ticket.by_agency if ticket else _stepped_down_by(row) or row.by_agency
    return StandingPaper(
        sheet=sheet(known.around, known.page.shown.row.reference),
        step=step_words(known.step(row, stands.step)) if stands.step else None,
        since=on(stands.since) if stands.since else None,
        stepped_down=stands.because == "stepped-down",
        why=why(ticket) if ticket else None,
        encounters=encounters_in_words(
            one.row for one in known.encounters if one.row.encounter in stands.encounters and one.row.voided is None
        ),
        given_by=known.around.name(by_agency),
        withdrawn=len(stands.voided_tickets),
        lapses=wording.day(ticket.lapses_on) if ticket and ticket.lapses_on else None,
        paused=row.paused_at is not None,
        closed=row.closed_at is not None,
        before=tuple(
            f"{step_words(known.step(row, one.step)).name}, {on(one.happened)}"
            for one in sorted(row.tickets, key=lambda one: one.happened)
            if one.voided is None and one.ticket != stands.ticket
        ),
        challenge=challenge(instrument, known.around.today),
        visit=visit_of(known),
        phones=phones(known.around, by_agency),
    )


def _stepped_down_by(row: EpisodeRow) -> AgencyId | None:
    return row.steps_down[-1].by_agency if row.steps_down else None
