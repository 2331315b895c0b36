"""The street encounter: who, where, what, the welfare screen, a ticket, an invitation: one act, all or nothing."""

import datetime as dt
from collections.abc import Mapping, Sequence
from typing import Any, Final, get_args

import msgspec
from babel import Locale

from api.endpoints import NO_STORE, Meant
from api.problems import Problem, ProblemError
from api.serving import Answer, Call
from api.v1.searching import SearchResult
from api.web import forms, sessions
from api.web.forms import Options
from api.web.looking import UNSURE, asks_why, known_of, look_for, said_of_shown
from api.web.routes import AnyScreen, open_screen, screen
from api.web.static import MANIFEST, Asset
from api.web.translating import N_, gettext
from api.web.visit import FORM_KEY, SAID, SEEN, SEEN_SECONDS, Visit
from api.web.web import POLICY, Web
from api.web.wording import label, labels, ladder_name, locale
from application.ports import CommandReused
from application.readings.moments import Moment
from application.revealing import Shown
from application.views.episodes import EpisodeRow
from application.views.hub_day import SessionRow
from application.views.people import PersonRow
from application.views.services import LadderRow
from domain.calendar import civil_date
from domain.codes import AsbType, EncounterKind
from domain.engagement.encounter import RecordEncounter
from domain.engagement.hub_session import Invite
from domain.engagement.issuing import IssueTicket, Opening, TicketInvitation
from domain.engagement.ladder import Step
from domain.ids import EncounterId, PersonId, SessionId
from domain.people.registering import RegisterPerson
from domain.people.search import RecognisePerson
from domain.people.trawling import SearchLimitReached
from domain.refusals import NotPermitted, Refusal, Unknown

SECTION: Final = "encounter"
NEW: Final = "/encounters/new"
WORKER: Final = Asset(MANIFEST.files["worker.js"])
LAST: Final = b"hub_street"
"""The area and the ladder that this browser used last: codes that say nothing of anybody."""
LAST_SECONDS: Final = 90 * 24 * 3600
SESSIONS_OFFERED: Final = 3
LANGUAGES: Final = ("en", "pl", "lt", "ro", "lv", "ru", "uk", "bg", "cs", "sk", "hu", "pt", "es", "it", "ar", "bfi")

OFTEN: Final = (
    "street-drinking",
    "begging",
    "begging-near-cash-machine",
    "alcohol-surrender",
    "alcohol-refusal",
    "urination",
    "rough-sleeping",
    "welfare",
    "outreach",
)
"""What is met most: one tap each, whether it is a kind of encounter or a type of anti-social behaviour."""
OTHER: Final = "other"
SCREEN: Final[Mapping[str, str]] = {
    "nothing": N_("Nothing of concern"),
    "welfare": N_("I am worried about their welfare"),
    "coercion": N_("Somebody may be making them do it"),
}
"""What somebody who looks at the person's welfare may find. Nothing is taken for granted: one is always chosen."""
NEXT: Final = "next"
FRESH: Final = "new"
ASKED_BY: Final[Mapping[str, str]] = {
    "keep-apart-warning": "keep_apart_acknowledged",
    "childrens-services-first": "childrens_services_informed",
}
"""What a refusal asks for, which nobody is asked before."""

Errors = list[tuple[str, str]]


class Card(msgspec.Struct, frozen=True):
    """A ticket that can be handed over: a step of a ladder, or the step whose own form comes next."""

    value: str
    words: str
    hint: str
    ladder: LadderRow
    step: Step


class Position(msgspec.Struct, frozen=True):
    """Where a known person stands."""

    episode: EpisodeRow
    ladder: LadderRow

    @property
    def step(self) -> Step | None:
        """The step they are on."""
        rank = self.episode.standing.rank
        return self.ladder.steps[rank] if rank >= 0 else None

    @property
    def mark(self) -> str:
        """What the page knew of it, to tell when that is old."""
        return f"{self.episode.episode}:{self.episode.standing.rank}:{self.episode.standing.ticket or ''}"


class Street:
    """What a page of the form knows, and what was typed into it."""

    def __init__(self, visit: Visit) -> None:
        self.visit = visit
        self.now = visit.hub.clock.now()
        self.person: PersonId | None = None
        self.subject: Shown[PersonRow] | None = None
        self.found: SearchResult | None = None
        self.position: Position | None = None
        self.sessions: tuple[SessionRow, ...] = ()
        self.ladders: tuple[LadderRow, ...] = ()
        self.asked: frozenset[str] = frozenset()
        self.errors: Errors = []
        self.limit: Problem | None = None

    async def load(self, person: str = "") -> "Street":
        """The next sessions, the ladders, and the person who was named. Raises: Unknown, NotPermitted."""
        visit = self.visit
        if not await visit.may("write", "engagement"):
            raise NotPermitted
        may_invite = await visit.may("read", "hub")
        sessions = (await visit.hub.readings.hub_days.hub_sessions(visit.viewer)).items if may_invite else ()
        coming = [one for one in sessions if one.ends > self.now and not one.cancelled_at and not one.closed_at]
        self.sessions = tuple(sorted(coming, key=lambda one: one.starts)[:SESSIONS_OFFERED])
        newest = {one.ladder: one for one in await visit.hub.readings.administration.ladders(visit.viewer)}
        used = last_used(visit)[1]
        self.ladders = tuple(sorted(newest.values(), key=lambda one: (one.ladder != used, one.ladder)))
        if person:
            self.subject = (await visit.hub.readings.people.person(visit.viewer, PersonId(person))).shown
            await self.about(PersonId(self.subject.row.merged_into or person))
        return self

    async def about(self, person: PersonId) -> None:
        """The encounter is with this person: where do they stand?"""
        visit = self.visit
        self.person = person
        try:
            found = await visit.hub.readings.engagement.episodes(visit.viewer, person)
        except (Unknown, NotPermitted):
            return  # what the viewer may not see is not asked: the decision knows it
        row = next((one.row for one in found if one.row.closed_at is None), None)
        if row is not None:
            ladder = await visit.hub.readings.administration.ladder(visit.viewer, row.ladder, row.ladder_version)
            self.position = Position(row, ladder)

    def cards(self) -> tuple[Card, ...]:
        """The tickets that can be handed over now: the first step of a ladder, or what follows where they stand."""
        if self.position is None or self.position.step is None:
            pinned = (self.position.ladder,) if self.position else self.ladders
            return tuple(
                _card(one, one.steps[0], ladder_name(one.ladder) if len(pinned) > 1 else "")
                for one in pinned
                if one.steps
            )
        ladder, step = self.position.ladder, self.position.step
        rank = self.position.episode.standing.rank
        again = () if step.adverse else (_card(ladder, step, gettext("Once more: they stand on this step.")),)
        if rank + 1 >= len(ladder.steps):
            return again
        following = ladder.steps[rank + 1]
        hint = gettext("The next step. It needs more than fits here: its own form opens after this one.")
        return (*again, Card(NEXT, following.label, hint, ladder, following))


def _card(ladder: LadderRow, step: Step, hint: str) -> Card:
    return Card(f"{ladder.ladder}/{step.step}", step.label, hint, ladder, step)


def last_used(visit: Visit) -> tuple[str, str]:
    """The area and the ladder that this browser used last."""
    area, _, ladder = visit.cookie(LAST).partition("|")
    return area, ladder


def _areas() -> Options:
    return tuple(labels("area").items())


def _languages() -> Options:
    names = Locale.parse(locale()).languages
    return tuple((one, names.get(one) or gettext("British Sign Language")) for one in LANGUAGES)


async def show(visit: Visit) -> Answer:
    """The empty form, or that of a person who was looked up before."""
    street = await Street(visit).load(visit.query.get("person", ""))
    return await _page(street)


async def do(visit: Visit) -> Answer:
    """Record all of it, or come back with all that was typed."""
    sent = visit.sent
    key = visit.key_of_act("street", [pair for pair in visit.typed() if pair[0] not in {"kept_at", "stands", "seen"}])
    street = Street(visit)
    try:
        before = await visit.done_before(key)
        if before is not None:
            return _go(visit, before.result, before.position)
        await street.load(sent.one("person"))
        act = await _act(street)
        if street.errors or act is None:
            limit = street.limit
            return await _page(street, problem=limit, status=422 if limit is None else limit.status)
        decided = await visit.decide_all(act, key)
    except CommandReused:
        words = gettext("This form was recorded before, as it was then. Open that encounter to correct it")
        street.errors.append(("", words))
        return await _page(await street.load(sent.one("person")), status=409)
    except (Refusal, ProblemError) as error:
        if isinstance(error, Unknown | NotPermitted):
            raise
        problem = await visit.problem(error)
        street.asked = frozenset({ASKED_BY[problem.code]} if problem.code in ASKED_BY else ())
        return await _page(street, problem=problem, status=problem.status)
    return _go(visit, decided.result, decided.position)


def _go(visit: Visit, result: bytes, position: int) -> Answer:
    ids = msgspec.json.decode(result)
    where = f"/people/{ids['person']}/encounters/{ids['encounter']}?sent={visit.sent.one(FORM_KEY)}"
    if visit.sent.one("ticket") == NEXT:
        where += f"&step={visit.sent.one('stands').partition(':')[0]}"
    answer = visit.go(where)
    area, ladder = last_used(visit)
    chosen = visit.sent.one("ticket")
    used = f"{visit.sent.one('area') or area}|{chosen.partition('/')[0] if '/' in chosen else ladder}"
    secure = visit.web.secure
    more = (
        sessions.cookie(SEEN, str(position), seconds=SEEN_SECONDS, secure=secure),
        sessions.cookie(LAST, used, seconds=LAST_SECONDS, secure=secure),
    )
    return msgspec.structs.replace(answer, headers=(*answer.headers, *more))


async def _act(street: Street) -> list[Meant] | None:
    """The commands of one encounter, each after what it names; None where something is amiss."""
    visit, sent = street.visit, street.visit.sent
    encounter = _encounter(street)
    at = _happened(street, encounter)
    who = await _who(street, at)
    position = street.position
    if position is not None and sent.one("stands") != position.mark and sent.one("ticket"):
        street.errors.append(("ticket", gettext("See where this person stands now, and choose the ticket again")))
    cards = {one.value: one for one in street.cards()}
    card = cards.get(sent.one("ticket"))
    if sent.one("ticket") and card is None and not street.errors:
        street.errors.append(("ticket", gettext("Select the ticket that you handed over")))
    session = next((one for one in street.sessions if one.session == sent.one("session")), None)
    if sent.one("session") and session is None:
        street.errors.append(("session", gettext("This hub session is over or cancelled. Select another one")))
    ticket = None if card is None or card.value == NEXT else _ticket(street, card)
    if street.errors or encounter is None or who is None:
        return None
    person = PersonId(who[-1].values["person"]) if who else street.person
    assert person is not None, "entered, recognised, or looked up before"
    offer = "hub" if session is not None or (card is not None and card.step.offers_hub) else None
    met = msgspec.structs.replace(encounter, at=at, offer=encounter.offer or offer)
    record = visit.meant(RecordEncounter, met, {"person": person})
    act = [*who, msgspec.structs.replace(record, tells=("person", *record.tells))]
    acknowledged = sent.one("keep_apart_acknowledged") == "yes"
    if card is not None and ticket is not None:
        handed = msgspec.structs.replace(
            ticket,
            at=at,
            opening=Opening(person=person, ladder=card.ladder.ladder),
            invite=_invited_with_it(session, acknowledged=acknowledged),
            place=encounter.place,
            area=encounter.area,
        )
        act.append(visit.meant(IssueTicket, handed, {}))
    elif session is not None:
        invited = visit.write_for(Invite).body(at=at, person=person, keep_apart_acknowledged=acknowledged)
        act.append(visit.meant(Invite, invited, {"session": session.session}))
    return act


def _invited_with_it(session: SessionRow | None, *, acknowledged: bool) -> TicketInvitation | None:
    if session is None:
        return None
    return TicketInvitation(session=session.session, keep_apart_acknowledged=acknowledged)


def _encounter(street: Street) -> Any:  # noqa: ANN401 - the body of the command, or nothing
    """What was seen and offered."""
    sent = street.visit.sent
    behaviour = sent.one("behaviour")
    kind: dict[str, str | None] = {"kind": behaviour, "asb_type": None}
    if behaviour == OTHER or behaviour in get_args(AsbType):
        kind = {"kind": "asb", "asb_type": sent.one("asb_type") if behaviour == OTHER else behaviour}
    if behaviour == OTHER and kind["asb_type"] not in get_args(AsbType):
        street.errors.append(("asb_type", gettext("Select what happened")))
    elif kind["kind"] not in get_args(EncounterKind):
        street.errors.append(("behaviour", gettext("Select what happened")))
    screened = sent.many("screen")
    if not screened or not set(screened) <= set(SCREEN):
        street.errors.append(("screen", gettext("Select what you saw of the person's welfare")))
    elif "nothing" in screened and len(screened) > 1:
        street.errors.append(("screen", gettext("Select what concerns you, or 'Nothing of concern'")))
    given = {**kind, "welfare_concern": "welfare" in screened, "coercion_suspected": "coercion" in screened}
    if sent.one("area") and sent.one("area") not in dict(_areas()):
        street.errors.append(("area", gettext("Select the area from the list")))
    filled = street.visit.fill(RecordEncounter, options={"area": _areas()}, given=given)
    street.errors[:0] = [one for one in filled.errors if one[0] == "place"]
    street.errors.extend(one for one in filled.errors if one[0] != "place")
    return filled.body


def _happened(street: Street, encounter: Any) -> dt.datetime:  # noqa: ANN401 - the body, or nothing
    """When it happened: as typed, else when a phone without signal kept it, else now."""
    if encounter is not None and encounter.at is not None:
        at: dt.datetime = encounter.at
        return at
    kept = street.visit.sent.one("kept_at")
    if not kept:
        return street.now
    try:
        at = dt.datetime.fromisoformat(kept)
    except ValueError:
        raise ProblemError("bad-request") from None
    if at.tzinfo is None:
        raise ProblemError("bad-request")
    return at


async def _who(street: Street, at: dt.datetime) -> list[Meant] | None:
    """What enters or recognises the person; nothing to do for one who was looked up before."""
    visit, sent = street.visit, street.visit.sent
    if street.person is not None:
        return []
    if sent.one("who") == "known":
        return await _looked_up(street, at)
    where = sent.one("place")[:400] or None
    given = {"identity": "unknown", "provisional": "no-name-given", "where_found": where}
    filled = visit.fill(RegisterPerson, given=given)
    street.errors.extend(one for one in filled.errors if one[0] != "at")
    if filled.body is None:
        return None
    return [visit.meant(RegisterPerson, msgspec.structs.replace(filled.body, at=at), {})]


async def _looked_up(street: Street, at: dt.datetime) -> list[Meant] | None:
    """Look for whom the reference or the name means; whoever is among those found is chosen, never guessed."""
    visit, sent = street.visit, street.visit.sent
    looked = await look_for(visit)
    found = street.found = looked.found
    if found is None:
        street.limit = looked.problem
        street.errors[:0] = list(looked.errors) or [("typed", SearchLimitReached.permitted_by)]
        return None
    people = {one.shown.row.person: one for one in found.people}
    by_reference = looked.sought.reference is not None
    chosen = next(iter(people)) if by_reference and len(people) == 1 else sent.one("found")
    if chosen in people:
        await street.about(PersonId(chosen))
        body = visit.write_for(RecognisePerson).body(search=found.search)
        return [visit.meant(RecognisePerson, body, {"person": chosen})]
    if by_reference:
        street.errors.insert(0, ("typed", gettext("Nobody in the register has this reference")))
        return None
    if chosen == FRESH and sent.one("seen") == _seen(found):
        known = known_of(looked.sought, civil_date(at))
        body = visit.write_for(RegisterPerson).body(
            search=found.search,
            **said_of_shown(visit, shown=bool(people)),
            identity="stated",
            age_as_of=civil_date(at) if "born" in known else None,
            **known,
        )
        return [visit.meant(RegisterPerson, body, {})]
    street.errors.insert(0, ("found", gettext("Select who it is")))
    return None


def _seen(found: SearchResult) -> str:
    return ".".join(one.shown.row.person for one in found.people) or "nobody"


def _ticket(street: Street, card: Card) -> Any:  # noqa: ANN401 - the body of the command, or nothing
    concern = "modern-slavery" if "coercion" in street.visit.sent.many("screen") else "none"
    given = {"step": card.step.step, "screen": concern if street.visit.sent.many("screen") else None}
    filled = street.visit.fill(IssueTicket, options=_ticket_options(), given=given)
    street.errors.extend(one for one in filled.errors if one[0] not in {"at", "area", "place"})
    return filled.body


def _ticket_options() -> dict[str, Options]:
    return {"language": _languages(), "area": _areas()}


async def _page(street: Street, *, problem: Problem | None = None, status: int = 200) -> Answer:
    visit = street.visit
    sent = visit.sent if visit.sent.pairs else None
    wrong = dict(reversed(street.errors))
    fields: dict[str, forms.Field] = {}
    for command in (RegisterPerson, IssueTicket, RecordEncounter):
        made = forms.fields_of(
            visit.write_for(command).body,
            command,
            options=_ticket_options(),
            sent=sent,
            known={"area": last_used(visit)[0]} if command is RecordEncounter else {},
        )
        fields |= {one.name: one for one in made}
    for name, words in wrong.items():
        if name in fields:
            fields[name].error = words
    typed = visit.sent.one
    empty = sent is None
    nobody = empty and street.person is None and not visit.cookie(SAID)
    return await visit.page(
        "encounter.html",
        section=SECTION,
        status=status,
        headers=((b"hub-offline", b"yes"),) if nobody else (),
        empty=empty,
        subject=street.subject,
        street=street,
        f=fields,
        wrong=wrong,
        errors=tuple(street.errors),
        problem=problem,
        typed=typed,
        screened=visit.sent.many("screen"),
        often=tuple((one, label("asb-type" if one in get_args(AsbType) else "encounter-kind", one)) for one in OFTEN),
        rarely=tuple((one, label("asb-type", one)) for one in get_args(AsbType) if one not in OFTEN),
        screen=tuple((code, gettext(words)) for code, words in SCREEN.items()),
        seen=_seen(street.found) if street.found else "",
        unsure=visit.sent.many(UNSURE),
        why=await asks_why(visit),
        kept_key=typed(FORM_KEY),
    )


async def recorded(visit: Visit) -> Answer:
    """An encounter as it was recorded, with what to say to the person."""
    readings, viewer = visit.hub.readings, visit.viewer
    person, encounter = PersonId(visit.ids["person"]), EncounterId(visit.ids["encounter"])
    shown = await readings.engagement.encounter(viewer, encounter)
    if shown.row.person != person:
        raise Unknown
    subject = (await readings.people.person(viewer, person)).shown
    moments = [
        one
        for one in (await readings.timelines.timeline(viewer, person, categories=None)).items
        if one.happened == shown.row.happened
    ]
    ticket = _fact(moments, "ticket-issued")
    invitation = _fact(moments, "invitation-made")
    session = None
    if invitation is not None:
        session = (await readings.hub_days.hub_day(viewer, SessionId(invitation["session"]))).session
    step = None
    if ticket is not None:
        episode = (await readings.engagement.episode(viewer, ticket["episode"])).row
        ladder = await readings.administration.ladder(viewer, episode.ladder, episode.ladder_version)
        step = next((one for one in ladder.steps if one.step == ticket["step"]), None)
    agencies = await visit.agencies()
    return await visit.page(
        "encounter_recorded.html",
        section=SECTION,
        subject=subject,
        shown=shown,
        ticket=ticket,
        step=step,
        step_text=next((one.text for one in step.texts if one.language == "en"), "") if step else "",
        session=session,
        expected=[agencies[one].name for one in session.expected if one in agencies] if session else [],
        sent=visit.query.get("sent", ""),
        next_episode=visit.query.get("step", ""),
        here=f"/people/{person}/encounters/{encounter}",
    )


async def session(visit: Visit) -> Answer:
    """What a phone asks before it sends what it kept: whose session this is, how to prove it, and what time it is."""
    now = visit.hub.clock.now().astimezone(dt.UTC).replace(tzinfo=None)
    told = {
        "worker": visit.web.keeper(visit.token),
        "csrf": sessions.form_token(visit.hub, visit.token),
        "now": f"{now.isoformat(timespec='milliseconds')}Z",
    }
    return Answer(msgspec.json.encode(told), headers=(NO_STORE,))


async def worker(web: Web, call: Call) -> Answer:
    """The script that opens the form without signal; from here, as it may not reach further than where it lies."""
    answer = await WORKER(web.hub, call)
    kept = tuple(one for one in answer.headers if one[0] != b"cache-control")
    return msgspec.structs.replace(answer, headers=(*kept, (b"cache-control", b"no-cache"), POLICY))


def _fact(moments: Sequence[Moment], fact_type: str) -> Mapping[str, Any] | None:
    return next((one.fact for one in moments if one.type == fact_type), None)


SCREENS: Final[tuple[AnyScreen, ...]] = (
    screen(NEW, show, "person", act=do),
    screen("/encounters/session", session),
    open_screen("/worker.js", worker),
    screen("/people/{person}/encounters/{encounter}", recorded, "sent", "step"),
)
