"""The demo has second factors like any office, and reads their codes out; no other office does."""

import pytest
from click.testing import CliRunner
from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy import select

from qms.accounts.models import Person
from qms.accounts.permissions import Role
from qms.cli import qms
from qms.demo.service import PASSWORD, SIGN_INS, demo_code, load_demo
from qms.kernel.db import db
from qms.kernel.moment import system_moment
from qms.kernel.refusal import Refused
from tests.office import Office
from tests.shared_app import SECRET_KEY


def test_the_demo_code_opens_the_door_of_a_demo_person(client: FlaskClient, office: Office) -> None:
    moment = system_moment()
    told = {name: shows for name, _password, shows in load_demo(moment)}
    assert set(told) == {name for name, _shows in SIGN_INS}
    assert "qms demo-code thu.ky.iso" in told["thu.ky.iso"]
    assert "demo-code" not in told["truong.vhxh"]
    assert db.session.scalars(select(Person.id).where(Person.active_on != moment.today)).all() == []
    for _twice in range(2):  # also within one half minute
        client.post("/sign-in", data={"username": "thu.ky.iso", "password": PASSWORD})
        assert "qms demo-code thu.ky.iso" in client.get("/sign-in/second-step").text
        code = demo_code("thu.ky.iso", system_moment().instant)
        assert client.post("/sign-in/second-step", data={"code": code}).status_code == 302
        assert client.get("/account").status_code == 200
        client.post("/sign-out")
    for name, code in (("truong.vhxh", "no_app"), ("khong.co.ai", "nobody")):
        with pytest.raises(Refused) as refused:
            demo_code(name, moment.instant)
        assert [refusal.code for refusal in refused.value.refusals] == [code]


def test_no_other_office_reads_out_a_second_factor(app: Flask, office: Office, monkeypatch: pytest.MonkeyPatch) -> None:
    office.person("thu.ky.iso", unit=office.agency("MA", name="Phường Minh An"), role=Role.QUALITY_OFFICER)
    settings = app.extensions["qms.settings"]
    monkeypatch.setenv("QMS_INSTANCE", str(settings.instance))
    monkeypatch.setenv("QMS_DATABASE_URL", settings.database_url)
    monkeypatch.setenv("QMS_SECRET_KEY", SECRET_KEY)
    db.session.rollback()
    run = CliRunner().invoke(qms, ["demo-code", "thu.ky.iso"])
    assert run.exit_code == 1
    assert not any(word.isdigit() for word in run.output.split())
