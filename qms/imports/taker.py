"""How a package takes rows of the register workbook over, and gives them back: the contract it fulfils without importing it."""

from collections.abc import Mapping, Sequence
from datetime import date
from typing import Any, Protocol

Values = dict[str, Any]
"""One row by column name, as ``read_workbook`` gives it; roles as text ("staff", "auditor@PMA")."""

Key = tuple[Any, ...]

Change = tuple[Values, Values]
"""A record as it stands and as the workbook wants it."""


class Taker(Protocol):
    """Reads and writes the records behind one sheet. It checks nothing: only rows without a problem reach it.

    ``sheet`` is the name of the sheet, ``kind`` the word of the trail for one record.
    """

    @property
    def sheet(self) -> str: ...

    @property
    def kind(self) -> str: ...

    def code(self, values: Mapping[str, Any]) -> str:
        """How the trail and the pages name the record."""

    def rows(self, day: date) -> dict[Key, Values]:
        """All records as they would be exported on ``day``, by the sheet's key, in a stable order."""

    def save(self, new: Sequence[Values], changed: Sequence[Change], day: date) -> None:
        """Writes records; ``day`` is when their facts were entered. Runs inside ``writing()``, after the sheets before it."""
