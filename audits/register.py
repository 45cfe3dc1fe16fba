"""Audits as the register workbook holds them."""

from collections.abc import Mapping, Sequence
from datetime import date
from typing import Any

from audits.models import Audit, AuditState
from qms.accounts.models import Person
from qms.imports.taker import Change, Key, Values
from qms.kernel.bulk import ids_by, insert_rows, stored, update_rows
from qms.kernel.days import entered_late
from qms.kernel.text import fold
from qms.standard.catalogue import EDITION, clause_mask, split_codes
from qms.units.models import Unit

_SAME = ("code", "kind", "planned_on", "started_on", "reported_on", "cancelled_on", "independence_exception")
_LIFE = ("started_on", "reported_on", "cancelled_on")


class AuditTaker:
    """The sheet ``audits``. An audit that was reported before it came here has no checklist."""

    sheet = "audits"
    kind = "audit"

    def code(self, values: Mapping[str, Any]) -> str:
        """The code of the audit."""
        return str(values["code"])

    def rows(self, day: date) -> dict[Key, Values]:
        """Every audit, in the order in which they came."""
        units = {number: code for code, number in ids_by(Unit.code).items()}
        people = {number: username for username, number in ids_by(Person.username).items()}
        return {
            (row["code"],): {name: row[name] for name in _SAME}
            | {
                "unit_code": units[row["unit_id"]],
                "lead_auditor": people.get(row["lead_auditor_id"]),
                "clauses": tuple(split_codes(row["clauses"])),
            }
            for row in stored(Audit)
        }

    def save(self, new: Sequence[Values], changed: Sequence[Change], day: date) -> None:
        """Writes audits; state and day of entry change only with the days they follow from."""
        units, people = ids_by(Unit.code), ids_by(Person.username)
        insert_rows(
            Audit,
            [
                _audit(values, units, people) | _life(values) | _reported(values, day) | {"edition": EDITION, "version": 1}
                for values in new
            ],
        )
        ids = ids_by(Audit.code)
        update_rows(Audit, [_audit(after, units, people) | {"id": ids[after["code"]]} for _before, after in changed])
        lived = [after for before, after in changed if any(before[name] != after[name] for name in _LIFE)]
        update_rows(Audit, [_life(after) | {"id": ids[after["code"]]} for after in lived])
        moved = [after for before, after in changed if before["reported_on"] != after["reported_on"]]
        update_rows(Audit, [_reported(after, day) | {"id": ids[after["code"]]} for after in moved])


def _audit(values: Values, units: Mapping[str, int], people: Mapping[str, int]) -> dict[str, Any]:
    return {name: values[name] for name in _SAME} | {
        "unit_id": units[values["unit_code"]],
        "lead_auditor_id": people.get(values["lead_auditor"]),
        "clauses": ";".join(values["clauses"]) or None,
        "clause_mask": clause_mask(values["clauses"]),
        "folded": fold(f"{values['code']} {values['unit_code']}"),
        "taken_over": True,
    }


def _life(values: Values) -> dict[str, Any]:
    if values["reported_on"] is not None:
        state = AuditState.REPORTED  # a cancelling has no effect once it is reported
    elif values["cancelled_on"] is not None:
        state = AuditState.CANCELLED
    elif values["started_on"] is not None:
        state = AuditState.UNDER_WAY
    else:
        state = AuditState.PLANNED
    return {"state": state}


def _reported(values: Values, day: date) -> dict[str, Any]:
    reported_on = values["reported_on"]
    return {
        "reported_entered_on": None if reported_on is None else day,
        "reported_late": entered_late(reported_on, day),
    }


TAKERS = (AuditTaker(),)
