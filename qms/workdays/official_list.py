"""The official list of a year as people paste it: one line a day, "dd/mm/yyyy; nghỉ; tên" or "…; làm bù; tên"."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date

from qms.kernel.language import _l
from qms.kernel.refusal import Refusal
from qms.kernel.text import fold, nfc
from qms.kernel.typed_days import day_or_none
from qms.workdays.models import SpecialDay

MOST_LINES = 400
LONGEST_TITLE = 200
FREE_WORDS = ("nghi", "nghi bu", "nghi le", "free", "off")
WORKED_WORDS = ("lam bu", "di lam", "lam viec", "worked", "work")
"""How people say it, without marks."""


@dataclass(frozen=True)
class Line:
    """A line that could be read; ``number`` counts from 1 as the editor of whoever pasted it does."""

    number: int
    day: date
    working: bool
    title: str


Problem = tuple[int, Refusal]
"""What is wrong with a line, with its number; 0 for the list as a whole."""


def read_list(text: str) -> tuple[list[Line], list[Problem]]:
    """The lines of the list, and everything that is wrong with the others; empty lines are left out."""
    lines: list[Line] = []
    problems: list[Problem] = []
    for number, raw in enumerate(nfc(text).splitlines(), start=1):
        if not raw.strip():
            continue
        found = _read(number, raw)
        if isinstance(found, Line):
            lines.append(found)
        else:
            problems.append((number, found))
    if not lines and not problems:
        problems.append((0, Refusal("list_empty", _l("The list is empty."))))
    if len(lines) + len(problems) > MOST_LINES:
        return [], [(0, Refusal("list_too_long", _l("A list holds at most %(most)s lines.", most=MOST_LINES)))]
    return lines, problems


def by_line(problems: Sequence[Problem]) -> list[Refusal]:
    """The reasons from the first line to the last, each with the number of its line."""
    return [
        Refusal(refusal.code, _l("Line %(number)s: %(problem)s", number=number, problem=refusal.sentence)) if number else refusal
        for number, refusal in sorted(problems, key=lambda problem: problem[0])
    ]


def written(rows: Sequence[SpecialDay]) -> str:
    """The rows of the table as such a list, to be copied to another installation."""
    return "\n".join(f"{row.day:%d/%m/%Y}; {'làm bù' if row.working else 'nghỉ'}; {row.title}" for row in rows)


def _read(number: int, raw: str) -> Line | Refusal:
    parts = [part.strip() for part in raw.replace("\t", ";").split(";", 2)]
    if len(parts) < 3:
        return Refusal("parts_missing", _l("Write three parts with semicolons between them: day; nghỉ or làm bù; name."))
    day, word, title = day_or_none(parts[0]), fold(parts[1]).strip(), parts[2]
    if day is None:
        return Refusal("no_such_day", _l("“%(text)s” is no existing day; write dd/mm/yyyy.", text=parts[0][:40]))
    if word not in FREE_WORDS + WORKED_WORDS:
        return Refusal("word_unknown", _l("“%(text)s” is neither “nghỉ” nor “làm bù”.", text=parts[1][:40]))
    if not title or len(title) > LONGEST_TITLE:
        return Refusal("title_missing", _l("Name the day, in at most %(most)s characters.", most=LONGEST_TITLE))
    return Line(number, day, word in WORKED_WORDS, title)
