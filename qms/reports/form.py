"""A form of the QMS as PDF: A4, on every page the head of an ISO form (agency, title, code, date, page n/N), then a table.

For working papers inside the office. Letters to others have the head of NĐ 30/2020, see ``qms.reports.pdf``.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from functools import partial
from io import BytesIO

from reportlab.lib.colors import black
from reportlab.lib.enums import TA_CENTER
from reportlab.lib.pagesizes import A4
from reportlab.lib.units import mm
from reportlab.pdfgen.canvas import Canvas
from reportlab.platypus import BaseDocTemplate, Flowable, Frame, NextPageTemplate, PageBreak, PageTemplate, Paragraph, Spacer
from reportlab.platypus import Table as Grid

from qms.kernel.language import _
from qms.reports import fonts
from qms.reports.paper import Table, Text, _Cleaned
from qms.reports.pdf_table import ruled_table
from qms.reports.pdf_text import markup, run_markup, style

LEFT, RIGHT, TOP, BOTTOM = 25 * mm, 15 * mm, 15 * mm, 15 * mm
HEAD_HEIGHT = 25 * mm
HEAD_GAP = 5 * mm
BODY_SIZE, TABLE_SIZE = 12, 11


@dataclass(frozen=True, kw_only=True)
class Form(_Cleaned):
    """One filled form: what stands in its head, and what below it. ``issue`` counts the editions of the form itself."""

    agency: str
    unit: str
    title: str
    code: str
    issue: str
    day: str
    blocks: tuple[Text | Table, ...]


def render_forms(forms: Sequence[Form], *, title_for_file: str, language: str) -> bytes:
    """The forms one after another, each with its own count of pages; ValueError when there is none."""
    if not forms:
        raise ValueError("a file of forms holds at least one")
    fonts.register()
    totals = [_build([form], [0], title_for_file, language)[1] for form in forms]
    return _build(forms, totals, title_for_file, language)[0]


def _build(forms: Sequence[Form], totals: Sequence[int], title_for_file: str, language: str) -> tuple[bytes, int]:
    """The bytes and how many pages they have. The first pass over a form is made only to count its pages."""
    target = BytesIO()
    width, height = A4
    first_pages: list[int] = []
    frame = Frame(
        LEFT,
        BOTTOM,
        width - LEFT - RIGHT,
        height - TOP - BOTTOM - HEAD_HEIGHT - HEAD_GAP,
        leftPadding=0,
        rightPadding=0,
        topPadding=0,
        bottomPadding=0,
    )
    document = BaseDocTemplate(
        target,
        pagesize=A4,
        pageTemplates=[
            PageTemplate(str(number), [frame], onPage=partial(_head, form, totals[number], first_pages, number))
            for number, form in enumerate(forms)
        ],
        title=title_for_file,
        author=forms[0].agency,
        creator="QMS",
        lang="vi-VN" if language == "vi" else "en",
        displayDocTitle=1,
        initialFontName=fonts.REGULAR,
        invariant=1,
    )
    story: list[Flowable] = []
    for number, form in enumerate(forms):
        if number:
            story += [NextPageTemplate(str(number)), PageBreak()]
        story += _body(form, width - LEFT - RIGHT)
    document.build(story)
    return target.getvalue(), document.page


def _body(form: Form, room: float) -> list[Flowable]:
    words = style(BODY_SIZE, before=2, after=4)
    return [
        ruled_table(block, room, TABLE_SIZE)
        if isinstance(block, Table)
        else Paragraph("".join(map(run_markup, block.runs)), words)
        for block in form.blocks
    ]


def _head(form: Form, total: int, first_pages: list[int], number: int, canvas: Canvas, document: BaseDocTemplate) -> None:
    """Three cells in a frame: whose form it is, what it is, which edition and which page."""
    if len(first_pages) == number:
        first_pages.append(document.page)
    page = document.page - first_pages[number] + 1
    width, height = A4
    room = width - LEFT - RIGHT
    widths = [room * 0.32, room * 0.42, room * 0.26]
    small, centred = style(10), style(10, alignment=TA_CENTER)
    facts = (
        (_("Code"), form.code),
        (_("Issue"), form.issue),
        (_("Printed on"), form.day),
        (_("Page"), f"{page}/{total}"),
    )
    cells = [
        [
            Paragraph(
                markup("\n".join(fonts.balanced(form.agency, fonts.BOLD, 10, widths[0] - 10))), style(10, fonts.BOLD, TA_CENTER)
            ),
            Spacer(1, 2),
            Paragraph(markup(form.unit), centred),
        ],
        [Paragraph(markup(form.title.upper()), style(13, fonts.BOLD, TA_CENTER))],
        [Paragraph(markup(f"{term}: {value}"), small) for term, value in facts],
    ]
    grid = Grid([cells], colWidths=widths, rowHeights=[HEAD_HEIGHT])
    grid.setStyle(
        [
            ("FONTNAME", (0, 0), (-1, -1), fonts.REGULAR),
            ("GRID", (0, 0), (-1, -1), 0.8, black),
            ("VALIGN", (0, 0), (-1, -1), "MIDDLE"),
            ("LEFTPADDING", (0, 0), (-1, -1), 5),
            ("RIGHTPADDING", (0, 0), (-1, -1), 5),
            ("TOPPADDING", (0, 0), (-1, -1), 2),
            ("BOTTOMPADDING", (0, 0), (-1, -1), 2),
        ]
    )
    grid.wrapOn(canvas, room, HEAD_HEIGHT)
    grid.drawOn(canvas, LEFT, height - TOP - HEAD_HEIGHT)
