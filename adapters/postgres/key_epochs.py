"""Which epochs of the keys a database has seen: keys from before the last one are not used with it (ADR 0035)."""

from pathlib import Path
from typing import Final

from adapters.postgres.connection import Connection, named_queries
from adapters.sealing.keys import Epoch, KeysUnusable

QUERIES: Final = named_queries(Path(__file__).with_suffix(".sql"))


async def refuse_older(connection: Connection, keys: Epoch) -> None:
    """Raises: KeysUnusable, where a newer epoch began, or where this one began twice, apart from each other."""
    rows = await connection.fetch(QUERIES["newest"])
    if not rows:
        return
    seen = rows[0]
    if keys.number < seen["epoch"]:
        raise KeysUnusable(
            f"the keys are of epoch {keys.number}, and this database has seen epoch {seen['epoch']}: an older copy of"
            f" the keys was brought back. It could open what was erased since, and is not used: bring back a copy of"
            f" epoch {seen['epoch']}."
        )
    if keys.number == seen["epoch"] and keys.kek != seen["kek"]:
        raise KeysUnusable(
            f"the keys are of epoch {keys.number}, as this database knows it, and under another key-encryption key"
            f" ({keys.kek}, not {seen['kek']}): two copies of the keys went on apart from each other. Bring back the"
            f" one that served this database."
        )


async def record(connection: Connection, keys: Epoch, moved_by: str) -> None:
    """The database knows of this epoch from now on."""
    await connection.execute(QUERIES["record"], keys.number, keys.kek, keys.since, moved_by)
