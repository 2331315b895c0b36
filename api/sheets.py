"""Contact sheets at the edge: a file in, a file out, on an open hub."""

from __future__ import annotations

import asyncio
import uuid
from typing import TYPE_CHECKING, Final

from api.serving import JUSTIFICATION_LIMIT
from api.wiring import CsvSheet, RejectsFile, bank_holidays, write_sheet
from application.access import Account
from application.contact_sheet import COLUMNS, REQUIRED_COLUMNS
from application.deciding import Pending
from application.finding.identity import Described, described
from application.finding.near import looked_for
from application.intake import Importer, Intake
from application.permitting import permit
from application.ports import log_of
from application.published.partnerships import PARTNERSHIPS, coordinator, open_partnership
from application.readings.ground import ViewBehind
from application.sheet_acts import sheet_id
from application.sheet_export import SheetExport
from application.sheet_identity import Found, Register
from domain.calendar import civil_date
from domain.engagement.ladder import ladders, newest
from domain.governance.partnership import partnership as governed
from domain.governance.sharing import Resource
from domain.ids import LadderId, PartnershipId
from domain.refusals import Unknown

if TYPE_CHECKING:
    import datetime as dt
    from collections.abc import Callable, Sequence
    from pathlib import Path

    from api.hub import Hub
    from application.contact_sheet import Identity
    from application.intake import Look, Summary
    from application.readings.duplicates import DuplicatesWaiting
    from application.views.luscombe_report import LuscombeReport
    from domain.engagement.ladder import Ladder

UP_TO_DATE_SECONDS: Final = 60.0


class NotHere(Exception):  # noqa: N818 - an answer
    """What was named is not there; the message says what is."""


async def opened_partnership(hub: Hub, name: str, pending: Pending | None = None) -> PartnershipId:
    """The partnership of a name. A published one is opened the first time that it is named, with `pending` as if.

    Raises: NotHere.
    """
    partnership = PartnershipId(name)
    if partnership in PARTNERSHIPS:
        now = hub.clock.now()
        await open_partnership(hub.decider, partnership, now, bank_holidays(civil_date(now)), pending)
    elif not (await hub.decider.know(partnership)(governed())).agencies:
        raise NotHere(f"there is no partnership {name!r}; there are {', '.join(sorted(PARTNERSHIPS))}")
    return partnership


async def ladder_of(hub: Hub, partnership: PartnershipId, name: str, pending: Pending | None = None) -> Ladder:
    """The newest version of a ladder that the partnership adopted. Raises: NotHere."""
    adopted = await hub.decider.know(partnership, pending)(ladders())
    ladder = newest(adopted, LadderId(name))
    if ladder is None:
        known = sorted({one.ladder for one in adopted.values()})
        raise NotHere(f"{partnership} has adopted no ladder {name!r}; it has {', '.join(known)}")
    return ladder


async def import_sheet(
    hub: Hub,
    path: Path,
    *,
    partnership: str,
    ladder: str,
    sheet: str | None = None,
    historic: bool = False,
    dry_run: bool = False,
    progress: Callable[[int, int], None] = lambda _done, _of: None,
    why: Callable[[], str] = str,
) -> tuple[Summary, Path | None]:
    """Import a file; the summary, and the file of the refused rows where there are any.

    `why` is asked where the legal profile demands a reason to search the register.
    Raises: NotHere, SheetUnreadable and ViewBehind, and then nothing was applied; RejectsUnwritable.
    """
    source = CsvSheet(path, COLUMNS, REQUIRED_COLUMNS)
    rejects = RejectsFile(path.with_name(f"{path.stem}.rejects.csv"), source.header)
    pending = Pending() if dry_run else None
    try:
        where = await opened_partnership(hub, partnership, pending)
        intake = Intake(
            partnership=where,
            ladder=await ladder_of(hub, where, ladder, pending),
            sheet=sheet or path.stem,
            historic=historic,
            dry_run=dry_run,
        )
        # who is in the register by now is to be found; whom this import adds, the sheet tells apart itself
        await _up_to_date(hub, where)
        register = Register(hub.decider.log, hub.codec, hub.unsealer)
        account = Account("hub import", str(uuid.uuid4()))
        if "search" in (await hub.decider.know(where)(governed())).justified:
            account.justified(why()[:JUSTIFICATION_LIMIT])
        importer = Importer(hub.decider, hub.clock, hub.pseudonym, people_search(hub, account), register)
        summary = await importer.run(intake, source, rejects, progress, pending)
        await hub.ledger.record(account)  # a look in the register is one, also where nothing else is written
    finally:
        source.close()
        refused = rejects.close()
    return summary, rejects.path if refused else None


async def export_sheet(
    hub: Hub, path: Path, *, partnership: str, sheet: str | None = None, why: Callable[[], str]
) -> int:
    """Write the partnership's sheet, or one imported sheet as it stood; how many rows.

    `why` is asked where the legal profile demands a reason. There is no such file until it stands in the access ledger
    who was exported. Raises: NotHere, LogUnavailable.
    """
    where = await opened_partnership(hub, partnership)
    export = SheetExport(hub.decider.log, hub.codec, hub.unsealer)
    named = None if sheet is None else sheet_id(hub.pseudonym, where, sheet)
    account = Account("hub export sheet", str(uuid.uuid4())).of(coordinator(where))
    account.exported("contact-sheet")
    demanded = (await hub.decider.know(where)(governed())).justified
    if "export" in demanded:
        account.justified(why()[:JUSTIFICATION_LIMIT])
    part = path.with_name(f".{path.name}.part")
    try:
        count = await write_sheet(part, COLUMNS, export.rows(where, account, named))
        if count == 0 and sheet is not None:
            raise NotHere(f"no sheet {sheet!r} was imported into {where}")
        await hub.ledger.record(account)
        await asyncio.to_thread(part.replace, path)
    finally:
        await asyncio.to_thread(part.unlink, missing_ok=True)
    return count


async def report_luscombe(
    hub: Hub, *, partnership: str, from_date: dt.date | None, to_date: dt.date | None
) -> LuscombeReport:
    """The Luscombe report of all that is recorded by now.

    Raises: NotHere; ViewBehind where the figures cannot be brought up to date in time.
    """
    where = await opened_partnership(hub, partnership)
    await _up_to_date(hub, where)
    viewer = coordinator(where)
    return await hub.readings.reports.luscombe(viewer, from_date=from_date, to_date=to_date)


async def report_duplicates(hub: Hub, *, partnership: str) -> DuplicatesWaiting:
    """How many possible duplicates wait. Raises: NotHere; ViewBehind."""
    where = await opened_partnership(hub, partnership)
    await _up_to_date(hub, where)
    return await hub.readings.duplicates.duplicates_waiting(coordinator(where))


async def _up_to_date(hub: Hub, where: PartnershipId) -> None:
    head = await hub.decider.log.head(log_of(where))
    if head > 0 and not await hub.models.reached(log_of(where), head, UP_TO_DATE_SECONDS):
        raise ViewBehind


def people_search(hub: Hub, account: Account) -> Look:
    """Looks for people in the register as the command line does: as the partnership's coordinator.

    Who is found is told to whoever imports, so the account takes it down.
    """

    async def look(partnership: PartnershipId, identities: Sequence[Identity]) -> Sequence[Found]:
        viewer, log = coordinator(partnership), log_of(partnership)
        wanted = [_described(one) for one in identities]
        keys = [looked_for(one) for one in wanted]
        try:
            permission = await permit(hub.decider.know(partnership), viewer, "search", Resource(category="register"))
        except Unknown:
            return [Found(one) for one in keys]  # a partnership whose opening is only rehearsed has nobody yet
        near = await hub.near.of(log, viewer.agency, wanted)
        found = [Found(one, who) for one, who in zip(keys, near, strict=True)]
        people = [person for one in found for person in one.people]
        if people:
            account.of(viewer).saw("register", people, permission.rules, ("identity",))
            account.searched({key: None for one in found for key in one.keys})
        return found

    return look


def _described(one: Identity) -> Described:
    return described(
        given_name=one.given_name,
        family_name=one.family_name,
        nickname=one.alias,
        born=one.born.isoformat() if one.born else None,
        age_band=one.age_band,
        sex=one.sex,
    )
