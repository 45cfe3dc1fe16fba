"""Whose records a person may take over: those of the units in which the permission is held."""

from collections.abc import Iterator

from qms.accounts.permissions import Permission
from qms.accounts.register_reach import reached_codes, with_new_units
from qms.imports.world import Office
from qms.kernel.language import _
from qms.kernel.moment import Actor
from qms.sheets.problems import Problem, quote
from qms.sheets.sheet import Key, Page


def seen_codes(actor: Actor) -> frozenset[str] | None:
    """Codes of the units whose records the actor may see in a workbook: to take over, or exported; None: of all."""
    taken, given = (reached_codes(actor, one) for one in (Permission.REGISTERS_IMPORT, Permission.REGISTERS_EXPORT))
    return None if taken is None or given is None else taken | given


def reach_problems(office: Office, actor: Actor) -> Iterator[Problem]:
    """Rows of units in which the actor may not take anything over."""
    reached = reached_codes(actor, Permission.REGISTERS_IMPORT)
    if reached is None:
        return
    within = with_new_units(office, reached)
    for page in (office[name] for name in office.brought):
        touched = set(page.touched)
        for row, key, _values in page.rows:
            if key is None or key not in touched:
                continue
            outside = sorted(code for code in _units(office, page, key) if code not in within)
            for code in outside:
                wrong = _('You may not take anything over for the unit "%(code)s".', code=quote(code))
                yield Problem(page.sheet.name, row.number, page.sheet.key[0], wrong, _in_reach())
            if not outside and office.is_hidden(page.sheet.name, key):
                # codes and user names are unique in the whole house, so one that another agency holds cannot be given twice
                wrong = _('"%(key)s" cannot be used here.', key=quote(str(key[-1])))
                yield Problem(page.sheet.name, row.number, page.sheet.key[-1], wrong, _("Another code or name."))


def _in_reach() -> str:
    return str(_("A unit in which you may take registers over."))


def _units(office: Office, page: Page, key: Key) -> set[str]:
    records = [page.after[key], *([page.before[key]] if key in page.before else [])]
    return {code for code in (office.unit_of(page.sheet, record) for record in records) if code is not None}
