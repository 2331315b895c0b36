"""Decisions about the partnership itself: its agencies, their calendars, the powers of their workers."""

from application.deciding import Know, decides
from application.permitting import permit
from domain.actors import Actor
from domain.facts import Facts
from domain.governance import agency, contact_sheet
from domain.governance.sharing import Resource

ADMINISTRATION = Resource(category="administration", of_person=False)


@decides(agency.RegisterAgency)
async def register_agency(know: Know, command: agency.RegisterAgency, by: Actor) -> Facts:
    """An agency is registered once. The first one of a partnership is registered by the system."""
    known = await know(agency.agencies())
    if known or by.role != "system":
        await permit(know, by, "write", ADMINISTRATION)
    return agency.register(command, known)


@decides(agency.DescribeAgency)
async def describe_agency(know: Know, command: agency.DescribeAgency, by: Actor) -> Facts:
    """An administrator or coordinator says what an agency is called and how it is reached."""
    await permit(know, by, "write", ADMINISTRATION)
    return agency.describe(command, await know(agency.agencies()))


@decides(agency.SetCalendar)
async def set_calendar(know: Know, command: agency.SetCalendar, by: Actor) -> Facts:
    """An administrator or coordinator sets the working days of an agency."""
    await permit(know, by, "write", ADMINISTRATION)
    return agency.set_calendar(command, await know(agency.agencies()))


@decides(agency.ConferPower)
async def confer_power(know: Know, command: agency.ConferPower, by: Actor) -> Facts:
    """An administrator or coordinator enters the power that a worker was given."""
    await permit(know, by, "write", ADMINISTRATION)
    return agency.confer(command, await know(agency.grants(command.worker)))


@decides(contact_sheet.RecordSheetRow)
async def record_sheet_row(know: Know, command: contact_sheet.RecordSheetRow, by: Actor) -> Facts:
    """An administrator or coordinator imports a contact sheet."""
    await permit(know, by, "write", ADMINISTRATION)
    return contact_sheet.record_row(command)
