"""One cell of the register workbook: a value as people see it, in the language of the workbook, and so that it is read back."""

import datetime
import re
from decimal import Decimal
from typing import Any

from openpyxl.cell import WriteOnlyCell
from openpyxl.cell.cell import Cell
from openpyxl.styles import Alignment

from qms.imports.cells import SEPARATOR, clean, value_of, yes_and_no
from qms.sheets.columns import AS_TEXT, LONGEST_TEXT, Column, Kind

DAY_FORMAT = "dd/mm/yyyy"
TEXT_FORMAT = "@"
TEXT_WIDTH = 36
"""How many letters a line of a text has, and no column is wider."""

_LETTERS_OF_A_LINE = 40  # of words that are typed narrower than the figures by which widths are told
_LITERAL = re.compile(r"_(?=x[0-9A-Fa-f]{4}_)")  # an underscore that a reader would take for an escaped character
_TOP, _WRAPPED = Alignment(vertical="top"), Alignment(wrap_text=True, vertical="top")


class Filler:
    """Makes the cells of one column; they share one style, as openpyxl would look each part of it up again for every cell."""

    def __init__(self, page: Any, column: Column) -> None:
        self.column = column
        self._page = page
        self._words = {value_of(choice): str(column.word(choice)) for choice in column.choices}
        self._yes, self._no = yes_and_no()
        model: Any = WriteOnlyCell(page)
        model.alignment = _WRAPPED if column.kind is Kind.TEXT else _TOP
        if column.kind in AS_TEXT:
            model.number_format = TEXT_FORMAT
        elif column.kind is Kind.DAY:
            model.number_format = DAY_FORMAT
        self._style = model._style

    def cell(self, value: object) -> Cell | None:
        """The cell with this value; None for an empty one."""
        if value is None or value == ():
            return None
        cell = Cell(self._page, row=1, column=1, style_array=self._style)
        if isinstance(value, bool):
            self._fill_text(cell, self._yes if value else self._no)
        elif isinstance(value, datetime.date):
            cell.value = datetime.datetime.combine(value, datetime.time())
        elif isinstance(value, int | Decimal):
            # a cell holds a binary number of 15 digits: what it cannot hold exactly goes as text
            if Decimal(f"{float(value):.15g}") == value:
                cell.value = float(value)
            else:
                self._fill_text(cell, format(value, "f"))
        elif isinstance(value, tuple | list):
            self._fill_text(cell, f"{SEPARATOR} ".join(self._item(str(item)) for item in value))
        else:
            self._fill_text(cell, self._words.get(str(value), str(value)))
        return cell

    def lines(self, cell: Cell | None) -> int:
        """How many lines the cell needs."""
        if cell is None or self.column.kind is not Kind.TEXT:
            return 1
        text = str(cell.value)
        return (
            1
            if len(text) < TEXT_WIDTH and "\n" not in text
            else sum(len(part) // _LETTERS_OF_A_LINE + 1 for part in text.split("\n"))
        )

    def _item(self, item: str) -> str:
        if SEPARATOR in item:
            raise ValueError(f"a list in a cell cannot hold an item with a semicolon: {item!r}")
        if self.column.kind is not Kind.ROLES:
            return item
        role, at, unit_code = item.partition("@")
        return f"{self._words.get(role, role)}{at}{unit_code}"

    def _fill_text(self, cell: Cell, value: str) -> None:
        text = clean(value)
        if len(text) > LONGEST_TEXT:
            raise ValueError(f"{self.column.name}: {len(text)} characters, a cell holds {LONGEST_TEXT}")
        if text:
            cell.value = _LITERAL.sub("_x005F_", text)
            cell.data_type = "s"  # or a text that begins with = would become a formula, and #REF! an error
