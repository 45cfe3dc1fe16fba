"""Rows that are taken over as they stand although the rules of today would not let them happen so."""

from collections.abc import Iterator
from datetime import date

from qms.imports.world import Office
from qms.kernel.language import _
from qms.sheets.problems import Note


def notes(office: Office, today: date) -> Iterator[Note]:
    """Everything worth a second look, sheet by sheet and row by row."""
    for page in (office[name] for name in office.brought):
        sheet = page.sheet
        happened = [column.name for column in sheet.columns if column.happened]
        for row, _key, values in page.rows:
            for column in happened:
                day = values.get(column)
                if day is not None and day > today:
                    sentence = _("The day %(day)s lies in the future.", day=f"{day:%d/%m/%Y}")
                    yield Note(sheet.name, row.number, column, sentence)
        for note in sheet.notes:
            yield from note(office)
