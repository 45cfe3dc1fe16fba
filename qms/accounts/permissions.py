"""Every permission there is, and which role carries which: one table, enforced and printed by the same code."""

from enum import StrEnum

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
    Role.UNIT_HEAD: _READING | {P.NONCONFORMITIES_RESPOND, P.NONCONFORMITIES_ACT, P.DIGESTS_READ},
    Role.AUDITOR: _READING | {P.AUDITS_CONDUCT, P.NONCONFORMITIES_RAISE, P.NONCONFORMITIES_VERIFY},
    Role.STAFF: _READING | {P.NONCONFORMITIES_ACT, P.FORMS_PREPARE},
    Role.PROVINCIAL_OFFICER: _READING | {P.EVALUATION_RUN, P.REGISTERS_EXPORT},
    Role.INSPECTOR: _READING | {P.REGISTERS_EXPORT, P.TRAIL_READ, P.TRAIL_EXPORT},
    Role.PUBLISHER: frozenset({P.UNITS_READ, P.EVALUATION_READ}),
    Role.READER: _READING,
}


LIGHT_ROLES = frozenset({Role.UNIT_HEAD, Role.AUDITOR, Role.STAFF, Role.READER})
"""Roles that can do little harm: whoever has only these may come in by a remembered passkey or a link in a letter."""

SECOND_FACTOR_ROLES = frozenset(
    {Role.ADMINISTRATOR, Role.QUALITY_OFFICER, Role.MANAGEMENT_REPRESENTATIVE, Role.LEADER, Role.PUBLISHER}
)
"""Administrators, approvers and publishers: nothing opens for them before a second factor (level-2 systems)."""


UNLENDABLE = frozenset({Role.ADMINISTRATOR})
"""Roles that a deputy does not get: whoever runs the installation is answerable in person, with an own second factor."""


def roles_with(permission: str) -> frozenset[Role]:
    """The roles that carry a permission."""
    return frozenset(role for role, permissions in ROLES.items() if permission in permissions)
