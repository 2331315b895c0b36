"""Contact sheets at the edge: a file in, a file out, on an open hub."""

from __future__ import annotations

from typing import TYPE_CHECKING

from api.wiring import CsvSheet, RejectsFile, bank_holidays, write_sheet
from application.contact_sheet import COLUMNS, REQUIRED_COLUMNS
from application.intake import Importer, Intake
from application.ports import log_of
from application.published.partnerships import PARTNERSHIPS, open_partnership
from application.sheet_acts import sheet_id
from application.sheet_export import SheetExport
from domain.calendar import civil_date
from domain.engagement.ladder import ladders
from domain.governance.agency import agencies
from domain.ids import LadderId, PartnershipId

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from api.hub import Hub
    from application.intake import Summary
    from domain.calendar import civil_date
from domain.engagement.ladder import Ladder


class NotHere(Exception):  # noqa: N818 - an answer
    """What was named is not there; the message says what is."""


async def opened_partnership(hub: Hub, name: str) -> PartnershipId:
    """The partnership of a name. A published one is opened the first time that it is named.

    Raises: NotHere.
    """
    partnership = PartnershipId(name)
    if partnership in PARTNERSHIPS:
        await open_partnership(hub.decider, partnership, hub.clock.now(), bank_holidays(civil_date(hub.clock.now())))
    elif not await hub.decider.know(partnership)(agencies()):
        raise NotHere(f"there is no partnership {name!r}; there are {', '.join(sorted(PARTNERSHIPS))}")
    return partnership


async def ladder_of(hub: Hub, partnership: PartnershipId, name: str) -> Ladder:
    """The newest version of a ladder that the partnership adopted. Raises: NotHere."""
    adopted = await hub.decider.know(partnership)(ladders())
    versions = [ladder for ladder in adopted.values() if ladder.ladder == LadderId(name)]
    if not versions:
        known = sorted({ladder.ladder for ladder in adopted.values()})
        raise NotHere(f"{partnership} has adopted no ladder {name!r}; it has {', '.join(known)}")
    return max(versions, key=lambda ladder: ladder.version)


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
) -> tuple[Summary, Path | None]:
    """Import a file; the summary, and the file of the refused rows where there are any.

    Raises: NotHere; SheetUnreadable, and then nothing was applied.
    """
    source = CsvSheet(path, COLUMNS, REQUIRED_COLUMNS)
    rejects = RejectsFile(path.with_name(f"{path.stem}.rejects.csv"), source.header)
    try:
        where = await opened_partnership(hub, partnership)
        intake = Intake(
            partnership=where,
            ladder=await ladder_of(hub, where, ladder),
            sheet=sheet or path.stem,
            historic=historic,
            dry_run=dry_run,
        )
        importer = Importer(hub.decider, hub.clock, hub.pseudonym, hub.search_people)
        summary = await importer.run(intake, source, rejects, progress)
    finally:
        source.close()
        refused = rejects.close()
    return summary, rejects.path if refused else None


async def export_sheet(hub: Hub, path: Path, *, partnership: str, sheet: str | None = None) -> int:
    """Write the partnership's sheet, or one imported sheet as it stood; how many rows. Raises: NotHere."""
    where = await opened_partnership(hub, partnership)
    export = SheetExport(hub.decider.log, hub.codec, hub.unsealer)
    named = None if sheet is None else sheet_id(hub.pseudonym, where, sheet)
    return await write_sheet(path, COLUMNS, export.rows(log_of(where), named))
