"""A link to a record of any floor: stored as kind and code, resolved by the house."""

from dataclasses import dataclass


@dataclass(frozen=True)
class Reference:
    """``kind`` is the name a feature registered ("procedure"), ``code`` the record's own code."""

    kind: str
    code: str
