"""Any workbook taken over on pages: begun, left, gone on with, shown before, taken over; the own drafts alone."""

import io
from pathlib import Path
from typing import Any

import pytest
from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy import select

from nonconformities.models import Grade, Nonconformity
from qms.accounts.permissions import Role
from qms.drafts.models import Draft
from qms.imports.taking import long_work
from qms.imports.taking.models import KeptMapping
from qms.kernel.db import db
from tests.conftest import SignIn
from tests.imports.conftest import Build
from tests.office import Office
from tests.queue import work_off
from tests.security.test_forms import forms_of
from tests.security.test_statements import MOST, asked
from tests.statements import statements

HEADER = ["Số phiếu", "Đơn vị", "Mức độ", "Nội dung", "Ngày phát hiện"]
ROWS = [
    ["KPH-01", "Văn phòng", "nặng", "Thiếu sổ theo dõi", "02/03/2026"],
    ["KPH-02", "Văn phòng", "nhẹ", "Thiếu chữ ký", "05/03/2026"],
]
"""A log as an office keeps it: the unit by its name, the grade in words, no deadlines."""


@pytest.fixture
def signed_in(app: Flask, client: FlaskClient, office: Office, sign_in: SignIn) -> FlaskClient:
    ward = office.agency("MA")
    office.unit("VP", parent=ward, name="Văn phòng")
    office.person("can.bo", unit=ward, role=Role.QUALITY_OFFICER, language="en")
    office.person("dong.nghiep", unit=ward, role=Role.QUALITY_OFFICER, language="en")
    office.person("nguoi.khac", unit=office.agency("KHAC"), role=Role.QUALITY_OFFICER, language="en")
    sign_in(client, "can.bo")
    return client


def book(workbook: Build, *rows: list[Any], name: str = "Sổ 2026") -> bytes:
    return workbook({name: [["SỔ THEO DÕI SỰ KHÔNG PHÙ HỢP"], HEADER, *(rows or ROWS)]})


def begin(client: FlaskClient, data: bytes, **more: str) -> str:
    """Chooses a file; answers with the address of its first question."""
    answer = client.post("/registers/take-over", data={"workbook": (io.BytesIO(data), "so.xlsx"), **more})
    assert answer.status_code == 303, answer.text
    return client.get(answer.location).location


def go_on(client: FlaskClient, address: str, **changed: Any) -> str:
    """Sends the form of a step as it is proposed, but for what is changed; answers with the address that follows."""
    fields = forms_of(client, address)[address]
    unasked = {"only_holds": ""} if "only_holds" in fields else {}  # the reader of forms types into every empty field
    answer = client.post(address, data=fields | unasked | changed)
    assert answer.status_code == 303, answer.text
    return answer.location


def to_preview(client: FlaskClient, data: bytes) -> str:
    address, clicks = begin(client, data), 1
    while not address.endswith("/preview"):
        address, clicks = go_on(client, address), clicks + 1
    assert clicks <= 4, "a good file needs few clicks"
    return address


def lying(app: Flask) -> list[Path]:
    folder = app.extensions["qms.settings"].drafts
    return list(folder.iterdir()) if folder.exists() else []


def nonconformities() -> dict[str, Nonconformity]:
    db.session.rollback()
    return {one.code: one for one in db.session.scalars(select(Nonconformity))}


def test_a_log_of_an_office_is_taken_over_in_a_few_clicks(app: Flask, signed_in: FlaskClient, workbook: Build) -> None:
    address = to_preview(signed_in, book(workbook))
    page = signed_in.get(address)
    assert page.status_code == 200 and "KPH-01" in page.text, page.text
    assert nonconformities() == {}
    answer = signed_in.post(address.replace("/preview", "/confirm"), data={"keep_as": ""})
    assert answer.status_code == 303
    found = nonconformities()
    assert {code: one.grade for code, one in found.items()} == {"KPH-01": Grade.MAJOR, "KPH-02": Grade.MINOR}
    assert found["KPH-01"].unit.code == "VP" and found["KPH-01"].due_on > found["KPH-01"].raised_on
    assert db.session.scalars(select(Draft)).all() == [] and lying(app) == []
    assert "2 new" in signed_in.get("/registers/take-over").text


def test_every_step_asks_the_database_at_most_twelve_times(signed_in: FlaskClient, workbook: Build) -> None:
    columns = begin(signed_in, book(workbook))
    for step in ("sheets", "columns", "words", "gaps"):
        address = columns.replace("columns", step)
        assert asked(signed_in, address) <= MOST, step
        with statements() as seen:
            go_on(signed_in, address)
        assert len([one for one in seen if one != "BEGIN"]) <= 2 * MOST, step  # the page whose form it is, and the save


def test_a_draft_is_left_and_gone_on_with_and_nothing_said_is_lost(signed_in: FlaskClient, workbook: Build) -> None:
    data = book(workbook)
    columns = begin(signed_in, data)
    assert columns.endswith("/columns")
    words = go_on(signed_in, columns, title_3="evidence", only_title="Đơn vị", only_holds="van phong")
    assert words.endswith("/words")
    assert "so.xlsx" in signed_in.get("/registers/take-over").text
    draft = db.session.scalars(select(Draft)).one()
    assert signed_in.get(f"/registers/take-over/{draft.id}").location == words
    again = begin(signed_in, data)
    assert again == words, "the same file goes on where it was left"
    said = forms_of(signed_in, columns)[columns]
    assert said["title_3"] == "evidence" and "van phong" in signed_in.get(columns).text


def test_what_is_wrong_is_said_and_what_was_chosen_stays(signed_in: FlaskClient, workbook: Build) -> None:
    columns = begin(signed_in, book(workbook))
    sent = forms_of(signed_in, columns)[columns] | {"title_0": "code", "title_3": "code", "only_holds": "xã"}
    answer = signed_in.post(columns, data=sent)
    assert answer.status_code == 422 and answer.text.count('role="alert"') == 1
    assert "is chosen for two columns" in answer.text and "has to stand" in answer.text
    gaps = begin(signed_in, book(workbook, *ROWS[:1]))
    gaps = gaps.replace("/columns", "/gaps")
    due = forms_of(signed_in, gaps)[gaps] | {"gap_0": "same", "value_0_same": " "}
    refused = signed_in.post(gaps, data=due)
    assert refused.status_code == 422 and "Give the value" in refused.text


def test_a_part_that_lacks_what_it_needs_may_be_left_out(signed_in: FlaskClient, workbook: Build) -> None:
    data = workbook({"Sổ": [[*HEADER, "Người thực hiện"], [*ROWS[0], "Tổ một cửa"]]})
    columns = begin(signed_in, data)
    words = go_on(signed_in, columns, title_5="actions.owner")
    gaps = go_on(signed_in, words) if words.endswith("/words") else words
    fields = forms_of(signed_in, gaps)[gaps]
    page = signed_in.get(gaps).text
    assert "do not take this part over" in page
    numbers = [name for name in fields if name.startswith("gap_")]
    beside = {name: "not-taken" for name in numbers if f'name="{name}" value="not-taken"' in page}
    assert beside and go_on(signed_in, gaps, **beside).endswith("/preview")
    assert "KPH-01" in signed_in.get(gaps.replace("/gaps", "/preview")).text
    assert "actions.owner" not in {value for name, value in forms_of(signed_in, columns)[columns].items() if name == "title_5"}


def test_problems_of_the_rows_are_shown_with_their_cells_and_nothing_is_written(signed_in: FlaskClient, workbook: Build) -> None:
    address = to_preview(signed_in, book(workbook, ["KPH-01", "Văn phòng", "nặng", "Thiếu", "31/02/2026"]))
    page = signed_in.get(address)
    assert page.status_code == 200 and "31/02/2026" in page.text and "Ngày phát hiện" in page.text
    signed_in.post(address.replace("/preview", "/confirm"), data={})
    assert nonconformities() == {} and len(db.session.scalars(select(Draft)).all()) == 1


def test_a_file_without_a_table_is_refused_in_a_sentence(app: Flask, signed_in: FlaskClient, workbook: Build) -> None:
    note = workbook({"Ghi chú": [["Hỏi lại phòng"]]})
    answer = signed_in.post("/registers/take-over", data={"workbook": (io.BytesIO(note), "so.xlsx")})
    assert answer.status_code == 422 and "holds no table" in answer.text and lying(app) == []


def test_a_pasted_table_and_one_as_text_go_the_same_way(signed_in: FlaskClient) -> None:
    text = "\n".join("\t".join(row) for row in (HEADER, ROWS[0]))
    answer = signed_in.post("/registers/take-over", data={"table": text})
    assert answer.status_code == 303, answer.text
    address = signed_in.get(answer.location).location
    while not address.endswith("/preview"):
        address = go_on(signed_in, address)
    assert "KPH-01" in signed_in.get(address).text
    table = "\n".join(";".join(row) for row in (HEADER, ROWS[1])).encode()
    answer = signed_in.post("/registers/take-over", data={"workbook": (io.BytesIO(table), "units.csv")})
    assert answer.status_code == 303, answer.text
    both = {"table": text, "workbook": (io.BytesIO(table), "units.csv")}
    assert signed_in.post("/registers/take-over", data=both).status_code == 422
    assert signed_in.post("/registers/take-over", data={}).status_code == 422


def test_nobody_else_sees_a_draft(app: Flask, signed_in: FlaskClient, workbook: Build, sign_in: SignIn) -> None:
    columns = begin(signed_in, book(workbook))
    draft = columns.removesuffix("/columns")
    signed_in.post("/sign-out")
    sign_in(signed_in, "dong.nghiep")
    for address in (draft, columns, f"{draft}/preview", f"{draft}/changes.xlsx"):
        assert signed_in.get(address).status_code == 404
    for address in (columns, f"{draft}/confirm", f"{draft}/use", f"{draft}/delete"):
        assert signed_in.post(address, data={}).status_code == 404
    assert "so.xlsx" not in signed_in.get("/registers/take-over").text
    assert len(lying(app)) == 1


def test_a_draft_is_deleted_with_its_file(app: Flask, signed_in: FlaskClient, workbook: Build) -> None:
    draft = begin(signed_in, book(workbook)).removesuffix("/columns")
    assert len(lying(app)) == 1
    assert signed_in.post(f"{draft}/delete").status_code == 303
    assert lying(app) == [] and db.session.scalars(select(Draft)).all() == []


def test_a_mapping_is_kept_for_the_agency_and_offered_for_the_next_file(
    signed_in: FlaskClient, workbook: Build, sign_in: SignIn
) -> None:
    address = to_preview(signed_in, book(workbook))
    signed_in.post(address.replace("/preview", "/confirm"), data={"keep_as": "Sổ của phường"})
    kept = db.session.scalars(select(KeptMapping)).one()
    assert kept.name == "Sổ của phường" and kept.register == "nonconformities"
    signed_in.post("/sign-out")
    sign_in(signed_in, "dong.nghiep")
    assert "Sổ của phường" in signed_in.get("/registers/take-over").text
    columns = begin(signed_in, book(workbook, ["KPH-03", "Văn phòng", "nặng", "Chậm", "01/04/2027"], name="Sổ 2027"))
    assert "Sổ của phường" in signed_in.get(columns).text
    answer = signed_in.post(columns.replace("/columns", "/use"), data={"mapping": "Sổ của phường"})
    assert answer.status_code == 303
    preview = columns.replace("/columns", "/preview")
    assert "KPH-03" in signed_in.get(preview).text, "the answers of last year hold"
    signed_in.post("/sign-out")
    sign_in(signed_in, "nguoi.khac")
    assert "Sổ của phường" not in signed_in.get("/registers/take-over").text
    assert signed_in.post(f"/registers/take-over/mappings/{kept.id}/delete").status_code == 404
    signed_in.post("/sign-out")
    sign_in(signed_in, "dong.nghiep")
    assert signed_in.post(f"/registers/take-over/mappings/{kept.id}/delete").status_code == 303
    assert db.session.scalars(select(KeptMapping)).all() == []


def test_a_file_with_other_columns_is_offered_no_mapping_of_these(signed_in: FlaskClient, workbook: Build) -> None:
    address = to_preview(signed_in, book(workbook))
    signed_in.post(address.replace("/preview", "/confirm"), data={"keep_as": "Sổ của phường"})
    columns = begin(signed_in, workbook({"Sổ": [["Mã số", "Tên đơn vị", "Nội dung"], ["1", "Văn phòng", "Thiếu"]]}))
    assert "Sổ của phường" not in signed_in.get(columns).text
    assert signed_in.post(columns.rsplit("/", 1)[0] + "/use", data={"mapping": "Sổ của phường"}).status_code == 303
    assert "does not fit" in signed_in.get(columns).text


def test_a_large_file_is_taken_over_in_the_queue(
    app: Flask, signed_in: FlaskClient, workbook: Build, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(long_work, "LARGE", 1)
    address = to_preview(signed_in, book(workbook))
    signed_in.post(address.replace("/preview", "/confirm"), data={"keep_as": ""})
    assert nonconformities() == {} and len(lying(app)) == 1
    assert work_off(app) == 1
    assert len(nonconformities()) == 2 and lying(app) == []
    assert "2 new" in signed_in.get("/registers/take-over").text


def test_a_register_that_is_named_is_asked_about_whatever_the_sheets_are_called(signed_in: FlaskClient, workbook: Build) -> None:
    named_as_ours = workbook({"Sự không phù hợp": [HEADER, *ROWS]})
    refused = signed_in.post("/registers/take-over", data={"workbook": (io.BytesIO(named_as_ours), "so.xlsx")})
    assert refused.status_code == 422 and "of your office" in refused.text
    assert begin(signed_in, named_as_ours, register="nonconformities").endswith("/columns")
