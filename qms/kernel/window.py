"""The days an evaluation looks at: D and the windows that end with it."""

from dataclasses import dataclass
from datetime import date, timedelta

from qms.kernel.days import add_months

TOLERANCE_DAYS = 45


@dataclass(frozen=True)
class Window:
    """``day`` is D, a local day taken as finished."""

    day: date

    def months(self, count: int) -> date:
        """Start of W(count): a day d is in the window when start < d <= D."""
        return add_months(self.day, -count)

    @property
    def year_with_tolerance(self) -> date:
        """Start of Y: D minus 12 months minus 45 days; a day d is in Y when start < d <= D."""
        return add_months(self.day, -12) - timedelta(days=TOLERANCE_DAYS)
