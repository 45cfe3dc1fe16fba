"""What a form did not ask for changes nothing; what no form sends is answered in words."""

import re
import shutil
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from html.parser import HTMLParser
from pathlib import Path
from typing import Any
from urllib.parse import quote_from_bytes

import pytest
import time_machine
from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy import select

from nonconformities.models import NonconformityState
from qms.accounts import gate
from qms.accounts.permissions import Role
from qms.kernel.db import Base, db
from qms.kernel.text import without_controls
from tests.office import Office
from tests.security.reading import with_every_role
from tests.security.records import constants_of, record_maker
from tests.security.world import SAFE, World, built, come_in, doors, open_every_door, session_of

EXTRA = {
    "id": "1",
    "state": "closed",
    "unit_id": "1",
    "person_id": "1",
    "raised_by_id": "1",
    "owner_id": "1",
    "role": "administrator",
    "disabled": "1",
    "effective": "yes",
    "taken_over": "1",
    "verified_by_id": "1",
    "approved": "1",
    "is_admin": "1",
    "password_hash": "x",
    "second_factor": "1",
    "limited_to": "",
    "closed_on": "2026-01-01",
    "raised_on": "2020-01-01",
    "due_on": "2099-01-01",
    "version_id": "99",
    "grants": "administrator",
    "code": "HACK-1",
    "__class__": "x",
    "seal": "0" * 64,
}
"""Names of columns and of what other systems have fallen for. Those a form does have are left as the form has them."""
MADE_ANEW = re.compile(
    r"token|hash|seal|salt|secret|request_id|message_id|key|_at$|^at$|seen|personal|nonce|sha256|handle|credential"
)
TYPED = {"text": "Đã bổ sung đầy đủ", "search": "Đã bổ sung", "email": "ai@qms.example", "number": "1"}
SUITS = {"username": "nguoi.moi", "clause": "7.5", "email": "ai@qms.example"}
"""What fields of these names take."""
NOISE = (
    "\x00",
    "\ud800",
    "\u202e",
    "\ufeff",
    "\x1b[31m",
    "e\u0301" * 2000,
    "𝕏" * 2000,
    "'; DROP TABLE people; --",
    "%s%n{0}{x!r}",
)


class Fields(HTMLParser):
    """The fields of the forms of a page with what stands in them, by the address the form is sent to."""

    def __init__(self, here: str, today: str) -> None:
        super().__init__()
        self.here, self.today = here, today
        self.forms: dict[str, dict[str, str]] = {}
        self._form: dict[str, str] | None = None
        self._select = ""

    def handle_starttag(self, tag: str, given: list[tuple[str, str | None]]) -> None:
        attributes = {name: value or "" for name, value in given}
        if tag == "form":
            self._form = self.forms.setdefault(attributes.get("action") or self.here, {})
        if self._form is None or "disabled" in attributes:
            return
        name = attributes.get("name", "")
        if tag == "select":
            self._select = name
        elif tag == "option" and self._select and ("selected" in attributes or not self._form.get(self._select)):
            self._form[self._select] = attributes.get("value", "")
        elif tag == "textarea" and name:
            self._form.setdefault(name, "Đã bổ sung đầy đủ hồ sơ theo quy định")
        elif tag == "input" and name:
            kind = attributes.get("type", "text")
            if kind in {"radio", "checkbox"} and name in self._form and "checked" not in attributes:
                return
            is_day = "data-day" in attributes
            typed = self.today if is_day else SUITS.get(name) or TYPED.get(kind, "")
            self._form[name] = attributes.get("value") or typed

    def handle_endtag(self, tag: str) -> None:
        if tag == "form":
            self._form = None
        if tag == "select":
            self._select = ""


def forms_of(client: FlaskClient, address: str) -> dict[str, dict[str, str]]:
    """The forms of a page with what stands in their fields, by the address that each is sent to."""
    reader = Fields(address, datetime.now(UTC).strftime("%d/%m/%Y"))
    reader.feed(client.get(address, buffered=True).get_data().decode("utf-8", "replace"))
    return reader.forms


def _everything() -> dict[str, list[dict[str, Any]]]:
    """All rows of all tables but for what is made anew at every try (instants, tokens, numbers of requests)."""
    db.session.rollback()
    return {
        table.name: [
            {name: value for name, value in row.items() if not MADE_ANEW.search(name)}
            for row in db.session.execute(select(table).order_by(*table.primary_key.columns)).mappings()
        ]
        for table in Base.metadata.sorted_tables
        # how rows stand is told of those very rows, under numbers and keys that are made anew
        if table.name not in {"sessions", "throttles", "trail_writes"}
    }


@pytest.mark.timeout(300)
def test_fields_that_no_form_has_change_nothing(app: Flask, client: FlaskClient, office: Office, tmp_path: Path) -> None:
    """Each form is sent twice into the same database, once with extra fields: both leave the same rows."""
    open_every_door(app)
    world = World(office)
    person = with_every_role(world)
    file = Path(str(db.engine.url.database))
    kept = tmp_path / "kept.sqlite3"
    wrong, accepted = [], set()
    instant = datetime.now(UTC) + timedelta(seconds=5)
    with time_machine.travel(instant, tick=False):
        for rule, method in doors(app):
            mark = getattr(app.view_functions[rule.endpoint], gate.MARK)
            if method in SAFE or mark in {gate.PUBLIC, gate.AT_THE_DOOR} or rule.endpoint.startswith(("account.", "passkeys.")):
                continue
            maker = record_maker(rule)
            address = built(rule, ({} if maker is None else maker(world, world.own, person)) | constants_of(rule))
            token = session_of(person)
            asker = come_in(app, person, token)
            page = address if "GET" in (rule.methods or ()) else address.rsplit("/", 1)[0]
            fields = forms_of(asker, page).get(address, {"version": "1"})
            db.session.rollback()
            db.engine.dispose()
            shutil.copyfile(file, kept)
            outcomes = []
            for extra in ({}, EXTRA):
                put_back(kept, file)
                sent = {name: value for name, value in extra.items() if name not in fields} | fields
                answer = asker.post(address, data=sent, buffered=True)
                outcomes.append((answer.status_code, _everything()))
                if answer.status_code in {302, 303}:
                    accepted.add(rule.endpoint)
            (plain, rows), (loaded, changed) = outcomes
            if plain != loaded:
                wrong.append(f"{rule.rule}: {plain}, with extra fields {loaded}")
            wrong += [f"{rule.rule}: {name} differs" for name in rows if rows[name] != changed[name]]
    assert not wrong, "\n".join(wrong)
    assert len(accepted) >= 12, f"too few forms were accepted for this to say much: {sorted(accepted)}"


def put_back(kept: Path, file: Path) -> None:
    """The database as it was before the form was sent."""
    db.session.rollback()
    db.engine.dispose()
    for beside in (file.with_name(file.name + "-wal"), file.with_name(file.name + "-shm")):
        beside.unlink(missing_ok=True)
    shutil.copyfile(kept, file)


@pytest.mark.parametrize("noise", NOISE, ids=[ascii(noise[:6]) for noise in NOISE])
def test_noise_in_a_field_is_text_or_refused_but_never_a_fault(
    client: FlaskClient, office: Office, sign_in: Callable[..., object], noise: str
) -> None:
    ward = office.agency("P1")
    nc = office.nonconformity(ward, state=NonconformityState.PLANNING)
    office.person("truong", unit=ward, role=Role.UNIT_HEAD)
    sign_in(client, "truong")
    data = {"version": "1", "correction": f"Bổ sung {noise}", "root_cause": f"Vì {noise}"}
    answer = client.post(
        f"/nonconformities/{nc.id}/analysis", data=_bytes(data), content_type="application/x-www-form-urlencoded"
    )
    assert answer.status_code in {200, 302, 303, 409, 422}
    kept = office.again(nc).correction or ""
    assert without_controls(kept) == kept


def _bytes(fields: dict[str, str]) -> bytes:
    return "&".join(
        f"{name}={quote_from_bytes(value.encode('utf-8', 'surrogatepass'))}" for name, value in fields.items()
    ).encode()


@pytest.mark.parametrize(
    ("body", "kind"),
    [
        (b"\xff\xfe\x00", "application/x-www-form-urlencoded"),
        (b"{" * 100_000, "application/json"),
        (b'{"a":' * 5000, "application/json"),
        (b'--x\r\nContent-Disposition: form-data; name="a"', "multipart/form-data; boundary=x"),
        (b"--x\r\n" * 1000, "multipart/form-data; boundary=x"),
        (b"<?xml version='1.0'?><!DOCTYPE a [<!ENTITY b SYSTEM 'file:///etc/passwd'>]><a>&b;</a>", "application/xml"),
        (b"a=1", "multipart/form-data"),
        (b"", "text/plain; charset=utf-7"),
    ],
)
def test_a_body_that_cannot_be_read_is_answered_in_words(
    app: Flask, client: FlaskClient, office: Office, body: bytes, kind: str
) -> None:
    world = World(office)
    person = with_every_role(world)
    asker = come_in(app, person)
    for address in ("/sign-in", "/reviews/new", "/registers/take-over", "/passkeys/challenge", "/evaluation"):
        answer = asker.post(address, data=body, content_type=kind)
        assert answer.status_code < 500, address
        assert "root:" not in answer.text


def test_no_view_copies_what_was_sent_into_a_record() -> None:
    """Each field is named by the verb that takes it: no ``populate_obj``, no ``setattr`` or ``**`` from a request."""
    root = Path(__file__).resolve().parents[2]
    copied = re.compile(r"populate_obj|\*\*(request\.(form|args|json|values)|form\.data)|setattr\([^)]*(request|form)\.")
    culprits = [
        f"{path.relative_to(root)}: {found.group()}"
        for package in ("qms", "audits", "nonconformities", "procedures")
        for path in sorted((root / package).rglob("*.py"))
        for found in copied.finditer(path.read_text(encoding="utf-8"))
    ]
    assert not culprits
