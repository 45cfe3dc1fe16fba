"""What a feature proves to the evaluation: one select for each piece, and how far each item can be relied on.

A feature proves; it does not judge. Criteria, weights and thresholds are data of the evaluation.
"""

from collections.abc import Callable
from dataclasses import dataclass
from enum import IntEnum
from typing import Any

from sqlalchemy import ColumnElement, Select, case

from qms.kernel.window import Window


class Proof(IntEnum):
    """What an item rests on: the weakest of the facts it needs, the strongest of those that serve it alike."""

    FAILED = 0
    """Not met."""
    LATE = 1
    """Met, but only by a fact that was entered more than 30 days after its day."""
    TAKEN_OVER = 2
    """Met by history that the office brought along when it started."""
    IN_TIME = 3
    """Met by facts entered when they happened."""


@dataclass(frozen=True)
class Evidence:
    """One piece of evidence.

    ``select`` gives a row for each item: ``unit_id``, ``reference`` of the record, ``proof``; where it stands for several that
    were met alike and have no name, how many (``times``); where the item has a page its
    ``record_id`` (of the ``kind`` beside); where an item that failed belongs to the past ``past_due_on`` and whether it is
    ``settled`` (one that is not stays in view until it is). ``act`` gives, for a unit's id, the page where it sets about it;
    ``unfinished`` selects ``reference``, ``record_id`` and ``day`` of what a unit (id) only has to bring to its end.
    """

    key: str
    select: Callable[[Window], Select[Any]]
    kind: str | None = None
    act: Callable[[int], str] | None = None
    unfinished: Callable[[int], Select[Any]] | None = None


def proof(met: Callable[[Proof], ColumnElement[bool]]) -> ColumnElement[int]:
    """How well an item is proved: ``met`` says whether it is when only facts at least as good as that count."""
    return case(
        (met(Proof.IN_TIME), Proof.IN_TIME.value),
        (met(Proof.TAKEN_OVER), Proof.TAKEN_OVER.value),
        (met(Proof.LATE), Proof.LATE.value),
        else_=Proof.FAILED.value,
    )
