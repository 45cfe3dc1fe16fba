"""What a page and a save of nonconformities ask of the database: at most twelve statements each, however much a record holds."""

from collections.abc import Callable, Mapping
from datetime import timedelta
from itertools import pairwise

import pytest
from flask.testing import FlaskClient
from werkzeug.test import TestResponse

from nonconformities.models import Nonconformity
from qms.kernel.db import db
from tests.conftest import SignIn
from tests.nonconformities.ward import Ward
from tests.office import TODAY, Office
from tests.statements import statements

MOST = 12
MOST_TRIED_OUT = 21
"""A form that is filled in for the head is tried out first, and the head and the deputies are told."""
DAY = (TODAY + timedelta(days=200)).strftime("%d/%m/%Y")
REASON = {"reason": "Chưa thuyết phục"}
PLAN = {"correction": "Ký bổ sung", "root_cause": "Chưa phân công"}
ANSWER = {**PLAN, "action_1": "Phân công", "owner_1": "head", "due_on_1": DAY, "effect_due_on": DAY}

PAGES = [
    ("raised", "officer", ""),
    ("raised", "head", ""),
    ("planned", "head", ""),
    ("acting", "staff", ""),
    ("acting", "officer", ""),
    ("verifying", "officer", ""),
    ("verified", "officer", ""),
    ("closed", "reader", ""),
    ("raised", "head", "/answer"),
    ("raised", "officer", "/prepare"),
    ("raised", "head", "/analysis"),
    ("raised", "head", "/actions/new"),
    ("planned", "head", "/submit"),
    ("planned", "head", "/actions/1/cancel"),
    ("planned", "head", "/actions/1/hand-over"),
    ("acting", "officer", "/send-back"),
    ("acting", "officer", "/actions/1/prepare"),
    ("acting", "staff", "/actions/1/complete"),
    ("acting", "staff", "/request-verification"),
    ("verifying", "officer", "/verify"),
    ("verified", "officer", "/close"),
    ("closed", "officer", "/reopen"),
]
SAVES: list[tuple[str, str, str, Mapping[str, str]]] = [
    ("raised", "head", "/analysis", PLAN),
    ("raised", "head", "/answer", ANSWER),
    ("raised", "officer", "/prepare", ANSWER),
    ("raised", "head", "/actions/new", {"description": "Phân công", "owner": "staff", "due_on": DAY}),
    ("planned", "head", "/submit", {"effect_due_on": DAY}),
    ("planned", "head", "/actions/1/cancel", REASON),
    ("planned", "head", "/actions/1/hand-over", {"owner": "head"}),
    ("acting", "officer", "/send-back", REASON),
    ("acting", "officer", "/actions/1/prepare", {"result": "Đã sửa"}),
    ("acting", "staff", "/actions/1/complete", {"result": "Đã sửa"}),
    ("verifying", "officer", "/verify", {"effective": "yes", "note": "30/30"}),
    ("verifying", "officer", "/verify", {"effective": "no", "note": "3/30"}),
    ("verified", "officer", "/close", {}),
    ("closed", "officer", "/reopen", REASON),
]


@pytest.fixture
def ward(office: Office) -> Ward:
    return Ward(office)


def cost(ask: Callable[[], TestResponse], status: set[int]) -> list[str]:
    """What one request asks, from a session that has read nothing yet; rows that go into one table together count once."""
    db.session.remove()
    with statements() as seen:
        answer = ask()
    assert answer.status_code in status, answer.text
    asked = [one for one in seen if not one.startswith("BEGIN")]
    # PostgreSQL takes them in one statement, SQLite one by one
    return [one for before, one in pairwise(["", *asked]) if one != before or not one.startswith("INSERT")]


def too_many(seen: list[str]) -> str:
    return f"{len(seen)} statements:\n" + "\n".join(" ".join(one.split())[:200] for one in seen)


@pytest.mark.parametrize(("stage", "who", "path"), PAGES)
def test_a_page_asks_little(ward: Ward, client: FlaskClient, sign_in: SignIn, stage: str, who: str, path: str) -> None:
    nc: Nonconformity = getattr(ward, stage)()
    address = f"/nonconformities/{nc.id}{path}"
    sign_in(client, who)
    client.get(address)
    seen = cost(lambda: client.get(address), {200})
    assert len(seen) <= MOST, too_many(seen)


@pytest.mark.parametrize("path", ["", "/new", "/export.csv"])
def test_a_list_asks_little_whatever_it_holds(ward: Ward, client: FlaskClient, sign_in: SignIn, path: str) -> None:
    for stage in ("raised", "acting", "verifying", "verified", "closed"):
        getattr(ward, stage)()
    sign_in(client, "officer")
    client.get(f"/nonconformities{path}")
    seen = cost(lambda: client.get(f"/nonconformities{path}"), {200})
    assert len(seen) <= MOST, too_many(seen)


@pytest.mark.parametrize(("stage", "who", "path", "typed"), SAVES)
def test_a_save_asks_little(
    ward: Ward, client: FlaskClient, sign_in: SignIn, stage: str, who: str, path: str, typed: Mapping[str, str]
) -> None:
    nc: Nonconformity = getattr(ward, stage)()
    version = nc.actions[0].version if "actions/1" in path else nc.version
    data = {"version": version, "for_person": ward.head.id, **typed}
    address = f"/nonconformities/{nc.id}{path}"
    sign_in(client, who)
    client.get(address)
    seen = cost(lambda: client.post(address, data=data), {302, 303})
    most = MOST_TRIED_OUT if path.endswith("/prepare") else MOST
    assert len(seen) <= most, too_many(seen)


def test_raising_asks_little(ward: Ward, client: FlaskClient, sign_in: SignIn) -> None:
    data = {"unit": "D", "grade": "minor", "source": "process", "statement": "Thiếu chữ ký", "clause": "7.5.3"}
    sign_in(client, "officer")
    client.get("/nonconformities/new")
    seen = cost(lambda: client.post("/nonconformities/new", data=data), {302})
    assert len(seen) <= MOST, too_many(seen)
