"""Taking a whole office over: what is there afterwards, and that the same workbook changes nothing."""

from collections.abc import Iterator
from datetime import date

import pytest
from flask import Flask
from sqlalchemy import func, select

from audits.models import NUMBERING, Audit, AuditState
from nonconformities.models import Action, ActionState, Nonconformity, NonconformityEvent, NonconformityState, Response
from procedures.models import Procedure
from qms.accounts.models import Grant, Person
from qms.imports.exporting import export_workbook
from qms.imports.takeover import Result, apply, check, take_over
from qms.kernel.db import db, writing
from qms.kernel.language import force_locale
from qms.reviews.models import ManagementReview
from qms.trail.models import TrailEntry
from qms.trail.service import history
from qms.units.models import Announcement, Unit, UnitAncestry
from tests.imports.registers_of_an_office import OFFICE, SHEETS, Rows, office_rows, workbook_of
from tests.office import moment_of, past_the_trail


@pytest.fixture(autouse=True)
def english(any_app: Flask) -> Iterator[None]:
    with force_locale("en"):
        yield


def taken(rows: Rows, day: date = date(2026, 11, 30)) -> Result:
    result = take_over(workbook_of(rows), moment_of(day=day), sheets=SHEETS)
    db.session.rollback()
    return result


def the_nonconformity(code: str) -> Nonconformity:
    return db.session.scalars(select(Nonconformity).where(Nonconformity.code == code)).one()


def the_procedure() -> Procedure:
    return db.session.scalars(select(Procedure).where(Procedure.code == "QT-01")).one()


def test_a_whole_office_is_new_the_first_time_and_unchanged_the_second() -> None:
    rows = sum(len(sheet) for sheet in OFFICE.values())
    first = taken(OFFICE)
    assert (first.new, first.changed, first.unchanged) == (rows, 0, 0)
    second = taken(OFFICE)
    assert (second.new, second.changed, second.unchanged) == (0, 0, rows)


def test_what_is_exported_changes_nothing_and_makes_the_same_export_in_the_same_bytes() -> None:
    taken(OFFICE)
    exported = export_workbook(moment_of(), SHEETS)
    result = take_over(exported, moment_of(), sheets=SHEETS)
    assert (result.new, result.changed) == (0, 0)
    assert result.unchanged == sum(len(sheet) for sheet in OFFICE.values())
    assert export_workbook(moment_of(), SHEETS) == exported
    assert take_over(export_workbook(moment_of(), SHEETS, "vi"), moment_of(), sheets=SHEETS).changed == 0


def test_numbers_that_a_register_keeps_are_counted_on_and_never_given_again() -> None:
    def planned() -> str:
        with writing():
            return NUMBERING.next_code(2026)

    taken(OFFICE)
    assert planned() == "ĐG-2026-01"
    kept = {"unit_code": "MA", "planned_on": "2026-03-01"}
    taken({"audits": [{"code": "ĐG-2026-41", **kept}, {"code": "ĐG-2026-7b", **kept}, {"code": "ĐG-2025-90", **kept}]})
    assert [planned(), planned()] == ["ĐG-2026-42", "ĐG-2026-43"]


def test_a_dry_run_writes_nothing_and_says_what_would_be_new() -> None:
    result = take_over(workbook_of(OFFICE), moment_of(), dry_run=True, sheets=SHEETS)
    assert result.new > 0 and not result.written
    assert "Nothing was written." in result.text()
    assert db.session.scalar(select(func.count()).select_from(Unit)) == 0
    assert db.session.scalar(select(func.count()).select_from(TrailEntry)) == 0


def test_units_get_their_ancestry_successor_and_folded_name() -> None:
    taken(OFFICE)
    units = {unit.code: unit for unit in db.session.scalars(select(Unit))}
    assert units["TYT"].successor is units["VP"]
    assert "phuong minh an" in units["MA"].folded
    pairs = {(a.unit_id, a.ancestor_id) for a in db.session.scalars(select(UnitAncestry))}
    assert (units["VP"].id, units["MA"].id) in pairs and (units["VP"].id, units["VP"].id) in pairs
    assert len(pairs) == 7
    taken({"units": [{"code": "TH", "parent_code": "VP"}]})
    pairs = {(a.unit_id, a.ancestor_id) for a in db.session.scalars(select(UnitAncestry))}
    assert (units["TH"].id, units["VP"].id) in pairs and len(pairs) == 8


def test_people_come_without_a_password_and_with_their_grants() -> None:
    taken(OFFICE)
    person = db.session.scalars(select(Person).where(Person.username == "vp.truong")).one()
    assert person.password_hash is None
    grants = {(grant.role.value, grant.unit.code) for grant in db.session.scalars(select(Grant)) if grant.person is person}
    assert grants == {("unit_head", "VP"), ("auditor", "MA")}
    result = taken({"people": [{"username": "vp.truong", "roles": "staff@VP; auditor@MA"}]})
    assert result.changed == 1
    grants = list(db.session.scalars(select(Grant).where(Grant.person_id == person.id)))
    assert {(one.role.value, one.unit.code) for one in grants if one.revoked_at is None} == {("staff", "VP"), ("auditor", "MA")}
    assert [one.role.value for one in grants if one.revoked_at is not None] == ["unit_head"]  # who had what when is kept
    assert taken({"people": [{"username": "vp.truong", "roles": "auditor@MA; staff"}]}).unchanged == 1


def test_a_procedure_has_its_review_day_and_keeps_its_day_of_entry_unless_its_day_changes() -> None:
    taken(OFFICE)
    procedure = the_procedure()
    assert procedure.effective_review_due_on == date(2027, 1, 5)
    assert (procedure.effective_entered_on, procedure.effective_late) == (date(2026, 11, 30), True)
    taken({"procedures": [{"unit_code": "MA", "code": "QT-01", "title": "Tên mới"}]}, date(2026, 12, 10))
    assert the_procedure().effective_entered_on == date(2026, 11, 30)
    rows: Rows = {"procedures": [{"unit_code": "MA", "code": "QT-01", "effective_on": "2026-12-01", "reviewed_on": "2026-12-02"}]}
    taken(rows, date(2026, 12, 10))
    procedure = the_procedure()
    assert (procedure.effective_entered_on, procedure.effective_late) == (date(2026, 12, 10), False)
    assert procedure.reviewed_review_due_on == date(2027, 12, 2)
    assert [named.service_code for named in procedure.services] == ["1.000001", "9.999"]


def test_audits_get_their_state_and_the_clauses_they_reach() -> None:
    taken(OFFICE)
    audits = {audit.code: audit for audit in db.session.scalars(select(Audit))}
    assert audits["ĐG-01"].state is AuditState.REPORTED and audits["ĐG-02"].state is AuditState.PLANNED
    assert audits["ĐG-01"].clause_mask and not audits["ĐG-02"].clause_mask
    assert audits["ĐG-01"].taken_over and audits["ĐG-01"].reported_late


def test_announcements_and_reviews_are_marked_as_entered_late() -> None:
    taken(OFFICE)
    assert db.session.scalars(select(Announcement.announced_late)).one()
    assert db.session.scalars(select(ManagementReview.held_late)).one()


def test_a_nonconformity_has_its_limits_its_response_and_the_state_that_follows_from_its_days() -> None:
    taken(OFFICE)
    one, two = the_nonconformity("NC-01"), the_nonconformity("NC-02")
    assert one.state is NonconformityState.ACTING and one.move_counts and one.procedure is not None
    assert (one.limit_on, one.moved_limit_on) == (date(2027, 1, 18), date(2027, 2, 8))
    assert two.state is NonconformityState.CLOSED and two.effective and two.limit_on == two.due_on
    response = db.session.scalars(select(Response)).one()
    assert (response.held_from, response.effect_limit_on) == (None, date(2026, 12, 31))
    actions = {action.number: action for action in db.session.scalars(select(Action))}
    assert actions["1"].owner_text is None and actions["1"].owner_name == "Trưởng Văn phòng"
    assert actions["2"].owner_name == "Bộ phận một cửa" and actions["2"].state is ActionState.DONE
    done = {"nonconformity_code": "NC-01", "number": "1", "completed_on": "2026-11-01"}
    taken({"actions": [done]})
    assert the_nonconformity("NC-01").state is NonconformityState.VERIFYING


def test_a_corrected_response_replaces_all_that_stood_before_it() -> None:
    taken(OFFICE)
    with past_the_trail():
        nonconformity = the_nonconformity("NC-01")
        db.session.add(Response(nonconformity=nonconformity, held_from=date(2026, 11, 1), responded_on=date(2026, 11, 1)))
    taken({"nonconformities": [{"code": "NC-01", "responded_on": "2026-09-30"}]})
    response = db.session.scalars(select(Response)).one()
    assert (response.responded_on, response.held_from) == (date(2026, 9, 30), None)
    assert response.effect_due_on is None  # the later response had none, and it was the one that held


def test_a_corrected_closing_replaces_the_closing_that_the_row_told() -> None:
    rows = office_rows()
    rows["nonconformities"][0]["closed_on"] = "2026-11-20"
    taken(rows)
    assert the_nonconformity("NC-01").state is NonconformityState.CLOSED
    rows["nonconformities"][0]["closed_on"] = "2026-11-21"
    assert taken(rows).changed == 1
    assert [event.on for event in the_nonconformity("NC-01").events] == [date(2026, 11, 21)]
    rows["nonconformities"][0]["closed_on"] = None
    taken(rows)
    assert the_nonconformity("NC-01").state is NonconformityState.ACTING


def test_a_history_that_grows_keeps_what_was_there() -> None:
    rows = office_rows()
    rows["nonconformities"][0]["closed_on"] = "2026-11-20"
    taken(rows)
    rows["nonconformities"][0] |= {"closed_on": "2026-11-28", "reopened_on": "2026-11-24"}
    rows["nonconformity_events"] += [
        {"nonconformity_code": "NC-01", "event": "closed", "on": "2026-11-20"},
        {"nonconformity_code": "NC-01", "event": "reopened", "on": "2026-11-24"},
        {"nonconformity_code": "NC-01", "event": "closed", "on": "2026-11-28"},
    ]
    taken(rows)
    assert [event.on.day for event in the_nonconformity("NC-01").events] == [20, 24, 28]
    assert taken(rows).changed == 0
    assert db.session.scalar(select(func.count()).select_from(NonconformityEvent)) == 6


def test_an_absent_column_leaves_the_value_and_an_empty_cell_clears_it() -> None:
    taken(OFFICE)
    taken({"units": [{"code": "VP", "name_en": "Office"}]})
    unit = db.session.scalars(select(Unit).where(Unit.code == "VP")).one()
    assert (unit.name, unit.name_en) == ("Văn phòng", "Office")
    taken({"units": [{"code": "VP", "name_en": None, "serves_public": "yes"}]})
    db.session.rollback()
    unit = db.session.scalars(select(Unit).where(Unit.code == "VP")).one()
    assert (unit.name_en, unit.serves_public) == (None, True)


def test_the_trail_tells_of_the_import_of_every_record_and_of_what_changed() -> None:
    taken(OFFICE)
    assert [entry.deed for entry in history("unit", "VP")] == ["taken_over"]
    taken({"units": [{"code": "VP", "name": "Văn phòng UBND"}]})
    entry = history("unit", "VP")[0]
    assert (entry.deed, entry.changes) == ("corrected", {"name": ["Văn phòng", "Văn phòng UBND"]})
    whole = db.session.scalars(select(TrailEntry).where(TrailEntry.kind == "import").order_by(TrailEntry.id)).all()
    assert [entry.changes["changed"] for entry in whole] == [0, 1]


def test_what_changed_between_check_and_writing_is_checked_again() -> None:
    taken(OFFICE)
    plan = check(workbook_of({"units": [{"code": "VP", "name": "Tên khác"}]}), moment_of(), SHEETS)
    taken({"units": [{"code": "VP", "name": "Tên khác"}]})
    assert apply(plan, moment_of()).unchanged == 1


def test_history_that_the_rules_of_today_would_not_let_happen_is_noted_and_taken_over() -> None:
    rows = office_rows()
    rows["actions"][1]["cancelled_on"] = "2026-10-10"
    rows["reviews"][0]["held_on"] = "2027-01-01"
    result = taken(rows)
    told = {(note.sheet, note.column) for note in result.notes}
    assert {("actions", "cancelled_on"), ("reviews", "held_on"), ("nonconformities", "root_cause")} <= told
