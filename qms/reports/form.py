"""A form of the QMS as PDF: A4, on every page the head of an ISO form (agency, title, code, date, page n/N), then its blocks.

For working papers inside the office. Letters to others have the head of NĐ 30/2020, see ``qms.reports.pdf``.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from functools import partial
from io import BytesIO
from typing import Any

from reportlab.lib.colors import black
from reportlab.lib.enums import TA_CENTER
from reportlab.lib.pagesizes import A4
from reportlab.lib.units import mm
from reportlab.pdfgen.canvas import Canvas
from reportlab.platypus import BaseDocTemplate, Flowable, Frame, NextPageTemplate, PageBreak, PageTemplate, Spacer

from qms.kernel.language import _
from qms.reports import fonts
from qms.reports.paper import STILL, Block, _Cleaned
from qms.reports.pdf_flow import Flow, Looks
from qms.reports.pdf_table import LinedGrid
from qms.reports.pdf_tags import Node, TaggedCanvas, Words
from qms.reports.pdf_text import markup, style

LEFT, RIGHT, TOP, BOTTOM = 25 * mm, 15 * mm, 15 * mm, 15 * mm
HEAD_HEIGHT = 25 * mm
"""At least; long names of agency, unit and form make the head taller."""
HEAD_GAP = 5 * mm
BODY_SIZE, TABLE_SIZE = 12, 11
_WIDTH, _HEIGHT = A4
_ROOM = _WIDTH - LEFT - RIGHT


@dataclass(frozen=True, kw_only=True)
class Form(_Cleaned):
    """One filled form: what stands in its head, and what below it. ``issue`` counts the editions of the form itself."""

    agency: str
    unit: str
    title: str
    code: str
    issue: str
    day: str
    blocks: tuple[Block, ...]


def render_forms(forms: Sequence[Form], *, title_for_file: str, language: str, made_on: date = STILL) -> bytes:
    """The forms one after another, each with its own count of pages; ValueError when there is none."""
    if not forms:
        raise ValueError("a file of forms holds at least one")
    fonts.register()
    totals = [_File([form], [0], title_for_file, language, made_on).build()[1] for form in forms]
    return _File(forms, totals, title_for_file, language, made_on).build()[0]


class _File:
    """One pass over the forms. The first pass over a form is made only to count its pages."""

    def __init__(self, forms: Sequence[Form], totals: Sequence[int], title: str, language: str, made_on: date) -> None:
        self.forms, self.totals, self.title, self.language, self.made_on = forms, totals, title, language, made_on
        self.first_pages: list[int] = []
        self.root = Node("Document")
        self.sections = [self.root.add("Sect") for _form in forms]
        self.heads = [_head_height(form) for form in forms]

    def build(self) -> tuple[bytes, int]:
        """The bytes and how many pages they have."""
        target = BytesIO()
        document = BaseDocTemplate(
            target,
            pagesize=A4,
            pageTemplates=[
                PageTemplate(str(number), [self.frame(number)], onPage=partial(self.head, number))
                for number in range(len(self.forms))
            ],
            title=self.title,
            author=self.forms[0].agency,
            creator="QMS",
            lang="vi-VN" if self.language == "vi" else "en",
            displayDocTitle=1,
            initialFontName=fonts.REGULAR,
            invariant=1,
        )
        story: list[Flowable] = []
        for number in range(len(self.forms)):
            if number:
                story += [NextPageTemplate(str(number)), PageBreak()]
            story += self.body(number)
        document.build(story, canvasmaker=partial(TaggedCanvas, root=self.root, made_on=self.made_on))
        return target.getvalue(), document.page

    def frame(self, number: int) -> Frame:
        """What the head of a form leaves of a page."""
        height = self.height(number)
        return Frame(LEFT, BOTTOM, _ROOM, height, leftPadding=0, rightPadding=0, topPadding=0, bottomPadding=0)

    def height(self, number: int) -> float:
        """How tall the room for blocks is."""
        return _HEIGHT - TOP - BOTTOM - self.heads[number] - HEAD_GAP

    def body(self, number: int) -> list[Flowable]:
        """The blocks; the head's elements come before theirs."""
        form, section = self.forms[number], self.sections[number]
        words = style(BODY_SIZE, before=2, after=3)
        looks = Looks(
            body=words,
            flush=words,
            small=style(BODY_SIZE - 1, before=2, after=2),
            heading=style(BODY_SIZE, fonts.BOLD, before=6, after=2),
            caption=style(BODY_SIZE, fonts.ITALIC, TA_CENTER, before=6, after=5),
            table=TABLE_SIZE,
        )
        section.add("Div")
        return Flow(_ROOM, self.height(number), looks, form.blocks).blocks(form.blocks, section)

    def head(self, number: int, canvas: Canvas, document: BaseDocTemplate) -> None:
        """Whose form it is, what it is, which edition and which page; read out on the first page only."""
        first = len(self.first_pages) == number
        if first:
            self.first_pages.append(document.page)
        page = document.page - self.first_pages[number] + 1
        node = self.sections[number].kids[0] if first else None
        grid = _head(self.forms[number], f"{page}/{self.totals[number]}", node, self.heads[number])
        grid.wrapOn(canvas, _ROOM, self.heads[number])
        grid.drawOn(canvas, LEFT, _HEIGHT - TOP - self.heads[number])


def _head_height(form: Form) -> float:
    """As tall as its longest cell needs."""
    grid = _head(form, "00/00", None, None)
    return max(HEAD_HEIGHT, float(grid.wrap(_ROOM, _HEIGHT)[1]))


def _head(form: Form, page: str, node: Node | None, height: float | None) -> LinedGrid:
    """Three cells in a frame."""

    def words(text: str, looks: Any, role: str = "P", title: str = "") -> Words:
        return Words(text, looks).belonging(node.add(role, title) if node is not None else None)

    widths = [_ROOM * 0.32, _ROOM * 0.42, _ROOM * 0.26]
    agency = "\n".join(fonts.balanced(form.agency, fonts.BOLD, 10, widths[0] - 10))
    facts = ((_("Code"), form.code), (_("Issue"), form.issue), (_("Day"), form.day), (_("Page"), page))
    cells = [
        [
            words(markup(agency), style(10, fonts.BOLD, TA_CENTER)),
            Spacer(1, 2),
            words(markup(form.unit), style(10, alignment=TA_CENTER)),
        ],
        [words(markup(form.title.upper()), style(13, fonts.BOLD, TA_CENTER), "H1", form.title)],
        [words(markup(f"{term}: {value}"), style(10)) for term, value in facts],
    ]
    grid = LinedGrid([cells], colWidths=widths, rowHeights=[height])
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
    return grid
