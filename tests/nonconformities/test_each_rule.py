"""Each rule of a nonconformity by itself, on both sides of its edge; plain objects that no database ever saw."""

from dataclasses import dataclass
from datetime import date, timedelta

import pytest

from nonconformities import rules
from nonconformities.models import Action, ActionState, Grade, Nonconformity, NonconformityState, Response
from procedures.models import Procedure, ProcedureUnit
from qms.accounts.models import Person
from qms.accounts.permissions import Permission
from qms.kernel.moment import Moment
from qms.kernel.refusal import Refusal, reason_given
from qms.units.models import Unit
from tests.office import TODAY, at

HERE, ELSEWHERE = 1, 2
ME, SOMEBODY = 7, 8
DAY = timedelta(days=1)


@dataclass(frozen=True)
class Actor:
    """Somebody who may do a few things in one unit."""

    permissions: frozenset[str] = frozenset()
    person_id: int | None = ME
    username: str = "me"
    home_unit_id: int | None = ELSEWHERE
    identities: frozenset[int] = frozenset({ME})
    home_units: frozenset[int] = frozenset({ELSEWHERE})

    def may(self, permission: str, unit_id: int | None) -> bool:
        return unit_id == HERE and permission in self.permissions

    def may_everywhere(self, permission: str) -> bool:
        return False

    def on_behalf_of(self, permission: str, unit_id: int | None) -> str | None:
        return None


def moment(*permissions: str, person_id: int | None = ME) -> Moment:
    return Moment(Actor(frozenset(permissions), person_id), at(TODAY))


def action(state: ActionState = ActionState.OPEN, **fields: object) -> Action:
    return Action(**{"number": "1", "state": state, "due_on": TODAY, "owner_id": SOMEBODY, "move_counts": False, **fields})


def unit(number: int = HERE) -> Unit:
    return Unit(id=number, code=f"U{number}", name="Văn phòng")


def code(refusal: Refusal | None) -> str | None:
    return None if refusal is None else refusal.code


@pytest.mark.parametrize(
    ("counts", "moved_to", "due"),
    [(True, TODAY + 9 * DAY, TODAY + 9 * DAY), (False, TODAY + 9 * DAY, TODAY), (True, None, TODAY), (False, None, TODAY)],
)
def test_a_moved_day_replaces_the_first_one_only_when_the_move_counts(counts: bool, moved_to: date | None, due: date) -> None:
    assert rules.action_due(action(move_counts=counts, moved_to=moved_to)) == due
    assert rules.due(Nonconformity(due_on=TODAY, move_counts=counts, moved_to=moved_to)) == due


@pytest.mark.parametrize(
    ("rule", "missing"),
    [
        (reason_given, "reason_missing"),
        (rules.statement_given, "statement_missing"),
        (rules.description_given, "description_missing"),
        (rules.result_given, "result_missing"),
    ],
)
def test_a_text_that_is_asked_for_is_more_than_blanks(rule: object, missing: str) -> None:
    assert callable(rule)
    assert [code(rule(text)) for text in ("", " \n\t", " x ")] == [missing, missing, None]


def test_a_clause_stands_in_the_catalogue_or_is_left_out() -> None:
    assert [code(rules.clause_known(clause)) for clause in (None, "8.5.1", "11.1", "")] == [
        None,
        None,
        "clause_unknown",
        "clause_unknown",
    ]


def test_a_unit_breaks_only_a_procedure_of_its_own_or_one_that_applies_to_it() -> None:
    elsewhere = Procedure(code="QT-01", unit_id=ELSEWHERE, applications=[])
    assert rules.procedure_concerns(unit(), None) is None
    assert rules.procedure_concerns(unit(), Procedure(code="QT-01", unit_id=HERE, applications=[])) is None
    assert code(rules.procedure_concerns(unit(), elsewhere)) == "procedure_elsewhere"
    elsewhere.applications = [ProcedureUnit(unit_id=ELSEWHERE + 1)]
    assert code(rules.procedure_concerns(unit(), elsewhere)) == "procedure_elsewhere"
    elsewhere.applications = [ProcedureUnit(unit_id=ELSEWHERE + 1), ProcedureUnit(unit_id=HERE)]
    assert rules.procedure_concerns(unit(), elsewhere) is None


def test_who_raises_holds_the_permission_in_that_unit() -> None:
    assert rules.may_raise(unit(), moment(Permission.NONCONFORMITIES_RAISE)) is None
    assert code(rules.may_raise(unit(ELSEWHERE), moment(Permission.NONCONFORMITIES_RAISE))) == "not_permitted"
    assert code(rules.may_raise(unit(), moment(Permission.NONCONFORMITIES_ACT))) == "not_permitted"


def test_an_action_is_due_today_or_later() -> None:
    found = [code(rules.action_day_ahead(day, moment())) for day in (TODAY - DAY, TODAY, TODAY + DAY)]
    assert found == ["due_day_past", None, None]


def test_an_action_is_given_to_another_person_whose_account_is_open() -> None:
    assert rules.owner_active(Person(full_name="An", disabled=False)) is None
    assert code(rules.owner_active(Person(full_name="An", disabled=True))) == "owner_disabled"
    assert code(rules.owner_is_another(action(owner_id=ME), Person(id=ME, full_name="An"))) == "owner_already"
    assert rules.owner_is_another(action(owner_id=ME), Person(id=SOMEBODY, full_name="An")) is None


def test_an_effect_shows_on_the_day_of_the_last_action_at_the_earliest() -> None:
    late, gone = action(due_on=TODAY + 5 * DAY), action(ActionState.CANCELLED, due_on=TODAY + 90 * DAY)
    record = Nonconformity(actions=[action(), late, gone])
    found = [code(rules.effect_after_actions(record, TODAY + days * DAY)) for days in (0, 4, 5, 6)]
    assert found == ["effect_before_actions", "effect_before_actions", None, None]
    assert rules.effect_after_actions(Nonconformity(actions=[gone]), TODAY) is None
    late.moved_to, late.move_counts = TODAY + 8 * DAY, True
    assert code(rules.effect_after_actions(record, TODAY + 7 * DAY)) == "effect_before_actions"


def test_a_plan_holds_an_action_that_was_not_cancelled() -> None:
    cancelled = action(ActionState.CANCELLED)
    assert code(rules.has_action(Nonconformity(actions=[]), moment())) == "no_action"
    assert code(rules.has_action(Nonconformity(actions=[cancelled]), moment())) == "no_action"
    assert rules.has_action(Nonconformity(actions=[cancelled, action(ActionState.DONE)]), moment()) is None


def test_what_is_analysed_is_written_down() -> None:
    found = [code(rules.correction_recorded(Nonconformity(correction=text), moment())) for text in (None, "", "Đã sửa")]
    assert found == ["correction_missing", "correction_missing", None]
    found = [code(rules.cause_recorded(Nonconformity(root_cause=text), moment())) for text in (None, "", "Chưa giao")]
    assert found == ["cause_missing", "cause_missing", None]


def test_the_actions_still_open_are_named() -> None:
    states = {"1": ActionState.DONE, "2": ActionState.OPEN, "3": ActionState.CANCELLED, "4": ActionState.OPEN}
    record = Nonconformity(actions=[action(state, number=number) for number, state in states.items()])
    refusal = rules.no_open_action(record, moment())
    assert refusal is not None
    assert (refusal.code, [one.number for one in rules.open_actions(record)]) == ("actions_open", ["2", "4"])
    assert [one.number for one in rules.live_actions(record)] == ["1", "2", "4"]
    assert rules.no_open_action(Nonconformity(actions=[action(ActionState.DONE)]), moment()) is None


@pytest.mark.parametrize(("grade", "days"), [(Grade.MAJOR, 0), (Grade.MINOR, 90)])
def test_the_evaluation_forgives_a_minor_one_for_ninety_days_and_an_effect_for_thirty(grade: Grade, days: int) -> None:
    assert rules.limit_of(grade, TODAY) == TODAY + timedelta(days=days)
    assert rules.effect_limit_of(TODAY) == TODAY + timedelta(days=30)


def test_only_the_response_in_force_says_when_the_effect_is_due() -> None:
    back = Response(withdrawn_on=TODAY, effect_due_on=TODAY + 90 * DAY)
    held, unsaid = Response(effect_due_on=TODAY + 30 * DAY), Response()
    record = Nonconformity(
        state=NonconformityState.VERIFYING, due_on=TODAY + DAY, move_counts=False, responses=[back, held, unsaid], actions=[]
    )
    assert rules.responses_in_force(record) == [held, unsaid]
    assert rules.next_due(record) == TODAY + 30 * DAY
    record.responses = [back, unsaid]
    assert rules.next_due(record) == TODAY + DAY


def test_a_plan_is_due_with_its_answer_and_after_a_return_with_the_record() -> None:
    record = Nonconformity(
        state=NonconformityState.PLANNING, response_due_on=TODAY, due_on=TODAY + DAY, move_counts=False, responses=[]
    )
    assert rules.next_due(record) == TODAY
    record.responses = [Response(withdrawn_on=TODAY)]
    assert rules.next_due(record) == TODAY + DAY


def test_the_first_open_action_is_the_next_due_day_while_acting() -> None:
    acts = [action(due_on=TODAY + 6 * DAY), action(due_on=TODAY + 3 * DAY), action(ActionState.DONE)]
    record = Nonconformity(state=NonconformityState.ACTING, due_on=TODAY + 9 * DAY, move_counts=False, actions=acts)
    assert rules.next_due(record) == TODAY + 3 * DAY
    record.actions = acts[2:]
    assert rules.next_due(record) == TODAY + 9 * DAY


def test_the_system_owns_no_action() -> None:
    ownerless = action(owner_id=None)
    assert rules.owns(action(owner_id=ME), moment().person)
    assert not rules.owns(action(), moment().person)
    assert not rules.owns(ownerless, moment(person_id=None).person)


def test_an_owner_reports_and_a_giver_hands_over_in_the_unit_of_the_action_alone() -> None:
    mine, anothers = action(owner_id=ME), action()
    mine.nonconformity = anothers.nonconformity = Nonconformity(unit_id=HERE)
    acting = rules.acting_moment(mine, moment()).person
    assert acting.may(Permission.NONCONFORMITIES_ACT, HERE)
    assert not acting.may(Permission.NONCONFORMITIES_RESPOND, HERE)
    assert not acting.may(Permission.NONCONFORMITIES_ACT, ELSEWHERE)
    assert not rules.acting_moment(anothers, moment()).person.may(Permission.NONCONFORMITIES_ACT, HERE)
    giving = rules.handing_over(mine, moment()).person
    assert giving.may(Permission.NONCONFORMITIES_RESPOND, HERE)
    assert not giving.may(Permission.NONCONFORMITIES_ACT, HERE)
    assert not giving.may(Permission.NONCONFORMITIES_RESPOND, ELSEWHERE)


@pytest.mark.parametrize("state", list(NonconformityState))
def test_an_action_is_cancelled_in_planning_and_reported_in_acting(state: NonconformityState) -> None:
    one = action()
    one.nonconformity = Nonconformity(state=state)
    assert code(rules.while_planning(one, moment())) == (None if state is NonconformityState.PLANNING else "not_planning")
    assert code(rules.while_acting(one, moment())) == (None if state is NonconformityState.ACTING else "not_acting")


def test_a_form_for_a_head_needs_a_head() -> None:
    assert rules.nobody_confirms(unit()).code == "nobody_confirms"
