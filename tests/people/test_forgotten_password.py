"""A forgotten password: the same answer for everybody, a letter for whoever exists, and never more than a few."""

import re
from collections.abc import Callable
from time import monotonic

import pytest
from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy import select

from qms.accounts.models import OneTimeLink
from qms.kernel.db import db
from qms.notices.models import Letter
from tests.notices.conftest import use_mail
from tests.office import past_the_trail
from tests.people.conftest import Ward

TOKEN = re.compile(r"[\w-]{60,}={0,2}")
"""The token of a form differs from answer to answer."""


@pytest.fixture
def mailing(app: Flask, ward: Ward, monkeypatch: pytest.MonkeyPatch) -> Ward:
    """The ward of an installation that sends mail; nothing is sent here, the letters stay in the outbox."""
    use_mail(app, 25)
    monkeypatch.setitem(app.config, "TRUSTED_HOSTS", None)
    return ward


def asked(client: FlaskClient, who: str) -> tuple[int, str]:
    answer = client.post("/forgotten", data={"who": who})
    return answer.status_code, TOKEN.sub("", answer.text)


def test_nobody_learns_from_the_answer_whether_there_is_an_account(mailing: Ward, client: FlaskClient) -> None:
    with past_the_trail():
        mailing.leader.disabled = True
    answers = {asked(client, who) for who in ("head", "head@example.vn", "nobody", "nobody@example.vn", "leader", "' OR 1=1 --")}
    assert len(answers) == 1 and answers.pop()[0] == 200
    assert {letter.person_id for letter in db.session.scalars(select(Letter))} == {mailing.head.id}


def test_the_answer_takes_the_same_time(mailing: Ward, client: FlaskClient) -> None:
    took = []
    for who in ("head", "nobody"):
        began = monotonic()
        asked(client, who)
        took.append(monotonic() - began)
    assert min(took) >= 0.4


def test_the_letter_leads_to_a_new_password(mailing: Ward, client: FlaskClient, sign_in: Callable[..., object]) -> None:
    asked(client, " HEAD@example.vn ")
    letter = db.session.scalars(select(Letter)).one()
    link = re.search(r"/link/\S+", letter.text)
    assert link is not None and letter.text.count("https://qms.phuong.example/link/") == 1
    assert client.get(link.group()).status_code == 200
    new = {"new_password": "mot mat khau moi rat dai", "repeated_password": "mot mat khau moi rat dai"}
    assert client.post(link.group(), data=new).status_code in {302, 303}
    client.post("/sign-out")
    sign_in(client, "head", new["new_password"])


def test_a_mailbox_is_not_flooded(mailing: Ward, client: FlaskClient) -> None:
    for _time in range(6):
        assert asked(client, "head")[0] == 200
    assert len(db.session.scalars(select(Letter)).all()) == 3
    assert len(db.session.scalars(select(OneTimeLink)).all()) == 3


def test_a_source_that_asks_for_everybody_is_stopped(mailing: Ward, client: FlaskClient, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("qms.people.accounts.forgotten_views.SECONDS", 0.0)
    statuses = [asked(client, f"name{number}")[0] for number in range(55)]
    assert statuses[0] == 200 and statuses[-1] == 429


def test_without_a_mail_server_there_is_no_such_page(ward: Ward, client: FlaskClient) -> None:
    assert client.get("/forgotten").status_code == 404
    assert "/forgotten" not in client.get("/sign-in").text


def test_the_sign_in_page_leads_there(mailing: Ward, client: FlaskClient) -> None:
    assert 'href="/forgotten"' in client.get("/sign-in").text
    assert client.get("/forgotten").status_code == 200
