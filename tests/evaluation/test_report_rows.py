"""What a run keeps for its report beside the verdicts: the year in numbers, causes, who leads, and who is out of scope."""

from datetime import date, timedelta

import pytest
from flask import Flask
from sqlalchemy import select
from sqlalchemy.exc import IntegrityError

from nonconformities.models import EventKind, Grade, Nonconformity, NonconformityState
from qms.accounts.permissions import Role
from qms.evaluation.models import RunFigure, RunOrigin
from qms.evaluation.queries import whole_run
from qms.evaluation.report_model import RunReport
from qms.evaluation.reporting import Letter, report_of
from qms.evaluation.service import evaluate, store
from qms.kernel.db import db, writing
from qms.units.models import Unit
from tests.office import TODAY, Office, past_the_trail


@pytest.fixture
def ward(any_app: Flask, office: Office) -> Unit:
    """An agency that is not in scope itself."""
    return office.agency("P", name="UBND phường Mẫu", in_scope_from=None, exclusion_reason="Cơ quan chung")


def sealed(office: Office, scope: Unit | None = None, day: date = TODAY) -> int:
    moment = office.moment(day=day + timedelta(days=1))
    outcome = evaluate(day, moment, None if scope is None else db.session.get_one(Unit, scope.id))
    with writing(outcome.connection):
        return store(outcome, moment, RunOrigin.PERSON, None if scope is None else office.again(scope)).id


def told(any_app: Flask, run_id: int, letter: Letter | None = None) -> RunReport:
    view = whole_run(run_id)
    assert view is not None
    with any_app.test_request_context():
        return report_of(view, "vi", letter or Letter())


def figures(run_id: int) -> dict[str, tuple[int, int]]:
    rows = db.session.scalars(select(RunFigure).where(RunFigure.run_id == run_id))
    return {one.key: (one.number, one.before) for one in rows}


def test_the_year_is_counted_to_the_day_beside_the_year_before(office: Office, ward: Unit) -> None:
    unit = office.unit("A", parent=ward)
    year_ago = TODAY.replace(year=TODAY.year - 1)
    office.audit(unit, reported_on=TODAY)
    office.audit(unit, reported_on=date(2026, 3, 2))
    office.audit(unit, reported_on=year_ago)  # the last day of the year before
    first = office.nonconformity(unit, raised_on=date(2026, 3, 2), grade=Grade.MAJOR, state=NonconformityState.CLOSED)
    office.event(first, EventKind.CLOSED, TODAY)
    office.action(first, "1", due_on=TODAY, completed_on=date(2026, 5, 1))
    again = office.nonconformity(unit, raised_on=date(2026, 4, 2), state=NonconformityState.ACTING)
    office.event(again, EventKind.CLOSED, date(2026, 6, 1))
    office.event(again, EventKind.REOPENED, date(2026, 6, 1))
    office.nonconformity(unit, raised_on=year_ago)
    office.review(ward, date(2026, 6, 15))
    office.review(ward, date(2025, 6, 15))
    found = figures(sealed(office))
    assert found["audits_reported"] == (2, 1) and found["units_audited"] == (1, 1)
    assert found["nonconformities_raised"] == (2, 1) and found["nonconformities_major"] == (1, 0)
    assert found["nonconformities_closed"] == (1, 0)
    assert found["nonconformities_open"] == (2, 1)
    assert found["actions_completed"] == (1, 0)
    assert found["reviews_held"] == (1, 1)


def test_a_scope_counts_its_own_and_what_it_inherited(office: Office, ward: Unit) -> None:
    heir = office.unit("A", parent=ward)
    gone = office.unit("B", parent=ward, in_scope_to=date(2026, 7, 1), successor_id=heir.id)
    other = office.unit("C", parent=ward)
    for one in (heir, gone, other):
        office.audit(one, reported_on=date(2026, 5, 4))
    assert figures(sealed(office, heir))["audits_reported"] == (2, 0)
    assert figures(sealed(office))["audits_reported"] == (3, 0)


def test_causes_are_those_the_units_submitted_the_major_ones_first(any_app: Flask, office: Office, ward: Unit) -> None:
    unit = office.unit("A", parent=ward, name="Phòng Mẫu")
    minor = office.nonconformity(unit, raised_on=date(2026, 9, 1), root_cause="Thiếu biểu mẫu", correction="Bổ sung")
    major = office.nonconformity(unit, raised_on=date(2026, 3, 1), grade=Grade.MAJOR, root_cause="Chưa phân công", correction="x")
    office.nonconformity(unit, raised_on=date(2026, 3, 1), root_cause="Còn soạn thảo", correction="Bổ sung")
    old = office.nonconformity(unit, raised_on=date(2025, 3, 1), root_cause="Năm cũ", correction="Bổ sung")
    for one in (minor, major, old):
        office.response(one, one.raised_on)
    run_id = sealed(office)
    with past_the_trail():
        db.session.get_one(Nonconformity, minor.id).root_cause = "Sửa sau khi chốt"
    db.session.rollback()
    assert [(one.unit, one.reference, one.text) for one in told(any_app, run_id).causes] == [
        ("Phòng Mẫu", major.code, "Chưa phân công"),
        ("Phòng Mẫu", minor.code, "Thiếu biểu mẫu"),
    ]


def test_the_committee_of_units_in_scope_is_not_out_of_scope(any_app: Flask, office: Office, ward: Unit) -> None:
    office.unit("A", parent=ward)
    office.unit("B", parent=ward, in_scope_from=None, exclusion_reason="Không thuộc diện")
    assert [one.code for one in told(any_app, sealed(office)).excluded] == ["B"]


def test_an_agency_without_a_unit_in_scope_is_listed(any_app: Flask, office: Office, ward: Unit) -> None:
    assert [one.code for one in told(any_app, sealed(office)).excluded] == ["P"]


def test_the_one_who_leads_signs_and_of_two_nobody(any_app: Flask, office: Office, ward: Unit) -> None:
    office.unit("A", parent=ward)
    office.person("ct", unit=ward, role=Role.LEADER, full_name="Trần Thị Mẫu", title="Chủ tịch")
    office.person("cu", unit=ward, role=Role.LEADER, full_name="Lê Văn Cũ", disabled=True)
    alone = sealed(office)
    office.person("pct", unit=ward, role=Role.LEADER, full_name="Phạm Văn Mẫu", title="Phó Chủ tịch")
    both = sealed(office)
    assert told(any_app, alone).issuer.signer_name == "Trần Thị Mẫu"
    assert told(any_app, both).issuer.signer_name == ""


def test_settings_say_whom_the_report_is_sent_to(any_app: Flask, office: Office, ward: Unit) -> None:
    issuer = told(any_app, sealed(office), Letter(report_to="Sở Mẫu", copies=("Tỉnh Mẫu",))).issuer
    assert issuer.addressee == "Sở Mẫu" and issuer.recipients[1] == "Tỉnh Mẫu"


def test_the_year_before_stands_beside_each_criterion(any_app: Flask, office: Office, ward: Unit) -> None:
    unit = office.unit("A", parent=ward, in_scope_from=date(2023, 1, 1))
    office.audit(unit, reported_on=date(2025, 9, 1))
    sealed(office, day=date(2025, 11, 30))
    report = told(any_app, sealed(office))
    audited = next(line for line in report.criteria if line.clause == "9.2")
    assert (audited.met.k, audited.met.n) == (0, 1)
    assert audited.before is not None and (audited.before.k, audited.before.n) == (1, 1)
    assert report.previous is not None and report.previous.as_of == date(2025, 11, 30)


def test_a_figure_is_never_less_than_nothing(office: Office, ward: Unit) -> None:
    run_id = sealed(office)
    with pytest.raises(IntegrityError), past_the_trail():
        db.session.get_one(RunFigure, (run_id, "reviews_held")).number = -1
