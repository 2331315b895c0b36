"""The case summary, for a worker or a panel: what this viewer may see of a person, and whom to ask for the rest."""

from typing import Any, Final

import msgspec

from api.web import wording
from api.web.paper.known import Known
from api.web.paper.parts import Phone, Sheet, born_words, on, phone, sheet, step_words
from application.revealing import Hidden, Shown
from domain.ids import AgencyId

LINES: Final = 40


class Name(msgspec.Struct, frozen=True, kw_only=True):
    """What the register says of who somebody is."""

    called: str | None
    nickname: str | None
    born: str | None
    age: str | None
    identity: str
    languages: tuple[str, ...]
    interpreter: bool
    flags: tuple[str, ...]
    away: bool
    died: str | None


class Entry(msgspec.Struct, frozen=True, kw_only=True):
    """One thing and how it stands."""

    what: str
    who: str
    how: str
    when: str


class LineOf(msgspec.Struct, frozen=True, kw_only=True):
    """A line of the timeline."""

    day: str
    said: str
    agency: str
    hidden: bool


class HiddenPart(msgspec.Struct, frozen=True, kw_only=True):
    """What is there and not shown to this viewer, and whom to ask."""

    field: str
    ask: tuple[Phone, ...]


class SummaryPaper(msgspec.Struct, frozen=True, kw_only=True):
    """A case on paper, as one viewer may see it."""

    sheet: Sheet
    seen_by: str
    name: Name
    standing: tuple[Entry, ...]
    instruments: tuple[Entry, ...]
    referrals: tuple[Entry, ...]
    plans: tuple[Entry, ...]
    consents: tuple[Entry, ...]
    lines: tuple[LineOf, ...]
    more: bool
    hidden: tuple[HiddenPart, ...]
    erased: bool


def summary_paper(known: Known, seen_by: str) -> SummaryPaper:
    """The paper of a case for a viewer of the agency `seen_by`."""
    around = known.around
    return SummaryPaper(
        sheet=sheet(around, known.page.shown.row.reference),
        seen_by=around.name(seen_by),
        name=_name(known),
        standing=_standing(known),
        instruments=tuple(
            Entry(
                what=wording.label("instrument-kind", one.row.kind),
                who=around.name(one.row.by_agency),
                how=wording.label("instrument-status", one.row.status),
                when=wording.day(one.row.issued_on) if one.row.issued_on else "",
            )
            for one in known.instruments
        ),
        referrals=tuple(
            Entry(
                what=wording.label("need", one.row.need),
                who=around.name(one.row.to_agency),
                how=wording.label("referral-status", one.row.status),
                when=on(one.row.sent_at) if one.row.sent_at else "",
            )
            for one in known.referrals
        ),
        plans=tuple(
            Entry(
                what=_text(goal.words) or (wording.label("need", goal.need) if goal.need else ""),
                who=around.name(one.row.agency),
                how=wording.label("plan-outcome", goal.outcome) if goal.outcome else "",
                when=on(goal.set_at),
            )
            for one in known.plans
            for goal in one.row.goals
        ),
        consents=tuple(
            Entry(
                what=wording.label("consent-purpose", one.row.purpose),
                who=", ".join(around.name(each) for each in one.row.recipients),
                how=wording.label("consent-status", one.row.status),
                when=wording.day(one.row.expires_on) if one.row.expires_on else "",
            )
            for one in known.consents
        ),
        lines=tuple(
            LineOf(
                day=on(one.happened),
                said=wording.said(one.type, one.fact, around.names),
                agency=around.name(one.agency),
                hidden=bool(one.hidden),
            )
            for one in known.moments[:LINES]
        ),
        more=len(known.moments) > LINES,
        hidden=_hidden(known, seen_by),
        erased=bool(known.page.shown.erased),
    )


def _name(known: Known) -> Name:
    row = known.page.shown.row
    called = " ".join(one for one in (_text(row.given_name), _text(row.family_name)) if one)
    return Name(
        called=called or None,
        nickname=_text(row.nickname),
        born=born_words(row.born),
        age=wording.label("age-band", row.age_band) if row.age_band else None,
        identity=wording.label("identity-confidence", row.identity),
        languages=tuple(wording.language_name(one) for one in dict.fromkeys((*row.understands, *row.reads))),
        interpreter=bool(row.needs_interpreter),
        flags=tuple(wording.label("flag-kind", kind) for kind in dict.fromkeys(one.kind for one in row.flags)),
        away=row.stay is not None,
        died=on(row.died_at) if row.died_at else None,
    )


def _standing(known: Known) -> tuple[Entry, ...]:
    return tuple(
        Entry(
            what=step_words(known.step(one.row, one.row.standing.step)).name if one.row.standing.step else "",
            who=one.row.operation,
            how=wording.label("standing-because", one.row.standing.because),
            when=on(one.row.standing.since) if one.row.standing.since else "",
        )
        for one in known.episodes
    )


def _hidden(known: Known, seen_by: str) -> tuple[HiddenPart, ...]:
    shown: tuple[Shown[Any], ...] = (
        known.page.shown,
        *known.episodes,
        *known.encounters,
        *known.instruments,
        *known.restrictions,
        *known.referrals,
        *known.plans,
        *known.consents,
        *known.bases,
    )
    every: list[Hidden] = [part for one in shown for part in one.hidden]
    every += [part for one in known.moments for part in one.hidden]
    parts: dict[str, dict[AgencyId, None]] = {}
    for one in every:
        asked = parts.setdefault(wording.field(one.field.rpartition("/")[2]).label, {})
        if one.ask not in {None, seen_by}:
            asked[one.ask] = None
    return tuple(
        HiddenPart(field=field, ask=tuple(each for one in asked if (each := phone(known.around, one))))
        for field, asked in parts.items()
    )


def _text(value: object) -> str | None:
    return value if isinstance(value, str) else None
