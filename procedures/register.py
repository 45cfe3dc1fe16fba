"""Services, procedures and the units they apply to, as the register workbook holds them."""

from collections import defaultdict
from collections.abc import Mapping, Sequence
from datetime import date
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import InstrumentedAttribute

from procedures.models import Procedure, ProcedureService, ProcedureUnit, Service
from qms.imports.taker import Change, Key, Values
from qms.kernel.bulk import delete_where, ids_by, insert_rows, stored, update_rows
from qms.kernel.days import add_months, entered_late
from qms.kernel.db import db
from qms.kernel.text import fold
from qms.standard.catalogue import split_codes
from qms.units.models import Unit

_SERVICE = ("code", "name", "field", "decision", "time_limit_days", "valid_from", "valid_to")
_PROCEDURE = ("code", "title", "kind", "issue", "issued_on", "effective_on", "reviewed_on", "withdrawn_on")
REVIEW_MONTHS = 12
"""A procedure is reviewed once in so many months (7.5.2)."""


class ServiceTaker:
    """The sheet ``services``."""

    sheet = "services"
    kind = "service"

    def code(self, values: Mapping[str, Any]) -> str:
        """Unit and code of the administrative procedure."""
        return f"{values['unit_code']}/{values['code']}"

    def rows(self, day: date) -> dict[Key, Values]:
        """Every service of every unit, in the order in which they came."""
        units = _unit_codes()
        return {
            (units[row["unit_id"]], row["code"]): {"unit_code": units[row["unit_id"]]} | {name: row[name] for name in _SERVICE}
            for row in stored(Service)
        }

    def save(self, new: Sequence[Values], changed: Sequence[Change], day: date) -> None:
        """Writes services."""
        units = ids_by(Unit.code)
        insert_rows(Service, [_service(values, units) for values in new])
        ids = owned_ids(Service.unit_id, Service.code)
        update_rows(
            Service,
            [_service(after, units) | {"id": ids[units[after["unit_code"]], after["code"]]} for _before, after in changed],
        )


class ProcedureTaker:
    """The sheet ``procedures``."""

    sheet = "procedures"
    kind = "procedure"

    def code(self, values: Mapping[str, Any]) -> str:
        """The code of the document."""
        return str(values["code"])

    def rows(self, day: date) -> dict[Key, Values]:
        """Every procedure with the services it names, in the order in which they came."""
        units = _unit_codes()
        named: dict[int, list[str]] = defaultdict(list)
        for row in stored(ProcedureService):  # by procedure and position, its key
            named[row["procedure_id"]].append(row["service_code"])
        return {
            (units[row["unit_id"]], row["code"]): {"unit_code": units[row["unit_id"]]}
            | {name: row[name] for name in _PROCEDURE}
            | {"clauses": tuple(split_codes(row["clauses"])), "service_codes": tuple(named[row["id"]])}
            for row in stored(Procedure)
        }

    def save(self, new: Sequence[Values], changed: Sequence[Change], day: date) -> None:
        """Writes procedures with their review days; a day of entry changes only with the day it belongs to."""
        units = ids_by(Unit.code)
        insert_rows(Procedure, [_procedure(values, units) | _effective(values, day) | _reviewed(values, day) for values in new])
        ids = owned_ids(Procedure.unit_id, Procedure.code)

        def number(values: Values) -> int:
            return ids[units[values["unit_code"]], values["code"]]

        update_rows(Procedure, [_procedure(after, units) | {"id": number(after)} for _before, after in changed])
        for column, entered in (("effective_on", _effective), ("reviewed_on", _reviewed)):
            moved = [after for before, after in changed if before[column] != after[column]]
            update_rows(Procedure, [entered(after, day) | {"id": number(after)} for after in moved])
        renamed = [after for before, after in changed if before["service_codes"] != after["service_codes"]]
        delete_where(ProcedureService.procedure_id, [number(after) for after in renamed])
        insert_rows(
            ProcedureService,
            [
                {"procedure_id": number(values), "position": position, "service_code": service_code}
                for values in (*new, *renamed)
                for position, service_code in enumerate(values["service_codes"], start=1)
            ],
        )


class ProcedureUnitTaker:
    """The sheet ``procedure_units``."""

    sheet = "procedure_units"
    kind = "procedure_unit"

    def code(self, values: Mapping[str, Any]) -> str:
        """Document and unit it applies to."""
        return f"{values['procedure_code']}/{values['applies_to']}"

    def rows(self, day: date) -> dict[Key, Values]:
        """Every application, in the order in which they came."""
        units = _unit_codes()
        procedures = {number: (units[unit_id], code) for (unit_id, code), number in _procedures().items()}
        return {
            (*procedures[row["procedure_id"]], units[row["unit_id"]]): {
                "unit_code": procedures[row["procedure_id"]][0],
                "procedure_code": procedures[row["procedure_id"]][1],
                "applies_to": units[row["unit_id"]],
                "from": row["from_on"],
                "to": row["to_on"],
            }
            for row in stored(ProcedureUnit)
        }

    def save(self, new: Sequence[Values], changed: Sequence[Change], day: date) -> None:
        """Writes applications; the day of entry changes only with the day they begin."""
        units, procedures = ids_by(Unit.code), _procedures()

        def key(values: Values) -> tuple[int, int]:
            return procedures[units[values["unit_code"]], values["procedure_code"]], units[values["applies_to"]]

        def entered(values: Values) -> dict[str, Any]:
            return {"from_entered_on": day, "from_late": entered_late(values["from"], day)}

        insert_rows(
            ProcedureUnit,
            [
                dict(zip(("procedure_id", "unit_id"), key(values), strict=True))
                | {"from_on": values["from"], "to_on": values["to"]}
                | entered(values)
                for values in new
            ],
        )
        applications = select(ProcedureUnit.procedure_id, ProcedureUnit.unit_id, ProcedureUnit.id)
        ids = {(procedure, unit): number for procedure, unit, number in db.session.execute(applications)}
        update_rows(
            ProcedureUnit,
            [{"id": ids[key(after)], "from_on": after["from"], "to_on": after["to"]} for _before, after in changed],
        )
        moved = [after for before, after in changed if before["from"] != after["from"]]
        update_rows(ProcedureUnit, [{"id": ids[key(after)]} | entered(after) for after in moved])


def owned_ids(unit_id: InstrumentedAttribute[int], code: InstrumentedAttribute[str]) -> dict[tuple[int, str], int]:
    """The ids of records whose code is unique in their unit, by unit id and code."""
    return {(unit, text): number for unit, text, number in db.session.execute(select(unit_id, code, code.class_.id))}


def _procedures() -> dict[tuple[int, str], int]:
    return owned_ids(Procedure.unit_id, Procedure.code)


def _unit_codes() -> dict[int, str]:
    return {number: code for code, number in ids_by(Unit.code).items()}


def _service(values: Values, units: Mapping[str, int]) -> dict[str, Any]:
    return {name: values[name] for name in _SERVICE} | {
        "unit_id": units[values["unit_code"]],
        "folded": fold(f"{values['code']} {values['name']}"),
    }


def _procedure(values: Values, units: Mapping[str, int]) -> dict[str, Any]:
    return {name: values[name] for name in _PROCEDURE} | {
        "unit_id": units[values["unit_code"]],
        "clauses": ";".join(values["clauses"]) or None,
        "folded": fold(f"{values['code']} {values['title']}"),
    }


def _effective(values: Values, day: date) -> dict[str, Any]:
    return {
        "effective_entered_on": day,
        "effective_late": entered_late(values["effective_on"], day),
        "effective_review_due_on": add_months(values["effective_on"], REVIEW_MONTHS),
    }


def _reviewed(values: Values, day: date) -> dict[str, Any]:
    reviewed_on = values["reviewed_on"]
    return {
        "reviewed_entered_on": None if reviewed_on is None else day,
        "reviewed_late": entered_late(reviewed_on, day),
        "reviewed_review_due_on": None if reviewed_on is None else add_months(reviewed_on, REVIEW_MONTHS),
    }


TAKERS = (ServiceTaker(), ProcedureTaker(), ProcedureUnitTaker())
