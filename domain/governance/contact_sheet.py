"""Where imported facts came from: a row of the spreadsheet that a partnership kept before."""

from domain.facts import Command, Fact, Facts, IdentityText
from domain.ids import PersonId, SheetId, SheetRowId


class SheetRowImported(Fact, type="sheet-row-imported", version=1, tags=("person",)):
    """A row of a contact sheet led to the facts recorded with this one.

    `made` names what it made, `fields` is the row as it stood, as JSON.
    """

    sheet: SheetId
    row: SheetRowId
    person: PersonId
    kind: str
    made: str
    historic: bool
    fields: IdentityText = None


class RecordSheetRow(Command):
    """Say which row an act came from. It is decided last, and only where the act adds anything."""

    sheet: SheetId
    row: SheetRowId
    person: PersonId
    kind: str
    made: str
    historic: bool
    fields: IdentityText = None


def record_row(command: RecordSheetRow) -> Facts:
    """The row stands beside what it led to."""
    return (
        SheetRowImported(
            at=command.at,
            sheet=command.sheet,
            row=command.row,
            person=command.person,
            kind=command.kind,
            made=command.made,
            historic=command.historic,
            fields=command.fields,
        ),
    )
