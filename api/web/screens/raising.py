"""Raising a referral: choose the need and a service with room, say what the service must know, check, send.

Nothing is disclosed before it is sent. The page that shows what will be sent also says what would be refused and why:
a missing consent, a second referral for the same need, a service that is full.
"""

from collections.abc import Mapping, Sequence
from typing import Any, Final

import msgspec

from api.problems import Problem, ProblemError
from api.serving import Answer
from api.web import forms
from api.web.forms import Field, Filled
from api.web.routes import AnyScreen, screen
from api.web.screens.referrals import SECTION
from api.web.subjects import subject_of
from api.web.translating import gettext
from api.web.visit import Visit
from api.web.wording import labels
from application.deciding import Pending
from application.readings.administration import ServiceOnOffer
from domain.codes import Need
from domain.ids import PersonId, ServiceId
from domain.refusals import Refusal
from domain.support.referral import Answer as AnswerGiven
from domain.support.referral import DraftReferral, SendReferral
from domain.support.service import Question

PATH: Final = "/referrals/new"
STEP: Final = "step"
ANSWER: Final = "answer."
CHOSEN: Final = ("person", "need", "service", "referral")
KINDS: Final[Mapping[str, forms.Kind]] = {
    "text": "line",
    "yes-no": "yes-no",
    "choice": "choice",
    "number": "number",
    "date": "day",
}


async def show(visit: Visit) -> Answer:
    """Whom it is for, then the need and the service, then the form."""
    person, need, service = (visit.query.get(name, "") for name in ("person", "need", "service"))
    if not person:
        return await visit.page("raise_whom.html", section=SECTION, typed="")
    if need not in labels(Need) or not service:
        return await _choose(visit, person, need)
    offer = await visit.hub.readings.administration.service(visit.viewer, ServiceId(service))
    known = await _known_of_draft(visit)
    fields = forms.fields_of(
        visit.write_for(SendReferral).body, SendReferral, left_out=(*CHOSEN, "answers", "paper"), known=known
    )
    return await _form(visit, dict(visit.query), offer, fields, _questions(offer, None))


async def _choose(visit: Visit, person: str, need: str) -> Answer:
    services: Sequence[ServiceOnOffer] = ()
    if need in labels(Need):
        services = (await visit.hub.readings.administration.services(visit.viewer, need=need)).items  # type: ignore[arg-type] # one of them
    return await visit.page(
        "raise_choose.html",
        section=SECTION,
        person=person,
        need=need,
        needs=labels(Need),
        services=[one for one in services if one.closed_at is None],
        agencies=await visit.agency_names(),
        subject=await subject_of(visit, {"person": person}),
    )


async def act(visit: Visit) -> Answer:
    """Check, go back to the form, keep as a draft, or send."""
    chosen = {name: visit.sent.one(name) for name in CHOSEN if visit.sent.one(name)}
    if not {"person", "need", "service"} <= chosen.keys():
        raise ProblemError("bad-request")
    offer = await visit.hub.readings.administration.service(visit.viewer, ServiceId(chosen["service"]))
    step = visit.sent.one(STEP)
    questions = _questions(offer, visit)
    if step == "draft":
        return await _draft(visit, chosen, offer, questions)
    answers, wrong = _answers(offer, questions)
    filled = visit.fill(SendReferral, given={**chosen, "answers": answers, "paper": False})
    if step == "change":
        return await _form(visit, chosen, offer, filled.fields, questions, check=False)
    if filled.body is None or wrong:
        errors = (*filled.errors, *wrong)
        return await _form(visit, chosen, offer, filled.fields, questions, errors=errors)
    if step != "send":
        return await _check(visit, chosen, offer, filled, questions)
    done = await visit.tried(visit.decide(SendReferral, filled.body, {}))
    if isinstance(done, Problem):
        return await _form(visit, chosen, offer, filled.fields, questions, problem=done)
    sent = msgspec.json.decode(done.result)["referral"]
    return visit.go(f"/referrals/{sent}", decided=done, done=gettext("Referral sent. You see here what becomes of it"))


async def _draft(
    visit: Visit, chosen: Mapping[str, str], offer: ServiceOnOffer, questions: tuple[Field, ...]
) -> Answer:
    body = visit.write_for(DraftReferral).body
    texts = {name: visit.sent.one(name) or None for name in ("reason", "health_reason")}
    named = {name: chosen[name] for name in ("person", "service", "need")}
    done = await visit.tried(visit.decide(DraftReferral, msgspec.convert({**named, **texts}, body), {}, key="draft"))
    if isinstance(done, Problem):
        fields = visit.fill(SendReferral, given={**chosen, "answers": (), "paper": False}).fields
        return await _form(visit, chosen, offer, fields, questions, problem=done)
    return visit.go("/referrals/drafts", decided=done, done=gettext("Draft kept. Nobody else sees it"))


async def _check(
    visit: Visit, chosen: Mapping[str, str], offer: ServiceOnOffer, filled: Filled, questions: tuple[Field, ...]
) -> Answer:
    """What will be sent, and what would be refused if it were sent now."""
    assert filled.body is not None
    problem = None
    try:
        command = visit.meant(SendReferral, filled.body, {}).command
        await visit.hub.decider.rehearse((command,), visit.viewer, Pending())
    except Refusal as error:
        problem = await visit.problem(error)
    return await visit.page(
        "raise_check.html",
        section=SECTION,
        subject=await subject_of(visit, chosen),
        offer=offer,
        chosen=chosen,
        said=[*_said(filled.fields), *_said(questions)],
        pairs=[pair for pair in visit.sent.pairs if pair[0] not in {"csrf", STEP}],
        foreseen=problem,
    )


async def _form(
    visit: Visit,
    chosen: Mapping[str, str],
    offer: ServiceOnOffer,
    fields: Sequence[Field],
    questions: Sequence[Field],
    *,
    errors: Sequence[tuple[str, str]] = (),
    **context: Any,  # noqa: ANN401 - a problem, where there is one
) -> Answer:
    if not context.pop("check", True):
        for one in fields:
            one.error = ""
    known = await visit.agencies()
    return await visit.page(
        "raise_form.html",
        section=SECTION,
        errors=errors,
        subject=await subject_of(visit, chosen),
        offer=offer,
        offered_by=known[offer.agency].name if offer.agency in known else offer.agency,
        chosen={name: chosen[name] for name in CHOSEN if chosen.get(name)},
        fields=fields,
        questions=questions,
        kept_key=visit.sent.one("form_key"),
        **context,
    )


def _questions(offer: ServiceOnOffer, visit: Visit | None) -> tuple[Field, ...]:
    """The service's own questions as fields, with what was answered."""
    return tuple(
        Field(
            name=f"{ANSWER}{one.id}",
            kind=KINDS[one.kind],
            label=one.label,
            required=one.required,
            blank=not one.required,
            options=[(choice, choice) for choice in one.choices] or _yes_no(one),
            typed=visit.sent.one(f"{ANSWER}{one.id}") if visit is not None else "",
        )
        for one in offer.questions
    )


def _yes_no(question: Question) -> forms.Options:
    return (("yes", gettext("Yes")), ("no", gettext("No"))) if question.kind == "yes-no" else ()


def _answers(
    offer: ServiceOnOffer, fields: Sequence[Field]
) -> tuple[tuple[AnswerGiven, ...], tuple[tuple[str, str], ...]]:
    """What was answered to the service's questions, and what is missing or cannot be read."""
    given: list[AnswerGiven] = []
    wrong: list[tuple[str, str]] = []
    for question, field in zip(offer.questions, fields, strict=True):
        if not field.typed:
            if question.required:
                field.error = gettext("Answer this question: %(question)s") % {"question": question.label}
                wrong.append((field.id, field.error))
            continue
        value: str | bool | float = field.typed
        if question.kind == "yes-no":
            value = field.typed == "yes"
        elif question.kind == "number":
            try:
                value = float(field.typed)
            except ValueError:
                field.error = gettext("Enter a number: %(question)s") % {"question": question.label}
                wrong.append((field.id, field.error))
                continue
        given.append(AnswerGiven(question=question.id, value=value))
    return tuple(given), tuple(wrong)


def _said(fields: Sequence[Field]) -> list[tuple[str, str]]:
    """What was typed and chosen, in words, without what was left out."""
    found: list[tuple[str, str]] = []
    for one in fields:
        if one.fields:
            found.extend(_said(one.fields))
            continue
        words = dict(one.options)
        text = (
            ", ".join(words.get(value, value) for value in one.chosen)
            if one.chosen
            else words.get(one.typed, one.typed)
        )
        if text:
            found.append((one.label, gettext("Yes") if one.kind == "tick" else text))
    return found


async def _known_of_draft(visit: Visit) -> Mapping[str, Any]:
    """What a draft says already."""
    draft = visit.query.get("referral")
    if not draft:
        return {}
    page = await visit.hub.readings.referrals.drafts(visit.viewer)
    row = next((one.shown.row for one in page.items if one.shown.row.referral == draft), None)
    return {} if row is None else {"reason": row.reason, "health_reason": row.health_reason}


async def drafts(visit: Visit) -> Answer:
    """What the team began and has not sent: nothing of it was disclosed to anybody."""
    page = await visit.hub.readings.referrals.drafts(visit.viewer, cursor=visit.query.get("cursor"))
    return await visit.page("referral_drafts.html", section=SECTION, lines=page.items, more=page.next)


def address(person: PersonId, back: str = "") -> str:
    """Where a referral for somebody is raised."""
    return f"{PATH}?person={person}" + (f"&back={back}" if back else "")


SCREENS: Final[tuple[AnyScreen, ...]] = (
    screen(PATH, show, *CHOSEN, "back", act=act),
    screen("/referrals/drafts", drafts, "cursor"),
)
