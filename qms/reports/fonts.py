"""Tinos, the free face with the widths of Times New Roman: registered once, measured for every format.

ReportLab's own Helvetica is never embedded and has no Vietnamese letters, so every text names one of these faces.
"""

from functools import cache
from pathlib import Path

from reportlab.pdfbase import pdfmetrics
from reportlab.pdfbase.ttfonts import TTFont

REGULAR = "Tinos"
BOLD = "Tinos-Bold"
ITALIC = "Tinos-Italic"
BOLD_ITALIC = "Tinos-BoldItalic"

_FOLDER = Path(__file__).parent / "fonts"
_FILES = {
    REGULAR: "Tinos_400Regular.ttf",
    BOLD: "Tinos_700Bold.ttf",
    ITALIC: "Tinos_400Regular_Italic.ttf",
    BOLD_ITALIC: "Tinos_700Bold_Italic.ttf",
}


@cache
def register() -> None:
    """Makes the four faces known to ReportLab, so that <b> and <i> choose among them. Costs most of a second, once."""
    for name, file in _FILES.items():
        pdfmetrics.registerFont(TTFont(name, _FOLDER / file))
    pdfmetrics.registerFontFamily(REGULAR, normal=REGULAR, bold=BOLD, italic=ITALIC, boldItalic=BOLD_ITALIC)


def width(text: str, font: str, size: float) -> float:
    """Width of a line in points; the same in Times New Roman, so it serves DOCX too."""
    register()
    return float(pdfmetrics.stringWidth(text, font, size))


def balanced(text: str, font: str, size: float, room: float) -> list[str]:
    """The lines of a centred title in at most ``room`` points, about equally long ("ỦY BAN NHÂN DÂN" over "PHƯỜNG MINH AN").

    Line breaks in the text stay; a single word wider than the room is left for the caller to break.
    """
    lines: list[str] = []
    for part in text.split("\n"):
        best = _filled(part, font, size, room)
        narrower = room
        while len(best) > 1 and narrower > size:
            narrower -= 2
            trial = _filled(part, font, size, narrower)
            if len(trial) > len(best):
                break
            best = trial
        lines += best
    return lines


def after_comma(text: str, font: str, size: float, room: float) -> str:
    """A line that is too long for the room broken after its first comma: the place over the whole date, not over "năm 2026"."""
    return text if width(text, font, size) <= room else text.replace(", ", ",\n", 1)


def _filled(text: str, font: str, size: float, room: float) -> list[str]:
    lines: list[str] = []
    for word in text.split():
        if lines and width(f"{lines[-1]} {word}", font, size) <= room:
            lines[-1] += f" {word}"
        else:
            lines.append(word)
    return lines
