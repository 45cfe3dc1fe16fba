"""What a feature stores about a person, for the answer that the law on personal data asks for (Law 91/2025)."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

from qms.kernel.together import Query


@dataclass(frozen=True)
class Stored:
    """One table under a heading; several under one heading stand below each other.

    ``select`` gives a row of named columns for each thing that is stored, in its order; those of all features are asked in one
    statement. ``tell`` turns such a row into fields and values, and reads nothing.
    """

    heading: str
    select: Query
    tell: Callable[[Any], Mapping[str, Any]]
