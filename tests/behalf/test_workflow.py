"""Every (state, step, role, part) of a prepared form is allowed or refused with its code; asked of plain objects."""

from dataclasses import dataclass

import pytest

from qms.accounts.models import Person
from qms.accounts.permissions import ROLES, Permission, Role
from qms.behalf import rules
from qms.behalf.models import PreparedForm, PreparedState
from qms.behalf.workflow import WORKFLOW, acting, handing_over
from qms.kernel.feature import Preparable
from qms.kernel.moment import Moment
from qms.kernel.refusal import reason_given
from tests.office import TODAY, at

HERE, ELSEWHERE = 1, 2
ME, PREPARER, HEAD = 7, 8, 9
S = PreparedState

STEPS = {
    "confirm": (Permission.FORMS_CONFIRM, S.CONFIRMED),
    "decline": (Permission.FORMS_CONFIRM, S.DECLINED),
    "withdraw": (Permission.FORMS_PREPARE, S.WITHDRAWN),
    "readdress": (Permission.FORMS_CONFIRM, None),
    "give_back": (Permission.FORMS_CONFIRM, S.WITHDRAWN),
}
"""The table once more, written by hand."""


@dataclass(frozen=True)
class Holder:
    """Somebody with one role in the unit, perhaps a deputy of others."""

    role: Role | None = None
    person_id: int | None = ME
    identities: frozenset[int] = frozenset({ME})
    username: str = "me"
    home_unit_id: int | None = ELSEWHERE
    home_units: frozenset[int] = frozenset({ELSEWHERE})

    def may(self, permission: str, unit_id: int | None) -> bool:
        return self.role is not None and unit_id in (HERE, None) and permission in ROLES[self.role]

    def on_behalf_of(self, permission: str, unit_id: int | None) -> str | None:
        return None


def form(state: PreparedState = S.WAITING, prepared_by: int = PREPARER, for_id: int = HEAD) -> PreparedForm:
    return PreparedForm(
        unit_id=HERE,
        state=state,
        prepared_by_id=prepared_by,
        for_id=for_id,
        prepared_by=Person(full_name="Người điền"),
        for_person=Person(full_name="Trưởng phòng"),
    )


def asked(one: PreparedForm, step: str, holder: Holder) -> set[str]:
    moment = acting(one, Moment(holder, at(TODAY)))
    return {refusal.code for refusal in WORKFLOW.hindrances(one, step, moment)}


def test_the_table_has_these_steps_and_no_other() -> None:
    assert {step.name: (step.permission, step.target) for step in WORKFLOW.steps} == STEPS
    assert all(step.sources == (S.WAITING,) for step in WORKFLOW.steps)


@pytest.mark.parametrize("part", ["preparer", "addressee", "deputy", "preparer and deputy", "outsider"])
@pytest.mark.parametrize("role", [None, *Role])
@pytest.mark.parametrize("step", ["confirm", "decline", "withdraw"])
@pytest.mark.parametrize("state", list(S))
def test_who_decides_and_who_takes_back(state: PreparedState, step: str, role: Role | None, part: str) -> None:
    one = form(state, ME if part.startswith("preparer") else PREPARER, ME if part == "addressee" else HEAD)
    identities = frozenset({ME, HEAD} if "deputy" in part else {ME})
    found = asked(one, step, Holder(role, identities=identities))
    if state is not S.WAITING:
        assert found == {"wrong_state"}
        return
    permission = STEPS[step][0]
    given = (part in {"addressee", "deputy", "preparer and deputy"}) if step != "withdraw" else part.startswith("preparer")
    expected = set() if given or (role is not None and permission in ROLES[role]) else {"not_permitted"}
    if step == "withdraw":
        expected |= set() if part.startswith("preparer") else {"form_of_another"}
    else:
        expected |= set() if part in {"addressee", "deputy", "preparer and deputy"} else {"for_somebody_else"}
        expected |= {"own_form"} if part.startswith("preparer") else set()
    assert found == expected


@pytest.mark.parametrize("state", list(S))
@pytest.mark.parametrize("step", ["readdress", "give_back"])
def test_who_hands_everything_over_moves_what_waits(state: PreparedState, step: str) -> None:
    one = form(state)
    moment = handing_over(one, Moment(Holder(), at(TODAY)))
    found = [refusal.code for refusal in WORKFLOW.hindrances(one, step, moment)]
    assert found == ([] if state is S.WAITING else ["wrong_state"])


class TestFillingIn:
    """The rules before anything waits."""

    preparable = Preparable(
        "kind",
        "step",
        "title",  # type: ignore[arg-type]
        Permission.NONCONFORMITIES_RESPOND,
        lambda fields: [],
        lambda code, fields, moment: None,
        lambda code, fields, moment: [],
        lambda code: [],
    )

    @pytest.mark.parametrize("role", [None, *Role])
    def test_each_role_fills_in_or_takes_the_step_itself_or_neither(self, role: Role | None) -> None:
        moment = Moment(Holder(role), at(TODAY))
        may = rules.may_prepare(HERE, moment) is None
        own = rules.not_own_right(self.preparable, HERE, moment)
        assert may is (role in {Role.STAFF, Role.QUALITY_OFFICER})
        assert (own is not None and own.code == "own_right") is (role is Role.UNIT_HEAD)
        assert rules.may_prepare(ELSEWHERE, moment).code == "not_permitted"

    def test_it_is_laid_before_somebody_who_may_and_comes_in(self) -> None:
        moment = Moment(Holder(Role.STAFF), at(TODAY))
        head = Holder(Role.UNIT_HEAD, person_id=HEAD)
        assert rules.bearer_may(self.preparable, HERE, head, "A") is None
        assert rules.bearer_may(self.preparable, ELSEWHERE, head, "A").code == "bearer_not_permitted"
        assert rules.bearer_comes_in(False, "A") is None
        assert rules.bearer_comes_in(True, "A").code == "bearer_disabled"
        assert rules.not_before_oneself(head, moment) is None
        assert rules.not_before_oneself(Holder(Role.UNIT_HEAD), moment).code == "before_oneself"

    def test_one_waits_at_a_time_and_a_no_has_a_reason(self) -> None:
        assert rules.nothing_waits(None) is None
        assert rules.nothing_waits(form()).code == "waits_already"
        assert reason_given("Chưa đúng") is None
        assert reason_given("  ").code == "reason_missing"
