"""What people ask of those who hold their data: the registers, each request, complaint and breach, and one person's."""

from typing import Final

from api.serving import Answer
from api.web.routes import AnyScreen, screen
from api.web.screens.person.about import about
from api.web.subjects import subject_of
from api.web.visit import Visit
from application.rights.decisions import ANSWERS
from domain.governance.scope import PROTECTS_DATA
from domain.ids import ComplaintId, DataBreachId, PersonId, RightsRequestId
from domain.rights.restriction import ProcessingIsRestricted

PATH: Final = "/rights"
CLOSED: Final = "closed"


async def _names(visit: Visit) -> dict[str, str]:
    return {str(one.id): one.name for one in (await visit.agencies()).values()}


async def requests(visit: Visit) -> Answer:
    """The register of requests: what is open, the first due first; or what was answered."""
    every = visit.query.get(CLOSED) == "yes"
    found = await visit.hub.reading.rights_requests(visit.viewer, answered=every)
    return await visit.page(
        "rights/requests.html",
        section="rights",
        lines=found.items,
        closed=every,
        due=await visit.hub.reading.rights_due(visit.viewer),
        names=await _names(visit),
    )


async def complaints(visit: Visit) -> Answer:
    """The register of complaints, those to be acknowledged first; or those concluded."""
    every = visit.query.get(CLOSED) == "yes"
    found = await visit.hub.reading.complaints(visit.viewer, concluded=every)
    return await visit.page(
        "rights/complaints.html",
        section="rights",
        lines=found.items,
        closed=every,
        due=await visit.hub.reading.rights_due(visit.viewer),
        names=await _names(visit),
    )


async def breaches(visit: Visit) -> Answer:
    """The breach register, what is open first."""
    found = await visit.hub.reading.data_breaches(visit.viewer)
    return await visit.page(
        "rights/breaches.html",
        section="rights",
        lines=found.items,
        due=await visit.hub.reading.rights_due(visit.viewer),
        names=await _names(visit),
    )


async def corrections(visit: Visit) -> Answer:
    """What was corrected, of which the viewer's agency takes note."""
    found = await visit.hub.reading.corrections(visit.viewer)
    return await visit.page("rights/corrections.html", section="rights", lines=found.items)


async def request(visit: Visit) -> Answer:
    """One request, with what was written of it and what comes next."""
    shown = await visit.hub.reading.rights_request(visit.viewer, RightsRequestId(visit.ids["rights_request"]))
    return await visit.page(
        "rights/request.html",
        section="rights",
        shown=shown,
        one=shown.request,
        answers=visit.viewer.role in ANSWERS,
        protects=visit.viewer.role in PROTECTS_DATA,
        back=visit.call.path,
        names=await _names(visit),
        subject=await subject_of(visit, {"person": shown.request.person}),
    )


async def complaint(visit: Visit) -> Answer:
    """One complaint, with what was written of it and what comes next."""
    shown = await visit.hub.reading.complaint(visit.viewer, ComplaintId(visit.ids["complaint"]))
    return await visit.page(
        "rights/complaint.html",
        section="rights",
        shown=shown,
        one=shown.complaint,
        answers=visit.viewer.role in ANSWERS,
        back=visit.call.path,
        names=await _names(visit),
        subject=await subject_of(visit, {"person": shown.complaint.person}),
    )


async def breach(visit: Visit) -> Answer:
    """One breach, and what comes next."""
    shown = await visit.hub.reading.data_breach(visit.viewer, DataBreachId(visit.ids["data_breach"]))
    return await visit.page(
        "rights/breach.html",
        section="rights",
        shown=shown,
        one=shown.breach,
        back=visit.call.path,
        names=await _names(visit),
    )


async def of_person(visit: Visit) -> Answer:
    """What one person asked and complained of, and what their record is restricted by."""
    found = await visit.hub.reading.rights_of(visit.viewer, PersonId(visit.ids["person"]))
    answers = visit.viewer.role in ANSWERS
    try:
        one = await about(visit)
    except ProcessingIsRestricted:
        return await visit.page(
            "rights/restricted.html",
            section="rights",
            notice=await visit.hub.reading.restriction_notice(visit.viewer, found.person),
            rights=found,
            answers=answers,
            names=await _names(visit),
            path=f"/people/{found.person}",
        )
    return await one.page("rights/person.html", "rights", rights=found, answers=answers)


SCREENS: Final[tuple[AnyScreen, ...]] = (
    screen(PATH, requests, CLOSED),
    screen(f"{PATH}/complaints", complaints, CLOSED),
    screen(f"{PATH}/breaches", breaches),
    screen(f"{PATH}/corrections", corrections),
    screen("/rights-requests/{rights_request}", request),
    screen("/complaints/{complaint}", complaint),
    screen("/data-breaches/{data_breach}", breach),
    screen("/people/{person}/rights", of_person),
)
