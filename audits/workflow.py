"""The life of an audit as one table."""

from dataclasses import replace

from audits import rules
from audits.models import Audit, AuditState
from qms.accounts.permissions import Permission
from qms.kernel.language import _l
from qms.kernel.moment import Entrusted, Moment
from qms.kernel.workflow import Step, Workflow

PLANNED, UNDER_WAY = (AuditState.PLANNED,), (AuditState.UNDER_WAY,)
OUTSIDE = (rules.CONDUCTED_FROM_OUTSIDE,)

WORKFLOW = Workflow(
    "audit",
    AuditState,
    (
        Step("plan", _l("Plan the audit"), PLANNED, None, Permission.AUDITS_PLAN, (rules.clauses_named, rules.lead_not_of_unit)),
        Step(
            "start",
            _l("Start the audit"),
            PLANNED,
            AuditState.UNDER_WAY,
            Permission.AUDITS_CONDUCT,
            (rules.lead_named, rules.lead_not_of_unit),
            apart=OUTSIDE,
            onward=True,
        ),
        Step(
            "take_checklist",
            _l("Take the checklist"),
            UNDER_WAY,
            None,
            Permission.AUDITS_CONDUCT,
            (rules.checklist_missing,),
            apart=OUTSIDE,
            settles=frozenset({"no_checklist"}),
        ),
        Step(
            "answer",
            _l("Answer a question"),
            UNDER_WAY,
            None,
            Permission.AUDITS_CONDUCT,
            apart=OUTSIDE,
            settles=frozenset({"open_questions", "incomplete"}),
        ),
        Step("add_evidence", _l("Add evidence"), UNDER_WAY, None, Permission.AUDITS_CONDUCT, apart=OUTSIDE),
        Step(
            "remove_evidence",
            _l("Remove evidence"),
            UNDER_WAY,
            None,
            Permission.AUDITS_CONDUCT,
            apart=OUTSIDE,
            needs_reason=True,
        ),
        Step(
            "raise",
            _l("Raise nonconformity"),
            UNDER_WAY,
            None,
            Permission.AUDITS_CONDUCT,
            apart=OUTSIDE,
            settles=frozenset({"not_raised"}),
        ),
        Step(
            "report",
            _l("Report the audit"),
            UNDER_WAY,
            AuditState.REPORTED,
            Permission.AUDITS_CONDUCT,
            (
                rules.lead_not_of_unit,
                rules.started_by_today,
                rules.checklist_there,
                rules.all_answered,
                rules.all_complete,
                rules.all_raised,
            ),
            apart=(*OUTSIDE, rules.REPORTED_BY_LEAD),
            onward=True,
        ),
        Step(
            "change_lead",
            _l("Appoint another lead auditor"),
            PLANNED + UNDER_WAY,
            None,
            Permission.AUDITS_PLAN,
            settles=frozenset({"no_lead", "own_unit"}),
        ),
        Step(
            "cancel",
            _l("Cancel the audit"),
            PLANNED + UNDER_WAY,
            AuditState.CANCELLED,
            Permission.AUDITS_PLAN,
            needs_reason=True,
        ),
    ),
)


def state_of_history(started: bool, reported: bool, cancelled: bool) -> AuditState:
    """The state to which the steps lead that a register tells by their days.

    An audit that was reported had been started, whether or not the register says when.
    """
    told = {"start": started or reported, "report": reported, "cancel": cancelled}
    return AuditState(WORKFLOW.led_to(AuditState.PLANNED, [name for name, happened in told.items() if happened]))


LEADING = frozenset({Permission.AUDITS_READ, Permission.AUDITS_CONDUCT, Permission.NONCONFORMITIES_RAISE})
"""What leading an audit takes, in the audited unit, whatever the grants say."""


def acting(audit: Audit, moment: Moment) -> Moment:
    """The moment as it counts for this audit: its lead auditor may conduct it."""
    if audit.lead_auditor_id is None or audit.lead_auditor_id != moment.person.person_id:
        return moment
    return replace(moment, person=Entrusted(moment.person, LEADING, audit.unit_id))


def handing_over(audit: Audit, moment: Moment) -> Moment:
    """The moment of whoever hands over everything a person holds: that right was asked before, the audit follows."""
    return replace(moment, person=Entrusted(moment.person, frozenset({Permission.AUDITS_PLAN}), audit.unit_id))
