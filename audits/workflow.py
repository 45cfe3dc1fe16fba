"""The life of an audit as one table."""

from dataclasses import dataclass, replace

from audits import rules
from audits.models import Audit, AuditState
from qms.accounts.permissions import Permission
from qms.kernel.language import _l
from qms.kernel.moment import Actor, Moment
from qms.kernel.workflow import Step, Workflow

PLANNED, UNDER_WAY = (AuditState.PLANNED,), (AuditState.UNDER_WAY,)

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
            (rules.lead_not_of_unit, rules.conductor_not_of_unit),
        ),
        Step(
            "take_checklist",
            _l("Take the checklist"),
            UNDER_WAY,
            None,
            Permission.AUDITS_CONDUCT,
            (rules.conductor_not_of_unit, rules.checklist_missing),
        ),
        Step("answer", _l("Answer a question"), UNDER_WAY, None, Permission.AUDITS_CONDUCT, (rules.conductor_not_of_unit,)),
        Step("add_evidence", _l("Add evidence"), UNDER_WAY, None, Permission.AUDITS_CONDUCT, (rules.conductor_not_of_unit,)),
        Step("raise", _l("Raise nonconformity"), UNDER_WAY, None, Permission.AUDITS_CONDUCT, (rules.conductor_not_of_unit,)),
        Step(
            "report",
            _l("Report the audit"),
            UNDER_WAY,
            AuditState.REPORTED,
            Permission.AUDITS_CONDUCT,
            (
                rules.lead_not_of_unit,
                rules.conductor_not_of_unit,
                rules.led_by_actor,
                rules.started_by_today,
                rules.checklist_there,
                rules.all_answered,
                rules.all_raised,
            ),
        ),
        Step("cancel", _l("Cancel the audit"), PLANNED + UNDER_WAY, AuditState.CANCELLED, Permission.AUDITS_PLAN),
    ),
)


@dataclass(frozen=True)
class LeadAuditor:
    """The lead auditor of one audit: in the audited unit may do what leading it takes, whatever the grants say."""

    actor: Actor
    unit_id: int

    @property
    def username(self) -> str:
        """Who it is, for the trail."""
        return self.actor.username

    @property
    def person_id(self) -> int | None:
        """Database id of the person."""
        return self.actor.person_id

    @property
    def home_unit_id(self) -> int | None:
        """The unit the person belongs to."""
        return self.actor.home_unit_id

    def may(self, permission: str, unit_id: int | None) -> bool:
        """What leading the audit takes, in the audited unit; else what the grants give."""
        leading = permission in (Permission.AUDITS_READ, Permission.AUDITS_CONDUCT, Permission.NONCONFORMITIES_RAISE)
        return (leading and unit_id == self.unit_id) or self.actor.may(permission, unit_id)


def acting(audit: Audit, moment: Moment) -> Moment:
    """The moment as it counts for this audit: its lead auditor may conduct it."""
    if audit.lead_auditor_id is None or audit.lead_auditor_id != moment.person.person_id:
        return moment
    return replace(moment, person=LeadAuditor(moment.person, audit.unit_id))
