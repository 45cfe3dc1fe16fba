"""Words and their looks in a PDF: people's text made harmless, styles that never fall back to Helvetica."""

from typing import Literal
from xml.sax.saxutils import escape

from reportlab.lib.enums import TA_LEFT
from reportlab.lib.styles import ParagraphStyle

from qms.reports import fonts
from qms.reports.paper import Run

Alignment = Literal[0, 1, 2, 4]
"""ReportLab's TA_LEFT, TA_CENTER, TA_RIGHT, TA_JUSTIFY."""


def markup(text: str) -> str:
    """Text of people as ReportLab paragraph markup that means only itself."""
    return escape(text).replace("\n", "<br/>")


def run_markup(run: Run) -> str:
    """Words of one face as ReportLab markup."""
    text = markup(run.text)
    text = f"<i>{text}</i>" if run.italic else text
    return f"<b>{text}</b>" if run.bold else text


def style(
    size: float,
    font: str = fonts.REGULAR,
    alignment: Alignment = TA_LEFT,
    leading: float = 1.2,
    *,
    indent: float = 0,
    before: float = 0,
    after: float = 0,
) -> ParagraphStyle:
    """A paragraph style of one of our faces; sizes in points, ``leading`` as a multiple of the size."""
    return ParagraphStyle(
        "paper",
        fontName=font,
        bulletFontName=font,
        fontSize=size,
        leading=size * leading,
        alignment=alignment,
        firstLineIndent=indent,
        spaceBefore=before,
        spaceAfter=after,
        allowWidows=0,
        allowOrphans=0,
    )
