"""Every (state, step, role) is either allowed or refused with a code."""

from itertools import product

import pytest

from audits.models import Answer, Audit, AuditState
from audits.workflow import WORKFLOW, acting
from qms.accounts.permissions import ROLES, Permission, Role
from tests.audits.conftest import Ward
from tests.office import Office

STEPS = {
    "plan": (Permission.AUDITS_PLAN, {AuditState.PLANNED}),
    "start": (Permission.AUDITS_CONDUCT, {AuditState.PLANNED}),
    "take_checklist": (Permission.AUDITS_CONDUCT, {AuditState.UNDER_WAY}),
    "answer": (Permission.AUDITS_CONDUCT, {AuditState.UNDER_WAY}),
    "add_evidence": (Permission.AUDITS_CONDUCT, {AuditState.UNDER_WAY}),
    "remove_evidence": (Permission.AUDITS_CONDUCT, {AuditState.UNDER_WAY}),
    "raise": (Permission.AUDITS_CONDUCT, {AuditState.UNDER_WAY}),
    "report": (Permission.AUDITS_CONDUCT, {AuditState.UNDER_WAY}),
    "change_lead": (Permission.AUDITS_PLAN, {AuditState.PLANNED, AuditState.UNDER_WAY}),
    "cancel": (Permission.AUDITS_PLAN, {AuditState.PLANNED, AuditState.UNDER_WAY}),
}
"""The table once more, written by hand."""


def in_state(office: Office, ward: Ward, state: AuditState, step: str) -> Audit:
    """An audit in which no rule but state, role and unit can speak."""
    audit = office.audit(ward.unit, state=state, taken_over=True)
    if step != "take_checklist":
        office.question(audit, answer=Answer.NOT_APPLICABLE)
    return audit


def test_the_table_has_these_steps_and_no_other() -> None:
    assert {step.name for step in WORKFLOW.steps} == set(STEPS)


@pytest.mark.parametrize("role", Role)
def test_each_role_may_do_what_the_table_says_in_each_state(ward: Ward, role: Role) -> None:
    person = ward.office.person(unit=ward.agency, role=role)
    moment = ward.office.moment(person)
    for state, (step, (permission, sources)) in product(AuditState, STEPS.items()):
        audit = in_state(ward.office, ward, state, step)
        found = {refusal.code for refusal in WORKFLOW.hindrances(audit, step, moment)}
        if state not in sources:
            expected = {"wrong_state"}
        elif permission not in ROLES[role]:
            expected = {"not_permitted"}
        else:
            expected = set()
        assert found == expected, (state, step, role)


@pytest.mark.parametrize("role", Role)
def test_no_role_reaches_beyond_its_unit(ward: Ward, role: Role) -> None:
    moment = ward.office.moment(ward.office.person(unit=ward.other, role=role))
    for step, (_permission, sources) in STEPS.items():
        audit = in_state(ward.office, ward, min(sources), step)
        assert "not_permitted" in {refusal.code for refusal in WORKFLOW.hindrances(audit, step, moment)}, (step, role)


def test_the_lead_auditor_conducts_the_own_audit_only_and_plans_nothing(ward: Ward) -> None:
    audit = ward.plan()
    another = ward.office.audit(ward.unit, lead_auditor_id=ward.officer.id)
    moment = ward.office.moment(ward.lead)
    assert not WORKFLOW.hindrances(audit, "start", acting(audit, moment))
    for thing, step in ((another, "start"), (audit, "cancel")):
        assert {refusal.code for refusal in WORKFLOW.hindrances(thing, step, acting(thing, moment))} == {"not_permitted"}
