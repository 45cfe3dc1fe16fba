"""What waits for me, what I wait for, and what is open in the units I answer for, on both databases."""

from collections.abc import Callable
from datetime import timedelta

import pytest
from flask import Flask
from sqlalchemy import select

from nonconformities import rules
from nonconformities.asking import next_due_day
from nonconformities.models import Grade, Nonconformity
from nonconformities.work import awaited, owed, unit, work
from qms.accounts.models import Person
from qms.accounts.permissions import Role
from qms.kernel.db import db
from qms.kernel.feature import WorkItem
from qms.kernel.moment import Moment
from tests.nonconformities.ward import Ward
from tests.office import TODAY, Office
from tests.statements import statements

Asked = Callable[[Callable[[Moment], list[WorkItem]], Person], set[tuple[str, str]]]


@pytest.fixture
def ward(office: Office) -> Ward:
    return Ward(office)


@pytest.fixture
def asked(any_app: Flask, ward: Ward) -> Asked:
    """What one view of my work says to a person, as (code, who owes it)."""

    def ask(view: Callable[[Moment], list[WorkItem]], person: Person) -> set[tuple[str, str]]:
        with any_app.test_request_context():
            return {(item.code, item.owed_by) for item in view(ward.now(person))}

    return ask


def test_whoever_keeps_the_system_sees_a_major_one_that_is_late_and_who_owes_it(ward: Ward, asked: Asked) -> None:
    late = ward.raised(TODAY - timedelta(days=90), Grade.MAJOR)
    assert (late.code, ward.head.full_name) in asked(unit, ward.officer)
    leader = ward.office.person("leader", unit=ward.other)
    ward.office.grant(leader, Role.LEADER, ward.ward)
    assert asked(unit, leader) == {(late.code, ward.head.full_name)}
    assert asked(work, leader) == asked(work, ward.officer) == set()


def test_a_verification_elsewhere_is_no_matter_of_a_head(ward: Ward, asked: Asked) -> None:
    foreign = ward.verifying()
    other_head = ward.office.person("other-head", unit=ward.other, role=Role.UNIT_HEAD)
    for view in (work, awaited, unit):
        assert asked(view, other_head) == set(), view
    assert asked(unit, ward.head) == {(foreign.code, ward.officer.full_name)}


def test_whoever_asked_waits_for_those_who_owe_and_not_for_oneself(ward: Ward, asked: Asked) -> None:
    planning, acting, verifying = ward.raised(), ward.acting(), ward.verifying()
    step = (f"{acting.code}/1", ward.staff.full_name)
    assert asked(awaited, ward.officer) == {(planning.code, ward.head.full_name), step}
    assert asked(awaited, ward.head) == {step, (verifying.code, ward.officer.full_name)}
    assert asked(awaited, ward.staff) == asked(awaited, ward.reader) == set()
    assert asked(unit, ward.staff) == asked(unit, ward.reader) == set()


def test_one_thing_is_found_as_it_stands_in_its_list_and_by_nobody_else(ward: Ward, any_app: Flask) -> None:
    ward.raised(), ward.acting(), ward.verifying()
    stranger = ward.office.person("other-head", unit=ward.other, role=Role.UNIT_HEAD)
    with any_app.test_request_context():
        for person in (ward.officer, ward.head):
            moment = ward.now(person)
            items = [*awaited(moment), *unit(moment)]
            assert {item.kind for item in items} == {"nonconformity", "action"}
            for item in items:
                assert owed(item.kind, item.code, moment) == item
                assert owed(item.kind, item.code, ward.now(stranger)) is None
                assert owed("action", f"{item.code}/9", moment) is None


def test_a_closed_one_is_open_nowhere(ward: Ward, asked: Asked) -> None:
    ward.closed()
    assert not asked(unit, ward.officer) | asked(awaited, ward.officer) | asked(awaited, ward.head)


@pytest.mark.parametrize("stage", ["raised", "planned", "acting", "verifying", "verified", "closed"])
def test_the_database_sorts_by_the_day_that_the_page_shows(ward: Ward, any_app: Flask, stage: str) -> None:
    nc = getattr(ward, stage)()
    ward.office.nonconformity(ward.other)
    found = db.session.scalar(select(next_due_day).where(Nonconformity.id == nc.id))
    assert found == rules.next_due(nc)


def test_an_answer_taken_back_is_due_with_the_whole_record(ward: Ward, any_app: Flask) -> None:
    nc = ward.office.nonconformity(ward.division)
    ward.office.response(nc, nc.raised_on, withdrawn_on=nc.raised_on)
    assert db.session.scalar(select(next_due_day)) == rules.next_due(nc) == nc.due_on


def test_more_records_cost_no_more_statements(ward: Ward, any_app: Flask) -> None:
    def cost(view: Callable[[Moment], list[WorkItem]]) -> int:
        db.session.expire_all()
        moment = ward.now(ward.officer)
        with any_app.test_request_context(), statements() as seen:
            view(moment)
        return len(seen)

    for stage in ("raised", "acting", "verifying", "verified"):
        getattr(ward, stage)()
    few = [cost(view) for view in (work, awaited, unit)]
    for stage in ("raised", "acting", "verifying", "verified"):
        getattr(ward, stage)()
    assert [cost(view) for view in (work, awaited, unit)] == few
    assert max(few) <= 7
