"""Decisions about the partnership itself: its agencies, who works for them, what they agreed, and how it is watched."""

from application.deciding import Know, decides
from application.permitting import permit, permit_person, the_agency
from domain.actors import Actor
from domain.facts import Facts
from domain.governance import agency, agreement, break_glass, contact_sheet, disclosure, staff
from domain.governance.partnership import Partnership, SetLegalProfile, partnership, set_profile
from domain.governance.sharing import Resource
from domain.ids import AgencyId, WorkerId
from domain.people import person
from domain.people.person import existing
from domain.search_limits import SetSearchLimits, set_limits
from domain.support import handing_over

ADMINISTRATION = Resource(category="administration", of_person=False)


@decides(agency.RegisterAgency)
async def register_agency(know: Know, command: agency.RegisterAgency, by: Actor) -> Facts:
    """An agency is registered once. The first one of a partnership is registered by the system."""
    known = (await know(partnership())).agencies
    if known or by.role != "system":
        await permit(know, by, "write", ADMINISTRATION)
    return agency.register(command, known)


@decides(agency.DescribeAgency)
async def describe_agency(know: Know, command: agency.DescribeAgency, by: Actor) -> Facts:
    """An administrator or coordinator says what an agency is called and how it is reached."""
    await permit(know, by, "write", ADMINISTRATION)
    return agency.describe(command, (await know(partnership())).agencies)


@decides(agency.SetCalendar)
async def set_calendar(know: Know, command: agency.SetCalendar, by: Actor) -> Facts:
    """An administrator or coordinator sets the working days of an agency."""
    await permit(know, by, "write", ADMINISTRATION)
    return agency.set_calendar(command, (await know(partnership())).agencies)


@decides(agency.ConferPower)
async def confer_power(know: Know, command: agency.ConferPower, by: Actor) -> Facts:
    """An administrator or coordinator enters the power that a worker was given."""
    await permit(know, by, "write", ADMINISTRATION)
    return agency.confer(command, await know(agency.grants(command.worker)))


@decides(agency.WithdrawPower)
async def withdraw_power(know: Know, command: agency.WithdrawPower, by: Actor) -> Facts:
    """An administrator or coordinator enters that the power was taken back."""
    await permit(know, by, "write", ADMINISTRATION)
    return agency.withdraw(command, await know(agency.grants(command.worker)))


@decides(contact_sheet.RecordSheetRow)
async def record_sheet_row(know: Know, command: contact_sheet.RecordSheetRow, by: Actor) -> Facts:
    """An administrator or coordinator imports a contact sheet."""
    await permit(know, by, "write", ADMINISTRATION)
    return contact_sheet.record_row(command)


async def _posting(know: Know, by: Actor, of: AgencyId, worker: WorkerId | None) -> Partnership:
    """The partnership, for who may see to an agency's staff. Raises: as `permit`; NotYoursToPost."""
    await permit(know, by, "write", ADMINISTRATION)
    known = await know(partnership())
    if by.role == "system":
        return known
    everywhere = known.kind_of(by.agency) == "partnership"
    if by.role != "administrator" or worker == by.worker or not (everywhere or by.agency == of):
        raise staff.NotYoursToPost(ask=of)
    return known


@decides(staff.FormTeam)
async def form_team(know: Know, command: staff.FormTeam, by: Actor) -> Facts:
    """An administrator forms the teams of an agency."""
    await the_agency(know, command.agency)
    return staff.form(command, (await _posting(know, by, command.agency, None)).staff)


@decides(staff.DisbandTeam)
async def disband_team(know: Know, command: staff.DisbandTeam, by: Actor) -> Facts:
    """An administrator disbands them."""
    known = (await know(partnership())).staff.teams.get(command.team)
    await _posting(know, by, known.agency if known else by.agency, None)
    return staff.disband(command, (await know(partnership())).staff)


@decides(staff.PostWorker)
async def post_worker(know: Know, command: staff.PostWorker, by: Actor) -> Facts:
    """An administrator gives posts, to others. Who holds one elsewhere is let go by those there too."""
    await the_agency(know, command.agency)
    known = (await _posting(know, by, command.agency, command.worker)).staff
    before = known.posts.get(command.worker)
    if before is not None and before.agency != command.agency:
        await _posting(know, by, before.agency, command.worker)
    return staff.post(command, known)


@decides(staff.EndPost)
async def end_post(know: Know, command: staff.EndPost, by: Actor) -> Facts:
    """An administrator enters that somebody left; what they own goes to the colleague who is named."""
    held = (await know(partnership())).staff.posts.get(command.worker)
    known = (await _posting(know, by, held.agency if held else by.agency, command.worker)).staff
    if held is None:
        return ()
    owned = await know(handing_over.belongings(command.worker))
    left = staff.leave(command, known, handing_over.owned_by(owned, command.worker, held.agency))
    if command.work_to is None:
        return left
    return (*handing_over.everything(owned, command.worker, command.work_to, held.agency, command.at), *left)


@decides(staff.ArrangeCover)
async def arrange_cover(know: Know, command: staff.ArrangeCover, by: Actor) -> Facts:
    """A worker, a supervisor of the agency or an administrator arranges who covers."""
    known = await know(partnership())
    held = known.staff.posts.get(command.worker)
    own = held is not None and held.agency == by.agency and (by.worker == command.worker or by.role == "supervisor")
    if own:
        await permit(know, by, "read", ADMINISTRATION)
    else:
        await _posting(know, by, held.agency if held else by.agency, None)
    return staff.cover(command, known.staff)


@decides(agreement.MakeAgreement)
async def make_agreement(know: Know, command: agreement.MakeAgreement, by: Actor) -> Facts:
    """An administrator or coordinator enters what the parties signed."""
    await permit(know, by, "write", ADMINISTRATION)
    known = await know(partnership())
    return agreement.make(command, known.agreements, frozenset(known.agencies))


@decides(agreement.VaryAgreement)
async def vary_agreement(know: Know, command: agreement.VaryAgreement, by: Actor) -> Facts:
    """An administrator or coordinator enters what was agreed otherwise."""
    await permit(know, by, "write", ADMINISTRATION)
    known = await know(partnership())
    return agreement.vary(command, known.agreements, frozenset(known.agencies))


@decides(agreement.EndAgreement)
async def end_agreement(know: Know, command: agreement.EndAgreement, by: Actor) -> Facts:
    """An administrator or coordinator ends an agreement."""
    await permit(know, by, "write", ADMINISTRATION)
    return agreement.end(command, (await know(partnership())).agreements)


@decides(SetLegalProfile)
async def set_legal_profile(know: Know, command: SetLegalProfile, by: Actor) -> Facts:
    """An administrator says where a typed justification is asked for."""
    await permit(know, by, "write", ADMINISTRATION)
    return set_profile(command, await know(partnership()))


@decides(SetSearchLimits)
async def set_search_limits(know: Know, command: SetSearchLimits, by: Actor) -> Facts:
    """An administrator says how often a worker searches."""
    await permit(know, by, "write", ADMINISTRATION)
    return set_limits(command, (await know(partnership())).search_limits)


@decides(break_glass.BreakTheGlass)
async def break_the_glass(know: Know, command: break_glass.BreakTheGlass, by: Actor) -> Facts:
    """Whose role searches the register may open a record in an emergency, agreed or not, and answers for it."""
    await permit(know, by, "search", Resource(category="register", of_person=False))
    existing(await know(person.person(command.person)))
    return break_glass.break_glass(command, await know(break_glass.broken_glass(command.break_glass)), by, know.now)


@decides(break_glass.CloseTheGlass)
async def close_the_glass(know: Know, command: break_glass.CloseTheGlass, by: Actor) -> Facts:
    """Who broke it, or reviews it, ends it early."""
    await permit(know, by, "read", ADMINISTRATION)
    return break_glass.close(command, await know(break_glass.broken_glass(command.break_glass)), by)


@decides(break_glass.ReviewBreakGlass)
async def review_break_glass(know: Know, command: break_glass.ReviewBreakGlass, by: Actor) -> Facts:
    """Somebody who protects data says whether it was right."""
    await permit(know, by, "read", ADMINISTRATION)
    return break_glass.review(command, await know(break_glass.broken_glass(command.break_glass)), by)


@decides(disclosure.DecideDisclosure)
async def decide_disclosure(know: Know, command: disclosure.DecideDisclosure, by: Actor) -> Facts:
    """Whoever works with a person records that something was told about them, or was not, and why."""
    await permit_person(know, by, "write", "register", command.person)
    if command.shares:  # to tell is to use
        await permit_person(know, by, "read", "register", command.person)
    return disclosure.decide(command, by, await know(disclosure.decided(command.disclosure)))
