"""Every permission there is, and which role carries which: one table, enforced and printed by the same code."""

from enum import StrEnum

from flask_babel import LazyString

from qms.kernel.language import _l
from qms.units.models import TitledEnum


class Permission(StrEnum):
    """``subject:deed``; a permission always holds in a unit and everything below it."""

    UNITS_READ = "units:read"
    PROCEDURES_READ = "procedures:read"
    AUDITS_READ = "audits:read"
    AUDITS_PLAN = "audits:plan"
    AUDITS_CONDUCT = "audits:conduct"
    NONCONFORMITIES_READ = "nonconformities:read"
    NONCONFORMITIES_RAISE = "nonconformities:raise"
    NONCONFORMITIES_RESPOND = "nonconformities:respond"
    NONCONFORMITIES_ACT = "nonconformities:act"
    NONCONFORMITIES_RETURN = "nonconformities:return"
    NONCONFORMITIES_VERIFY = "nonconformities:verify"
    NONCONFORMITIES_CLOSE = "nonconformities:close"
    NONCONFORMITIES_REOPEN = "nonconformities:reopen"
    REVIEWS_READ = "reviews:read"
    REVIEWS_RECORD = "reviews:record"
    EVALUATION_READ = "evaluation:read"
    EVALUATION_RUN = "evaluation:run"
    REGISTERS_IMPORT = "registers:import"
    REGISTERS_EXPORT = "registers:export"
    JOBS_READ = "jobs:read"
    ACCOUNTS_READ = "accounts:read"
    ACCOUNTS_MANAGE = "accounts:manage"
    ACCOUNTS_HAND_OVER = "accounts:hand_over"
    ACCOUNTS_FORGET = "accounts:forget"
    GRANTS_GIVE = "grants:give"
    DEPUTIES_NAME = "deputies:name"
    FORMS_PREPARE = "forms:prepare"
    FORMS_CONFIRM = "forms:confirm"
    DIGESTS_READ = "digests:read"
    LETTERS_READ = "letters:read"
    WORKDAYS_EDIT = "workdays:edit"
    TRAIL_READ = "trail:read"
    TRAIL_EXPORT = "trail:export"


class Role(TitledEnum):
    """The roles of the register workbook."""

    ADMINISTRATOR = "administrator", _l("Administrator")
    QUALITY_OFFICER = "quality_officer", _l("Quality officer")
    MANAGEMENT_REPRESENTATIVE = "management_representative", _l("Management representative")
    LEADER = "leader", _l("Leader")
    UNIT_HEAD = "unit_head", _l("Unit head")
    AUDITOR = "auditor", _l("Auditor")
    STAFF = "staff", _l("Staff")
    PROVINCIAL_OFFICER = "provincial_officer", _l("Provincial officer")
    INSPECTOR = "inspector", _l("Inspector")
    PUBLISHER = "publisher", _l("Publisher")
    READER = "reader", _l("Reader")


P = Permission
_READING = frozenset({P.UNITS_READ, P.PROCEDURES_READ, P.AUDITS_READ, P.NONCONFORMITIES_READ, P.REVIEWS_READ, P.EVALUATION_READ})

ROLES: dict[Role, frozenset[Permission]] = {
    # runs the installation; takes registers over, but decides nothing about quality
    Role.ADMINISTRATOR: _READING
    | {
        P.REGISTERS_IMPORT,
        P.REGISTERS_EXPORT,
        P.JOBS_READ,
        P.ACCOUNTS_READ,
        P.ACCOUNTS_MANAGE,
        P.ACCOUNTS_HAND_OVER,
        P.ACCOUNTS_FORGET,
        P.GRANTS_GIVE,
        P.DEPUTIES_NAME,
        P.LETTERS_READ,
        P.WORKDAYS_EDIT,
        P.TRAIL_READ,
        P.TRAIL_EXPORT,
    },
    Role.QUALITY_OFFICER: _READING
    | {
        P.AUDITS_PLAN,
        P.AUDITS_CONDUCT,
        P.NONCONFORMITIES_RAISE,
        P.NONCONFORMITIES_RETURN,
        P.NONCONFORMITIES_VERIFY,
        P.NONCONFORMITIES_CLOSE,
        P.NONCONFORMITIES_REOPEN,
        P.REVIEWS_RECORD,
        P.EVALUATION_RUN,
        P.REGISTERS_IMPORT,
        P.REGISTERS_EXPORT,
        P.JOBS_READ,
        P.ACCOUNTS_READ,
        P.ACCOUNTS_HAND_OVER,
        P.DEPUTIES_NAME,
        P.FORMS_PREPARE,
        P.DIGESTS_READ,
        P.LETTERS_READ,
        P.WORKDAYS_EDIT,
        P.TRAIL_READ,
    },
    Role.MANAGEMENT_REPRESENTATIVE: _READING
    | {
        P.AUDITS_PLAN,
        P.NONCONFORMITIES_RAISE,
        P.NONCONFORMITIES_RETURN,
        P.NONCONFORMITIES_VERIFY,
        P.NONCONFORMITIES_CLOSE,
        P.NONCONFORMITIES_REOPEN,
        P.REVIEWS_RECORD,
        P.EVALUATION_RUN,
        P.REGISTERS_EXPORT,
        P.JOBS_READ,
        P.ACCOUNTS_READ,
        P.DIGESTS_READ,
        P.TRAIL_READ,
    },
    Role.LEADER: _READING | {P.REGISTERS_EXPORT, P.ACCOUNTS_READ, P.DIGESTS_READ, P.TRAIL_READ},
    Role.UNIT_HEAD: _READING | {P.NONCONFORMITIES_RESPOND, P.NONCONFORMITIES_ACT, P.FORMS_CONFIRM, P.DIGESTS_READ},
    Role.AUDITOR: _READING | {P.AUDITS_CONDUCT, P.NONCONFORMITIES_RAISE, P.NONCONFORMITIES_VERIFY},
    Role.STAFF: _READING | {P.NONCONFORMITIES_ACT, P.FORMS_PREPARE},
    Role.PROVINCIAL_OFFICER: _READING | {P.EVALUATION_RUN, P.REGISTERS_EXPORT},
    Role.INSPECTOR: _READING | {P.REGISTERS_EXPORT, P.TRAIL_READ, P.TRAIL_EXPORT},
    Role.PUBLISHER: frozenset({P.UNITS_READ, P.EVALUATION_READ}),
    Role.READER: _READING,
}


TITLES: dict[Permission, LazyString] = {
    P.UNITS_READ: _l("see the units and their verdicts"),
    P.PROCEDURES_READ: _l("read the procedures"),
    P.AUDITS_READ: _l("read the audits with their evidence"),
    P.AUDITS_PLAN: _l("plan audits and cancel them"),
    P.AUDITS_CONDUCT: _l("conduct audits: start, answer, report"),
    P.NONCONFORMITIES_READ: _l("read the nonconformities"),
    P.NONCONFORMITIES_RAISE: _l("raise a nonconformity"),
    P.NONCONFORMITIES_RESPOND: _l("answer a nonconformity: correction, cause, plan"),
    P.NONCONFORMITIES_ACT: _l("report corrective actions as completed"),
    P.NONCONFORMITIES_RETURN: _l("send back a plan that does not convince"),
    P.NONCONFORMITIES_VERIFY: _l("verify the effect of corrective actions"),
    P.NONCONFORMITIES_CLOSE: _l("close a nonconformity"),
    P.NONCONFORMITIES_REOPEN: _l("reopen a nonconformity"),
    P.REVIEWS_READ: _l("read the management reviews"),
    P.REVIEWS_RECORD: _l("record a management review"),
    P.EVALUATION_READ: _l("read the yearly evaluation"),
    P.EVALUATION_RUN: _l("run the evaluation and seal its result"),
    P.REGISTERS_IMPORT: _l("take over the register workbook"),
    P.REGISTERS_EXPORT: _l("export the registers"),
    P.JOBS_READ: _l("see what runs by the clock"),
    P.ACCOUNTS_READ: _l("see people, their roles and deputies"),
    P.ACCOUNTS_MANAGE: _l("invite people, change and disable their accounts"),
    P.ACCOUNTS_HAND_OVER: _l("give everything that somebody holds over to another person"),
    P.ACCOUNTS_FORGET: _l("export the data of a person and erase them where the law allows"),
    P.GRANTS_GIVE: _l("give roles and take them back"),
    P.DEPUTIES_NAME: _l("name a deputy for somebody else"),
    P.FORMS_PREPARE: _l("fill in a form for the person who answers for it"),
    P.FORMS_CONFIRM: _l("confirm or decline forms that others filled in"),
    P.DIGESTS_READ: _l("read and print the digest of a unit"),
    P.LETTERS_READ: _l("see which letters left and which failed"),
    P.WORKDAYS_EDIT: _l("edit the calendar of working days"),
    P.TRAIL_READ: _l("read the audit trail"),
    P.TRAIL_EXPORT: _l("export the audit trail"),
}
"""What each permission allows, as the end of the sentence “Whoever holds it may …”."""

DUTIES: dict[Role, LazyString] = {
    Role.ADMINISTRATOR: _l("Runs the installation and its accounts; decides nothing about quality."),
    Role.QUALITY_OFFICER: _l("Keeps the quality management system: plans audits, verifies effects, runs the evaluation."),
    Role.MANAGEMENT_REPRESENTATIVE: _l("Answers to the leaders for the quality management system."),
    Role.LEADER: _l("Leads the agency; sees everything, is asked for decisions."),
    Role.UNIT_HEAD: _l("Answers for a unit: replies to nonconformities and acts on them."),
    Role.AUDITOR: _l("Conducts the audits that were planned, and verifies effects."),
    Role.STAFF: _l("Does the work: reports actions, prepares forms for the head."),
    Role.PROVINCIAL_OFFICER: _l("Looks after many agencies and evaluates them."),
    Role.INSPECTOR: _l("Inspects on behalf of the authority: reads everything, the audit trail included."),
    Role.PUBLISHER: _l("Publishes what the public may see."),
    Role.READER: _l("Reads."),
}
"""What each role is for, in one sentence."""


LIGHT_ROLES = frozenset({Role.UNIT_HEAD, Role.AUDITOR, Role.STAFF, Role.READER})
"""Roles that can do little harm: whoever has only these may come in by a remembered passkey or a link in a letter."""

SECOND_FACTOR_ROLES = frozenset(
    {
        Role.ADMINISTRATOR,
        Role.QUALITY_OFFICER,
        Role.MANAGEMENT_REPRESENTATIVE,
        Role.LEADER,
        Role.PROVINCIAL_OFFICER,
        Role.INSPECTOR,
        Role.PUBLISHER,
    }
)
"""Administrators, approvers and publishers, and who takes the records or the trail of many agencies away with them: nothing
opens for them before a second factor (level-2 systems)."""


UNLENDABLE = frozenset({Role.ADMINISTRATOR})
"""Roles that a deputy does not get: whoever runs the installation is answerable in person, with an own second factor."""


def roles_with(permission: str) -> frozenset[Role]:
    """The roles that carry a permission."""
    return frozenset(role for role, permissions in ROLES.items() if permission in permissions)
