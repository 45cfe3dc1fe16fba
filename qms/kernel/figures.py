"""What a feature tells of a year for the report: numbers, each a select, and the causes that units found.

A feature tells what happened; what is counted for whom, when and beside what is decided by the evaluation.
"""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from flask_babel import LazyString
from sqlalchemy import Select

from qms.kernel.window import Window


@dataclass(frozen=True)
class YearFigure:
    """A number of the report, printed under ``heading``: of twelve months, beside that of the twelve months before.

    ``select`` gives a row with ``unit_id`` for each thing that counts at the end of the window's day.
    """

    key: str
    heading: LazyString
    title: LazyString
    select: Callable[[Window], Select[Any]]


CauseSelect = Callable[[Window], Select[Any]]
"""Causes that units stated within twelve months, the weightiest first: ``unit_id``, ``reference`` of the record, ``text``."""
