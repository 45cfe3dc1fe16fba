"""The one number of the system: k of n, exact, never a bare percentage."""

from dataclasses import dataclass
from decimal import ROUND_HALF_UP, Decimal


@dataclass(frozen=True)
class Share:
    """``k`` of ``n`` as two integers."""

    k: int
    n: int

    @property
    def percent(self) -> Decimal | None:
        """Rounded half up to one decimal; None when there is nothing to count (0/0)."""
        if self.n == 0:
            return None
        return (Decimal(100 * self.k) / Decimal(self.n)).quantize(Decimal("0.1"), ROUND_HALF_UP)

    def reaches(self, percent: int) -> bool:
        """Whether the share is at least ``percent``, compared on integers: 4/5 is 80%."""
        return 100 * self.k >= percent * self.n

    def percent_text(self, language: str) -> str | None:
        """ "77,8%" in Vietnamese, "77.8%" in English, None for 0/0."""
        if self.percent is None:
            return None
        text = f"{self.percent}%"
        return text.replace(".", ",") if language == "vi" else text

    def text(self, language: str) -> str:
        """ "7/9 (77,8%)", the only way a share is printed; "0/0" when there is nothing to count."""
        percent = self.percent_text(language)
        return f"{self.k}/{self.n}" if percent is None else f"{self.k}/{self.n} ({percent})"
