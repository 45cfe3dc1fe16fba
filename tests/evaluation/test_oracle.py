"""The SQL of the evaluation and the rules written again over lists agree on offices of chance, unit by unit."""

from pathlib import Path

import pytest
from flask import Flask

from qms.evaluation.service import evaluate
from qms.units.models import Unit
from tests.evaluation.oracle import Answer, Judgement, Oracle, Resting
from tests.evaluation.random_office import DAYS_ASKED, build
from tests.office import Office
from tests.shared_app import application


def compare() -> int:
    """Compares all days asked; answers how many units were judged."""
    count = 0
    for day in DAYS_ASKED:
        outcome, oracle = evaluate(day, Office().moment()), Oracle(day)
        wanted: dict[str, Judgement] = {unit.code: oracle.judge(unit) for unit in _in_scope(oracle)}
        found = {
            one.unit: Judgement(
                one.verdict.value,
                f"{one.score.k}/{one.score.n}",
                {each.criterion: Answer(each.result.value, each.met, each.total, each.failing) for each in one.criteria},
            )
            for one in outcome.units
        }
        assert found == wanted, day
        assert [
            (one.agency, one.unit, one.reason.value, one.successor, one.left) for one in outcome.excluded
        ] == oracle.excluded(), day
        rests = {
            one.unit: Resting(
                one.verdict.value,
                one.timely_verdict.value,
                {each.criterion: each.late for each in one.criteria},
                {each.criterion: each.taken_over for each in one.criteria},
            )
            for one in outcome.units
        }
        assert rests == {unit.code: oracle.rests_on(unit) for unit in _in_scope(oracle)}, day
        count += len(found)
    return count


def _in_scope(oracle: Oracle) -> list[Unit]:
    return [unit for unit in oracle.units.values() if oracle.in_scope(unit)]


@pytest.mark.parametrize("seed", range(15))
def test_the_evaluation_agrees_with_the_rules_written_again(app: Flask, office: Office, seed: int) -> None:
    build(office, seed)
    assert compare() > 0


def test_both_databases_agree_with_the_rules_and_give_one_seal(sqlite_url: str, postgresql_url: str, tmp_path: Path) -> None:
    seals = []
    for name, url in (("sqlite", sqlite_url), ("postgresql", postgresql_url)):
        with application(tmp_path / name, url):
            office = Office()
            build(office, 99)
            assert compare() > 0
            seals.append([evaluate(day, office.moment()).seal() for day in DAYS_ASKED])
    assert seals[0] == seals[1]
    assert len(set(seals[0])) == len(DAYS_ASKED)


@pytest.mark.parametrize("seed", [31, 32])
def test_the_rules_hold_on_every_database(any_app: Flask, office: Office, seed: int) -> None:
    build(office, seed)
    assert compare() > 0
