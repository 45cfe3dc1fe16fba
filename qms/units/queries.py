"""Reading the organisation. ``visible`` is the scope of whoever asks: a select of unit ids, made by the floor above."""

from collections import defaultdict
from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import date
from functools import cache
from typing import Any

from sqlalchemy import ColumnElement, Select, SQLColumnExpression, and_, bindparam, exists, false, func, not_, select
from sqlalchemy.orm import aliased, joinedload

from qms.kernel.bulk import chunks
from qms.kernel.db import db
from qms.kernel.paging import SIZE, Page, within
from qms.kernel.text import like_patterns
from qms.units.models import Announcement, ScopeState, Unit, UnitAncestry

Scope = Select[Any]


@dataclass(frozen=True)
class Branch:
    """A unit with how deep it stands below the highest visible one."""

    unit: Unit
    depth: int


def listed(visible: Scope) -> Select[Unit]:
    """The visible units, each with the one above it."""
    return select(Unit).options(joinedload(Unit.parent)).where(Unit.id.in_(visible))


def page_of_tree(visible: Scope, number: int, size: int = SIZE, *, hiding: ColumnElement[bool] | None = None) -> Page:
    """One page of the visible units as ``Branch`` rows in the order of the tree; ``hiding`` are left out, and counted.

    Ids are put in order here, as no two databases sort paths of codes alike; only one page of units is loaded.
    """
    aside = false() if hiding is None else hiding
    every = db.session.execute(select(Unit.id, Unit.parent_id, Unit.code, aside.label("aside")).where(Unit.id.in_(visible))).all()
    rows = [row for row in every if not row.aside]
    seen = {row.id for row in rows}
    below: dict[int | None, list[tuple[str, int]]] = defaultdict(list)
    for row in rows:
        below[row.parent_id if row.parent_id in seen else None].append((row.code, row.id))
    ordered: list[tuple[int, int]] = []
    waiting = [(unit_id, 0) for _code, unit_id in sorted(below[None], reverse=True)]
    while waiting:
        unit_id, depth = waiting.pop()
        ordered.append((unit_id, depth))
        waiting += [(child, depth + 1) for _code, child in sorted(below[unit_id], reverse=True)]
    number = within(number, len(ordered), size)
    part = ordered[(number - 1) * size : number * size]
    units = db.session.scalars(
        select(Unit).options(joinedload(Unit.parent)).where(Unit.id.in_([unit_id for unit_id, _depth in part]))
    )
    by_id = {unit.id: unit for unit in units}
    branches = [Branch(by_id[unit_id], depth) for unit_id, depth in part]
    return Page(branches, number, len(ordered), size, len(every) - len(rows))


def stands(standing: ScopeState, today: date) -> ColumnElement[bool]:
    """Whether a unit is in scope on a day, not yet or never, or no longer; no condition may become NULL, as one is negated."""
    began = and_(Unit.in_scope_from.is_not(None), Unit.in_scope_from <= today)
    ended = and_(Unit.in_scope_to.is_not(None), Unit.in_scope_to <= today)
    conditions: dict[ScopeState, ColumnElement[bool]] = {
        ScopeState.IN_SCOPE: and_(began, not_(ended)),
        ScopeState.OUTSIDE: and_(not_(began), not_(ended)),
        ScopeState.ENDED: ended,
    }
    return conditions[standing]


def matching(visible: Scope, text: str, most: int) -> Sequence[Unit]:
    """The visible units that have every word in code or name, by code."""
    words = [Unit.folded.like(pattern, escape="\\") for pattern in like_patterns(text)]
    query = select(Unit).options(joinedload(Unit.parent)).where(Unit.id.in_(visible), *words)
    return db.session.scalars(query.order_by(Unit.code).limit(most)).all()


def find(visible: Scope, unit_id: int) -> Unit | None:
    """The unit, when it lies in the scope."""
    return db.session.scalar(
        select(Unit).options(joinedload(Unit.parent), joinedload(Unit.successor)).where(Unit.id == unit_id, Unit.id.in_(visible))
    )


def id_of(code: str) -> int | None:
    """Id of the unit with that code."""
    return db.session.scalar(select(Unit.id).where(Unit.code == code))


def below(code: str) -> Select[int]:
    """Ids of the unit with that code and of everything below it; for the filters of lists, within a scope."""
    return select(UnitAncestry.unit_id).join(Unit, Unit.id == UnitAncestry.ancestor_id).where(Unit.code == code)


def depth_of(unit_id: SQLColumnExpression[int]) -> ColumnElement[int]:
    """How deep a unit stands: the number of units above it, itself included."""
    over = aliased(UnitAncestry)
    return select(func.count()).where(over.unit_id == unit_id).scalar_subquery()


def above(unit: Unit, visible: Scope) -> Sequence[Unit]:
    """The visible units above it, highest first."""
    return db.session.scalars(
        select(Unit)
        .join(UnitAncestry, UnitAncestry.ancestor_id == Unit.id)
        .where(UnitAncestry.unit_id == unit.id, Unit.id != unit.id, Unit.id.in_(visible))
        .order_by(depth_of(Unit.id))
    ).all()


def agencies_of(unit_ids: Collection[int]) -> dict[int, Unit]:
    """The agency each unit belongs to: the nearest at or above it that has a QMS of its own; units without one are left out."""
    return {
        unit_id: agency  # the deepest comes last and stays
        for some in chunks(unit_ids)
        for unit_id, agency in db.session.execute(_agencies(), {"unit_ids": some})
    }


@cache
def _agencies() -> Select[int, Unit]:
    """Each unit with every agency at or above it, the deepest last; written once, asked by every page."""
    asked = UnitAncestry.unit_id.in_(bindparam("unit_ids", expanding=True))
    query = select(UnitAncestry.unit_id, Unit).join(Unit, Unit.id == UnitAncestry.ancestor_id).where(Unit.agency.is_(True), asked)
    return query.order_by(depth_of(Unit.id))


def is_everything(visible: Scope) -> ColumnElement[bool]:
    """Whether the scope is the whole organisation: what belongs to no unit is for whoever sees all of it."""
    top = select(Unit.id).where(Unit.parent_id.is_(None))
    return and_(exists(top.where(Unit.id.in_(visible))), not_(exists(top.where(Unit.id.not_in(visible)))))


def children(unit: Unit) -> Sequence[Unit]:
    """The units directly below it, by code."""
    return db.session.scalars(select(Unit).where(Unit.parent_id == unit.id).order_by(Unit.code)).all()


def announcements(unit: Unit) -> Sequence[Announcement]:
    """The announcements of an agency, newest first."""
    return db.session.scalars(
        select(Announcement).where(Announcement.unit_id == unit.id).order_by(Announcement.announced_on.desc(), Announcement.id)
    ).all()


def choices(visible: Scope, agencies_only: bool = False) -> Sequence[Unit]:
    """The units a form may offer: those of the scope, by code."""
    query = select(Unit).where(Unit.id.in_(visible))
    if agencies_only:
        query = query.where(Unit.agency.is_(True))
    return db.session.scalars(query.order_by(Unit.code)).all()
