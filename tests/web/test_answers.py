"""What every answer has, and how every error is answered."""

import errno
import gzip
import re
import sqlite3
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy.exc import OperationalError
from sqlalchemy.orm.exc import StaleDataError
from wtforms import BooleanField, HiddenField, SubmitField
from wtforms.widgets import HiddenInput

from qms.accounts import gate
from qms.accounts.models import Person
from qms.accounts.permissions import Permission, Role
from qms.app import create_app
from qms.config import load_settings
from qms.kernel.form_labels import labels_of
from qms.kernel.forms import ChangedMeanwhile, Form
from qms.kernel.refusal import Refusal, Refused
from qms.kernel.web import local_path, public_link
from tests.office import Office

FAULTS: dict[str, Callable[[], Exception]] = {
    "refused": lambda: Refused([Refusal("because", "Hồ sơ đã khóa.")]),
    "changed": ChangedMeanwhile,
    "stale": lambda: StaleDataError("UPDATE"),
    "locked": lambda: OperationalError("UPDATE", {}, sqlite3.OperationalError("database is locked")),
    "full": lambda: OperationalError("INSERT", {}, sqlite3.OperationalError("database or disk is full")),
    "full for files": lambda: OSError(errno.ENOSPC, "No space left on device"),
    "another file": lambda: PermissionError(errno.EACCES, "a secret inside"),
    "broken": lambda: OperationalError("UPDATE", {}, sqlite3.OperationalError("disk I/O error")),
    "bug": lambda: ZeroDivisionError("a secret inside"),
}


def all_forms(base: type[Form] = Form) -> Iterator[type[Form]]:
    for form in base.__subclasses__():
        yield form
        yield from all_forms(form)


@pytest.fixture
def faulty(app: Flask, office: Office, client: FlaskClient, sign_in: Callable[..., object]) -> FlaskClient:
    """A signed-in client of an application with a page that raises what it is told to."""

    @gate.public
    def raise_it(name: str) -> str:
        fault = FAULTS[name]
        raise fault()

    app.add_url_rule("/faults/<name>", view_func=raise_it, methods=["POST"])
    office.person("thuky", unit=office.agency("P1"), role=Role.QUALITY_OFFICER)
    sign_in(client, "thuky")
    return client


@pytest.mark.fresh_app
@pytest.mark.parametrize(
    ("name", "status"),
    [
        ("refused", 409),
        ("changed", 409),
        ("stale", 409),
        ("locked", 503),
        ("broken", 500),
        ("bug", 500),
        ("full", 507),
        ("full for files", 507),
        ("another file", 500),
    ],
)
def test_every_error_keeps_what_was_typed_and_tells_no_secret(faulty: FlaskClient, name: str, status: int) -> None:
    answer = faulty.post(f"/faults/{name}", data={"cause": "Chưa tập huấn <b>", "new_password": "bí mật lắm nhé"})
    assert answer.status_code == status
    assert "Chưa tập huấn &lt;b&gt;" in answer.text
    assert "bí mật lắm nhé" not in answer.text
    assert "Traceback" not in answer.text
    assert "a secret inside" not in answer.text
    assert answer.headers["X-Request-Id"] in answer.text


@pytest.mark.fresh_app
def test_a_refusal_says_each_reason(faulty: FlaskClient) -> None:
    assert "Hồ sơ đã khóa." in faulty.post("/faults/refused").text


@pytest.mark.fresh_app
def test_a_locked_database_says_when_to_come_again(faulty: FlaskClient) -> None:
    assert faulty.post("/faults/locked").headers["Retry-After"] == "10"


@pytest.mark.fresh_app
@pytest.mark.parametrize("name", ["full", "full for files"])
def test_a_full_disk_is_said_in_one_sentence(faulty: FlaskClient, name: str) -> None:
    assert "Máy chủ đã hết dung lượng lưu trữ. Chưa lưu được gì" in faulty.post(f"/faults/{name}").text


@pytest.mark.fresh_app
def test_htmx_gets_a_fragment_with_the_same_sentence(faulty: FlaskClient) -> None:
    answer = faulty.post("/faults/refused", headers={"HX-Request": "true"})
    assert answer.status_code == 409
    assert "Hồ sơ đã khóa." in answer.text
    assert "<html" not in answer.text


@pytest.mark.fresh_app
def test_an_error_is_in_the_log_with_its_number(faulty: FlaskClient, caplog: pytest.LogCaptureFixture) -> None:
    number = faulty.post("/faults/bug").headers["X-Request-Id"]
    line = next(entry for entry in caplog.records if entry.levelname == "ERROR")
    assert number in line.getMessage()
    assert line.exc_info is not None


def test_a_missing_token_keeps_the_input(app: Flask, client: FlaskClient, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(app.config, "WTF_CSRF_ENABLED", True)
    answer = client.post("/sign-in", data={"username": "thuky", "password": "bí mật"})
    assert answer.status_code == 400
    assert 'value="thuky"' in answer.text
    assert "bí mật" not in answer.text


def test_a_form_sent_after_the_session_ended_is_not_lost(client: FlaskClient) -> None:
    answer = client.post("/reviews/new", data={"minutes": "Kết luận số 12"})
    assert answer.status_code == 401
    assert "Kết luận số 12" in answer.text


def test_what_was_typed_stands_under_the_names_that_people_know(client: FlaskClient) -> None:
    typed = {"version": "3", "correction": "In lại giấy", "root_cause": "Chưa ai\nkiểm tra", "effect_due_on": "15/12/2026"}
    shown = client.post("/nonconformities/1/answer", data=typed).text.partition('<dl class="kept">')[2].partition("</dl>")[0]
    assert "<dt>Vì sao xảy ra?</dt><dd>Chưa ai\nkiểm tra</dd>" in shown
    assert not [name for name in typed if f"<dt>{name}</dt>" in shown]


def test_every_field_that_people_fill_in_is_known_by_its_label(app: Flask) -> None:
    hidden = (HiddenField, BooleanField, SubmitField)
    nameless = {
        f"{form.__name__}.{name}"
        for form in all_forms()
        for name in dir(form)
        if (kind := getattr(getattr(form, name), "field_class", None))
        and not issubclass(kind, hidden)
        and not isinstance(getattr(form, name).kwargs.get("widget"), HiddenInput)
        and not labels_of([name])
    }
    assert not nameless


def test_too_large_a_body_is_refused(client: FlaskClient, app: Flask, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(app.config, "MAX_CONTENT_LENGTH", 1000)
    assert client.post("/sign-in", data={"username": "a" * 2000}).status_code == 413


def test_a_foreign_host_is_refused(client: FlaskClient) -> None:
    assert client.get("/sign-in", headers={"Host": "evil.example"}).status_code == 400
    assert client.get("/sign-in", headers={"Host": "127.0.0.1:5000"}).status_code == 200


def test_every_answer_carries_the_headers(client: FlaskClient) -> None:
    for address in ("/sign-in", "/nowhere", "/static/mark.svg"):
        headers = client.get(address).headers
        assert "default-src 'self'" in headers["Content-Security-Policy"]
        assert "unsafe" not in headers["Content-Security-Policy"]
        assert headers["X-Content-Type-Options"] == "nosniff"
        assert headers["Referrer-Policy"] == "same-origin"
        assert "Strict-Transport-Security" not in headers


@pytest.mark.fresh_app
def test_pages_behind_the_door_are_not_stored(faulty: FlaskClient) -> None:
    assert faulty.get("/units").headers["Cache-Control"] == "no-store"


def test_https_makes_cookies_and_headers_strict(tmp_path: Path) -> None:
    settings = load_settings({"QMS_INSTANCE": str(tmp_path), "QMS_PUBLIC_URL": "https://qms.example.vn"})
    app = create_app(settings)
    with app.app_context():
        assert public_link("/units/1") == "https://qms.example.vn/units/1"
    answer = app.test_client().get("/sign-in", headers={"Host": "qms.example.vn"})
    assert answer.status_code == 200
    assert "max-age" in answer.headers["Strict-Transport-Security"]
    cookie = answer.headers["Set-Cookie"]
    assert all(word in cookie for word in ("Secure", "HttpOnly", "SameSite=Lax"))


def test_static_files_are_packed_and_kept_by_their_hash(client: FlaskClient) -> None:
    address = next(part for part in client.get("/sign-in").text.split('"') if part.startswith("/static/app.css"))
    assert "?v=" in address
    plain = client.get(address)
    packed = client.get(address, headers={"Accept-Encoding": "gzip"})
    assert "immutable" in plain.headers["Cache-Control"]
    assert packed.headers["Content-Encoding"] == "gzip"
    assert gzip.decompress(packed.data) == plain.data
    assert client.get(address, headers={"If-None-Match": plain.headers["ETag"]}).status_code == 304
    assert client.get("/static/app.css").headers["Cache-Control"] == "no-cache"
    assert client.get("/static/../config.py").status_code == 404
    assert client.get("/static/%2e%2e/config.py").status_code == 404


@pytest.mark.fresh_app
def test_every_page_says_whom_it_lets_in(app: Flask) -> None:
    assert gate.unmarked(app) == []
    app.add_url_rule("/forgotten", "forgotten", lambda: "open")
    assert gate.unmarked(app) == ["forgotten"]


def test_every_page_is_shut_to_strangers_unless_it_is_public(app: Flask, client: FlaskClient) -> None:
    for rule in app.url_map.iter_rules():
        if rule.endpoint == "static" or getattr(app.view_functions[rule.endpoint], gate.MARK) == gate.PUBLIC:
            continue
        address = re.sub(r"<[^>]*>", "1", re.sub(r"<any\(\W*(\w+)[^>]*>", r"\1", rule.rule))
        if "GET" in (rule.methods or ()):
            assert client.get(address).status_code == 302, rule.rule
        if "POST" in (rule.methods or ()):
            assert client.post(address).status_code == 401, rule.rule


def test_a_person_without_grants_sees_only_what_is_ones_own(
    app: Flask, client: FlaskClient, office: Office, sign_in: Callable[..., object]
) -> None:
    office.person("moi", unit=office.agency("P1"))
    sign_in(client, "moi")
    assert client.get("/").status_code == 200
    for rule in app.url_map.iter_rules():
        mark = None if rule.endpoint == "static" else getattr(app.view_functions[rule.endpoint], gate.MARK)
        if isinstance(mark, Permission) and "GET" in (rule.methods or ()) and not rule.arguments:
            assert client.get(rule.rule).status_code == 403, rule.rule


@pytest.mark.parametrize(
    ("address", "kept"),
    [
        ("/audits?page=2", "/audits?page=2"),
        ("https://a.b/", "/"),
        ("//a.b", "/"),
        ("///a.b", "/"),
        ("/\\a.b", "/"),
        ("", "/"),
        (None, "/"),
        ("/\n/a.b", "/"),
    ],
)
def test_only_local_paths_are_followed(address: str | None, kept: str) -> None:
    assert local_path(address) == kept


@pytest.mark.fresh_app
def test_the_error_page_needs_no_database(
    app: Flask, office: Office, faulty: FlaskClient, monkeypatch: pytest.MonkeyPatch
) -> None:
    def unreachable(_key: str) -> Person | None:
        raise OperationalError("SELECT", {}, sqlite3.OperationalError("unable to open database file"))

    monkeypatch.setattr(gate, "_remembered", unreachable)
    app.login_manager.user_loader(unreachable)  # type: ignore[attr-defined]
    assert faulty.get("/").status_code == 500
