"""Where somebody stands on a ladder, and why, in plain words.

What it rests on, what would come next and what that needs, and which steps a rule refused.
"""

import datetime as dt
from collections.abc import Mapping, Sequence

import msgspec

from api.web import wording
from api.web.frame_words import worker_words
from api.web.languages import spoken
from api.web.rules import Rule, rule
from api.web.translating import gettext as _
from api.web.translating import ngettext
from application.views.episodes import EncounterRow, EpisodeRow, Ticket
from application.views.people import PersonRow
from application.views.services import LadderRow
from domain.calendar import civil_date
from domain.codes import PAUSING_FLAGS, AgeBand
from domain.engagement.ladder import Step

MINORS: frozenset[AgeBand] = frozenset({"under-16", "16-17"})


class Refused(msgspec.Struct, frozen=True):
    """A step that a rule forbade."""

    step: str
    happened: dt.datetime
    by_agency: str
    rule: Rule


class Next(msgspec.Struct, frozen=True):
    """What would come next, what it needs, and what is in its way now."""

    step: str
    needs: tuple[str, ...]
    in_the_way: tuple[str, ...]


class Position(msgspec.Struct, frozen=True, kw_only=True):
    """An episode as a page tells it."""

    episode: EpisodeRow
    operation: str
    steps: tuple[tuple[str, str], ...]
    """Each step of the ladder: its label, and "done", "here" or "ahead"."""
    step: str | None
    because: str
    reasons: tuple[str, ...]
    next: Next | None
    ended: str
    refused: tuple[Refused, ...]
    waiting: str | None
    """A proposal that waits to be authorised: the code of its step."""


def position(
    row: EpisodeRow,
    ladder: LadderRow | None,
    person: PersonRow,
    encounters: Mapping[str, EncounterRow],
    names: Mapping[str, str],
) -> Position:
    """An episode in words. Without its ladder the steps go by their codes."""
    steps = ladder.steps if ladder is not None else ()
    labels = {one.step: one.label for one in steps}
    stands = row.standing
    ticket = next((one for one in row.tickets if one.ticket == stands.ticket), None)
    proposed = row.proposals[-1] if row.proposals else None
    waits = proposed is not None and proposed.authorised_by is None and proposed.declined_by is None
    return Position(
        episode=row,
        operation=row.operation,
        steps=tuple(
            (one.label, "here" if at == stands.rank else "done" if at < stands.rank else "ahead")
            for at, one in enumerate(steps)
        ),
        step=None if stands.step is None else labels.get(stands.step, stands.step),
        because=_because(row, ticket, labels, names),
        reasons=_reasons(row, ticket, labels, encounters, names),
        next=_next(row, steps, person) if row.closed_at is None else None,
        ended=_ended(row),
        refused=tuple(
            Refused(
                labels.get(one.step, one.step),
                one.happened,
                names.get(one.by_agency, one.by_agency),
                rule(one.guard),
            )
            for one in row.refused
        ),
        waiting=proposed.step if waits and proposed is not None and row.closed_at is None else None,
    )


def _because(row: EpisodeRow, ticket: Ticket | None, labels: Mapping[str, str], names: Mapping[str, str]) -> str:
    stands = row.standing
    if stands.because == "no-ticket" or stands.since is None:
        return _("No ticket counts.")
    words = {"day": wording.day(civil_date(stands.since)), "who": worker_words(stands.decided_by or "")}
    if stands.because == "stepped-down":
        if stands.step is None:
            return _("%(who)s took the person off the ladder's steps on %(day)s.") % words
        return _("%(who)s moved the person down to this step on %(day)s.") % words
    assert ticket is not None, "a position that comes from a ticket names it"
    words |= {"step": labels.get(ticket.step, ticket.step), "agency": names.get(ticket.by_agency, ticket.by_agency)}
    if ticket.officer is None:
        return _("%(agency)s issued the %(step)s ticket on %(day)s.") % words
    return _("%(who)s of %(agency)s issued the %(step)s ticket on %(day)s.") % words


def _reasons(
    row: EpisodeRow,
    ticket: Ticket | None,
    labels: Mapping[str, str],
    encounters: Mapping[str, EncounterRow],
    names: Mapping[str, str],
) -> tuple[str, ...]:
    stands = row.standing
    said: list[str] = []
    if stands.ground is not None and stands.ground != "encounter":
        said.append(_("What led to it: %(ground)s.") % {"ground": wording.label("escalation-ground", stands.ground)})
    said += [_met(encounters[one], names) for one in stands.encounters if one in encounters]
    if stands.screen is not None:
        said.append(
            _("The vulnerability screen: %(result)s.") % {"result": wording.label("screen-result", stands.screen)}
        )
    if stands.authorised_by is not None:
        said.append(_("%(who)s authorised it.") % {"who": worker_words(stands.authorised_by)})
    if ticket is not None:
        said += _handed_over(ticket)
    if stands.skipped:
        passed = ", ".join(labels.get(one, one) for one in stands.skipped)
        said.append(_("It passed over %(steps)s; who decided that is on record.") % {"steps": passed})
    said += [_("It went against a rule, on record: %(rule)s") % {"rule": rule(one).words} for one in stands.overridden]
    count = len(stands.voided_tickets)
    if count:
        said.append(
            ngettext(
                "%(num)s ticket was voided. It does not count.",
                "%(num)s tickets were voided. They do not count.",
                count,
            )
            % {"num": count}
        )
    return tuple(said)


def _met(one: EncounterRow, names: Mapping[str, str]) -> str:
    what = wording.label("encounter-kind", one.kind)
    if one.asb_type is not None:
        what = f"{what}, {wording.label('asb-type', one.asb_type).lower()}"
    words = {"what": what, "moment": wording.moment(one.happened), "agency": names.get(one.by_agency, one.by_agency)}
    return _("It rests on an encounter on %(moment)s, recorded by %(agency)s: %(what)s.") % words


def _handed_over(ticket: Ticket) -> list[str]:
    said: list[str] = []
    if ticket.language is not None:
        said.append(
            _("It was explained in %(language)s.") % {"language": spoken(ticket.language)}
            + (" " + _("It was read aloud.") if ticket.read_aloud else "")
            + (" " + _("An interpreter helped.") if ticket.interpreter else "")
        )
    if ticket.understood is not None:
        said.append(_("The person understood it.") if ticket.understood else _("The person did not understand it."))
    if ticket.offers_hub:
        said.append(_("The support hub was offered with it."))
    if ticket.lapses_on is not None:
        said.append(_("It lapses on %(day)s.") % {"day": wording.day(ticket.lapses_on)})
    return said


def _next(row: EpisodeRow, steps: Sequence[Step], person: PersonRow) -> Next | None:
    rank = row.standing.rank + 1
    if not 0 <= rank < len(steps):
        return None
    step = steps[rank]
    return Next(step.label, tuple(_needs(row, step, rank, person)), tuple(_in_the_way(row, person)))


def _needs(row: EpisodeRow, step: Step, rank: int, person: PersonRow) -> list[str]:
    """What the guards ask of the step, in their words for people."""
    said: list[str] = []
    since = row.standing.since
    if rank > 0:
        said.append(
            _("A new encounter about behaviour after %(day)s. A missed hub session alone is not enough.")
            % {"day": wording.day(civil_date(since))}
            if since
            else _("An encounter about behaviour.")
        )
        said.append(_("A vulnerability screen that finds nothing."))
        said.append(_("An offer of the hub that still stands."))
    if step.adverse:
        tongues = ", ".join(spoken(one) for one in person.understands)
        said.append(
            _("Explained in a language that the person understands: %(languages)s.") % {"languages": tongues}
            if tongues
            else _("Explained in a language that the person understands.")
        )
    if step.instrument == "cpn":
        said.append(
            _("The person is 16 or older; a warning about this conduct was served, and the time to comply has passed.")
        )
    if step.instrument == "cbo":
        said.append(_("A conviction, and the prosecution's application to the court."))
    if step.authorised_by:
        roles = ", ".join(wording.label("role", one) for one in step.authorised_by)
        said.append(_("Authorised by one of: %(roles)s.") % {"roles": roles})
        if not step.proposer_may_authorise:
            said.append(_("Whoever proposes it may not authorise it."))
    else:
        said.append(_("One officer is enough."))
    return said


def _in_the_way(row: EpisodeRow, person: PersonRow) -> list[str]:
    said: list[str] = []
    if row.paused_at is not None:
        said.append(_("The episode is paused since %(day)s.") % {"day": wording.day(civil_date(row.paused_at))})
    said += [
        _("An open flag pauses every step: %(flag)s.") % {"flag": wording.label("flag-kind", one.kind)}
        for one in person.flags
        if one.kind in PAUSING_FLAGS
    ]
    if person.stay is not None:
        said.append(_("The person is away: custody and hospital stop tickets."))
    if person.age_band in MINORS and row.childrens_services_informed is None:
        said.append(_("The person is under 18: children's services must be told before any step."))
    if person.age_band == "under-16":
        said.append(_("The person is under 16: no community protection notice can be given."))
    return said


def _ended(row: EpisodeRow) -> str:
    if row.closed_at is None:
        return ""
    words = {"day": wording.day(civil_date(row.closed_at))}
    if row.outcome is None:
        return _("The episode was closed on %(day)s. No ticket counts any more.") % words
    words["outcome"] = wording.label("episode-outcome", row.outcome)
    return _("The episode was closed on %(day)s: %(outcome)s. No ticket counts any more.") % words
