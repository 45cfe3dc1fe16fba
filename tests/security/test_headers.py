"""What browsers are told, on every answer of every kind; hosts, methods and paths that nobody should use."""

import re
from collections.abc import Callable
from dataclasses import replace
from http.cookies import SimpleCookie
from pathlib import Path

import pytest
from flask import Flask, request
from flask.testing import FlaskClient

from qms.accounts.permissions import Role
from qms.app import create_app
from qms.config import load_settings
from qms.kernel import schema
from qms.kernel.web import HEADERS, public_link
from tests.office import Office
from tests.security.reading import read_everything, with_every_role
from tests.security.world import World, any_address, open_every_door, rules, status

ROOT = Path(__file__).resolve().parents[2]
SOURCES_OF_A_PAGE = ("script-src", "style-src", "font-src", "connect-src", "worker-src", "manifest-src")
OUTSIDE = ("../config.py", "..%2fconfig.py", "%2e%2e/%2e%2e/pyproject.toml", "/etc/passwd", "....//config.py", ".git/config")
FORGOTTEN = ("/.git/config", "/.env", "/static/", "/static", "/debug", "/console", "/metrics", "/server-status")
MOST_IN_A_COOKIE = 4096
TELLS_TOO_MUCH = re.compile(
    r"Traceback|werkzeug|sqlalchemy|sqlite3?\.|psycopg|python|/site-packages/|gunicorn|flask", re.IGNORECASE
)


def _policy(text: str) -> dict[str, str]:
    parts = (part.strip().partition(" ") for part in text.split(";"))
    return {name: value for name, _space, value in parts}


@pytest.mark.timeout(300)
def test_every_answer_carries_its_headers(app: Flask, client: FlaskClient, office: Office) -> None:
    """Pages, fragments, files and errors; no page is kept by a browser, and none lets a program of another place in."""
    open_every_door(app)
    world = World(office)
    missing, kinds = [], set()
    for answer in read_everything(app, world, with_every_role(world)):
        headers, mime = answer.response.headers, answer.response.mimetype
        kinds.add(mime)
        missing += [f"{answer.address}: {name}" for name in HEADERS if headers.get(name) != HEADERS[name]]
        policy = _policy(headers.get("Content-Security-Policy", ""))
        if (
            policy.get("object-src") != "'none'"
            or policy.get("base-uri") != "'none'"
            or policy.get("frame-ancestors") != "'none'"
        ):
            missing.append(f"{answer.address}: {policy}")
        if headers.get("Content-Disposition", "").startswith("attachment"):
            missing += (
                [] if "sandbox" in policy and policy["default-src"] == "'none'" else [f"{answer.address}: a file that may run"]
            )
        if "no-store" not in headers.get("Cache-Control", "") and answer.is_page and answer.response.status_code == 200:
            missing.append(f"{answer.address}: {headers.get('Cache-Control')}")
        if mime.startswith("text/") and "charset=utf-8" not in headers["Content-Type"].lower():
            missing.append(f"{answer.address}: {headers['Content-Type']}")
        if mime == "text/html" and headers.get("Access-Control-Allow-Origin"):
            missing.append(f"{answer.address}: open to other sites")
    assert not missing, "\n".join(sorted(set(missing)))
    assert {"text/html", "text/csv", "application/pdf"} <= kinds


def test_the_policy_lets_nothing_inline_and_nothing_from_elsewhere_run(client: FlaskClient) -> None:
    policy = _policy(client.get("/sign-in").headers["Content-Security-Policy"])
    assert {name: policy[name] for name in SOURCES_OF_A_PAGE} == dict.fromkeys(SOURCES_OF_A_PAGE, "'self'")
    assert policy["default-src"] == "'self'"
    assert not re.search(r"unsafe|http|\*|blob:.*script", " ".join(policy[name] for name in SOURCES_OF_A_PAGE))
    assert policy["form-action"].split()[0] == "'self'"


def test_an_error_says_nothing_of_the_machine(
    app: Flask, client: FlaskClient, office: Office, sign_in: Callable[..., object]
) -> None:
    office.person("thuky", unit=office.agency("P1"), role=Role.READER)
    sign_in(client, "thuky")
    answers = [
        client.get("/nowhere"),
        client.get("/nonconformities/999999"),
        client.get("/registers/export"),
        client.post("/units"),
        client.get("/sign-in", headers={"Host": "evil.example"}),
        client.open("/units", method="PROPFIND"),
    ]
    for answer in answers:
        assert answer.status_code >= 400
        visible = re.sub(r"<[^>]+>", "", answer.text)
        assert not TELLS_TOO_MUCH.search(visible), visible[:300]
        assert "Server" not in answer.headers or "Python" not in answer.headers["Server"]


@pytest.mark.parametrize("method", ["TRACE", "CONNECT", "PROPFIND", "TRACK", "DEBUG"])
def test_no_other_method_is_answered(client: FlaskClient, method: str) -> None:
    assert client.open("/sign-in", method=method).status_code == 405


def test_no_header_or_field_changes_the_method(
    app: Flask, client: FlaskClient, office: Office, sign_in: Callable[..., object]
) -> None:
    """A reader may GET a record; a method in a header or field that some frameworks follow makes no verb of it."""
    ward = office.agency("P1")
    nc = office.nonconformity(ward)
    office.person("xem", unit=ward, role=Role.QUALITY_OFFICER)
    sign_in(client, "xem")
    tricks = {"X-HTTP-Method-Override": "DELETE", "X-Method-Override": "POST", "X-HTTP-Method": "PUT"}
    answer = client.get(f"/nonconformities/{nc.id}?_method=DELETE", headers=tricks)
    assert answer.status_code == 200
    assert office.again(nc).state.value == "planning"
    assert client.delete(f"/nonconformities/{nc.id}").status_code == 405


@pytest.mark.parametrize("host", ["evil.example", "localhost.evil.example", "evil.example:5000", "localhost@evil.example", ""])
def test_a_foreign_host_is_refused_everywhere(app: Flask, client: FlaskClient, host: str) -> None:
    wrong = []
    for rule in rules(app):
        method = "GET" if "GET" in (rule.methods or ()) else "POST"
        answer = status(client, any_address(rule), method, headers={"Host": host})
        if answer != 400:
            wrong.append(f"{method} {rule.rule}: {answer}")
    assert not wrong, "\n".join(wrong)


def test_addresses_in_letters_and_papers_come_from_the_settings(app: Flask) -> None:
    settings = app.extensions["qms.settings"]
    app.extensions["qms.settings"] = replace(settings, public_url="https://qms.phuong.example")
    with app.test_request_context("/", headers={"Host": "evil.example", "X-Forwarded-Host": "evil.example"}):
        assert public_link("/link/abc") == "https://qms.phuong.example/link/abc"
    external = re.compile(r"_external\s*=\s*True|request\.(host|url_root|base_url|host_url|url)\b")
    packages = ("qms", "audits", "nonconformities", "procedures")
    culprits = [
        f"{path.relative_to(ROOT)}: {found.group()}"
        for package in packages
        for path in sorted((ROOT / package).rglob("*.py"))
        for found in external.finditer(path.read_text(encoding="utf-8"))
    ]
    assert not culprits, f"an address of ours made from the request: {culprits}"


def test_a_forwarded_address_counts_only_behind_a_proxy_of_ours(tmp_path: Path) -> None:
    def address_seen(proxies: str) -> str:
        environment = {"QMS_INSTANCE": str(tmp_path / proxies), "QMS_TRUSTED_PROXIES": proxies}
        app = create_app(load_settings(environment))
        seen: list[str | None] = []
        app.before_request_funcs.setdefault(None, []).insert(0, lambda: seen.append(request.remote_addr))
        app.test_client().get("/static/mark.svg", headers={"X-Forwarded-For": "203.0.113.66"})
        return str(seen[0])

    assert address_seen("0") == "127.0.0.1"
    assert address_seen("1") == "203.0.113.66"


@pytest.mark.parametrize(
    "path", ["../config.py", "..%2fconfig.py", "%2e%2e/%2e%2e/pyproject.toml", "/etc/passwd", "....//config.py", ".git/config"]
)
def test_no_path_leads_out_of_the_static_folder(client: FlaskClient, path: str) -> None:
    assert client.get(f"/static/{path}").status_code in {404, 308}


@pytest.mark.parametrize(
    "address", ["/.git/config", "/.env", "/static/", "/static", "/debug", "/console", "/metrics", "/server-status"]
)
def test_nothing_stands_around_that_nobody_put_there(client: FlaskClient, address: str) -> None:
    assert client.get(address).status_code == 404


def _https(tmp_path: Path) -> tuple[Flask, FlaskClient]:
    app = create_app(load_settings({"QMS_INSTANCE": str(tmp_path), "QMS_PUBLIC_URL": "https://qms.example.vn"}))
    app.config.update(TESTING=True, WTF_CSRF_ENABLED=False)
    with app.app_context():
        schema.upgrade()
    return app, app.test_client()


def test_behind_https_every_answer_asks_for_https(tmp_path: Path) -> None:
    _app, client = _https(tmp_path)
    for address in ("/sign-in", "/nowhere", "/static/mark.svg", "/units"):
        value = client.get(address, headers={"Host": "qms.example.vn"}).headers["Strict-Transport-Security"]
        assert int(re.findall(r"max-age=(\d+)", value)[0]) >= 31_536_000
        assert "includeSubDomains" in value


def test_every_cookie_is_bound_to_this_host_and_hidden_from_scripts(tmp_path: Path) -> None:
    _app, client = _https(tmp_path)
    headers = {"Host": "qms.example.vn", "Origin": "https://qms.example.vn"}
    told = client.get("/sign-in", headers=headers).headers.getlist("Set-Cookie")
    told += client.post("/language", data={"language": "en"}, headers=headers, base_url="https://qms.example.vn").headers.getlist(
        "Set-Cookie"
    )
    cookies = [morsel for line in told for morsel in SimpleCookie(line).values()]
    assert {cookie.key for cookie in cookies} >= {"__Host-qms_session", "__Host-language"}
    for cookie in cookies:
        assert cookie.key.startswith("__Host-")
        assert cookie["secure"] and cookie["httponly"] and cookie["path"] == "/" and not cookie["domain"]
        assert cookie["samesite"] in {"Lax", "Strict"}
        assert len(cookie.OutputString()) < MOST_IN_A_COOKIE


def test_the_only_cookie_a_script_sets_is_the_theme() -> None:
    script = (ROOT / "qms" / "static" / "app.js").read_text(encoding="utf-8")
    assert script.count("document.cookie =") == 1
    assert "__Host-theme" in script
    for path in sorted((ROOT / "qms" / "static").glob("*.js")):
        text = path.read_text(encoding="utf-8")
        assert not re.search(r"\beval\(|new Function|innerHTML|outerHTML|insertAdjacentHTML|document\.write", text), path.name
        assert path.name == "app.js" or "document.cookie" not in text
