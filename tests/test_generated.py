"""The generated documents are what the code says now, and no column lacks its sensitivity class."""

import asyncpg
import pytest

from api.cli.docs import generated
from tests.conftest import Database

CLASSES = ("[open]", "[pseudonymous]", "[sealed]", "[key]")


@pytest.mark.parametrize("path", generated(), ids=lambda path: path.name)
def test_a_generated_document_is_fresh(path: object) -> None:
    written = next(text for one, text in generated().items() if one == path)
    assert path.read_text(encoding="utf-8") == written, "run ./hub docs"  # type: ignore[attr-defined]


async def test_every_table_and_column_says_what_it_holds_and_how_sensitive_it_is(database: Database) -> None:
    connection = await asyncpg.connect(database.owner_url)
    try:
        columns = await connection.fetch(
            """
            SELECT relname, attname, col_description(pg_class.oid, attnum) AS said,
                obj_description(pg_class.oid) AS held
            FROM pg_attribute JOIN pg_class ON attrelid = pg_class.oid
            WHERE relnamespace = 'public'::regnamespace AND relkind IN ('r', 'p') AND NOT relispartition
                AND attnum > 0 AND NOT attisdropped
            """
        )
    finally:
        await connection.close()
    assert columns
    silent = [f"{name}.{column}" for name, column, said, _ in columns if not (said or "").startswith(CLASSES)]
    assert not silent, "a column lacks its class"
    assert not [name for name, _, _, held in columns if not held], "a table says nothing"
