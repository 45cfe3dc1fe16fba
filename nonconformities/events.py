"""What this package announces to the packages above it."""

from dataclasses import dataclass
from datetime import date


@dataclass(frozen=True)
class NonconformityClosed:
    """A nonconformity was closed; who raised it from a finding may settle that finding in the same transaction."""

    nonconformity_id: int
    code: str
    on: date
