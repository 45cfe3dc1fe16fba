"""The one text of a mapping and of an instant: what is hashed must read the same on every machine and for ever."""

import json
from datetime import UTC, datetime
from typing import Any

from qms.trail.verify_trail import canonical

__all__ = ["canonical", "from_canonical", "instant_text"]


def from_canonical(text: str | None) -> dict[str, Any]:
    """The mapping of such a text; empty for None."""
    found: dict[str, Any] = json.loads(text or "{}")
    return found


def instant_text(instant: datetime) -> str:
    """UTC with microseconds and Z, such as 2026-11-30T02:00:00.000000Z."""
    return instant.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%S.%fZ")
