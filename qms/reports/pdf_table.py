"""Ruled tables in a PDF: repeated heads, wrapped cells, rows that stay whole."""

from collections.abc import Sequence
from typing import Any

from reportlab.lib.colors import black
from reportlab.lib.enums import TA_CENTER, TA_LEFT, TA_RIGHT
from reportlab.lib.styles import ParagraphStyle
from reportlab.platypus import Flowable
from reportlab.platypus import Table as Grid

from qms.reports import fonts
from qms.reports.columns import column_widths
from qms.reports.paper import Align, Group, Table
from qms.reports.pdf_tags import Node, Words, tagged
from qms.reports.pdf_text import Alignment, markup, style

_ALIGNMENT: dict[Align, Alignment] = {Align.LEFT: TA_LEFT, Align.CENTER: TA_CENTER, Align.RIGHT: TA_RIGHT}
_CELL_PADDING = 4
_ROUNDING = 0.01
_SPLIT_ROW_MIN = 70
"""A row taller than a page is divided, but never into a strip of less than this many points."""


class LinedGrid(Grid):
    """A grid whose lines are an artifact: they are seen and not read."""

    def _drawLines(self) -> None:  # noqa: N802  # ReportLab's name
        with tagged(self.canv).telling(None):
            super()._drawLines()  # type: ignore[misc]  # not in the published types


class Ruled(LinedGrid):
    """A table that breaks between rows; only a row too tall for a whole page is broken inside.

    ReportLab alone would also break a row in what is left of a page, repeat the head in the middle of that page, and leave a
    single row behind or carry one over.
    """

    least = 2
    """So many rows at least stand on its last page, the total among them."""

    def split(self, available_width: float, available_height: float) -> list[Flowable]:
        """The parts for this page and for the next; none when nothing fits here."""
        frame = getattr(self, "_frame", None)
        at_top = frame is not None and frame._atTop
        self.splitInRow = _SPLIT_ROW_MIN if at_top else 0
        parts = self._parts(available_width, available_height)
        while at_top and not parts and self._let_go():
            parts = self._parts(available_width, available_height)
        if len(parts) == 2 and parts[1].rows < self.least:
            heights: list[float] = vars(self)["_rowHeights"][: parts[0].rows]  # the head, and all rows but the last
            shorter = self._parts(available_width, sum(heights) + _ROUNDING)
            parts = shorter if len(shorter) == 2 and shorter[0].rows > 1 else parts
        if len(parts) == 2 and parts[0].rows == 1 and not at_top:
            return []
        return list(parts)

    @property
    def rows(self) -> int:
        """How many rows it has below its head."""
        return int(vars(self)["_nrows"]) - 1

    def _let_go(self) -> bool:
        """Parts the first rows that should stay together, as they do not fit on a page; whether there were any."""
        kept: list[Any] = vars(self)["_nosplitCmds"]  # ReportLab offers no public name for it
        first = min((start[1] for _name, start, _stop in kept), default=None)
        vars(self)["_nosplitCmds"] = [command for command in kept if command[1][1] != first]
        self._calcNoSplitRanges()  # type: ignore[attr-defined]  # as above
        return first is not None

    def _parts(self, available_width: float, available_height: float) -> "list[Ruled]":
        parts = [part for part in super().split(available_width, available_height) if isinstance(part, Ruled)]
        for part in parts:
            part.least = self.least
        return parts


def ruled_table(table: Table, room: float, size: float, node: Node) -> Ruled:
    """A grid of ``room`` points; every cell is a paragraph, so that text wraps and long codes break instead of being cut.

    No page begins or ends with a single row of it: the first two stay together, and the last two with the total. ``node`` is its
    element, which gets its rows and cells.
    """
    size, widths = column_widths(table, room, size, 2 * _CELL_PADDING)
    looks = {
        (align, bold): style(size, fonts.BOLD if bold else fonts.REGULAR, _ALIGNMENT[align], 1.17)
        for align in Align
        for bold in (False, True)
    }
    told = node.add("TR")
    rows: list[list[Any]] = [
        [
            [Words(markup(column.title), looks[Align.CENTER, True]).belonging(told.add("TH", Scope="Column"))]
            for column in table.columns
        ]
    ]
    commands: list[Any] = [
        ("FONTNAME", (0, 0), (-1, -1), fonts.REGULAR),
        ("GRID", (0, 0), (-1, -1), 0.6, black),
        ("VALIGN", (0, 0), (-1, 0), "MIDDLE"),
        ("VALIGN", (0, 1), (-1, -1), "TOP"),
        ("LEFTPADDING", (0, 0), (-1, -1), _CELL_PADDING),
        ("RIGHTPADDING", (0, 0), (-1, -1), _CELL_PADDING),
        ("TOPPADDING", (0, 0), (-1, -1), 2),
        ("BOTTOMPADDING", (0, 0), (-1, -1), 4),
    ]
    for index, row in enumerate(table.rows, 1):
        if isinstance(row, Group):
            opening = node.add("TR").add("TH", Scope="Row", ColSpan=len(table.columns))
            words = Words(markup(row.text), looks[Align.LEFT, True]).belonging(opening)
            rows.append([[words], *[""] * (len(table.columns) - 1)])
            commands.append(("SPAN", (0, index), (-1, index)))
            if index < len(table.rows):
                commands.append(("NOSPLIT", (0, index), (0, index + 1)))
        else:
            rows.append(_cells(table, row, looks, node.add("TR"), bold=False))
    if table.total:
        rows.append(_cells(table, table.total, looks, node.add("TR"), bold=True))
        commands.append(("NOSPLIT", (0, len(rows) - 2), (0, len(rows) - 1)))
    grid = Ruled(rows, colWidths=widths, repeatRows=1, spaceBefore=2, spaceAfter=8)
    grid.least = 3 if table.total else 2
    grid.setStyle(commands)
    return grid


def _cells(
    table: Table, row: Sequence[str], looks: dict[tuple[Align, bool], ParagraphStyle], node: Node, *, bold: bool
) -> list[Any]:
    return [
        [Words(markup(cell), looks[column.align, bold]).belonging(node.add("TD"))]
        for column, cell in zip(table.columns, row, strict=True)
    ]
