"""Decisions about people's rights. Anybody who works with a person is asked; who answers for the data decides."""

import datetime as dt
from typing import Final

from application.deciding import Know, decides
from application.follow_up import by_the_clock
from application.people import the_person
from application.permitting import permit, permit_person, the_agency
from application.relating import the_relationship
from domain.actors import COORDINATORS, Actor, Role
from domain.calendar import civil_date
from domain.facts import Facts, Knowledge, knowing_where
from domain.governance.partnership import partnership
from domain.governance.scope import PROTECTS_DATA
from domain.governance.sharing import Resource
from domain.ids import AgencyId, ComplaintId, DataBreachId, PersonId, RectificationId, RightsRequestId
from domain.people.person import existing
from domain.refusals import NotPermitted, Unknown, found
from domain.rights import breach, complaint, rectification, reminding, request, restriction
from domain.rights.breach import DataBreach
from domain.rights.complaint import Complaint
from domain.rights.rectification import Recorded, Rectification, evolve_recorded
from domain.rights.request import RightsRequest
from domain.rights.restriction import ProcessingRestriction
from domain.rights.rights import Rights, rights

ANSWERS: Final[frozenset[Role]] = PROTECTS_DATA | COORDINATORS
"""Who decides what a person is answered."""
ABOUT_NOBODY: Final = Resource(category="rights", of_person=False)


async def _bank_holidays(know: Know, by: AgencyId) -> frozenset[dt.date]:
    """As the agency recorded them in its calendar."""
    known = (await know(partnership())).agencies.get(by)
    return frozenset() if known is None else known.calendar.closed


async def _asked(know: Know, by: Actor, person: PersonId) -> None:
    """Whoever works with a person may be asked."""
    await permit_person(know, by, "write", "rights", person)
    existing(await the_person(know, person))


async def _known(know: Know, by: Actor) -> Rights:
    """What was asked and recorded, for whoever may write of it at all."""
    await permit(know, by, "write", ABOUT_NOBODY)
    return await know(rights())


async def _answers_at(know: Know, by: Actor, agency: AgencyId) -> None:
    """Who answers for the data of an agency: there, or at the partnership's own body."""
    if by.role not in ANSWERS:
        raise NotPermitted(role=by.role, category="rights", action="write")
    if by.agency != agency and (await know(partnership())).kind_of(by.agency) != "partnership":
        raise Unknown


async def _answering(know: Know, by: Actor, person: PersonId, received_by: AgencyId) -> None:
    """Who answers a person, at the agency that was asked or the partnership's own body. Raises: as `permit`."""
    await _answers_at(know, by, received_by)
    await permit_person(know, by, "write", "rights", person, frozenset({received_by}))


async def _request(know: Know, by: Actor, one: RightsRequestId) -> RightsRequest:
    known = (await _known(know, by)).request(one)
    await _answering(know, by, known.person, known.by_agency)
    return known


@decides(request.ReceiveRequest)
async def receive_request(know: Know, command: request.ReceiveRequest, by: Actor) -> Facts:
    """Whoever is asked enters it."""
    await _asked(know, by, command.person)
    known = (await know(rights())).requests
    return request.receive(command, known, by.agency, civil_date(know.now), await _bank_holidays(know, by.agency))


@decides(request.AskRequester)
async def ask_requester(know: Know, command: request.AskRequester, by: Actor) -> Facts:
    """Who answers it asks back."""
    return request.ask(command, await _request(know, by, command.rights_request))


@decides(request.HearRequester)
async def hear_requester(know: Know, command: request.HearRequester, by: Actor) -> Facts:
    """Who answers it enters what came back."""
    known = await _request(know, by, command.rights_request)
    return request.hear(command, known, civil_date(know.now), await _bank_holidays(know, known.by_agency))


@decides(request.CheckIdentity)
async def check_identity(know: Know, command: request.CheckIdentity, by: Actor) -> Facts:
    """Who answers it makes sure of who asks."""
    return request.check_identity(command, await _request(know, by, command.rights_request))


@decides(request.ExtendRequest)
async def extend_request(know: Know, command: request.ExtendRequest, by: Actor) -> Facts:
    """Who answers it takes longer."""
    known = await _request(know, by, command.rights_request)
    return request.extend(command, known, civil_date(know.now), await _bank_holidays(know, known.by_agency))


@decides(request.AnswerRequest)
async def answer_request(know: Know, command: request.AnswerRequest, by: Actor) -> Facts:
    """Who answers it says what became of it."""
    return request.answer(command, await _request(know, by, command.rights_request))


@decides(request.MakePack)
async def make_pack(know: Know, command: request.MakePack, by: Actor) -> Facts:
    """Who protects data looked through what is held."""
    if by.role not in PROTECTS_DATA:
        raise NotPermitted(role=by.role, category="rights", action="write")
    return request.made(command, await _request(know, by, command.rights_request))


async def _complaint(know: Know, by: Actor, one: ComplaintId) -> Complaint:
    known = (await _known(know, by)).complaint(one)
    await _answering(know, by, known.person, known.by_agency)
    return known


@decides(complaint.ReceiveComplaint)
async def receive_complaint(know: Know, command: complaint.ReceiveComplaint, by: Actor) -> Facts:
    """Whoever hears it enters it."""
    await _asked(know, by, command.person)
    known = (await know(rights())).complaints
    return complaint.receive(command, known, by.agency, civil_date(know.now), await _bank_holidays(know, by.agency))


@decides(complaint.AcknowledgeComplaint)
async def acknowledge_complaint(know: Know, command: complaint.AcknowledgeComplaint, by: Actor) -> Facts:
    """Who answers it tells the person that it came."""
    return complaint.acknowledge(command, await _complaint(know, by, command.complaint), civil_date(know.now))


@decides(complaint.ConcludeComplaint)
async def conclude_complaint(know: Know, command: complaint.ConcludeComplaint, by: Actor) -> Facts:
    """Who answers it says what was found."""
    return complaint.conclude(command, await _complaint(know, by, command.complaint))


async def _breach(know: Know, by: Actor, one: DataBreachId) -> DataBreach:
    known = (await _known(know, by)).breach(one)
    await _answers_at(know, by, known.by_agency)
    return known


@decides(breach.RecordDataBreach)
async def record_data_breach(know: Know, command: breach.RecordDataBreach, by: Actor) -> Facts:
    """Whoever notices it enters it, at once."""
    return breach.record(command, (await _known(know, by)).breaches, by.agency)


@decides(breach.AssessDataBreach)
async def assess_data_breach(know: Know, command: breach.AssessDataBreach, by: Actor) -> Facts:
    """Who answers for the data says how bad it is."""
    return breach.assess(command, await _breach(know, by, command.data_breach))


@decides(breach.ReportDataBreach)
async def report_data_breach(know: Know, command: breach.ReportDataBreach, by: Actor) -> Facts:
    """Who answers for the data tells the Commissioner, or says why not."""
    return breach.report(command, await _breach(know, by, command.data_breach))


@decides(breach.TellPeople)
async def tell_people(know: Know, command: breach.TellPeople, by: Actor) -> Facts:
    """Who answers for the data tells those concerned, or says why not."""
    return breach.tell_people(command, await _breach(know, by, command.data_breach))


@decides(breach.CloseDataBreach)
async def close_data_breach(know: Know, command: breach.CloseDataBreach, by: Actor) -> Facts:
    """Who answers for the data closes it."""
    return breach.close(command, await _breach(know, by, command.data_breach))


async def _restricting(know: Know, by: Actor, person: PersonId) -> restriction.Restricted:
    """The restrictions of one record, for who answers for its data."""
    if by.role not in ANSWERS:
        raise NotPermitted(role=by.role, category="rights", action="write")
    await _asked(know, by, person)
    return await know(restriction.restrictions_of(person))


def _of(known: restriction.Restricted, one: str) -> ProcessingRestriction:
    return found(next((each for each in known if each.id == one), None))


@decides(restriction.RestrictProcessing)
async def restrict_processing(know: Know, command: restriction.RestrictProcessing, by: Actor) -> Facts:
    """Who answers for the data of an agency that the person concerns, or for the partnership's."""
    known = await _restricting(know, by, command.person)
    return restriction.restrict(command, known, by)


@decides(restriction.AllowRestrictedUse)
async def allow_restricted_use(know: Know, command: restriction.AllowRestrictedUse, by: Actor) -> Facts:
    """The same say on which exception an agency uses it."""
    known = await _restricting(know, by, command.person)
    await the_agency(know, command.to_agency)
    return restriction.allow(command, _of(known, command.processing_restriction), by)


@decides(restriction.LiftProcessingRestriction)
async def lift_processing_restriction(know: Know, command: restriction.LiftProcessingRestriction, by: Actor) -> Facts:
    """The same lift it, once the person was told."""
    known = await _restricting(know, by, command.person)
    return restriction.lift(command, _of(known, command.processing_restriction))


def recorded_of(person: PersonId) -> Knowledge[Recorded]:
    """Where something stands of one record, and of which type."""
    return knowing_where(Recorded(), evolve_recorded, f"person:{person}")


async def _recorded(know: Know, person: PersonId) -> Recorded:
    """The same of all records of a human."""
    types: dict[int, str] = {}
    for one in sorted((await the_person(know, person)).ids):
        types |= (await know(recorded_of(one))).types
    return Recorded(types)


async def _rectification(know: Know, person: PersonId, one: RectificationId) -> Rectification:
    known = (await know(rights())).rectification(one)
    return found(known if known.person == person else None)


@decides(rectification.AskRectification)
async def ask_rectification(know: Know, command: rectification.AskRectification, by: Actor) -> Facts:
    """Whoever is told that something is wrong enters it."""
    await _asked(know, by, command.person)
    known, recorded = (await know(rights())).rectifications, await _recorded(know, command.person)
    return rectification.ask(command, known, recorded, by.agency)


@decides(rectification.AcceptRectification)
async def accept_rectification(know: Know, command: rectification.AcceptRectification, by: Actor) -> Facts:
    """Who answers for the data says that it was corrected."""
    known = await _rectification(know, command.person, command.rectification)
    await _answering(know, by, known.person, known.by_agency)
    return rectification.accept(command, known, await _recorded(know, command.person))


@decides(rectification.RefuseRectification)
async def refuse_rectification(know: Know, command: rectification.RefuseRectification, by: Actor) -> Facts:
    """Who answers for the data lets it stand."""
    known = await _rectification(know, command.person, command.rectification)
    await _answering(know, by, known.person, known.by_agency)
    return rectification.refuse(command, known)


@decides(rectification.NoteCorrection)
async def note_correction(know: Know, command: rectification.NoteCorrection, by: Actor) -> Facts:
    """An agency that the person concerns takes note."""
    await permit_person(know, by, "write", "rights", command.person)
    known = await _rectification(know, command.person, command.rectification)
    if by.agency not in (await the_relationship(know, command.person)).agencies:
        raise Unknown
    return rectification.note(command, known, by.agency)


@decides(reminding.RemindOfRights)
async def remind_of_rights(know: Know, command: reminding.RemindOfRights, by: Actor) -> Facts:
    """Time speaks through the system."""
    await by_the_clock(know, by, "rights")
    known = await know(rights())
    for thing, one in known.limited():
        if (thing, one.id) == (command.thing, command.id):
            return reminding.remind(command, one, known.said)
    raise Unknown
