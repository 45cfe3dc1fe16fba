"""The take-over on the page: preview first, then the very same bytes; nobody else's upload, nothing left behind."""

import io
import re
from pathlib import Path

import pytest
from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy import func, select

from qms.accounts.permissions import Role
from qms.imports import work
from qms.imports.takeover import take_over
from qms.kernel.db import db
from qms.trail.models import TrailEntry
from qms.units.models import Unit
from tests.conftest import SignIn
from tests.imports.registers_of_an_office import OFFICE, Rows, read_workbook, workbook_of
from tests.office import Office, moment_of
from tests.queue import work_off


@pytest.fixture
def signed_in(app: Flask, client: FlaskClient, office: Office, sign_in: SignIn) -> FlaskClient:
    root = office.unit("GOC")
    office.person("quan.tri", unit=root, role=Role.ADMINISTRATOR, language="en")
    office.person("can.bo", unit=root, role=Role.STAFF)
    sign_in(client, "quan.tri")
    return client


def rows_below_the_root() -> Rows:
    return OFFICE | {"units": [{**OFFICE["units"][0], "parent_code": "GOC"}, *OFFICE["units"][1:]]}


def uploads(app: Flask) -> list[Path]:
    folder = app.extensions["qms.settings"].instance / "uploads"
    return list(folder.iterdir()) if folder.exists() else []


def upload(client: FlaskClient, data: bytes) -> tuple[int, str]:
    response = client.post("/registers/take-over", data={"workbook": (io.BytesIO(data), "so-theo-doi.xlsx")})
    return response.status_code, response.text


def token_of(page: str) -> str:
    found = re.search(r'name="token"[^>]*value="([^"]+)"', page)
    assert found is not None
    return found[1]


def units() -> int:
    return db.session.scalar(select(func.count()).select_from(Unit)) or 0


def test_a_preview_writes_nothing_and_its_confirmation_takes_the_same_bytes_over(app: Flask, signed_in: FlaskClient) -> None:
    status, page = upload(signed_in, workbook_of(rows_below_the_root()))
    assert status == 200 and units() == 1 and len(uploads(app)) == 1
    assert "so-theo-doi.xlsx" in page
    response = signed_in.post("/registers/take-over/confirm", data={"token": token_of(page)})
    assert response.status_code == 302 and units() == 5 and uploads(app) == []
    assert "20" in signed_in.get("/registers/take-over").text
    again = signed_in.post("/registers/take-over/confirm", data={"token": token_of(page)})
    assert again.status_code == 302 and units() == 5


def test_a_large_workbook_is_taken_over_in_the_queue(app: Flask, signed_in: FlaskClient, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(work, "LARGE", 1)
    _status, page = upload(signed_in, workbook_of(rows_below_the_root()))
    for _click in range(2):
        assert signed_in.post("/registers/take-over/confirm", data={"token": token_of(page)}).status_code == 302
    assert units() == 1 and 'class="card work"' in signed_in.get("/registers/take-over").text
    assert work_off(app) == 1
    assert units() == 5 and uploads(app) == []
    assert "20 new" in signed_in.get("/registers/take-over").text


def test_a_large_workbook_that_is_killed_after_its_landing_is_told_as_done_and_doubles_nothing(
    app: Flask, signed_in: FlaskClient, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(work, "LARGE", 1)
    book = workbook_of(rows_below_the_root())
    _status, page = upload(signed_in, book)
    signed_in.post("/registers/take-over/confirm", data={"token": token_of(page)})
    take_over(book, moment_of())  # what the killed process had let in
    told = db.session.scalar(select(func.count()).select_from(TrailEntry).where(TrailEntry.kind == "import"))
    db.session.rollback()
    assert work_off(app) == 1
    assert "0 new, 0 changed, 20 unchanged" in signed_in.get("/registers/take-over").text
    assert db.session.scalar(select(func.count()).select_from(TrailEntry).where(TrailEntry.kind == "import")) == told


def test_problems_stand_in_a_table_and_nothing_is_kept(app: Flask, signed_in: FlaskClient) -> None:
    rows = rows_below_the_root()
    rows["reviews"] = [{"unit_code": "<b>", "held_on": "2026-02-30"}]
    status, page = upload(signed_in, workbook_of(rows))
    assert status == 422 and units() == 1 and uploads(app) == []
    assert "2026-02-30" in page and "&lt;b&gt;" in page and "<b>&lt;" not in page


def test_a_file_that_is_no_workbook_is_refused_in_a_sentence(signed_in: FlaskClient) -> None:
    status, page = upload(signed_in, b"no workbook")
    assert status == 422 and 'role="alert"' in page
    assert signed_in.post("/registers/take-over", data={}).status_code == 422


def test_a_token_of_somebody_else_or_a_changed_one_takes_nothing_over(
    app: Flask, signed_in: FlaskClient, office: Office, sign_in: SignIn
) -> None:
    _status, page = upload(signed_in, workbook_of(rows_below_the_root()))
    office.person("quan.tri.2", unit=db.session.scalars(select(Unit)).one(), role=Role.ADMINISTRATOR)
    signed_in.post("/sign-out")
    sign_in(signed_in, "quan.tri.2")
    for token in (token_of(page), token_of(page) + "x", "../../etc/passwd", ""):
        signed_in.post("/registers/take-over/confirm", data={"token": token})
        assert units() == 1


def test_staff_neither_take_over_nor_export(signed_in: FlaskClient, sign_in: SignIn) -> None:
    signed_in.post("/sign-out")
    sign_in(signed_in, "can.bo")
    for address in ("/registers/take-over", "/registers/export", "/registers/template"):
        assert signed_in.get(address).status_code == 403
    assert signed_in.post("/registers/take-over/confirm", data={"token": "x"}).status_code == 403


def test_the_export_and_the_empty_workbook_are_workbooks_that_can_be_read(signed_in: FlaskClient) -> None:
    for address, rows in (("/registers/export", 1), ("/registers/template", 0)):
        response = signed_in.get(address)
        register, problems = read_workbook(response.data)
        assert (len(register["units"]), problems) == (rows, [])
        assert "attachment" in response.headers["Content-Disposition"]
