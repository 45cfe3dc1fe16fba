"""The daily head: made once a day after everything was sealed, with a key that is not in the database."""

import json
import stat
from datetime import date, timedelta
from typing import Any

import pytest
from flask import Flask
from sqlalchemy import select

from qms.config import SettingsError, load_settings
from qms.journal import heads as daily
from qms.journal.heads import DAILY_HEAD, daily_period, make_daily_head
from qms.kernel.db import db, writing
from qms.kernel.moment import Moment
from qms.notices.models import Letter
from qms.trail.heads import line_of, make_head, newest
from qms.trail.keys import KeysUnreadable, keys_file, load_keys, rotate_keys
from qms.trail.models import TrailEntry, TrailHead
from qms.trail.reading import verify
from qms.trail.verify_trail import head_of_line
from tests.office import TODAY, Office, moment_of

from .conftest import Trail

TOMORROW = TODAY + timedelta(days=1)


def test_the_head_names_every_chain_with_its_last_number(any_app: Flask, trail: Trail) -> None:
    trail.deeds()
    assert make_daily_head(TODAY.isoformat(), moment_of(None, TOMORROW)) == "2026-11-30: 12 / 3"
    head = newest()
    assert head is not None
    body = json.loads(head.body)
    assert (body["day"], body["entries"], body["unsealed"], body["previous"]) == ("2026-11-30", 12, 0, None)
    assert [(one["chain"], one["number"]) for one in body["chains"]] == [("-", 4), ("PMA", 4), ("PMB", 4)]
    assert all(len(one["hash"]) == 64 for one in body["chains"])
    entry = db.session.scalars(select(TrailEntry).where(TrailEntry.kind == "trail_head")).one()
    assert (entry.code, entry.deed, entry.person_id) == ("2026-11-30", "make", None)
    assert not verify().found


def test_a_day_has_one_head_and_no_head_is_put_before_a_later_one(any_app: Flask, trail: Trail) -> None:
    trail.days(2)
    for day in ("2026-11-30", "2026-12-01", "2026-11-29"):
        assert make_daily_head(day, moment_of(None, trail.day)) == day
    assert len(db.session.scalars(select(TrailHead)).all()) == 2


def test_yesterday_is_owed_from_the_first_day_on(any_app: Flask, office: Office) -> None:
    assert daily_period(moment_of(None, TODAY).instant) is None, "nothing has happened yet"
    Trail(office).deeds(1)
    assert daily_period(moment_of(None, TODAY).instant) == "2026-11-29", "the head of the day before keeps the first hour"
    assert daily_period(moment_of(None, TOMORROW).instant) == "2026-11-30"
    assert daily_period(moment_of(None, TODAY + timedelta(days=9)).instant) == "2026-12-08"
    assert DAILY_HEAD.name == "trail_head"


def test_the_head_is_a_line_from_which_it_can_be_made_again(any_app: Flask, trail: Trail) -> None:
    trail.days(1)
    head = newest()
    assert head is not None
    line = line_of(head)
    assert "\n" not in line
    again = head_of_line(line)
    assert (again.body, again.key_id, again.seal) == (head.body, head.key_id, head.seal)


def test_the_key_lies_in_the_instance_folder_and_only_its_owner_may_read_it(app: Flask, trail: Trail) -> None:
    trail.days(1)
    assert stat.S_IMODE(keys_file().stat().st_mode) == 0o600
    stored = json.loads(keys_file().read_text(encoding="ascii"))
    assert list(stored["keys"]) == [stored["current"]]
    head = newest()
    assert head is not None
    assert head.key_id == stored["current"]
    assert stored["keys"][head.key_id] not in head.body
    assert load_keys() == load_keys()
    assert [one.name for one in keys_file().parent.iterdir() if "trail_keys" in one.name] == ["trail_keys.json"]


def test_a_key_is_rotated_and_old_heads_still_hold(any_app: Flask, trail: Trail) -> None:
    trail.days(1)
    first = load_keys()
    name = rotate_keys()
    trail.days(1)
    assert name != first.current
    assert load_keys().keys[first.current] == first.keys[first.current]
    assert [head.key_id for head in db.session.scalars(select(TrailHead).order_by(TrailHead.day))] == [first.current, name]
    assert not verify().found
    assert stat.S_IMODE(keys_file().stat().st_mode) == 0o600


def test_a_lost_key_and_a_false_one_are_told_apart(app: Flask, trail: Trail) -> None:
    trail.days(1)
    stored = json.loads(keys_file().read_text(encoding="ascii"))
    keys_file().unlink()
    assert [fault.what for fault in verify().faults] == ["head_key"], "a new key does not know the old head"
    keys_file().write_text(json.dumps({"current": stored["current"], "keys": {stored["current"]: "00" * 32}}), encoding="ascii")
    assert [fault.what for fault in verify().faults] == ["head_seal"]


@pytest.mark.parametrize("content", ["", "[]", '{"current": "a", "keys": {}}', '{"current": "a", "keys": {"a": "xyz"}}'])
def test_a_damaged_file_of_keys_is_never_written_over(app: Flask, content: str) -> None:
    keys_file().write_text(content, encoding="ascii")
    for use in (load_keys, rotate_keys):
        with pytest.raises(KeysUnreadable, match="backup"):
            use()
    assert keys_file().read_text(encoding="ascii") == content


def test_the_head_is_mailed_whole_to_whoever_keeps_it(app: Flask, trail: Trail, monkeypatch: pytest.MonkeyPatch) -> None:
    trail.deeds(1)
    settings = app.extensions["qms.settings"]
    monkeypatch.setattr(daily, "mail_configured", lambda: True)
    monkeypatch.setattr("qms.notices.service.mail_configured", lambda: True)
    make_daily_head(TODAY.isoformat(), moment_of(None, TOMORROW))
    assert db.session.scalars(select(Letter)).all() == [], "nobody wants it"
    object.__setattr__(settings, "trail_head_to", "luu-tru@example.vn")
    trail.day = TOMORROW
    trail.deeds(1)
    make_daily_head(TOMORROW.isoformat(), moment_of(None, TOMORROW + timedelta(days=1)))
    letter = db.session.scalars(select(Letter)).one()
    head = newest()
    assert head is not None
    assert letter.address == "luu-tru@example.vn"
    assert line_of(head) in letter.text.splitlines(), "the line can be pasted into a file as it is"
    assert "01/12/2026" in letter.subject
    assert "verify_trail.py" in letter.text


def test_without_a_mail_server_the_head_is_made_all_the_same(app: Flask, trail: Trail) -> None:
    object.__setattr__(app.extensions["qms.settings"], "trail_head_to", "luu-tru@example.vn")
    trail.deeds(1)
    make_daily_head(TODAY.isoformat(), moment_of(None, TOMORROW))
    assert newest() is not None


@pytest.mark.parametrize("address", ["nobody", "a@b@c", "a b@example.vn", "a@example.vn\nBcc: b@example.vn", "A <a@example.vn>"])
def test_only_one_plain_address_can_be_named(tmp_path: Any, address: str) -> None:
    with pytest.raises(SettingsError, match="QMS_TRAIL_HEAD_TO"):
        load_settings({"QMS_INSTANCE": str(tmp_path), "QMS_TRAIL_HEAD_TO": address})
    right = load_settings({"QMS_INSTANCE": str(tmp_path), "QMS_TRAIL_HEAD_TO": "luu-tru@example.vn"})
    assert right.trail_head_to == "luu-tru@example.vn"


def test_a_head_that_cannot_be_sealed_is_not_made(app: Flask, trail: Trail) -> None:
    trail.deeds(1)
    keys_file().write_text("", encoding="ascii")
    with pytest.raises(KeysUnreadable), writing():
        make_head(date(2026, 11, 30), Moment(moment_of().person, moment_of().instant))
    assert newest() is None
