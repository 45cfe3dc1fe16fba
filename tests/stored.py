"""What a feature says it stores about a person, as the export tells it."""

from collections.abc import Mapping, Sequence
from typing import Any

from qms.kernel.stored import Stored
from qms.kernel.together import together


def lines_of(stored: Sequence[Stored]) -> list[tuple[str, list[Mapping[str, Any]]]]:
    """Each heading with its lines."""
    found = together([one.select for one in stored])
    return [(one.heading, [one.tell(row) for row in rows.first]) for one, rows in zip(stored, found, strict=True)]
