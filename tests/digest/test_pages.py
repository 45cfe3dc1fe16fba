"""The digest without a mail server: as a page, as text, and on paper; each within what one may read."""

import io
import re
from datetime import UTC, datetime, timedelta

import pytest
from flask import Flask
from flask.testing import FlaskClient
from pypdf import PdfReader

from qms.accounts.models import Person
from qms.accounts.permissions import Role
from qms.kernel.days import local_day
from qms.kernel.db import writing
from qms.kernel.moment import system_moment
from qms.notices.service import notify
from tests.conftest import SignIn
from tests.digest.conftest import Desk
from tests.statements import asked_again, statements

TODAY = local_day(datetime.now(UTC))
LATE, SOON = TODAY - timedelta(days=12), TODAY + timedelta(days=3)


@pytest.fixture
def head(desk: Desk) -> Person:
    """The head of the unit, in English so that the test can read the page."""
    return desk.person("Trần Thị Bình", username="binh", role=Role.UNIT_HEAD, language="en")


def page(client: FlaskClient, address: str) -> str:
    response = client.get(address)
    assert response.status_code == 200, f"{address}: {response.status_code}"
    return response.data.decode("utf-8", "replace")


def words(pdf: bytes) -> list[str]:
    return [" ".join(sheet.extract_text().split()) for sheet in PdfReader(io.BytesIO(pdf)).pages]


def textarea(html: str) -> str:
    found = re.search(r"<textarea[^>]* readonly>(.*?)</textarea>", html, re.DOTALL)
    assert found is not None
    return found.group(1)


def test_my_digest_shows_what_waits_for_me_and_the_same_as_text(
    app: Flask, desk: Desk, head: Person, client: FlaskClient, sign_in: SignIn
) -> None:
    desk.action(head, LATE, "Rà soát phiếu hẹn", code="NC-1")
    desk.action(head, SOON, "Tập huấn <lại>", code="NC-2")
    desk.action(desk.person("Khác", username="khac"), LATE, "Việc của người khác")
    with writing():
        notify(head.id, "trial_told", "unit", "PTM", system_moment(), values={"unit": "Phường", "title": "Kế hoạch"})
    sign_in(client, "binh")
    assert client.get("/digest").headers["Location"] == "/digest/mine"
    html = page(client, "/digest/mine")
    assert html.index("Rà soát phiếu hẹn") < html.index("Tập huấn &lt;lại&gt;") < html.index("Phường has reported")
    assert "12 days overdue" in html and "3 days left" in html and "Việc của người khác" not in html
    text = textarea(html)
    assert "Overdue (1)\n1. Report the action as completed: Rà soát phiếu hẹn" in text
    assert f"(NC-1, due on {LATE:%d/%m/%Y}, 12 days overdue)" in text
    assert "http" not in text and "/link/" not in text


def test_reading_a_digest_changes_nothing(app: Flask, desk: Desk, head: Person, client: FlaskClient, sign_in: SignIn) -> None:
    desk.action(head, LATE)
    sign_in(client, "binh")
    with statements() as asked:
        for address in ("/digest/mine", "/digest/units", "/digest/units.pdf", f"/digest/unit/{desk.unit.code}"):
            page(client, address)
    assert not [one for one in asked if one.startswith(("INSERT", "DELETE"))]


def test_a_line_leads_to_its_record_and_says_nothing_of_others(
    app: Flask, desk: Desk, head: Person, client: FlaskClient, sign_in: SignIn
) -> None:
    own = desk.action(head, LATE, code="NC-1")
    other_ward = desk.office.agency("PKH")
    desk.action(desk.person("Khác", username="khac", unit=other_ward), LATE, unit=other_ward, code="NC-2")
    sign_in(client, "binh")
    response = client.get("/digest/mine/open/nonconformity/NC-1")
    assert (response.status_code, response.headers["Location"]) == (302, f"/nonconformities/{own.nonconformity_id}")
    assert client.get("/digest/units/open/nonconformity/NC-1").status_code == 302
    for code in ("NC-2", "NC-3"):
        for door in ("mine", "units"):
            assert client.get(f"/digest/{door}/open/nonconformity/{code}").status_code == 404
    assert client.get("/digest/mine/open/nothing/NC-1").status_code == 404


def test_units_are_listed_with_their_counts_the_worst_first_within_the_scope(
    app: Flask, desk: Desk, client: FlaskClient, sign_in: SignIn
) -> None:
    office = desk.office
    desk.person("Vũ Thư ký", username="thuky", unit=desk.ward, role=Role.QUALITY_OFFICER, language="en")
    quiet, second, elsewhere = (
        office.unit("PTM.VP", parent=desk.ward),
        office.unit("PTM.KT", parent=desk.ward),
        office.agency("PKH"),
    )
    owner = desk.person("An", username="an")
    for unit, day, times in ((desk.unit, LATE, 2), (desk.unit, SOON, 1), (second, LATE, 3), (elsewhere, LATE, 9)):
        for _ in range(times):
            desk.action(owner, day, unit=unit)
    desk.action(owner, TODAY + timedelta(days=60), unit=quiet)
    sign_in(client, "thuky")
    html = page(client, "/digest/units")
    assert re.findall(r'what-title" href="/digest/unit/([^"]+)"', html) == ["PTM.KT", "PTM.TP"]
    assert "2 units with something overdue or due soon" in html and "5 things overdue" in html
    assert "PKH" not in html and "PTM.VP" not in html
    assert client.get("/digest/unit/PKH").status_code == client.get("/digest/unit/PKH.pdf").status_code == 404
    assert "Nothing is overdue" in page(client, "/digest/unit/PTM.VP")


def test_the_counts_of_many_units_take_as_many_statements_as_those_of_few(
    app: Flask, desk: Desk, client: FlaskClient, sign_in: SignIn
) -> None:
    desk.person("Vũ Thư ký", username="thuky", unit=desk.ward, role=Role.QUALITY_OFFICER)
    owner = desk.person("An", username="an")
    sign_in(client, "thuky")

    def statements(address: str) -> int:
        return len(asked_again(client, address))

    addresses = ("/digest/units", "/digest/units.pdf", "/digest/unit/PTM.TP", "/digest/unit/PTM.TP.pdf")
    desk.action(owner, LATE)
    few = [statements(address) for address in addresses]
    for number in range(10):
        unit = desk.office.unit(parent=desk.ward)
        desk.action(desk.person(username=f"nguoi-{number}", unit=unit), LATE, unit=unit)
        desk.action(desk.person(username=f"nua-{number}"), LATE)
    assert [statements(address) for address in addresses] == few


def test_the_text_of_a_unit_names_who_owes_what_and_holds_no_address(
    app: Flask, desk: Desk, head: Person, client: FlaskClient, sign_in: SignIn
) -> None:
    desk.action(head, SOON, "Tập huấn")
    desk.action(desk.person("Lê Văn Cường", username="cuong"), LATE, "Rà soát")
    desk.action(None, LATE, "Chưa có người")
    sign_in(client, "binh")
    text = textarea(page(client, "/digest/unit/PTM.TP"))
    lines = [line for line in text.splitlines() if line]
    assert lines[0] == f"Phòng Tư pháp: what is due or overdue on {TODAY:%d/%m/%Y}"
    assert lines[1::2] == ["Lê Văn Cường (1)", "Trần Thị Bình (1)", "Nobody named yet (1)"]
    assert "http" not in text


def test_the_sheet_of_a_unit_is_a_form_with_its_head_on_every_page(
    app: Flask, desk: Desk, head: Person, client: FlaskClient, sign_in: SignIn
) -> None:
    for number in range(60):
        desk.action(head, LATE, f"Việc số {number} <img src=x> & {{{{ x }}}}")
    sign_in(client, "binh")
    response = client.get("/digest/unit/PTM.TP.pdf")
    assert response.mimetype == "application/pdf"
    sheets = words(response.data)
    assert len(sheets) > 2
    for number, sheet in enumerate(sheets, 1):
        assert "Ủy ban nhân dân phường Tân Mỹ" in sheet and "QMS-NV" in sheet
        assert f"{number}/{len(sheets)}" in sheet
    whole = " ".join(sheets)
    assert "Trần Thị Bình" in whole and "Việc số 59 <img src=x> & {{ x }}" in whole
    assert "http" not in whole and "/link/" not in whole


def test_all_sheets_are_one_file_each_with_its_own_pages(app: Flask, desk: Desk, client: FlaskClient, sign_in: SignIn) -> None:
    desk.person("Vũ Thư ký", username="thuky", unit=desk.ward, role=Role.QUALITY_OFFICER)
    second = desk.office.unit("PTM.KT", parent=desk.ward, name="Phòng Kinh tế")
    owner = desk.person("An", username="an")
    sign_in(client, "thuky")
    assert client.get("/digest/units.pdf").status_code == 404
    for _ in range(40):
        desk.action(owner, LATE, unit=second)
    desk.action(owner, LATE)
    sheets = words(client.get("/digest/units.pdf").data)
    first = [sheet for sheet in sheets if "Phòng Kinh tế:" in sheet or "Phòng Kinh tế" in sheet.split("QMS-NV", maxsplit=1)[0]]
    assert len(first) == len(sheets) - 1, "the sheet of Phòng Tư pháp is the last page"
    assert f"1/{len(first)}" in first[0] and f"{len(first)}/{len(first)}" in first[-1]
    assert "1/1" in sheets[-1]


def test_an_empty_sheet_says_so(app: Flask, desk: Desk, head: Person, client: FlaskClient, sign_in: SignIn) -> None:
    sign_in(client, "binh")
    (sheet,) = words(client.get("/digest/unit/PTM.TP.pdf").data)
    assert "Phòng Tư pháp: 0" in sheet


def test_a_unit_whose_code_ends_like_a_file_still_has_its_page(
    app: Flask, desk: Desk, client: FlaskClient, sign_in: SignIn
) -> None:
    desk.office.unit("PTM/X", parent=desk.ward)
    desk.person("Vũ Thư ký", username="thuky", unit=desk.ward, role=Role.QUALITY_OFFICER)
    sign_in(client, "thuky")
    assert client.get("/digest/unit/PTM/X").status_code == 200
    assert client.get("/digest/unit/PTM/X.pdf").mimetype == "application/pdf"
