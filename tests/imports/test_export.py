"""The register workbook carried away: a small office at once, a large one by the job process, the same bytes either way."""

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import pytest
from flask.testing import FlaskClient
from sqlalchemy import func, select

from nonconformities.models import EventKind
from qms.accounts.permissions import Role
from qms.imports import exporting
from qms.kernel.db import db
from qms.kernel.work import WorkInterrupted
from qms.reports import lists
from qms.scheduling.models import Work, WorkState
from tests.imports.registers_of_an_office import SHEETS, read_workbook
from tests.office import Office, moment_of
from tests.queue import work_off
from tests.statements import statements

FILLED = 15
"""Records of the office, one at least in every sheet."""


@pytest.fixture
def officer(office: Office, client: FlaskClient, sign_in: Callable[..., object]) -> FlaskClient:
    """An officer of an office that has something in every register."""
    agency = office.agency("MA")
    unit = office.unit("VP", parent=agency)
    person = office.person("can.bo", unit=agency, role=Role.QUALITY_OFFICER)
    office.announcement(agency)
    office.review(agency)
    office.service(unit)
    office.application(office.procedure(agency, services="1.1;2.2"), unit)
    office.audit(unit)
    found = office.nonconformity(unit, "NC-1")
    office.action(found, owner_id=person.id)
    office.action(found)
    for day in range(1, 4):
        office.event(found, EventKind.CLOSED, moment_of().today.replace(day=day))
    sign_in(client, "can.bo")
    return client


def the_work() -> Work:
    db.session.rollback()
    return db.session.scalars(select(Work)).one()


def test_a_small_office_is_written_at_once(officer: FlaskClient, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(lists, "MOST_AT_ONCE", FILLED)
    sent = officer.get("/registers/export")
    register, problems = read_workbook(sent.data)
    assert problems == [] and sum(map(len, register.values())) == FILLED
    assert sent.headers["Content-Disposition"].endswith('.xlsx"')


def test_a_large_office_is_written_by_the_job_process_and_is_the_same_workbook(
    officer: FlaskClient, monkeypatch: pytest.MonkeyPatch
) -> None:
    at_once = officer.get("/registers/export").data
    monkeypatch.setattr(lists, "MOST_AT_ONCE", FILLED - 1)
    offered = officer.get("/registers/export")
    assert (offered.status_code, offered.mimetype) == (200, "text/html"), "a GET only reads"
    assert db.session.scalar(select(func.count(Work.id))) == 0
    shown = officer.post("/registers/export", follow_redirects=True)
    assert f'id="work-{the_work().id}"' in shown.text, "one sees how far it is"
    assert work_off(officer) == 1
    work = the_work()
    assert (work.state, work.done, work.total) == (WorkState.DONE, len(SHEETS), len(SHEETS)), work.sentence
    with officer.get(f"/work/{work.id}/file") as fetched:
        assert fetched.headers["Content-Disposition"].endswith(".xlsx")
        assert fetched.data == at_once
    assert f'id="work-{work.id}"' in officer.get("/registers/take-over").text


def test_whoever_lost_the_right_meanwhile_neither_gets_it_written_nor_fetches_it(officer: FlaskClient) -> None:
    officer.post("/registers/export")
    assert work_off(officer) == 1
    officer.post("/registers/export")
    db.session.execute(db.text("UPDATE grants SET role = 'staff'"))
    db.session.commit()
    assert work_off(officer) == 1
    written, refused = db.session.scalars(select(Work).order_by(Work.id))
    assert (written.state, refused.state, refused.file) == (WorkState.DONE, WorkState.FAILED, None)
    assert officer.get(f"/work/{written.id}/file").status_code == 409


@dataclass
class TakenBack:
    """A progress whose owner takes the work back after some records."""

    file: Path
    left: int

    def __call__(self, _done: int, _total: int) -> None:
        if self.left == 0:
            raise WorkInterrupted
        self.left -= 1


@pytest.mark.usefixtures("officer")
@pytest.mark.parametrize("left", range(FILLED))
def test_it_stops_at_any_record_and_leaves_no_workbook(left: int, tmp_path: Path) -> None:
    taken_back = TakenBack(tmp_path / "registers", left)
    with pytest.raises(WorkInterrupted):
        exporting.EXPORT.run({}, moment_of(), taken_back)
    assert taken_back.file.read_bytes() == b""


def test_each_register_is_asked_for_once(officer: FlaskClient) -> None:
    moment = moment_of()
    with statements() as seen:
        exporting.export_workbook(moment, SHEETS)
    assert len([statement for statement in seen if statement != "BEGIN"]) == len(SHEETS)
