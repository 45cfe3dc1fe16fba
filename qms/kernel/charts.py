"""Where the marks of a chart stand, in units of its drawing; ``_charts.html`` draws them, this module knows no page.

A drawing is some 320 units wide, about as many as a phone shows, so that its writing stays readable there.
"""

from collections.abc import Sequence
from dataclasses import dataclass

from qms.kernel.share import Share

WIDTH = 320
HEIGHT = 180
TOP = 44
"""Room for the name of the target and for what stands on a bar that reaches it."""
FOOT = 24
MOST_WIDE = 40


@dataclass(frozen=True)
class Bar:
    """One column: its place, its share, and whether it is over, as all but the last."""

    left: int
    top: int
    width: int
    height: int
    label: str
    share: Share
    past: bool

    @property
    def middle(self) -> int:
        """Where its writing is centred."""
        return self.left + self.width // 2


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
    slot = WIDTH // max(1, len(rows))
    width = min(MOST_WIDE, slot * 6 // 10)
    made = []
    for place, (label, share) in enumerate(rows):
        height = 0 if share.n == 0 else room * share.k // share.n
        left = place * slot + (slot - width) // 2
        made.append(Bar(left, HEIGHT - FOOT - height, width, height, label, share, place < len(rows) - 1))
    return Bars(made, target, HEIGHT - FOOT - room * target // 100)
