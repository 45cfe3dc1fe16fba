"""A few units are evaluated as all of them are, and cost what they are."""

from random import Random

import pytest
from flask import Flask
from sqlalchemy import select

from qms.evaluation.outcome import Outcome
from qms.evaluation.service import evaluate
from qms.kernel.db import db
from qms.units.models import Unit
from qms.units.standing import standing
from tests.evaluation.random_office import DAYS_ASKED, build
from tests.office import TODAY, Office


def prepared() -> set[str]:
    """The codes of the units that the last evaluation looked at."""
    return set(db.session.scalars(select(Unit.code).join(standing, standing.c.unit_id == Unit.id)))


def rows(outcome: Outcome, units: list[int]) -> list[object]:
    """What an outcome says of some units."""
    wanted = set(db.session.scalars(select(Unit.code).where(Unit.id.in_(units))))
    return [one for one in (*outcome.units, *outcome.excluded) if one.unit in wanted]


def compare_some(office: Office, seed: int) -> None:
    """Evaluates some units of an office of chance alone, and with all others."""
    build(office, seed)
    everybody = db.session.scalars(select(Unit.id).order_by(Unit.id)).all()
    chance = Random(seed)
    for day in DAYS_ASKED:
        units = chance.sample(everybody, chance.randrange(1, 4))
        some, every = evaluate(day, office.moment(), units=units), evaluate(day, office.moment())
        assert rows(some, units) == rows(every, units)
        assert len(some.units) + len(some.excluded) == len(units)


@pytest.mark.parametrize("seed", range(40, 52))
def test_some_units_are_evaluated_as_all_are(app: Flask, office: Office, seed: int) -> None:
    compare_some(office, seed)


def test_some_units_are_evaluated_as_all_are_on_every_database(any_app: Flask, office: Office) -> None:
    compare_some(office, 52)


@pytest.mark.parametrize("seed", [53, 54])
def test_a_subtree_is_evaluated_as_in_the_whole(app: Flask, office: Office, seed: int) -> None:
    build(office, seed)
    for scope in db.session.scalars(select(Unit)):
        part, whole = evaluate(TODAY, office.moment(), scope), evaluate(TODAY, office.moment())
        units = {one.unit for one in part.units}
        assert [one for one in whole.units if one.unit in units] == list(part.units)


def test_the_evaluation_of_one_unit_looks_at_its_agency_and_whoever_handed_on(app: Flask, office: Office) -> None:
    ward, other = office.agency("P"), office.agency("Q")
    unit, beside = office.unit("A", parent=ward), office.unit("B", parent=ward)
    office.unit("C", parent=other)
    merged = office.unit("M", parent=other, in_scope_to=TODAY, successor_id=unit.id)
    office.unit("E", parent=other, in_scope_to=TODAY, successor_id=merged.id)
    outcome = evaluate(TODAY, office.moment(), units=[unit.id])
    assert [one.unit for one in outcome.units] == ["A"]
    assert outcome.excluded == ()
    assert prepared() == {"P", "A", beside.code, "M", "E", "Q"}


def test_nobody_asked_is_nobody_found(app: Flask, office: Office) -> None:
    office.agency("P")
    outcome = evaluate(TODAY, office.moment(), units=[])
    assert (outcome.units, outcome.excluded) == ((), ())
