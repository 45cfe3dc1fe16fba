"""Ruled tables in a PDF: repeated heads, wrapped cells, rows that stay whole."""

from collections.abc import Sequence
from typing import Any

from reportlab.lib.colors import black
from reportlab.lib.enums import TA_CENTER, TA_LEFT, TA_RIGHT
from reportlab.lib.styles import ParagraphStyle
from reportlab.platypus import Flowable, Paragraph
from reportlab.platypus import Table as Grid

from qms.reports import fonts
from qms.reports.columns import column_widths
from qms.reports.paper import Align, Group, Table
from qms.reports.pdf_text import Alignment, markup, style

_ALIGNMENT: dict[Align, Alignment] = {Align.LEFT: TA_LEFT, Align.CENTER: TA_CENTER, Align.RIGHT: TA_RIGHT}
_CELL_PADDING = 4
_SPLIT_ROW_MIN = 70
"""A row taller than a page is divided, but never into a strip of less than this many points."""


class Ruled(Grid):
    """A table that breaks between rows; only a row too tall for a whole page is broken inside.

    ReportLab alone would also break a row in what is left of a page, and repeat the head in the middle of that page.
    """

    def split(self, available_width: float, available_height: float) -> list[Flowable]:
        """The parts for this page and for the next; none when nothing fits here."""
        frame = getattr(self, "_frame", None)
        self.splitInRow = _SPLIT_ROW_MIN if frame is not None and frame._atTop else 0
        parts: list[Flowable] = super().split(available_width, available_height)
        return parts


def ruled_table(table: Table, room: float, size: float) -> Ruled:
    """A grid of ``room`` points; every cell is a paragraph, so that text wraps and long codes break instead of being cut."""
    size, widths = column_widths(table, room, size, 2 * _CELL_PADDING)
    looks = {
        (align, bold): style(size, fonts.BOLD if bold else fonts.REGULAR, _ALIGNMENT[align], 1.17)
        for align in Align
        for bold in (False, True)
    }
    rows: list[list[Any]] = [[[Paragraph(markup(column.title), looks[Align.CENTER, True])] for column in table.columns]]
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
            rows.append([[Paragraph(markup(row.text), looks[Align.LEFT, True])], *[""] * (len(table.columns) - 1)])
            commands.append(("SPAN", (0, index), (-1, index)))
            if index < len(table.rows):
                commands.append(("NOSPLIT", (0, index), (0, index + 1)))
        else:
            rows.append(_cells(table, row, looks, bold=False))
    if table.total:
        rows.append(_cells(table, table.total, looks, bold=True))
        commands.append(("NOSPLIT", (0, len(rows) - 2), (0, len(rows) - 1)))
    grid = Ruled(rows, colWidths=widths, repeatRows=1, spaceBefore=2, spaceAfter=8)
    grid.setStyle(commands)
    return grid


def _cells(table: Table, row: Sequence[str], looks: dict[tuple[Align, bool], ParagraphStyle], *, bold: bool) -> list[Any]:
    return [[Paragraph(markup(cell), looks[column.align, bold])] for column, cell in zip(table.columns, row, strict=True)]
