"""What a person still answers for: the things that all features know of, in one statement."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from itertools import groupby
from typing import Any

from sqlalchemy import Row, Select, func, literal, select, union_all

from qms.kernel.db import db
from qms.kernel.feature import Feature, Holding, house


@dataclass(frozen=True)
class Part:
    """The things of one feature."""

    feature: str
    holdings: Sequence[Holding]


def estate_of(person_id: int) -> list[Part]:
    """Everything that can be given over, by feature, the most urgent first; features that have nothing are left out."""
    features = _with_estate()
    if not features:
        return []
    rows = sorted(db.session.execute(_everything(person_id, features)), key=_by_urgency)
    return [
        Part(features[place].name, [_told(features[place], row) for row in some])
        for place, some in groupby(rows, key=lambda row: row.place)
    ]


def count_of(person_id: int) -> Select[int]:
    """How many things a person still answers for: a scalar select, for a statement that asks more."""
    features = _with_estate()
    if not features:
        return select(literal(0))
    return select(func.count()).select_from(_everything(person_id, features).subquery())


def _with_estate() -> list[Feature]:
    return [feature for feature in house().features if feature.estate is not None]


def _everything(person_id: int, features: Sequence[Feature]) -> Any:
    """The rows of all features; ``place`` says whose each is."""
    parts = [feature.estate.select(person_id).subquery() for feature in features if feature.estate is not None]
    return union_all(*(select(literal(place).label("place"), *part.c) for place, part in enumerate(parts)))


def _by_urgency(row: Row[Any]) -> tuple[int, date, str]:
    return row.place, row.due_on or date.max, row.code


def _told(feature: Feature, row: Row[Any]) -> Holding:
    assert feature.estate is not None
    return feature.estate.tell(row)
