"""`hub privacy`: writes what the law asks a partnership to have on paper, from how it is configured."""

from __future__ import annotations

import datetime as dt
from pathlib import Path
from typing import TYPE_CHECKING

import rich_click as click

from api.cli.token import SLUG
from api.cli.user import with_hub
from api.console import console, json_option
from domain.ids import PartnershipId

if TYPE_CHECKING:
    from api.hub import Hub
    from domain.governance.partnership import Partnership


@click.command()
@click.option("--partnership", type=SLUG, required=True, help="Whose.")
@click.option("--into", type=click.Path(path_type=Path, file_okay=False), default=Path(), help="A folder; this one.")
@json_option
def command(*, partnership: str, into: Path, as_json: bool) -> None:
    """Write the impact assessment, the record of processing and the privacy information, with their gaps marked."""
    from application.privacy import documents, files_of  # noqa: PLC0415 - heavy
    from domain.governance.partnership import partnership as governed  # noqa: PLC0415 - heavy

    async def known(hub: Hub, _: object) -> Partnership:
        return await hub.decider.know(PartnershipId(partnership))(governed())

    out = console(as_json=as_json)
    into.mkdir(parents=True, exist_ok=True)
    for name, text in files_of(documents(with_hub(known), dt.datetime.now(dt.UTC))).items():
        (into / name).write_text(text, encoding="utf-8")
        out.tell({"wrote": str(into / name)}, f"✓ {into / name}")
