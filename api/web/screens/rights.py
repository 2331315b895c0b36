"""What people ask of those who hold their data: the registers, each request, complaint and breach, and one person's."""

from typing import Any, Final

import msgspec

from api.problems import Problem, ProblemError
from api.serving import Answer
from api.v1 import rights
from api.v1.rights import PackBody
from api.web.paper.access_pack import in_words
from api.web.routes import AnyScreen, screen
from api.web.screens.person.about import about
from api.web.subjects import subject_of
from api.web.translating import gettext
from api.web.visit import Visit
from api.web.wording import labels, said
from application import deciding
from application.readings.paging import Page
from application.rights.access_pack import Decided
from application.rights.decisions import ANSWERS
from domain.governance.scope import PROTECTS_DATA
from domain.ids import ComplaintId, DataBreachId, PersonId, RightsRequestId
from domain.rights.restriction import ProcessingIsRestricted

PATH: Final = "/rights"
CLOSED: Final = "closed"
DECIDES: Final = "decides."
GIVE: Final = "give"


async def _register(visit: Visit, template: str, found: Page[Any], **more: Any) -> Answer:  # noqa: ANN401 - of any register
    """A register, with how much is due of all of them."""
    return await visit.page(
        template,
        section="rights",
        lines=found.items,
        due=await visit.hub.readings.registers.rights_due(visit.viewer),
        names=await visit.agency_names(),
        **more,
    )


async def requests(visit: Visit) -> Answer:
    """The register of requests: what is open, the first due first; or what was answered."""
    every = visit.query.get(CLOSED) == "yes"
    found = await visit.hub.readings.registers.rights_requests(visit.viewer, answered=every)
    return await _register(visit, "rights/requests.html", found, closed=every)


async def complaints(visit: Visit) -> Answer:
    """The register of complaints, those to be acknowledged first; or those concluded."""
    every = visit.query.get(CLOSED) == "yes"
    found = await visit.hub.readings.registers.complaints(visit.viewer, concluded=every)
    return await _register(visit, "rights/complaints.html", found, closed=every)


async def breaches(visit: Visit) -> Answer:
    """The breach register, what is open first."""
    return await _register(
        visit, "rights/breaches.html", await visit.hub.readings.registers.data_breaches(visit.viewer)
    )


async def corrections(visit: Visit) -> Answer:
    """What was corrected, of which the viewer's agency takes note."""
    found = await visit.hub.readings.rights.corrections(visit.viewer)
    return await visit.page("rights/corrections.html", section="rights", lines=found.items)


async def request(visit: Visit) -> Answer:
    """One request, with what was written of it and what comes next."""
    shown = await visit.hub.readings.registers.rights_request(
        visit.viewer, RightsRequestId(visit.ids["rights_request"])
    )
    return await visit.page(
        "rights/request.html",
        section="rights",
        shown=shown,
        one=shown.request,
        answers=visit.viewer.role in ANSWERS,
        protects=visit.viewer.role in PROTECTS_DATA,
        back=visit.call.path,
        names=await visit.agency_names(),
        subject=await subject_of(visit, {"person": shown.request.person}),
    )


async def look_through(visit: Visit) -> Answer:
    """All that is held, with what rules propose to leave out: whoever protects data decides of each field."""
    return await _review(visit)


async def _review(visit: Visit, problem: Problem | None = None) -> Answer:
    one = RightsRequestId(visit.ids["rights_request"])
    draft = await visit.hub.readings.access_packs.access_draft(visit.viewer, one)
    names = await visit.agency_names()
    return await visit.page(
        "rights/pack.html",
        section="rights",
        draft=draft,
        pack=draft.pack,
        grounds=labels("withholding-ground"),
        chosen={name: visit.sent.one(name) for name in visit.sent.under(DECIDES)},
        problem=problem,
        names=names,
        said=said,
        told_of=lambda line: {each.name: each.value for each in line.fields if each.value is not None},
        in_words=in_words,
        here=visit.call.path,
        back=f"/rights-requests/{one}",
    )


async def laid_out(visit: Visit) -> Answer:
    """It was looked through, and the pack is made."""
    one = RightsRequestId(visit.ids["rights_request"])
    decisions = tuple(decided(name, visit.sent.one(name)) for name in visit.sent.under(DECIDES))
    position = visit.sent.one("position")
    body = PackBody(position=int(position) if position.isdecimal() else 1, decisions=decisions)
    done = await visit.tried(_made(visit, one, body))
    if isinstance(done, Problem):
        return await _review(visit, done)
    return visit.go(f"/rights-requests/{one}", decided=done, done=gettext("The pack is made."))


async def _made(visit: Visit, one: RightsRequestId, body: PackBody) -> deciding.Decided:
    command = await rights.laid_out(visit.hub, visit.viewer, one, body)
    await visit.snapshot.let_go()
    return await visit.hub.decider.decide(
        command, visit.viewer, key=visit.key_of_act("pack"), result=command.digest.encode()
    )


def decided(name: str, value: str) -> Decided:
    """A field of the form, `decides.12.words`, as what was decided. Raises ProblemError (400)."""
    _, position, field = name.split(".", 2)
    try:
        return msgspec.convert(
            {"position": int(position), "field": field, "ground": None if value == GIVE else value}, Decided
        )
    except (ValueError, msgspec.ValidationError):
        raise ProblemError("invalid-body") from None


async def complaint(visit: Visit) -> Answer:
    """One complaint, with what was written of it and what comes next."""
    shown = await visit.hub.readings.registers.complaint(visit.viewer, ComplaintId(visit.ids["complaint"]))
    return await visit.page(
        "rights/complaint.html",
        section="rights",
        shown=shown,
        one=shown.complaint,
        answers=visit.viewer.role in ANSWERS,
        back=visit.call.path,
        names=await visit.agency_names(),
        subject=await subject_of(visit, {"person": shown.complaint.person}),
    )


async def breach(visit: Visit) -> Answer:
    """One breach, and what comes next."""
    shown = await visit.hub.readings.registers.data_breach(visit.viewer, DataBreachId(visit.ids["data_breach"]))
    return await visit.page(
        "rights/breach.html",
        section="rights",
        shown=shown,
        one=shown.breach,
        back=visit.call.path,
        names=await visit.agency_names(),
    )


async def of_person(visit: Visit) -> Answer:
    """What one person asked and complained of, and what their record is restricted by."""
    found = await visit.hub.readings.rights.rights_of(visit.viewer, PersonId(visit.ids["person"]))
    answers = visit.viewer.role in ANSWERS
    try:
        one = await about(visit)
    except ProcessingIsRestricted:
        return await visit.page(
            "rights/restricted.html",
            section="rights",
            notice=await visit.hub.readings.rights.restriction_notice(visit.viewer, found.person),
            rights=found,
            answers=answers,
            names=await visit.agency_names(),
            path=f"/people/{found.person}",
        )
    return await one.page("rights/person.html", "rights", rights=found, answers=answers)


SCREENS: Final[tuple[AnyScreen, ...]] = (
    screen(PATH, requests, CLOSED),
    screen(f"{PATH}/complaints", complaints, CLOSED),
    screen(f"{PATH}/breaches", breaches),
    screen(f"{PATH}/corrections", corrections),
    screen("/rights-requests/{rights_request}", request),
    screen("/rights-requests/{rights_request}/pack", look_through, act=laid_out),
    screen("/complaints/{complaint}", complaint),
    screen("/data-breaches/{data_breach}", breach),
    screen("/people/{person}/rights", of_person),
)
