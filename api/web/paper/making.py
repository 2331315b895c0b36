"""Makes a document: gathers what its viewer may see, and says it in the language that was chosen or is preset."""

import datetime as dt
from collections.abc import Callable, Mapping
from typing import Final

import msgspec

from api.web.paper.access_pack import pack_paper
from api.web.paper.accesses import accesses_paper
from api.web.paper.hub_card import hub_card
from api.web.paper.known import Known, around, known
from api.web.paper.letter import letter_paper
from api.web.paper.own import own_paper
from api.web.paper.plan import plan_paper
from api.web.paper.printing import Kind
from api.web.paper.sharing import sharing_paper
from api.web.paper.sign_in import sign_in_paper
from api.web.paper.standing import standing_paper
from api.web.paper.summary import summary_paper
from api.web.paper.ticket import ticket_paper
from api.web.translating import LANGUAGES, SOURCE, language, speaking, spoken
from application.readings.readings import Readings
from domain.actors import Actor
from domain.ids import EpisodeId, PersonId, PlanId, ReferralId, RightsRequestId, SessionId, TicketId
from domain.people.erased import PersonErased
from domain.refusals import NotPermitted, Unknown


class Made(msgspec.Struct, frozen=True, kw_only=True):
    """A document, the language it is in, and the agency it goes to, where it goes to one."""

    kind: Kind
    language: str
    paper: msgspec.Struct
    recipient: str = ""


async def of_person(
    readings: Readings,
    viewer: Actor,
    now: dt.datetime,
    kind: Kind,
    person: PersonId,
    about: str | None = None,
    chosen: str | None = None,
) -> Made:
    """A document about a person; `about` is the ticket, plan or episode, the newest where none is named.

    What is for the person is in the language that was chosen, else in one that the person reads or understands.
    Raises: NotPermitted, Unknown, ViewBehind; PersonErased: there is nobody to give it to.
    """
    seen = await known(readings, viewer, person, now, ticket=about if kind.name == "ticket" else None)
    row = seen.page.shown.row
    if row.erased:
        raise PersonErased
    preset = spoken((*row.reads, *row.understands))
    one = (chosen if chosen in LANGUAGES else preset) if kind.for_person else language()
    with speaking(one or SOURCE):
        return Made(kind=kind, language=language(), paper=_MADE[kind.name](seen, viewer, about))


async def of_session(readings: Readings, viewer: Actor, now: dt.datetime, kind: Kind, session: SessionId) -> Made:
    """The sign-in sheet of a session. Raises: NotPermitted, Unknown, ViewBehind."""
    day = await readings.hub_days.hub_day(viewer, session)
    return Made(kind=kind, language=language(), paper=sign_in_paper(await around(readings, viewer, now), day))


async def of_referral(readings: Readings, viewer: Actor, now: dt.datetime, kind: Kind, referral: ReferralId) -> Made:
    """The letter of a referral that the viewer's agency sent. Raises: NotPermitted, Unknown, ViewBehind."""
    shown = await readings.referrals.referral(viewer, referral)
    if shown.row.from_agency != viewer.agency:
        raise Unknown
    page = await readings.people.person(viewer, shown.row.person)
    if page.shown.row.erased:
        raise PersonErased
    try:
        service = (await readings.administration.service(viewer, shown.row.service)).name
    except (NotPermitted, Unknown):
        service = shown.row.service
    beside = await around(readings, viewer, now)
    paper = letter_paper(beside, shown, page, service)
    return Made(kind=kind, language=language(), paper=paper, recipient=shown.row.to_agency or "")


async def of_accesses(
    readings: Readings, viewer: Actor, now: dt.datetime, kind: Kind, person: PersonId, chosen: str | None = None
) -> Made:
    """Who has looked, for the person, in the language that was chosen: whoever makes it may not know theirs.

    Raises: NotPermitted, Unknown.
    """
    looks = await readings.looking_back.copy_of_accesses(viewer, person)
    beside = await around(readings, viewer, now)
    with speaking(chosen if chosen is not None and chosen in LANGUAGES else SOURCE):
        return Made(kind=kind, language=language(), paper=accesses_paper(beside, looks))


async def of_request(
    readings: Readings, viewer: Actor, now: dt.datetime, kind: Kind, rights_request: RightsRequestId
) -> Made:
    """All that is held about who asked, as it was laid out. Raises: NotPermitted, Unknown, NoPackYet."""
    made = await readings.access_packs.access_pack(viewer, rights_request)
    paper = pack_paper(await around(readings, viewer, now), made)
    return Made(kind=kind, language=language(), paper=paper, recipient="person")


def _ticket(seen: Known, _viewer: Actor, about: str | None) -> msgspec.Struct:
    tickets = [one for shown in seen.episodes for one in shown.row.tickets if one.voided is None]
    newest = max(tickets, key=lambda one: one.happened, default=None)
    return ticket_paper(seen, TicketId(about or (newest.ticket if newest else "")))


def _plan(seen: Known, _viewer: Actor, about: str | None) -> msgspec.Struct:
    newest = max(seen.plans, key=lambda one: (one.row.closed_at is None, one.row.opened_at), default=None)
    return plan_paper(seen, PlanId(about or (newest.row.plan if newest else "")))


def _standing(seen: Known, _viewer: Actor, about: str | None) -> msgspec.Struct:
    newest = max(seen.episodes, key=lambda one: (one.row.closed_at is None, one.row.opened_at), default=None)
    return standing_paper(seen, EpisodeId(about or (newest.row.episode if newest else "")))


_MADE: Final[Mapping[str, Callable[[Known, Actor, str | None], msgspec.Struct]]] = {
    "ticket": _ticket,
    "hub-card": lambda seen, _viewer, _about: hub_card(seen),
    "plan": _plan,
    "sharing": lambda seen, _viewer, _about: sharing_paper(seen),
    "standing": _standing,
    "own": lambda seen, _viewer, _about: own_paper(seen),
    "summary": lambda seen, viewer, _about: summary_paper(seen, viewer.agency),
}
OF_PERSON: Final = tuple(_MADE)
"""The documents about one person."""
