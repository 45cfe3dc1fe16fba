"""What a row of a workbook is told: a problem that stops it, or a note that does not."""

from dataclasses import dataclass

from qms.kernel.language import _

_QUOTED = 80


def quote(text: str) -> str:
    """A value for a sentence: on one line and not longer than a line."""
    line = " ".join(text.split())
    return line if len(line) <= _QUOTED else line[: _QUOTED - 1] + "…"


@dataclass(frozen=True)
class Seen:
    """What the person sees in the workbook: the name of the sheet, and the title of the column where it has one."""

    sheet: str
    title: str | None


def place(one: "Problem | Note") -> str:
    """Where in the workbook, in words: "units, row 3, kind"; once it is located: "Đơn vị, D3 (Loại đơn vị)"."""
    sheet, column = (one.sheet, one.column) if one.seen is None else (one.seen.sheet, one.seen.title or one.column)
    if one.row is None:
        return sheet
    if column is None:
        return str(_("%(sheet)s, row %(row)s", sheet=sheet, row=one.row))
    if one.cell is None:
        return str(_("%(sheet)s, row %(row)s, %(column)s", sheet=sheet, row=one.row, column=column))
    return str(_("%(sheet)s, %(cell)s (%(column)s)", sheet=sheet, cell=one.cell, column=column))


@dataclass(frozen=True)
class Problem:
    """One error: where, what is wrong, what is allowed (sentences in the reader's language).

    ``row`` is the row number that Excel shows; None where the whole sheet is meant. ``column`` is the English name. ``cell``
    ("D4") and ``seen`` are known once it is located in its workbook.
    """

    sheet: str
    row: int | None
    column: str | None
    wrong: str
    allowed: str
    cell: str | None = None
    seen: Seen | None = None

    @property
    def place(self) -> str:
        """Where, in words."""
        return place(self)

    def __str__(self) -> str:
        return f"{self.place}: {self.wrong} {self.allowed}"


@dataclass(frozen=True)
class Note:
    """A row that is taken over as it stands although the rules of today would not let it happen so."""

    sheet: str
    row: int
    column: str | None
    sentence: str
    cell: str | None = None
    seen: Seen | None = None

    @property
    def place(self) -> str:
        """Where, in words."""
        return place(self)

    def __str__(self) -> str:
        return f"{self.place}: {self.sentence}"
