"""Services, procedures and their application read for the register workbook, and written from it."""

from collections.abc import Iterator, Mapping
from datetime import date
from itertools import groupby
from operator import itemgetter
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import aliased

from procedures.models import Procedure, ProcedureService, ProcedureUnit, Service
from qms.kernel.bulk import as_values
from qms.kernel.days import add_months, entered_late
from qms.kernel.text import search_text
from qms.sheets.sheet import Saving, Values
from qms.standard.catalogue import split_codes
from qms.units.models import Unit
from qms.units.register_rows import of_units

_SERVICE = ("code", "name", "field", "decision", "time_limit_days", "valid_from", "valid_to")
_PROCEDURE = ("code", "title", "kind", "issue", "issued_on", "effective_on", "reviewed_on", "withdrawn_on")
REVIEW_MONTHS = 12
"""A procedure is reviewed once in so many months (7.5.2)."""


def services(_day: date) -> Iterator[Values]:
    """Every service of every unit, in the order in which they came."""
    return as_values(of_units(Service, _SERVICE))


def save_services(saving: Saving) -> None:
    """Services of their units."""
    staging = saving.staging
    units = staging.ids(Unit.code)
    staging.insert(Service, [_service(values, units) for values in saving.new])
    ids = staging.ids(Service.unit_id, Service.code)
    changed = [
        _service(after, units) | {"id": ids[units[after["unit_code"]], after["code"]]} for _before, after in saving.changed
    ]
    staging.update(Service, changed)


def procedures(_day: date) -> Iterator[Values]:
    """Every procedure with the services it names, in the order in which they came."""
    joined = (
        of_units(Procedure, ("id", *_PROCEDURE, "clauses"))
        .outerjoin(ProcedureService, ProcedureService.procedure_id == Procedure.id)
        .add_columns(ProcedureService.service_code)
        .order_by(ProcedureService.position)
    )
    for _id, rows in groupby(as_values(joined), itemgetter("id")):
        named = list(rows)
        yield {name: named[0][name] for name in (*_PROCEDURE, "unit_code")} | {
            "clauses": tuple(split_codes(named[0]["clauses"])),
            "service_codes": tuple(row["service_code"] for row in named if row["service_code"] is not None),
        }


def save_procedures(saving: Saving) -> None:
    """Procedures with their review days; a day of entry changes only with the day it belongs to."""
    staging, day = saving.staging, saving.day
    units = staging.ids(Unit.code)
    fresh = [_procedure(values, units) | _effective(values, day) | _reviewed(values, day) for values in saving.new]
    staging.insert(Procedure, fresh)
    ids = staging.ids(Procedure.unit_id, Procedure.code)

    def number(values: Values) -> int:
        return ids[units[values["unit_code"]], values["code"]]

    staging.update(Procedure, [_procedure(after, units) | {"id": number(after)} for _before, after in saving.changed])
    for column, entered in (("effective_on", _effective), ("reviewed_on", _reviewed)):
        moved = saving.changed_in(column)
        staging.update(Procedure, [entered(after, day) | {"id": number(after)} for after in moved])
    renamed = saving.changed_in("service_codes")
    staging.delete(ProcedureService, [{"procedure_id": number(after)} for after in renamed])
    named = [
        {"procedure_id": number(values), "position": position, "service_code": service_code}
        for values in (*saving.new, *renamed)
        for position, service_code in enumerate(values["service_codes"], start=1)
    ]
    staging.insert(ProcedureService, named)


def applications(_day: date) -> Iterator[Values]:
    """Every application, in the order in which they came."""
    owner, applying = aliased(Unit), aliased(Unit)
    joined = (
        select(
            owner.code.label("unit_code"),
            Procedure.code.label("procedure_code"),
            applying.code.label("applies_to"),
            ProcedureUnit.from_on.label("from"),
            ProcedureUnit.to_on.label("to"),
        )
        .select_from(ProcedureUnit)
        .join(Procedure, Procedure.id == ProcedureUnit.procedure_id)
        .join(owner, owner.id == Procedure.unit_id)
        .join(applying, applying.id == ProcedureUnit.unit_id)
    )
    return as_values(joined.order_by(ProcedureUnit.id))


def save_applications(saving: Saving) -> None:
    """Applications; the day of entry changes only with the day they begin."""
    staging = saving.staging
    units, owned = staging.ids(Unit.code), staging.ids(Procedure.unit_id, Procedure.code)

    def key(values: Values) -> tuple[int, int]:
        return owned[units[values["unit_code"]], values["procedure_code"]], units[values["applies_to"]]

    def entered(values: Values) -> dict[str, Any]:
        return {"from_entered_on": saving.day, "from_late": entered_late(values["from"], saving.day)}

    fresh = [
        dict(zip(("procedure_id", "unit_id"), key(values), strict=True))
        | {"from_on": values["from"], "to_on": values["to"]}
        | entered(values)
        for values in saving.new
    ]
    staging.insert(ProcedureUnit, fresh)
    ids = staging.ids(ProcedureUnit.procedure_id, ProcedureUnit.unit_id)
    changed = [{"id": ids[key(after)], "from_on": after["from"], "to_on": after["to"]} for _before, after in saving.changed]
    staging.update(ProcedureUnit, changed)
    staging.update(ProcedureUnit, [{"id": ids[key(after)]} | entered(after) for after in saving.changed_in("from")])


def _service(values: Values, units: Mapping[str, int]) -> dict[str, Any]:
    return {name: values[name] for name in _SERVICE} | {
        "unit_id": units[values["unit_code"]],
        "folded": search_text(values["code"], values["name"]),
    }


def _procedure(values: Values, units: Mapping[str, int]) -> dict[str, Any]:
    return {name: values[name] for name in _PROCEDURE} | {
        "unit_id": units[values["unit_code"]],
        "clauses": ";".join(values["clauses"]) or None,
        "folded": search_text(values["code"], values["title"]),
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
