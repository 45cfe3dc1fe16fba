"""What can be done to an account, as one table: page, verbs and documentation ask the same rows."""

from collections.abc import Iterable
from dataclasses import dataclass

from flask_babel import LazyString

from qms.accounts.permissions import Permission
from qms.kernel.language import _l
from qms.kernel.moment import Moment
from qms.kernel.refusal import Refusal
from qms.kernel.workflow import OpenStep
from qms.people import rules
from qms.people.rules import Rule, Standing


@dataclass(frozen=True)
class Deed:
    """One row: who may, and which rules must be silent."""

    name: str
    title: LazyString
    permission: Permission
    rules: tuple[Rule, ...]


_REACHED = (rules.not_forgotten, rules.within_reach)

DEEDS = (
    Deed("edit", _l("Edit"), Permission.ACCOUNTS_MANAGE, _REACHED),
    Deed(
        "invite",
        _l("Invite"),
        Permission.ACCOUNTS_MANAGE,
        (*_REACHED, rules.not_oneself, rules.is_enabled, rules.not_come_in_yet),
    ),
    Deed(
        "reset_password",
        _l("Link for a new password"),
        Permission.ACCOUNTS_MANAGE,
        (*_REACHED, rules.not_oneself, rules.is_enabled),
    ),
    Deed(
        "reset_second_factor",
        _l("Reset the second factor"),
        Permission.ACCOUNTS_MANAGE,
        (*_REACHED, rules.not_oneself, rules.has_second_factor),
    ),
    Deed(
        "end_sessions",
        _l("End all sessions"),
        Permission.ACCOUNTS_MANAGE,
        (rules.within_reach, rules.not_oneself, rules.has_sessions),
    ),
    Deed(
        "unlink_directory",
        _l("Unlink from the directory"),
        Permission.ACCOUNTS_MANAGE,
        (*_REACHED, rules.not_oneself, rules.is_linked),
    ),
    Deed(
        "disable",
        _l("Disable the account"),
        Permission.ACCOUNTS_MANAGE,
        (*_REACHED, rules.not_oneself, rules.is_enabled, rules.others_administer),
    ),
    Deed("enable", _l("Enable the account"), Permission.ACCOUNTS_MANAGE, (*_REACHED, rules.not_oneself, rules.is_disabled)),
    Deed(
        "hand_over",
        _l("Hand over"),
        Permission.ACCOUNTS_HAND_OVER,
        (*_REACHED, rules.is_enabled, rules.others_administer),
    ),
    Deed("export_data", _l("Export the data of the person"), Permission.ACCOUNTS_FORGET, (rules.within_reach,)),
    Deed(
        "forget",
        _l("Erase the person's data"),
        Permission.ACCOUNTS_FORGET,
        (*_REACHED, rules.not_oneself, rules.is_disabled, rules.nothing_held),
    ),
)


def deed(name: str) -> Deed:
    """The row of that name; KeyError when the table has none."""
    for row in DEEDS:
        if row.name == name:
            return row
    raise KeyError(name)


def hindrances(name: str, standing: Standing, moment: Moment) -> list[Refusal]:
    """Everything that stands in the way of a deed now; empty when it may happen."""
    row = deed(name)
    found = [rule(standing) for rule in row.rules]
    if not moment.person.may(row.permission, standing.person.unit_id):
        found.insert(0, Refusal("not_permitted", _l("Your role does not allow “%(deed)s” in this unit.", deed=row.title)))
    return [refusal for refusal in found if refusal is not None]


def open_steps(names: Iterable[str], standing: Standing, moment: Moment) -> list[OpenStep]:
    """The deeds as buttons: grey ones say why."""
    return [OpenStep(name, deed(name).title, tuple(hindrances(name, standing, moment))) for name in names]
