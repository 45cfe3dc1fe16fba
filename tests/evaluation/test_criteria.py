"""Criteria sets are data: which one holds on a day, what a criterion asks, and that two may rest on one proof."""

from datetime import date

import pytest
from flask import Flask

from qms.evaluation import service
from qms.evaluation.criteria import CriteriaSet, read_set, set_of
from qms.evaluation.models import Result, RunOrigin
from qms.kernel.db import writing
from tests.office import TODAY, Office
from tests.statements import statements

HEAD = """
code = "trial/{version}"
valid_from = {since}
pass_percent = 80
least_weight = 1
"""
CRITERION = """
[[criteria]]
code = "{code}"
evidence = "actions_on_time"
clause = "10.2.1"
weight = 1
rule = "share"
percent = {percent}
title_vi = "{code}"
title_en = "{code}"
advice_vi = ""
advice_en = ""
"""


def a_set(version: str, since: date = date(2026, 1, 1), **percents: int) -> CriteriaSet:
    rows = "".join(CRITERION.format(code=code, percent=percent) for code, percent in percents.items())
    return read_set((HEAD.format(version=version, since=since.isoformat()) + rows).encode())


def test_the_set_is_chosen_by_the_day() -> None:
    old, new = a_set("3", date(2025, 1, 1), one=80), a_set("1", date(2026, 7, 1), one=80)
    assert set_of(date(2026, 6, 30), [old, new]) is old
    assert set_of(date(2026, 7, 1), [old, new]) is new


def test_of_two_sets_for_a_day_the_newer_version_holds_as_a_number() -> None:
    second, tenth = a_set("0.2", one=80), a_set("0.10", one=80)
    assert set_of(TODAY, [tenth, second]) is tenth
    assert set_of(TODAY, [second, tenth]) is tenth


def test_a_code_stands_once_in_a_set() -> None:
    twice = HEAD.format(version="1", since="2026-01-01") + CRITERION.format(code="one", percent=80) * 2
    with pytest.raises(ValueError, match="one twice"):
        read_set(twice.encode())


def test_one_proof_serves_two_criteria_with_two_thresholds(
    any_app: Flask, office: Office, monkeypatch: pytest.MonkeyPatch
) -> None:
    trial = a_set("1", most=50, all=100)
    monkeypatch.setattr(service, "set_of", lambda _day: trial)
    unit = office.unit("A", parent=office.agency("P", in_scope_from=None, exclusion_reason="Cơ quan chung"))
    found = office.nonconformity(unit)
    office.action(found, "1", due_on=date(2026, 4, 1), completed_on=date(2026, 3, 20))
    office.action(found, "2", due_on=date(2026, 4, 1), completed_on=date(2026, 5, 20))
    (outcome,) = service.evaluate(TODAY, office.moment()).units
    most, everything = outcome.criterion("most"), outcome.criterion("all")
    assert (most.result, everything.result) == (Result.MET, Result.NOT_MET)
    assert (most.met, most.total, most.failing) == (everything.met, everything.total, everything.failing)
    assert most.failing == (f"{found.code}/2",)


def test_storing_a_run_asks_the_same_under_the_lock_however_many_units_there_are(app: Flask, office: Office) -> None:
    ward = office.agency("P")
    asked = []
    for number in (2, 30):
        for _ in range(number):
            office.nonconformity(office.unit(parent=ward), raised_on=date(2026, 1, 2), due_on=date(2026, 2, 2))
        outcome = service.evaluate(TODAY, office.moment()).made_ready()
        with statements() as seen, writing(outcome.connection):
            service.store(outcome, office.moment(), RunOrigin.PERSON)
        asked.append(len(seen))
    assert asked[0] == asked[1] <= 20, asked
