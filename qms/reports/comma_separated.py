"""Lists as CSV for people who open them in Excel."""

import csv
from collections.abc import Iterable, Sequence
from datetime import date
from decimal import Decimal
from io import TextIOWrapper
from typing import BinaryIO

from qms.reports.characters import clean

Cell = str | int | Decimal | date | None
"""What a list exports: text, numbers, local days, nothing."""

_FORMULA_STARTS = ("=", "+", "-", "@", "\n")


def write_csv(target: BinaryIO, columns: Sequence[str], rows: Iterable[Sequence[Cell]]) -> None:
    """The rows under their titles as RFC 4180 text: UTF-8 with a byte order mark, or Excel would read Latin letters.

    A text that begins with ``=``, ``+``, ``-``, ``@`` or a line break gets an apostrophe before it. Excel takes such a cell of
    a CSV for a formula, whatever quotes stand around it, so a name typed by a stranger ("=HYPERLINK(…)") would run on the desk
    of the official who opens the list. Numbers stay numbers, days are dd/mm/yyyy. No row is kept longer than it takes to write.
    """
    text = TextIOWrapper(target, encoding="utf-8-sig", newline="")
    writer = csv.writer(text, lineterminator="\r\n")
    writer.writerow([_harmless(title) for title in columns])
    writer.writerows([_harmless(cell) for cell in row] for row in rows)
    text.detach()


def _harmless(cell: Cell) -> str:
    if cell is None:
        return ""
    if isinstance(cell, date):
        return cell.strftime("%d/%m/%Y")
    if not isinstance(cell, str):
        return str(cell)
    text = clean(cell)
    return f"'{text}" if text.lstrip(" \N{NO-BREAK SPACE}").startswith(_FORMULA_STARTS) else text
