"""The two families of official papers: state papers by NĐ 30/2020/NĐ-CP, party papers by HD 05-HD/VPTW (2026)."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date
from enum import StrEnum

from qms.kernel.language import _
from qms.reports.characters import clean

MONTHS = (
    "January",
    "February",
    "March",
    "April",
    "May",
    "June",
    "July",
    "August",
    "September",
    "October",
    "November",
    "December",
)


class Family(StrEnum):
    """Which rules a paper's form follows."""

    STATE = "state"
    PARTY = "party"


@dataclass(frozen=True)
class Measures:
    """What the rules fix in numbers: margins in millimetres, type in points."""

    top: float
    bottom: float
    left: float
    right: float
    superior: float
    issuing: float
    nation: float
    motto: float
    number: float
    place: float
    kind: float
    subject: float
    bodies_share: float
    """Part of the text's width that the names of the bodies take in the head."""
    body: float = 14
    table: float = 12
    signature: float = 14
    recipients_title: float = 12
    recipients: float = 11
    first_line: float = 12.7
    """Indent of a paragraph's first line, millimetres."""


MEASURES = {
    Family.STATE: Measures(
        20, 20, 30, 20, superior=12, issuing=12, nation=12, motto=13, number=13, place=13, kind=14, subject=14, bodies_share=0.39
    ),
    Family.PARTY: Measures(
        20, 20, 30, 15, superior=14, issuing=14, nation=15, motto=14, number=14, place=14, kind=16, subject=14, bodies_share=0.48
    ),
}


@dataclass(frozen=True)
class Letterhead:
    """The head of a paper with all its words in the paper's language; ``\\n`` in a name is a wanted line break."""

    family: Family
    superior: str
    """The body above the issuing one, or empty (a People's Committee names none)."""
    issuing: str
    nation: str
    """The republic on state papers, the Party on party papers; printed in capitals over a rule."""
    motto: str
    """Empty on party papers."""
    number_label: str
    recipients_label: str
    draft_label: str

    def __post_init__(self) -> None:
        for name in ("superior", "issuing", "nation", "motto", "number_label", "recipients_label", "draft_label"):
            object.__setattr__(self, name, clean(getattr(self, name)))

    @property
    def measures(self) -> Measures:
        """Margins and sizes of the family."""
        return MEASURES[self.family]

    def number_line(self, symbol: str) -> str:
        """ "Số:        /BC-UBND" or "Số        -BC/ĐU": the number itself stays blank until the clerk gives it."""
        separator = "/" if self.family is Family.STATE else "-"
        return self.number_label + "\N{NO-BREAK SPACE}" * 10 + separator + symbol


def letterhead(family: Family, issuing: str, superior: str = "") -> Letterhead:
    """The head of a paper of this family, its fixed words in the current language."""
    state = family is Family.STATE
    return Letterhead(
        family=family,
        superior=superior,
        issuing=issuing,
        nation=_("SOCIALIST REPUBLIC OF VIET NAM") if state else _("COMMUNIST PARTY OF VIET NAM"),
        motto=_("Independence - Freedom - Happiness") if state else "",
        number_label=_("No.:") if state else _("No.:").rstrip(":"),
        recipients_label=_("Recipients:"),
        draft_label=_("DRAFT"),
    )


def written_date(day: date, language: str) -> str:
    """ "ngày 05 tháng 01 năm 2026" with the zeros of NĐ 30/2020 (days under 10, months 1 and 2), or "5 January 2026"."""
    if language == "vi":
        month = f"{day.month:02}" if day.month < 3 else str(day.month)
        return f"ngày {day.day:02} tháng {month} năm {day.year}"
    return f"{day.day} {MONTHS[day.month - 1]} {day.year}"


def place_and_date(place: str, day: date, language: str) -> str:
    """ "Hà Nội, ngày 05 tháng 01 năm 2026", the line under the motto."""
    return f"{place}, {written_date(day, language)}"


def enclosed(recipients: Iterable[str]) -> tuple[str, ...]:
    """The lines of "Nơi nhận": each with a dash before it and a semicolon after it, the last with a full stop."""
    names = [name.rstrip(" ;.") for name in recipients]
    return tuple(f"- {name}{'.' if index == len(names) else ';'}" for index, name in enumerate(names, 1))
