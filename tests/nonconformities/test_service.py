"""The life of a nonconformity through its verbs, on both databases."""

from dataclasses import replace
from datetime import date, timedelta
from functools import partial

import pytest
from flask import Flask, current_app
from sqlalchemy import select
from sqlalchemy.exc import IntegrityError

from nonconformities import rules, service
from nonconformities.events import NonconformityClosed
from nonconformities.models import Action, ActionState, EventKind, Grade, Nonconformity, NonconformityState, Response, Source
from qms.accounts.permissions import Role
from qms.kernel.db import db, writing
from qms.kernel.feature import House, house
from qms.kernel.refusal import Refused
from qms.trail.service import history
from qms.units.models import Unit
from tests.nonconformities.ward import Ward
from tests.office import TODAY, Office
from tests.threads import at_once

S = NonconformityState


@pytest.fixture
def ward(office: Office) -> Ward:
    return Ward(office)


def codes(refused: pytest.ExceptionInfo[Refused]) -> set[str]:
    return {refusal.code for refusal in refused.value.refusals}


def test_a_new_one_gets_the_next_free_code_and_its_deadlines(ward: Ward) -> None:
    ward.office.nonconformity(ward.division, "NC-2026-041")
    ward.office.nonconformity(ward.division, "NC-2026-09x")
    ward.office.nonconformity(ward.division, "NC-2025-900")
    first, second = ward.raised(grade=Grade.MAJOR), ward.raised()
    assert (first.code, second.code) == ("NC-2026-042", "NC-2026-043")
    assert first.limit_on == first.due_on < second.due_on
    assert second.limit_on == second.due_on + timedelta(days=90)
    assert (second.raised_on, second.raised_by_id, second.taken_over) == (TODAY, ward.officer.id, False)


@pytest.mark.usefixtures("any_app")
def test_the_next_number_is_above_the_highest_of_the_year_however_many_digits_it_has(ward: Ward) -> None:
    for number in ("099", "999", "1234", "12345678901", "2000-b"):
        ward.office.nonconformity(ward.division, f"NC-2026-{number}")
    assert (ward.raised().code, ward.raised().code) == ("NC-2026-1235", "NC-2026-1236")


def test_two_people_who_raise_at_once_get_different_codes(ward: Ward, any_app: Flask) -> None:
    division, moment = ward.division.id, ward.now(ward.officer)

    def go(number: int) -> str:
        with writing() as session:
            unit = session.get_one(Unit, division)
            raised = service.raise_nonconformity(
                unit,
                grade=Grade.MINOR,
                statement=f"Lần {number}",
                requirement=None,
                evidence=None,
                clause=None,
                source=Source.SELF,
                moment=moment,
            )
            return raised.code

    db.session.rollback()
    found = at_once(any_app, [partial(go, number) for number in range(8)])
    assert sorted(found) == [f"NC-2026-00{number}" for number in range(1, 9)]


def test_only_who_may_raise_in_the_unit_raises(ward: Ward) -> None:
    with pytest.raises(Refused) as refused, writing():
        service.raise_nonconformity(
            ward.division,
            grade=Grade.MINOR,
            statement=" ",
            requirement=None,
            evidence=None,
            clause="99.9",
            source=Source.SELF,
            moment=ward.now(ward.head),
        )
    assert codes(refused) == {"not_permitted", "statement_missing", "clause_unknown"}
    assert not db.session.scalars(select(Nonconformity)).all()


def test_a_procedure_of_another_unit_is_refused_unless_it_applies(ward: Ward) -> None:
    procedure = ward.office.procedure(ward.other)
    moment = ward.now(ward.officer)

    def go() -> Nonconformity:
        with writing():
            return service.raise_nonconformity(
                ward.division,
                grade=Grade.MINOR,
                statement="Sai quy trình",
                requirement=None,
                evidence=None,
                clause=None,
                source=Source.SELF,
                procedure=procedure,
                moment=moment,
            )

    with pytest.raises(Refused) as refused:
        go()
    assert codes(refused) == {"procedure_elsewhere"}
    ward.office.application(procedure, ward.division)
    assert go().procedure is procedure


@pytest.mark.usefixtures("any_app")
def test_the_whole_life_leaves_its_facts_and_a_trail(ward: Ward, monkeypatch: pytest.MonkeyPatch) -> None:
    heard: list[object] = []
    monkeypatch.setattr(service, "announce", heard.append)
    nc = ward.closed()
    assert nc.state is S.CLOSED
    assert nc.effective is True
    assert (nc.responded_by_id, nc.verified_by_id, nc.verified_on) == (ward.head.id, ward.officer.id, TODAY)
    (response,) = nc.responses
    assert (response.held_from, response.responded_on, response.withdrawn_on) == (TODAY, TODAY, None)
    assert response.effect_limit_on == response.effect_due_on + timedelta(days=30)
    (action,) = nc.actions
    assert (action.state, action.completed_on, action.completed_by_id) == (ActionState.DONE, TODAY, ward.staff.id)
    assert [(event.event, event.on) for event in nc.events] == [(EventKind.CLOSED, TODAY)]
    assert heard == [NonconformityClosed(nc.id, nc.code, TODAY)]
    assert [entry.deed for entry in reversed(history("nonconformity", nc.code))] == [
        "raise",
        "record_analysis",
        "add_action",
        "submit",
        "complete_action",
        "request_verification",
        "verify",
        "close",
    ]


def test_a_plan_without_cause_or_action_is_not_submitted(ward: Ward) -> None:
    nc = ward.raised()
    with pytest.raises(Refused) as refused, writing():
        service.submit(nc, TODAY, ward.now(ward.head))
    assert codes(refused) == {"correction_missing", "cause_missing", "no_action"}


def test_the_effect_is_not_due_before_the_last_action(ward: Ward) -> None:
    nc = ward.planned()
    with pytest.raises(Refused) as refused, writing():
        service.submit(nc, TODAY + timedelta(days=9), ward.now(ward.head))
    assert codes(refused) == {"effect_before_actions"}


def test_an_action_is_not_due_in_the_past_nor_given_to_a_disabled_account(ward: Ward) -> None:
    nc = ward.raised()
    gone = ward.office.person("gone", unit=ward.other, disabled=True)
    with pytest.raises(Refused) as refused, writing():
        service.add_action(nc, "", gone, TODAY - timedelta(days=1), ward.now(ward.head))
    assert codes(refused) == {"due_day_past", "owner_disabled", "description_missing"}


def test_a_cancelled_action_keeps_its_number_and_its_reason(ward: Ward) -> None:
    nc, moment = ward.planned(), ward.now(ward.head)
    with writing():
        service.cancel_action(nc.actions[0], "Trùng việc", moment)
        service.add_action(nc, "Tập huấn", ward.staff, TODAY, moment)
    assert [(action.number, action.state.value, action.cancelled_on) for action in nc.actions] == [
        ("1", "cancelled", TODAY),
        ("2", "open", None),
    ]
    assert nc.actions[0].cancel_reason == "Trùng việc"


def test_an_owner_of_another_unit_reports_the_action_and_nobody_else_of_that_unit(ward: Ward) -> None:
    nc = ward.acting()
    with pytest.raises(Refused) as refused, writing():
        service.complete_action(nc.actions[0], "Xong", ward.now(ward.officer))
    assert codes(refused) == {"not_permitted", "not_the_owner"}
    with writing():
        service.complete_action(nc.actions[0], "Xong", ward.now(ward.staff))
    assert nc.state is S.VERIFYING


def test_the_head_reports_the_action_of_somebody_else(ward: Ward) -> None:
    nc = ward.acting()
    with writing():
        service.complete_action(nc.actions[0], "Xong", ward.now(ward.head))
    assert nc.actions[0].completed_by_id == ward.head.id


def test_the_record_waits_until_the_last_action_is_done(ward: Ward) -> None:
    nc, moment = ward.planned(), ward.now(ward.head)
    with writing():
        service.add_action(nc, "Tập huấn", ward.head, TODAY, moment)
        service.submit(nc, TODAY + timedelta(days=20), moment)
        service.complete_action(nc.actions[0], "Xong", moment)
    assert nc.state is S.ACTING
    with pytest.raises(Refused) as refused, writing():
        service.request_verification(nc, moment)
    assert codes(refused) == {"actions_open"}
    with writing():
        service.complete_action(nc.actions[1], "Xong", moment)
    assert nc.state is S.VERIFYING


def test_a_plan_sent_back_loses_its_response_that_day_and_the_next_one_holds_anew(ward: Ward) -> None:
    nc = ward.acting(date(2026, 11, 2))
    with writing():
        service.send_back(nc, "Nguyên nhân chưa tới gốc", ward.now(ward.officer, date(2026, 11, 5)))
    assert nc.state is S.PLANNING
    assert [response.withdrawn_on for response in nc.responses] == [date(2026, 11, 5)]
    with writing():
        service.submit(nc, date(2026, 12, 20), ward.now(ward.head, date(2026, 11, 6)))
    assert [(response.held_from, response.withdrawn_on) for response in nc.responses] == [
        (date(2026, 11, 2), date(2026, 11, 5)),
        (date(2026, 11, 6), None),
    ]


def test_actions_that_did_not_help_lead_to_a_new_plan_and_the_verdict_is_forgotten(ward: Ward) -> None:
    nc = ward.verifying()
    with writing():
        service.verify(nc, False, "Vẫn còn 3/30", ward.now(ward.officer))
    assert (nc.state, nc.effective, nc.verified_on, nc.verified_by_id, nc.verdict_note) == (S.PLANNING, None, None, None, None)
    assert nc.responses[0].withdrawn_on == TODAY
    assert history("nonconformity", nc.code)[0].reason == "Vẫn còn 3/30"


def test_a_new_plan_whose_actions_are_all_done_goes_straight_to_verification(ward: Ward) -> None:
    nc = ward.verifying()
    with writing():
        service.verify(nc, False, "Vẫn còn", ward.now(ward.officer))
        service.submit(nc, TODAY + timedelta(days=30), ward.now(ward.head))
    assert nc.state is S.VERIFYING


def test_nobody_verifies_an_own_plan_an_own_action_or_the_own_unit(ward: Ward) -> None:
    nc = ward.verifying()
    for person in (ward.head, ward.staff):
        ward.office.grant(person, Role.QUALITY_OFFICER, ward.ward)
    with pytest.raises(Refused) as refused, writing():
        service.verify(nc, True, "Tốt", ward.now(ward.head))
    assert codes(refused) == {"own_response", "own_unit"}
    with pytest.raises(Refused) as refused, writing():
        service.verify(nc, False, "Chưa tốt", ward.now(ward.staff))
    assert codes(refused) == {"own_action", "own_response"}


def test_reopening_forgets_the_verdict_and_closing_waits_for_the_next_day(ward: Ward) -> None:
    nc = ward.closed(date(2026, 11, 2))
    day = date(2026, 11, 9)
    with writing():
        service.reopen(nc, "Lặp lại", ward.now(ward.officer, day))
    assert (nc.state, nc.effective, nc.verified_on) == (S.PLANNING, None, None)
    assert nc.responses[0].withdrawn_on == day
    assert {(event.event, event.on) for event in nc.events} == {(EventKind.CLOSED, date(2026, 11, 2)), (EventKind.REOPENED, day)}
    with writing():
        service.submit(nc, date(2026, 12, 20), ward.now(ward.head, day))
        service.verify(nc, True, "Tốt", ward.now(ward.officer, day))
    with pytest.raises(Refused) as refused, writing():
        service.close(nc, ward.now(ward.officer, day))
    assert codes(refused) == {"reopened_today"}
    with writing():
        service.close(nc, ward.now(ward.officer, day + timedelta(days=1)))
    assert nc.state is S.CLOSED


def test_a_closing_is_reopened_on_the_same_day(ward: Ward) -> None:
    nc = ward.closed()
    with writing():
        service.reopen(nc, "Nhầm", ward.now(ward.officer))
    db.session.expire_all()
    assert [event.event for event in nc.events] == [EventKind.CLOSED, EventKind.REOPENED]


def test_what_a_listener_raises_undoes_the_closing(ward: Ward, monkeypatch: pytest.MonkeyPatch) -> None:
    nc = ward.verified()

    def stop(event: object) -> None:
        raise Refused([])

    first, *others = house().features
    strict = replace(first, listeners={NonconformityClosed: stop})
    monkeypatch.setitem(current_app.extensions, "qms.house", House((strict, *others)))
    with pytest.raises(Refused), writing():
        service.close(nc, ward.now(ward.officer))
    assert ward.office.again(nc).state is S.VERIFIED
    assert not nc.events


def test_records_of_a_register_that_lack_pieces_do_not_stop_the_verbs(ward: Ward) -> None:
    nc = ward.office.nonconformity(
        ward.division, state=S.ACTING, taken_over=True, correction=None, root_cause=None, raised_on=date(2026, 3, 2)
    )
    action = ward.office.action(nc, "a", owner_text="Chuyên viên", taken_over=True)
    ward.office.response(nc, date(2026, 3, 5), held_from=None, effect_due_on=None)
    with writing():
        service.complete_action(action, "Xong", ward.now(ward.head))
        service.verify(nc, False, "Chưa", ward.now(ward.officer))
        service.record_analysis(nc, "", "Nguyên nhân", ward.now(ward.head))
        service.add_action(nc, "Việc mới", ward.staff, TODAY, ward.now(ward.head))
    assert nc.actions[-1].number == "1"
    assert rules.next_due(nc) == nc.due_on
    assert nc.correction is None


@pytest.mark.parametrize(
    "broken",
    [
        {"state": S.CLOSED, "effective": None},
        {"state": S.VERIFIED, "effective": None},
        {"state": S.VERIFIED, "effective": False},
        {"state": S.PLANNING, "effective": True},
        {"state": S.VERIFYING, "effective": False},
        {"state": S.ACTING, "root_cause": None},
        {"state": S.VERIFYING, "correction": None},
        {"moved_to": date(2026, 5, 1), "moved_on": None},
        {"moved_to": None, "moved_on": date(2026, 5, 1)},
    ],
)
@pytest.mark.usefixtures("any_app")
def test_the_database_refuses_a_nonconformity_that_breaks_a_rule(ward: Ward, broken: dict[str, object]) -> None:
    with pytest.raises(IntegrityError):
        ward.office.nonconformity(ward.division, **broken)


@pytest.mark.parametrize(
    "broken",
    [
        {"state": ActionState.DONE},
        {"state": ActionState.OPEN, "completed_on": TODAY},
        {"state": ActionState.CANCELLED},
        {"state": ActionState.OPEN, "cancelled_on": TODAY},
        {"owner_id": 0, "owner_text": "Chuyên viên"},
        {"moved_to": TODAY},
        {"moved_on": TODAY},
    ],
)
@pytest.mark.usefixtures("any_app")
def test_the_database_refuses_an_action_that_breaks_a_rule(ward: Ward, broken: dict[str, object]) -> None:
    nc = ward.office.nonconformity(ward.division)
    given = {
        "owner_id" if name == "owner" else name: ward.staff.id if name == "owner" else value for name, value in broken.items()
    }
    with pytest.raises(IntegrityError):
        ward.office.action(nc, **given)


@pytest.mark.usefixtures("any_app")
def test_the_database_refuses_two_actions_of_one_number(ward: Ward) -> None:
    nc = ward.office.nonconformity(ward.division)
    ward.office.action(nc, "1")
    with pytest.raises(IntegrityError):
        ward.office.action(nc, "1")


@pytest.mark.parametrize(
    "broken",
    [
        {"withdrawn_on": date(2026, 3, 1)},
        {"effect_due_on": None, "effect_limit_on": TODAY},
        {"effect_due_on": TODAY, "effect_limit_on": None},
    ],
)
@pytest.mark.usefixtures("any_app")
def test_the_database_refuses_a_response_that_breaks_a_rule(ward: Ward, broken: dict[str, object]) -> None:
    nc = ward.office.nonconformity(ward.division)
    with pytest.raises(IntegrityError):
        ward.office.response(nc, date(2026, 3, 5), **broken)


@pytest.mark.usefixtures("any_app")
def test_the_database_refuses_a_second_event_of_a_kind_on_one_day(ward: Ward) -> None:
    nc = ward.office.nonconformity(ward.division)
    ward.office.event(nc, EventKind.CLOSED, TODAY)
    db.session.expunge_all()
    nc = db.session.scalars(select(Nonconformity)).one()
    with pytest.raises(IntegrityError):
        ward.office.event(nc, EventKind.CLOSED, TODAY)


def test_the_parts_are_mapped_to_their_record(ward: Ward) -> None:
    nc = ward.acting()
    assert db.session.scalars(select(Response.nonconformity_id)).all() == [nc.id]
    assert db.session.scalars(select(Action)).one().reference == f"{nc.code}/1"
