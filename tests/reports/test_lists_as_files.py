"""Lists carried away as files: all of it or nothing, whatever the list."""

from collections.abc import Callable, Iterator
from datetime import date, timedelta
from io import BytesIO
from pathlib import Path

import pytest
from flask import Flask
from flask.testing import FlaskClient

from nonconformities import rules
from nonconformities.listing import LIST
from nonconformities.models import Nonconformity, NonconformityState
from qms.accounts.permissions import Role
from qms.kernel import paging
from qms.kernel.db import db
from qms.pages.filters import ALL
from qms.reports import lists
from qms.reports.comma_separated import Cell, write_csv
from qms.reports.list_xlsx import write_xlsx
from qms.scheduling import binding
from qms.scheduling.models import Work, WorkState
from tests.office import Office
from tests.queue import work_off

LISTS = (
    "/audits/export",
    "/journal/export",
    "/nonconformities/export",
    "/people/export",
    "/procedures/export",
    "/reviews/export",
    "/units/export",
)


@pytest.fixture
def client_of_many(app: Flask, office: Office, client: FlaskClient, sign_in: Callable[..., object]) -> FlaskClient:
    """Somebody who may carry all lists away, each of which holds a row at least."""
    agency = office.agency("P1")
    administrator = office.person("quantri", unit=agency, role=Role.ADMINISTRATOR)
    office.grant(administrator, Role.QUALITY_OFFICER, agency)
    for _time in range(2):
        office.audit(agency)
        office.nonconformity(agency)
        office.procedure(agency)
    office.review(agency)
    sign_in(client, "quantri")
    return client


@pytest.mark.parametrize("address", LISTS)
def test_a_list_too_long_for_a_file_is_refused_and_never_cut_off(
    address: str, client_of_many: FlaskClient, monkeypatch: pytest.MonkeyPatch
) -> None:
    assert client_of_many.get(f"{address}.csv").status_code == 200
    monkeypatch.setattr(paging, "MOST_IN_FILE", 0)
    refused = client_of_many.get(f"{address}.csv")
    assert refused.status_code == 409
    assert "Content-Disposition" not in refused.headers


@pytest.mark.parametrize("address", LISTS)
@pytest.mark.parametrize(
    ("extension", "media_type"),
    [("csv", "text/csv"), ("xlsx", "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet")],
)
def test_a_list_is_sent_as_the_file_that_was_asked_for(
    address: str, extension: str, media_type: str, client_of_many: FlaskClient
) -> None:
    sent = client_of_many.get(f"{address}.{extension}")
    assert sent.mimetype == media_type
    assert sent.headers["Content-Disposition"].endswith(f'.{extension}"')
    assert client_of_many.get(f"{address}.html").status_code == 404


@pytest.fixture
def long(monkeypatch: pytest.MonkeyPatch) -> None:
    """Every list counts as a long one."""
    monkeypatch.setattr(lists, "MOST_AT_ONCE", 0)


@pytest.mark.parametrize("extension", ["csv", "xlsx"])
@pytest.mark.parametrize("address", LISTS)
def test_a_long_list_is_written_by_the_job_process_and_is_the_same_file(
    address: str, extension: str, client_of_many: FlaskClient, monkeypatch: pytest.MonkeyPatch
) -> None:
    at_once = client_of_many.get(f"{address}.{extension}").data
    monkeypatch.setattr(lists, "MOST_AT_ONCE", 0)
    offered = client_of_many.get(f"{address}.{extension}")
    assert (offered.status_code, offered.mimetype) == (200, "text/html"), "a GET only reads"
    assert db.session.scalar(db.select(db.func.count(Work.id))) == 0
    shown = client_of_many.post(f"{address}.{extension}", follow_redirects=True)
    (work,) = db.session.scalars(db.select(Work))
    assert f'id="work-{work.id}"' in shown.text, "the list shows how far its file is"
    assert work_off(client_of_many) == 1
    db.session.rollback()
    (work,) = db.session.scalars(db.select(Work))
    assert (work.state, work.done) == (WorkState.DONE, work.total), work.sentence
    assert work.done > 0
    with client_of_many.get(f"/work/{work.id}/file") as fetched:
        assert fetched.headers["Content-Disposition"].endswith(f".{extension}")
        assert fetched.data == at_once


@pytest.mark.usefixtures("long")
def test_a_long_list_keeps_its_filters_and_may_be_empty_by_the_time_it_is_written(
    client_of_many: FlaskClient, office: Office
) -> None:
    office.nonconformity(office.agency("P2"), "NC-KHAC")
    client_of_many.post("/nonconformities/export.csv?state=open&unit=P1&page=2&_anchor=x")
    (work,) = db.session.scalars(db.select(Work))
    assert work.arguments == {"extension": "csv", "asked": {"state": "open", "unit": "P1"}}
    work.arguments = {"extension": "csv", "asked": {"q": "không có gì như thế"}}
    binding.seal(work)
    db.session.commit()
    assert work_off(client_of_many) == 1
    with client_of_many.get(f"/work/{work.id}/file") as fetched:
        assert fetched.text.count("\r\n") == 1, "the titles alone"


@pytest.mark.usefixtures("long")
def test_whoever_lost_the_right_meanwhile_gets_no_list(client_of_many: FlaskClient, office: Office) -> None:
    client_of_many.post("/nonconformities/export.csv")
    db.session.execute(db.text("UPDATE grants SET valid_to = '2020-01-01'"))
    db.session.commit()
    work_off(client_of_many)
    db.session.rollback()
    (work,) = db.session.scalars(db.select(Work))
    assert (work.state, work.file) == (WorkState.FAILED, None)


def test_the_next_due_day_of_the_file_is_that_of_the_rules(any_app: Flask, office: Office) -> None:
    unit, day = office.agency(), date(2026, 5, 4)
    for state in NonconformityState:
        for number in range(4):
            moved = {"moved_to": day + timedelta(days=40), "moved_on": day, "move_counts": number == 2} if number > 1 else {}
            nc = office.nonconformity(unit, state=state, raised_on=day, **moved)
            if number:
                office.response(nc, day, effect_due_on=day + timedelta(days=number), withdrawn_on=day if number == 3 else None)
                office.action(nc, "1", due_on=day + timedelta(days=2 * number))
                office.action(nc, "2", due_on=day, completed_on=day)
                office.action(nc, "3", due_on=day, cancelled_on=day)
    officer = office.person("officer", unit=unit, role=Role.QUALITY_OFFICER)
    with any_app.test_request_context():
        moment = office.moment(officer)
        rows = db.session.execute(LIST.file.select(lists.Asked({"state": ALL}), moment)).all()
    assert len(rows) == 4 * len(NonconformityState)
    records = {nc.code: nc for nc in db.session.scalars(db.select(Nonconformity))}
    for row in rows:
        assert (row[8], row[-1]) == (rules.due(records[row[0]]), rules.next_due(records[row[0]])), records[row[0]].state


class _Stopped(BaseException):
    pass


def test_a_workbook_that_is_left_in_the_middle_leaves_no_file_behind(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("tempfile.tempdir", str(tmp_path))

    def rows() -> Iterator[list[Cell]]:
        for number in range(2_000):
            yield [number]
        raise _Stopped

    with pytest.raises(_Stopped):
        write_xlsx(BytesIO(), "Danh sách", ["Số"], rows())
    assert list(tmp_path.iterdir()) == []


def test_rows_are_written_as_they_come_and_not_gathered() -> None:
    alive: set[int] = set()

    class Line(list[Cell]):
        def __del__(self) -> None:
            alive.discard(id(self))

    most = 0

    def rows() -> Iterator[Line]:
        nonlocal most
        for number in range(3_000):
            line = Line([number])
            alive.add(id(line))
            most = max(most, len(alive))
            yield line

    write_csv(BytesIO(), ["Số"], rows())
    assert most <= 3
    write_xlsx(BytesIO(), "Danh sách", ["Số"], rows())
    assert most < 1_000, "some rows say how wide the columns are"
