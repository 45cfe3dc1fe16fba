"""Audits as a sheet of the register workbook."""

from collections.abc import Iterator, Mapping
from datetime import date
from typing import Any

from audits import register_taking
from audits.models import NUMBERING, Audit, AuditKind
from audits.workflow import state_of_history
from qms.accounts.models import Person
from qms.accounts.permissions import Permission
from qms.accounts.register_reach import reached_codes
from qms.kernel.bulk import as_values
from qms.kernel.days import entered_late
from qms.kernel.language import _l
from qms.kernel.moment import Moment
from qms.kernel.text import search_text
from qms.people.register_reach import reach_after
from qms.sheets.columns import CLAUSE_LENGTH, CODE_LENGTH, PAPER_LENGTH, Column, Kind, unit_column
from qms.sheets.problems import Problem, quote
from qms.sheets.row_notes import ended_and_cancelled
from qms.sheets.row_rules import not_before
from qms.sheets.sheet import Saving, Sheet, Values, World
from qms.standard.catalogue import EDITION, clause_mask, split_codes
from qms.units.models import Unit
from qms.units.register_rows import of_units

_SAME = ("code", "kind", "planned_on", "started_on", "reported_on", "cancelled_on", "independence_exception")
_LIFE = ("started_on", "reported_on", "cancelled_on")


def _rows(_day: date) -> Iterator[Values]:
    """Every audit, in the order in which they came."""
    led = of_units(Audit, (*_SAME, "clauses")).outerjoin(Person, Person.id == Audit.lead_auditor_id)
    for row in as_values(led.add_columns(Person.username.label("lead_auditor"))):
        yield row | {"clauses": tuple(split_codes(row["clauses"]))}


def _save(saving: Saving) -> None:
    """Audits; state and day of entry change only with the days they follow from.

    An audit that was reported before it came here has no checklist.
    """
    staging, day = saving.staging, saving.day
    units, people = staging.ids(Unit.code), staging.ids(Person.username)
    names = {code: unit["name"] for (code,), unit in saving.world["units"].after.items()}
    fresh = [
        _audit(values, units, people, names) | _state(values) | _reported(values, day) | {"edition": EDITION, "version": 1}
        for values in saving.new
    ]
    staging.insert(Audit, fresh)
    NUMBERING.leave_to(staging, (row["code"] for row in fresh))
    ids = staging.ids(Audit.code)
    staging.update(Audit, [_audit(after, units, people, names) | {"id": ids[after["code"]]} for _before, after in saving.changed])
    staging.update(Audit, [_state(after) | {"id": ids[after["code"]]} for after in saving.changed_in(*_LIFE)])
    staging.update(Audit, [_reported(after, day) | {"id": ids[after["code"]]} for after in saving.changed_in("reported_on")])


def _audit(values: Values, units: Mapping[str, int], people: Mapping[str, int], names: Mapping[str, str]) -> dict[str, Any]:
    return {name: values[name] for name in _SAME} | {
        "unit_id": units[values["unit_code"]],
        "lead_auditor_id": people.get(values["lead_auditor"]),
        "clauses": ";".join(values["clauses"]) or None,
        "clause_mask": clause_mask(values["clauses"]),
        "folded": search_text(values["code"], values["unit_code"], names[values["unit_code"]]),
        "taken_over": True,
    }


def _state(values: Values) -> dict[str, Any]:
    return {"state": state_of_history(*(values[name] is not None for name in _LIFE))}


def _reported(values: Values, day: date) -> dict[str, Any]:
    reported_on = values["reported_on"]
    return {
        "reported_entered_on": None if reported_on is None else day,
        "reported_late": entered_late(reported_on, day),
    }


def _leads(world: World, moment: Moment) -> Iterator[Problem]:
    """An audit names a lead within the reach of its unit; whoever is not does not exist. A lead who stays is not asked for.

    Whoever takes over for the whole organisation answers for both sides and sees everybody: there history stands as it is.
    """
    page, people = world["audits"], world["people"].sheet
    touched = set(page.touched)
    named = [
        (row, values)
        for row, key, values in page.rows
        if (key is None or key in touched)
        and row.values.get("lead_auditor") is not None
        and _place(values) != _place(page.before.get(key or (), {}))
    ]
    if not named:
        return
    everywhere = reached_codes(moment.person, Permission.REGISTERS_IMPORT) is None
    reach = reach_after(world, {values["lead_auditor"] for _row, values in named}, moment.today)
    for row, values in named:
        name, unit = values["lead_auditor"], str(values.get("unit_code"))
        if (unit,) not in world["units"].after:
            continue  # told already, and nobody of that unit is told of either
        if not ((name,) in world["people"].after if everywhere else reach.reaches(unit, name)):
            wrong = str(people.missing) % {"value": quote(name)}
            yield Problem("audits", row.number, "lead_auditor", wrong, str(people.present))


def _place(values: Mapping[str, Any]) -> tuple[object, object]:
    return values.get("lead_auditor"), values.get("unit_code")


AUDITS = Sheet(
    name="audits",
    title=_l("Internal audits and inspections"),
    title_vi="Đánh giá nội bộ, kiểm tra",
    purpose=_l("One internal audit or inspection of a unit"),
    tables=("audits",),
    kind="audit",
    key=("code",),
    missing=_l('There is no audit "%(value)s".'),
    present=_l("An audit of the sheet audits, or one that is already here."),
    columns=(
        Column("code", _l("Audit code"), "Mã cuộc đánh giá", Kind.CODE, required=True, longest=CODE_LENGTH),
        unit_column(_l("Code of the audited unit"), "Mã đơn vị được đánh giá"),
        Column(
            "kind",
            _l("Kind of audit"),
            "Loại đánh giá",
            Kind.CHOICE,
            choices=tuple(AuditKind),
            default="planned",
        ),
        Column("planned_on", _l("Planned on"), "Ngày theo kế hoạch", Kind.DAY, required=True),
        Column("started_on", _l("Started on"), "Ngày bắt đầu", Kind.DAY, happened=True),
        Column("reported_on", _l("Reported on"), "Ngày báo cáo", Kind.DAY, happened=True),
        Column("cancelled_on", _l("Cancelled on"), "Ngày hủy", Kind.DAY, happened=True),
        Column(
            "lead_auditor",
            _l("Audit team leader (user name)"),
            "Trưởng đoàn đánh giá (tên đăng nhập)",
            Kind.USERNAME,
            longest=80,
            names="people",
            personal=True,
        ),
        Column(
            "independence_exception",
            _l("Document on the exception from independence"),
            "Văn bản về ngoại lệ tính độc lập",
            Kind.NUMBER,
            longest=PAPER_LENGTH,
        ),
        Column("clauses", _l("Clauses"), "Điều khoản", Kind.CLAUSES, longest=CLAUSE_LENGTH),
    ),
    rows=_rows,
    save=_save,
    rules=(not_before("reported_on", "started_on"),),
    checks=(_leads,),
    after=("people",),
    notes=(ended_and_cancelled("audits", "reported_on"),),
    taking=register_taking.AUDITS,
)

SHEETS = (AUDITS,)
