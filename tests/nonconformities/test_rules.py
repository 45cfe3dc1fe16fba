"""What is allowed and why not, asked of plain objects that no database ever saw."""

from dataclasses import dataclass
from datetime import date, timedelta

import pytest

from nonconformities import rules
from nonconformities.models import (
    Action,
    ActionState,
    EventKind,
    Grade,
    Nonconformity,
    NonconformityEvent,
    NonconformityState,
    Part,
    Participant,
    Response,
)
from nonconformities.workflow import ACTION_WORKFLOW, WORKFLOW
from qms.accounts.permissions import ROLES, Role
from qms.kernel.days import WorkingDays
from qms.kernel.moment import Moment
from qms.kernel.refusal import Refused
from tests.office import TODAY, at

S = NonconformityState
HERE, ELSEWHERE = 1, 2
ME, SOMEBODY = 7, 8


@dataclass(frozen=True)
class Holder:
    """Somebody with one role in the unit of the record."""

    role: Role | None
    username: str = "me"
    person_id: int | None = ME
    home_unit_id: int | None = ELSEWHERE
    identities: frozenset[int] = frozenset({ME})

    @property
    def home_units(self) -> frozenset[int]:
        return frozenset() if self.home_unit_id is None else frozenset({self.home_unit_id})

    def on_behalf_of(self, permission: str, unit_id: int | None) -> str | None:
        return None

    def may(self, permission: str, unit_id: int | None) -> bool:
        return self.role is not None and unit_id in (HERE, None) and permission in ROLES[self.role]


def moment(role: Role | None = None, home: int = ELSEWHERE) -> Moment:
    return Moment(Holder(role, home_unit_id=home), at(TODAY))


def action(state: ActionState = ActionState.OPEN, number: str = "1", **fields: object) -> Action:
    return Action(number=number, state=state, due_on=TODAY, **{"owner_id": SOMEBODY, "move_counts": False, **fields})


def ready(state: NonconformityState) -> Nonconformity:
    """A record in which nothing but the state and the role can stand in the way."""
    waiting = state in (S.PLANNING, S.ACTING)
    return Nonconformity(
        code="NC-2026-001",
        unit_id=HERE,
        state=state,
        grade=Grade.MINOR,
        response_due_on=TODAY,
        due_on=TODAY + timedelta(days=60),
        move_counts=False,
        correction="Đã sửa",
        root_cause="Chưa phân công",
        responded_by_id=SOMEBODY,
        effective=True if state in (S.VERIFIED, S.CLOSED) else None,
        actions=[action(ActionState.OPEN if waiting and state is S.PLANNING else ActionState.DONE)],
        responses=[],
        events=[],
    )


@pytest.mark.parametrize("role", list(Role))
@pytest.mark.parametrize("step", [step.name for step in WORKFLOW.steps])
@pytest.mark.parametrize("state", list(S))
def test_every_step_in_every_state_is_allowed_to_the_right_role_or_refused_with_its_code(
    state: NonconformityState, step: str, role: Role
) -> None:
    row = WORKFLOW.step(step)
    found = [refusal.code for refusal in WORKFLOW.hindrances(ready(state), step, moment(role))]
    if state not in row.sources:
        assert found == ["wrong_state"]
    else:
        assert found == ([] if row.permission in ROLES[role] else ["not_permitted"])


WHO_MAY = {
    "record_analysis": {Role.UNIT_HEAD},
    "add_action": {Role.UNIT_HEAD},
    "submit": {Role.UNIT_HEAD},
    "request_verification": {Role.UNIT_HEAD, Role.STAFF},
    "send_back": {Role.QUALITY_OFFICER, Role.MANAGEMENT_REPRESENTATIVE},
    "verify": {Role.QUALITY_OFFICER, Role.MANAGEMENT_REPRESENTATIVE, Role.AUDITOR},
    "verify_not_effective": {Role.QUALITY_OFFICER, Role.MANAGEMENT_REPRESENTATIVE, Role.AUDITOR},
    "close": {Role.QUALITY_OFFICER, Role.MANAGEMENT_REPRESENTATIVE},
    "reopen": {Role.QUALITY_OFFICER, Role.MANAGEMENT_REPRESENTATIVE},
    "remove_photo": {Role.QUALITY_OFFICER, Role.MANAGEMENT_REPRESENTATIVE},
}
MOVES = {
    "record_analysis": (S.PLANNING, S.PLANNING),
    "add_action": (S.PLANNING, S.PLANNING),
    "submit": (S.PLANNING, S.ACTING),
    "request_verification": (S.ACTING, S.VERIFYING),
    "send_back": (S.ACTING, S.PLANNING),
    "verify": (S.VERIFYING, S.VERIFIED),
    "verify_not_effective": (S.VERIFYING, S.PLANNING),
    "close": (S.VERIFIED, S.CLOSED),
    "reopen": (S.CLOSED, S.PLANNING),
}


def test_a_photo_is_removed_in_every_state_and_moves_nothing() -> None:
    for state in S:
        record = ready(state)
        WORKFLOW.perform(record, "remove_photo", moment(Role.QUALITY_OFFICER), reason="Thấy mặt người dân")
        assert record.state is state


def test_the_table_moves_as_the_trade_expects() -> None:
    for step in (step for step in WORKFLOW.steps if step.name != "remove_photo"):
        (source,), record = step.sources, ready(step.sources[0])
        WORKFLOW.perform(record, step.name, moment(next(iter(WHO_MAY[step.name]))), reason="Vì vậy")
        assert (source, record.state) == MOVES[step.name], step.name
    assert {step.name for step in WORKFLOW.steps} == {*MOVES, "remove_photo"}


def test_each_step_belongs_to_these_roles_and_no_other() -> None:
    for step in WORKFLOW.steps:
        allowed = {role for role in Role if not WORKFLOW.hindrances(ready(step.sources[0]), step.name, moment(role))}
        assert allowed == WHO_MAY[step.name], step.name


@pytest.mark.parametrize("owner", [ME, SOMEBODY])
@pytest.mark.parametrize("role", [None, *Role])
@pytest.mark.parametrize("state", list(ActionState))
@pytest.mark.parametrize("record_state", list(S))
def test_an_action_is_completed_by_its_owner_or_the_head_while_the_plan_is_carried_out(
    record_state: NonconformityState, state: ActionState, role: Role | None, owner: int
) -> None:
    one, record = action(state, owner_id=owner), ready(record_state)
    one.nonconformity = record
    asked = rules.acting_moment(one, moment(role))
    found = {refusal.code for refusal in ACTION_WORKFLOW.hindrances(one, "complete_action", asked)}
    if state is not ActionState.OPEN:
        assert found == {"wrong_state"}
        return
    expected = set() if record_state is S.ACTING else {"not_acting"}
    if owner != ME and role is not Role.UNIT_HEAD:
        expected |= {"not_the_owner"} if role is Role.STAFF else {"not_the_owner", "not_permitted"}
    assert found == expected


@pytest.mark.parametrize("record_state", list(S))
@pytest.mark.parametrize("role", list(Role))
def test_an_action_is_cancelled_by_the_head_while_the_plan_is_made(record_state: NonconformityState, role: Role) -> None:
    one = action()
    one.nonconformity = ready(record_state)
    found = {refusal.code for refusal in ACTION_WORKFLOW.hindrances(one, "cancel_action", moment(role))}
    expected = set() if record_state is S.PLANNING else {"not_planning"}
    assert found == expected | (set() if role is Role.UNIT_HEAD else {"not_permitted"})


def test_owning_an_action_gives_no_other_right() -> None:
    one = action(owner_id=ME)
    one.nonconformity = ready(S.ACTING)
    person = rules.acting_moment(one, moment()).person
    assert {permission for role in Role for permission in ROLES[role] if person.may(permission, HERE)} == {"nonconformities:act"}


@pytest.mark.parametrize(
    ("change", "code"),
    [
        *(({"participants": [Participant(person_id=ME, part=part)]}, "own_response") for part in Part),
        ({"actions": [action(ActionState.DONE, owner_id=ME)]}, "own_action"),
        ({"actions": [action(ActionState.DONE, completed_by_id=ME)]}, "own_action"),
    ],
)
@pytest.mark.parametrize("step", ["verify", "verify_not_effective"])
def test_who_had_a_hand_in_it_does_not_verify(step: str, change: dict[str, object], code: str) -> None:
    record = ready(S.VERIFYING)
    for name, value in change.items():
        setattr(record, name, value)
    assert [refusal.code for refusal in WORKFLOW.hindrances(record, step, moment(Role.QUALITY_OFFICER))] == [code]


def test_who_belongs_to_the_unit_does_not_verify() -> None:
    found = WORKFLOW.hindrances(ready(S.VERIFYING), "verify", moment(Role.QUALITY_OFFICER, home=HERE))
    assert [refusal.code for refusal in found] == ["own_unit"]


def test_a_cancelled_action_of_the_verifier_does_not_matter() -> None:
    record = ready(S.VERIFYING)
    record.actions = [action(ActionState.CANCELLED, owner_id=ME), action(ActionState.DONE, "2")]
    assert not WORKFLOW.hindrances(record, "verify", moment(Role.QUALITY_OFFICER))


WITH_REASON = {"send_back", "verify", "verify_not_effective", "reopen", "cancel_action", "remove_photo"}


@pytest.mark.parametrize("reason", [None, "", " \n"])
@pytest.mark.parametrize("name", [step.name for step in (*WORKFLOW.steps, *ACTION_WORKFLOW.steps)])
def test_taking_back_and_judging_are_refused_without_a_reason_and_nothing_else_is(name: str, reason: str | None) -> None:
    of_action = any(step.name == name for step in ACTION_WORKFLOW.steps)
    workflow = ACTION_WORKFLOW if of_action else WORKFLOW
    source = workflow.step(name).sources[0]
    thing = action(source) if of_action else ready(source)
    if of_action:
        thing.nonconformity = ready(S.ACTING if name == "complete_action" else S.PLANNING)
    role = next(role for role in Role if not workflow.hindrances(thing, name, moment(role)))
    try:
        workflow.perform(thing, name, moment(role), reason=reason)
    except Refused as refused:
        assert [one.code for one in refused.refusals] == ["reason_missing"] and name in WITH_REASON
        assert thing.state is source, "nothing has moved"
    else:
        assert name not in WITH_REASON


@pytest.mark.parametrize("verifier", [ME, SOMEBODY, None])
@pytest.mark.parametrize("grade", list(Grade))
def test_a_major_one_is_closed_by_somebody_else_than_who_verified_it(grade: Grade, verifier: int | None) -> None:
    record = ready(S.VERIFIED)
    record.grade, record.verified_by_id = grade, verifier
    found = [refusal.code for refusal in WORKFLOW.hindrances(record, "close", moment(Role.QUALITY_OFFICER))]
    assert found == (["own_verdict"] if grade is Grade.MAJOR and verifier == ME else [])


def test_a_list_names_the_step_that_settles_what_holds_the_record() -> None:
    """Whoever looks: a list has room for one reason and one step."""

    def shown(**lacking: object) -> tuple[list[str], str]:
        record = ready(S.PLANNING)
        for name, value in lacking.items():
            setattr(record, name, value)
        step = WORKFLOW.next_step(record, moment())
        assert step is not None
        return [refusal.code for refusal in WORKFLOW.holding(record, moment())], step.name

    assert shown() == ([], "submit")
    assert shown(actions=[]) == (["no_action"], "add_action")
    assert shown(root_cause=None, actions=[]) == (["cause_missing", "no_action"], "record_analysis")
    assert shown(correction=None) == (["correction_missing"], "record_analysis")
    named = [getattr(WORKFLOW.next_step(ready(state), moment()), "name", None) for state in S]
    assert named == ["submit", "request_verification", "verify", "close", None]


@pytest.mark.parametrize("effective", [None, False])
def test_only_a_verified_effect_lets_it_be_closed(effective: bool | None) -> None:
    record = ready(S.VERIFIED)
    record.effective = effective
    found = WORKFLOW.hindrances(record, "close", moment(Role.QUALITY_OFFICER))
    assert [refusal.code for refusal in found] == ["effect_not_verified"]


@pytest.mark.parametrize(("days", "codes"), [(0, ["reopened_today"]), (1, [])])
def test_it_is_not_closed_on_the_day_of_a_reopening(days: int, codes: list[str]) -> None:
    record = ready(S.VERIFIED)
    record.events = [NonconformityEvent(event=EventKind.REOPENED, on=TODAY - timedelta(days=days))]
    assert [refusal.code for refusal in WORKFLOW.hindrances(record, "close", moment(Role.QUALITY_OFFICER))] == codes


def test_a_closing_of_the_same_day_can_be_reopened() -> None:
    record = ready(S.CLOSED)
    record.events = [NonconformityEvent(event=EventKind.CLOSED, on=TODAY)]
    assert not WORKFLOW.hindrances(record, "reopen", moment(Role.QUALITY_OFFICER))


def test_deadlines_are_counted_in_working_days_across_the_lunar_new_year() -> None:
    raised = date(2026, 2, 12)  # a Thursday before Tết of the year 2026
    found = rules.limits(Grade.MAJOR, raised, WorkingDays())
    assert found.response_due_on == date(2026, 3, 5)  # five of the days between are Tết
    assert found.limit_on == found.due_on
    minor = rules.limits(Grade.MINOR, raised, WorkingDays())
    assert minor.limit_on - minor.due_on == timedelta(days=90)


def test_a_day_that_is_worked_in_exchange_brings_a_deadline_nearer() -> None:
    raised = date(2026, 2, 12)
    found = rules.limits(Grade.MAJOR, raised, WorkingDays({date(2026, 2, 28): True}))
    assert found.response_due_on == date(2026, 3, 4)


@pytest.mark.parametrize(
    ("state", "expected"),
    [
        (S.PLANNING, TODAY),
        (S.ACTING, TODAY + timedelta(days=5)),
        (S.VERIFYING, TODAY + timedelta(days=30)),
        (S.VERIFIED, TODAY + timedelta(days=60)),
        (S.CLOSED, None),
    ],
)
def test_the_next_due_day_follows_the_state(state: NonconformityState, expected: date | None) -> None:
    record = ready(state)
    record.actions = [action(moved_to=TODAY + timedelta(days=5), move_counts=True)]
    if state is not S.PLANNING:
        record.responses = [
            Response(effect_due_on=TODAY + timedelta(days=90), withdrawn_on=TODAY),
            Response(effect_due_on=TODAY + timedelta(days=30)),
        ]
    assert rules.next_due(record) == expected


def test_a_move_that_does_not_count_leaves_the_first_day() -> None:
    record = ready(S.VERIFIED)
    record.moved_to = TODAY + timedelta(days=200)
    assert rules.due(record) == TODAY + timedelta(days=60)
