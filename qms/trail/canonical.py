"""The one text of a mapping: what is hashed must read the same on every machine and for ever."""

import json
from typing import Any


def canonical(value: Any) -> str:
    """JSON with sorted keys, no spaces, letters as they are."""
    return json.dumps(value, ensure_ascii=False, sort_keys=True, separators=(",", ":"), allow_nan=False)


def from_canonical(text: str | None) -> dict[str, Any]:
    """The mapping of such a text; empty for None."""
    found: dict[str, Any] = json.loads(text or "{}")
    return found
