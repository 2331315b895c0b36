"""Somebody at a hub day: whom they saw, a referral that is accepted on the spot, a consent that is given freely."""

from typing import Any, Final

import msgspec

from api.problems import Problem
from api.serving import Answer
from api.web import bulk, forms, options
from api.web.bulk import Row
from api.web.forms import Field, Filled
from api.web.routes import AnyScreen, screen
from api.web.screens.hub_day import DAY, address, of_day, the_day
from api.web.subjects import subject_of
from api.web.translating import gettext
from api.web.visit import Visit
from application.readings.hub_days import HubDay
from application.revealing import Shown
from application.views.consents import ConsentRow
from application.views.inbox import ReferralRow
from domain.engagement.hub_session import RecordServiceSeen
from domain.ids import PersonId
from domain.refusals import NotPermitted, Unknown
from domain.support.referral import AcceptReferral, SendReferral

PERSON: Final = f"{DAY}/people/{{person}}"
ACCEPTED: Final = "accepted"
EVIDENCE: Final = "evidence"
LEFT_OUT: Final = frozenset({"referral", "person", "answers", "paper", "historic", "at"})
UNANSWERED: Final = frozenset({"requested", "received"})


def place(visit: Visit) -> str:
    """Where the person of this visit is shown."""
    return f"{address(visit)}/people/{visit.ids['person']}"


async def show(visit: Visit) -> Answer:
    """Somebody who is expected or here."""
    return await _shown(visit)


async def _shown(visit: Visit, rows: tuple[Row, ...] = (), problem: Problem | None = None) -> Answer:
    day = await the_day(visit)
    person = PersonId(visit.ids["person"])
    lines = (*day.expected, *day.arrived, *day.missed)
    line = next((one for one in lines if one.shown.row.person == person), None)
    if line is None:
        raise Unknown
    refused = any(row.problem for row in rows)
    referrals, consents = await _support(visit, person)
    shown = await of_day(visit, day)
    return await visit.page(
        "hub_person.html",
        section="hub-days",
        status=409 if refused else None,
        subject=await subject_of(visit, {"person": person}),
        line=line,
        row=line.shown.row,
        rows=rows if refused else (),
        problem=problem,
        agencies=_there(day, visit),
        referrals=[one.row for one in referrals],
        to_answer={
            one.row.referral
            for one in referrals
            if one.row.to_agency == visit.viewer.agency and one.row.status in UNANSWERED
        },
        consents=[one.row for one in consents],
        this=place(visit),
        **shown,
    )


async def _support(
    visit: Visit, person: PersonId
) -> tuple[tuple[Shown[ReferralRow], ...], tuple[Shown[ConsentRow], ...]]:
    """Referrals and consents, as far as the viewer is party to them."""
    try:
        readings = visit.hub.readings
        return await readings.referrals.referrals(visit.viewer, person), await readings.consents.consents(
            visit.viewer, person
        )
    except (NotPermitted, Unknown):
        return (), ()


def _there(day: HubDay, visit: Visit) -> tuple[str, ...]:
    """The agencies that somebody may have seen here: those who said they come, and the viewer's own."""
    return tuple(dict.fromkeys((*day.session.confirmed, *day.session.expected, visit.viewer.agency)))


async def seen(visit: Visit) -> Answer:
    """Write down whom somebody saw: each agency by itself."""
    session, person = visit.ids["session"], visit.ids["person"]
    rows = [
        await bulk.one_act(
            visit, RecordServiceSeen, f"seen-{agency}", {"session": session}, agency, person=person, agency=agency
        )
        for agency in dict.fromkeys(visit.sent.many("agency"))
    ]
    if any(row.problem for row in rows):
        return await _shown(visit, tuple(rows))
    if not rows:
        return visit.go(place(visit))
    return visit.go(place(visit), decided=bulk.last(rows), done=gettext("Written down whom they saw"))


async def refer_form(visit: Visit) -> Answer:
    """A referral from the hub."""
    body = visit.write_for(SendReferral).body
    given = await options.load(visit, body, visit.ids)
    return await _refer(visit, forms.fields_of(body, SendReferral, options=given, left_out=LEFT_OUT))


async def _refer(
    visit: Visit, fields: tuple[Field, ...], filled: Filled | None = None, problem: Problem | None = None
) -> Answer:
    day = await the_day(visit)
    return await visit.page(
        "hub_refer.html",
        section="hub-days",
        subject=await subject_of(visit, {"person": visit.ids["person"]}),
        fields=[one for one in fields if one.name not in LEFT_OUT],
        errors=filled.errors if filled else (),
        problem=problem,
        accepted=ACCEPTED in visit.sent,
        evidence=visit.sent.one(EVIDENCE),
        kept_key=visit.sent.one("form_key"),
        this=place(visit),
        **await of_day(visit, day),
    )


async def refer(visit: Visit) -> Answer:
    """Send a referral, and accept it at once where the agency that is asked is here and says so."""
    body = visit.write_for(SendReferral).body
    given = await options.load(visit, body, visit.ids)
    filled = visit.fill(SendReferral, options=given, given={"person": visit.ids["person"]})
    if filled.body is None:
        return await _refer(visit, filled.fields, filled)
    sent = await bulk.one_act(visit, SendReferral, "send", {}, None, **msgspec.structs.asdict(filled.body))
    if sent.decided is None:
        return await _refer(visit, filled.fields, filled, sent.problem)
    if ACCEPTED not in visit.sent:
        return visit.go(place(visit), decided=sent.decided, done=gettext("Referral sent"))
    referral = msgspec.json.decode(sent.decided.result)["referral"]
    accepted = await _accept(visit, referral, str(getattr(filled.body, "service", "")))
    if accepted.decided is None:
        await visit.wait_for(sent.decided)
        return await _shown(visit, problem=accepted.problem)
    return visit.go(place(visit), decided=accepted.decided, done=gettext("Referral sent and accepted"))


async def _accept(visit: Visit, referral: str, service: str = "") -> Row:
    """Accept as the agency that is asked, or on its behalf where it has no log-in and somebody heard it say yes."""
    values: dict[str, Any] = {}
    asked = await _asked(visit, service)
    evidence = visit.sent.one(EVIDENCE)
    if asked and asked != visit.viewer.agency and evidence:
        values["on_behalf_of"] = {"agency": asked, "evidence": evidence}
    return await bulk.one_act(visit, AcceptReferral, f"accept-{referral}", {"referral": referral}, referral, **values)


async def _asked(visit: Visit, service: str) -> str:
    page = await visit.hub.readings.administration.services(visit.viewer)
    return next((one.agency for one in page.items if one.service == service), "")


async def accept(visit: Visit) -> Answer:
    """Accept a referral of this person, as the agency that was asked."""
    row = await _accept(visit, visit.sent.one("referral"))
    if row.decided is None:
        return await _shown(visit, problem=row.problem)
    return visit.go(place(visit), decided=row.decided, done=gettext("Referral accepted"))


SCREENS: Final[tuple[AnyScreen, ...]] = (
    screen(PERSON, show),
    screen(f"{PERSON}/seen", act=seen),
    screen(f"{PERSON}/refer", refer_form, act=refer),
    screen(f"{PERSON}/accept", act=accept),
)
