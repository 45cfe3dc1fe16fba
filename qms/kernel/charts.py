"""Where the marks of a chart stand, in units of its drawing; ``_charts.html`` draws them, this module knows no page.

A drawing is some 320 units wide, about as many as a phone shows, so that its writing stays readable there.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from typing import ClassVar

from qms.kernel.share import Share

WIDTH = 320
HEIGHT = 180
TOP = 44
"""Room for the name of the target and for what stands on a bar that reaches it."""
FOOT = 24
MOST_WIDE = 40
EDGE = 16
"""Room for half a number at both ends of a line."""
MOST_NAMED = 6
"""So many labels of days or months stand beside each other on a line."""
VITAL = 80
"""Percent that the vital few causes make together."""
PARETO_ROW, PARETO_BAR_Y, PARETO_BAR, PARETO_ROOM = 40, 18, 14, 270
GANTT_WIDTH, GANTT_LABELS, GANTT_HEAD, GANTT_ROW, GANTT_MARK = 720, 240, 24, 26, 10


@dataclass(frozen=True, kw_only=True)
class _Standing:
    """A mark that stands on the base of its chart."""

    left: int
    width: int
    height: int
    label: str

    @property
    def top(self) -> int:
        """Its upper edge, counted from that of the drawing."""
        return HEIGHT - FOOT - self.height

    @property
    def middle(self) -> int:
        """Where its writing is centred."""
        return self.left + self.width // 2


def _beside(number: int) -> tuple[int, list[int]]:
    """How wide each of so many columns is, and where on the base each begins."""
    slot = WIDTH // max(1, number)
    width = min(MOST_WIDE, slot * 6 // 10)
    return width, [place * slot + (slot - width) // 2 for place in range(number)]


@dataclass(frozen=True, kw_only=True)
class Bar(_Standing):
    """One share as a column, and whether it is over, as all but the last."""

    share: Share
    past: bool


@dataclass(frozen=True)
class Bars:
    """A chart of shares beside each other, with the line of their target in percent."""

    bars: Sequence[Bar]
    target: int
    target_y: int
    base: int = HEIGHT - FOOT
    width: int = WIDTH
    height: int = HEIGHT


def bars(rows: Sequence[tuple[str, Share]], target: int) -> Bars:
    """Columns of shares, the last one the present; a share of nothing is a column without height."""
    room = HEIGHT - FOOT - TOP
    width, lefts = _beside(len(rows))
    made = [
        Bar(
            left=left,
            width=width,
            height=0 if share.n == 0 else room * share.k // share.n,
            label=label,
            share=share,
            past=place < len(rows),
        )
        for place, (left, (label, share)) in enumerate(zip(lefts, rows, strict=True), 1)
    ]
    return Bars(made, target, HEIGHT - FOOT - room * target // 100)


@dataclass(frozen=True, kw_only=True)
class Column(_Standing):
    """One count as a column, with its tone, which its label says in words."""

    count: int
    tone: str


@dataclass(frozen=True)
class Columns:
    """Counts beside each other."""

    kind: ClassVar[str] = "columns"
    marks: Sequence[Column]
    base: int = HEIGHT - FOOT
    width: int = WIDTH
    height: int = HEIGHT


def columns(rows: Sequence[tuple[str, int, str]]) -> Columns:
    """Columns of (label, count, tone), the highest as high as there is room."""
    room, most = HEIGHT - FOOT - TOP, max((count for _label, count, _tone in rows), default=0)
    width, lefts = _beside(len(rows))
    return Columns(
        [
            Column(left=left, width=width, height=room * count // most if most else 0, label=label, count=count, tone=tone)
            for left, (label, count, tone) in zip(lefts, rows, strict=True)
        ]
    )


@dataclass(frozen=True)
class Point:
    """One count on a line; ``named`` when there is room for its label."""

    x: int
    y: int
    label: str
    count: int
    named: bool


@dataclass(frozen=True)
class Line:
    """Counts over time."""

    kind: ClassVar[str] = "line"
    points: Sequence[Point]
    base: int = HEIGHT - FOOT
    width: int = WIDTH
    height: int = HEIGHT

    @property
    def path(self) -> str:
        """The corners of the line, as an SVG polyline wants them."""
        return " ".join(f"{point.x},{point.y}" for point in self.points)


def line(rows: Sequence[tuple[str, int]]) -> Line:
    """A line through (label, count); the newest count stands at the right and always has its label."""
    room, most = HEIGHT - FOOT - TOP, max((count for _label, count in rows), default=0)
    step = (WIDTH - 2 * EDGE) / max(1, len(rows) - 1)
    every = -(-len(rows) // MOST_NAMED)
    return Line(
        [
            Point(
                round(EDGE + place * step),
                HEIGHT - FOOT - (room * count // most if most else 0),
                label,
                count,
                (len(rows) - 1 - place) % max(1, every) == 0,
            )
            for place, (label, count) in enumerate(rows)
        ]
    )


@dataclass(frozen=True)
class ParetoRow:
    """One cause: its bar, and the share that it and all greater ones have together."""

    top: int
    length: int
    sum_x: int
    label: str
    name: str
    count: int
    together: Share


@dataclass(frozen=True)
class Pareto:
    """Causes by how often, and the line of what they are together: where it passes the mark, the vital few end."""

    kind: ClassVar[str] = "pareto"
    rows: Sequence[ParetoRow]
    mark_x: int
    height: int
    width: int = WIDTH

    @property
    def path(self) -> str:
        """The corners of the line of sums."""
        return " ".join(f"{row.sum_x},{row.top + PARETO_BAR_Y + PARETO_BAR // 2}" for row in self.rows)

    @property
    def vital(self) -> int:
        """How many causes it takes to pass the mark."""
        return 1 + sum(row.together.k * 100 < row.together.n * VITAL for row in self.rows)


def pareto(rows: Sequence[tuple[str, str, int]]) -> Pareto:
    """Bars of (label, name, count), the greatest first, each with the sum up to it."""
    ordered = sorted(rows, key=lambda row: -row[2])
    total, most = sum(count for *_words, count in ordered), max((count for *_words, count in ordered), default=0)
    made, so_far = [], 0
    for place, (label, name, count) in enumerate(ordered):
        so_far += count
        length, sum_x = (PARETO_ROOM * count // most, PARETO_ROOM * so_far // total) if total else (0, 0)
        made.append(ParetoRow(place * PARETO_ROW, length, sum_x, label, name, count, Share(so_far, total)))
    return Pareto(made, PARETO_ROOM * VITAL // 100, max(1, len(made)) * PARETO_ROW)


@dataclass(frozen=True)
class Span:
    """Something that lasts from a day to a day; a single day is a square."""

    top: int
    left: int
    width: int
    label: str
    first: date
    last: date
    tone: str
    told: str


@dataclass(frozen=True)
class Gantt:
    """Spans under each other, along the months of a year; ``now_x`` is the line of today, when it lies within."""

    kind: ClassVar[str] = "gantt"
    spans: Sequence[Span]
    months: Sequence[tuple[int, int]]
    now_x: int | None
    height: int
    width: int = GANTT_WIDTH


def gantt(rows: Sequence[tuple[str, date, date, str, str]], year: int, today: date) -> Gantt:
    """Spans of (label, first day, last day, tone, its state in words), in their order; days outside the year are cut off."""
    first, after = date(year, 1, 1), date(year + 1, 1, 1)

    def x_of(day: date) -> int:
        within = min(max(day, first), after)
        return GANTT_LABELS + (GANTT_WIDTH - GANTT_LABELS) * (within - first).days // (after - first).days

    spans = [
        Span(
            GANTT_HEAD + place * GANTT_ROW,
            x_of(begins),
            max(GANTT_MARK, x_of(ends + timedelta(days=1)) - x_of(begins)),
            label,
            begins,
            ends,
            tone,
            told,
        )
        for place, (label, begins, ends, tone, told) in enumerate(rows)
    ]
    months = [(month, x_of(date(year, month, 1))) for month in range(1, 13)]
    return Gantt(spans, months, x_of(today) if today.year == year else None, GANTT_HEAD + len(spans) * GANTT_ROW)


Chart = Columns | Line | Pareto | Gantt
"""What ``charts.picture`` of ``_charts.html`` draws, each by its ``kind``."""
