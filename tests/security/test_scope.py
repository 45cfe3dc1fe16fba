"""One scope behind every list, and it stays a look-up by index however many units there are elsewhere.

``benchmarks/scope.py`` measures the same in a tree of 100,000; here a small tree shows that the plans are right.
"""

from flask import Flask
from sqlalchemy import select, text

from benchmarks import scope
from nonconformities.models import Nonconformity
from qms.accounts.actor import visible_units
from qms.accounts.permissions import Permission
from qms.kernel.db import db
from qms.units.models import Unit, UnitAncestry


def _below(unit_id: int) -> set[int]:
    """The subtree, found by walking from parent to child."""
    found, waiting = set(), [unit_id]
    while waiting:
        one = waiting.pop()
        found.add(one)
        waiting += db.session.scalars(select(Unit.id).where(Unit.parent_id == one))
    return found


def test_a_grant_in_the_middle_reaches_its_subtree_and_no_list_reads_a_whole_table(any_app: Flask) -> None:
    with any_app.test_request_context():
        count, province, commune = scope.grow(2, 4)
        moment = scope.officer(commune)
        assert count == 2 * (1 + 4 * 100)
        assert set(db.session.scalars(visible_units(moment.person, Permission.UNITS_READ))) == _below(commune)
        assert set(db.session.scalars(visible_units(scope.officer(province).person, Permission.UNITS_READ))) == _below(province)
        for title, query in scope.lists(moment).items():
            rows = db.session.scalars(query).unique().all()
            assert {row.id if title == "units" else row.unit_id for row in rows} == _below(commune), title
        if db.engine.dialect.name == "postgresql":
            db.session.execute(text("SET enable_seqscan = off"))  # tables of a test are small enough to be read as a whole
        for title, query in scope.lists(moment).items():
            assert not scope.scans(scope.plan(query)), title


def test_a_list_that_reads_a_whole_table_is_recognised(any_app: Flask) -> None:
    with any_app.test_request_context():
        assert scope.scans(scope.plan(select(Nonconformity.id).where(Nonconformity.statement == "x")))
        assert scope.scans(scope.plan(select(UnitAncestry.unit_id).where(UnitAncestry.unit_id + 1 == 3)))
