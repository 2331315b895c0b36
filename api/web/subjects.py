"""Whom a page is about: named at its top, so that nobody acts on the wrong record."""

from collections.abc import Mapping

from api.web.visit import Visit
from application.revealing import Shown
from application.views.people import PersonRow
from domain.ids import ComplaintId, EpisodeId, PersonId, PlanId, ReferralId, RightsRequestId
from domain.refusals import NotPermitted, Unknown


async def subject_of(visit: Visit, ids: Mapping[str, str]) -> Shown[PersonRow] | None:
    """The person that these ids are about; None where they are about none, or none that the viewer may see."""
    try:
        person = await person_of(visit, ids)
        return None if person is None else (await visit.hub.readings.people.person(visit.viewer, person)).shown
    except (Unknown, NotPermitted):
        return None


async def person_of(visit: Visit, ids: Mapping[str, str]) -> PersonId | None:
    """The person that these ids lead to. Raises: Unknown, NotPermitted."""
    readings, viewer = visit.hub.readings, visit.viewer
    if "person" in ids:
        return PersonId(ids["person"])
    if "referral" in ids:
        return (await readings.referrals.referral(viewer, ReferralId(ids["referral"]))).row.person
    if "episode" in ids:
        return (await readings.engagement.episode(viewer, EpisodeId(ids["episode"]))).row.person
    if "plan" in ids:
        return (await readings.plans.plan(viewer, PlanId(ids["plan"]))).row.person
    if "rights_request" in ids:
        return (await readings.registers.rights_request(viewer, RightsRequestId(ids["rights_request"]))).request.person
    if "complaint" in ids:
        return (await readings.registers.complaint(viewer, ComplaintId(ids["complaint"]))).complaint.person
    return None
