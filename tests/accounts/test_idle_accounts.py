"""Every day: accounts that nobody uses are closed, whoever has left is out, and nobody locks the last administrator out."""

import logging
from collections.abc import Callable
from datetime import timedelta

import pytest
from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy import select

from qms.accounts import jobs, service, sessions
from qms.accounts.links import service as links
from qms.accounts.models import Person
from qms.accounts.permissions import Role
from qms.kernel.db import db, writing
from qms.kernel.moment import system_moment
from qms.scheduling.clock import run_owed
from qms.trail.models import TrailEntry
from tests.office import TODAY, Office, at

SignIn = Callable[..., object]


def closed(office: Office) -> set[str]:
    """Runs the job at nine o'clock and answers who is closed afterwards."""
    jobs.close_accounts(system_moment(at(TODAY)))
    return set(db.session.scalars(select(Person.username).where(Person.disabled.is_(True))))


def told() -> list[tuple[str, str | None]]:
    """What the trail says of it."""
    entries = db.session.scalars(select(TrailEntry).where(TrailEntry.deed.in_(["disable", "keep_open"])).order_by(TrailEntry.id))
    return [(one.deed, one.reason) for one in entries]


def days_ago(days: int) -> dict[str, object]:
    """Last used so many days ago."""
    return {"active_on": TODAY - timedelta(days=days)}


def test_forty_five_days_without_use_close_an_account(any_app: Flask, office: Office) -> None:
    unit = office.agency("P1")
    office.person("hom_qua", unit=unit, **days_ago(44))
    office.person("lau_roi", unit=unit, **days_ago(45))
    assert closed(office) == {"lau_roi"}
    assert told() == [("disable", "unused")]


def test_a_click_counts_as_use_even_when_the_sign_in_is_long_ago(app: Flask, office: Office) -> None:
    person = office.person("dang_dung", unit=office.agency("P1"), **days_ago(46))
    with writing():
        made, _token = sessions.begin(person, system_moment(at(TODAY - timedelta(days=46))), browser=None)
        made.seen_at = at(TODAY - timedelta(days=40))
    assert closed(office) == set()


def test_whoever_leaves_is_out_on_the_day_and_the_sessions_end(app: Flask, office: Office) -> None:
    unit = office.agency("P1")
    gone = office.person("nghi_hom_nay", unit=unit, leaves_on=TODAY, **days_ago(0))
    office.person("nghi_mai", unit=unit, leaves_on=TODAY + timedelta(days=1), **days_ago(0))
    with writing():
        made, _token = sessions.begin(gone, system_moment(at(TODAY, 8)), browser=None)
    assert closed(office) == {"nghi_hom_nay"}
    assert told() == [("disable", "left")]
    assert office.again(made).ended_at is not None


def test_an_invitation_nobody_used_grows_old_and_a_name_in_the_register_does_not(any_app: Flask, office: Office) -> None:
    unit = office.agency("P1")
    invited = office.person("duoc_moi", unit=unit, password_hash=None)
    office.person("trong_so", unit=unit, password_hash=None)
    with writing():
        links.make(invited, links.INVITATION, system_moment(at(TODAY - timedelta(days=50))))
    assert closed(office) == {"duoc_moi"}


def test_a_first_password_begins_the_count(app: Flask, office: Office) -> None:
    with writing():
        person = service.create_person("moi", "Công chức mới", office.agency("P1"), office.moment())
    with writing():
        service.set_password(person, "bốn mươi con ngựa trắng", system_moment(at(TODAY - timedelta(days=45))))
    assert closed(office) == {"moi"}


def test_the_last_administrator_stays_and_both_log_and_trail_say_so(
    app: Flask, office: Office, caplog: pytest.LogCaptureFixture
) -> None:
    unit = office.agency("P1")
    for name in ("quan_tri_1", "quan_tri_2"):
        office.person(name, unit=unit, role=Role.ADMINISTRATOR, **days_ago(60))
    with caplog.at_level(logging.WARNING):
        assert len(closed(office)) == 1
    assert told() == [("disable", "unused"), ("keep_open", "last_administrator")]
    assert "nobody else manages accounts" in caplog.text


def test_another_administrator_who_leaves_today_is_no_reason_to_close_the_last(app: Flask, office: Office) -> None:
    unit = office.agency("P1")
    office.person("o_lai", unit=unit, role=Role.ADMINISTRATOR, **days_ago(60))
    office.person("nghi_hom_nay", unit=unit, role=Role.ADMINISTRATOR, leaves_on=TODAY, **days_ago(0))
    assert closed(office) == {"nghi_hom_nay"}


def test_the_clock_does_it_once_a_day(any_app: Flask, office: Office) -> None:
    office.person("lau_roi", unit=office.agency("P1"), **days_ago(45))
    run_owed("me", at(TODAY))
    assert told() == [("disable", "unused")]
    run_owed("me", at(TODAY, 15))
    assert told() == [("disable", "unused")]


def test_signing_in_keeps_an_account_young(client: FlaskClient, head: Person, sign_in: SignIn) -> None:
    assert head.active_on is None
    sign_in(client, "truongphong")
    assert db.session.get_one(Person, head.id).active_on is not None
