"""Drafts: a file that somebody works on in several steps; the own ones alone, for a month, with bytes that go with them."""

import os
import time
from dataclasses import replace
from datetime import timedelta
from pathlib import Path

import pytest
from flask import Flask
from sqlalchemy import select
from sqlalchemy.exc import IntegrityError

from qms.accounts.models import Person
from qms.accounts.permissions import Role
from qms.drafts import files, queries, rules, service
from qms.drafts.models import Draft
from qms.kernel.db import db, writing
from qms.kernel.moment import Moment
from qms.kernel.refusal import Refused
from tests.office import Office, past_the_trail
from tests.stored import lines_of

KIND = "trial"


@pytest.fixture
def officer(app: Flask, office: Office) -> Person:
    return office.person("can.bo", unit=office.agency(), role=Role.QUALITY_OFFICER)


@pytest.fixture
def moment(office: Office, officer: Person) -> Moment:
    return office.moment(officer)


def begun(moment: Moment, data: bytes = b"so theo doi", kind: str = KIND) -> Draft:
    with writing():
        return service.begin(kind, "so.xlsx", data, "first", {"said": 1}, moment)


def lying(app: Flask) -> list[Path]:
    folder = app.extensions["qms.settings"].drafts
    return list(folder.iterdir()) if folder.exists() else []


def test_a_draft_keeps_the_bytes_for_its_owner_alone(app: Flask, moment: Moment, office: Office) -> None:
    draft = begun(moment)
    assert files.load(draft.sha256, draft.person_id) == b"so theo doi"
    (path,) = lying(app)
    assert path.stat().st_mode & 0o077 == 0 and path.parent.stat().st_mode & 0o077 == 0
    other = office.moment(office.person("nguoi.khac", unit=office.agency("KHAC"), role=Role.QUALITY_OFFICER))
    assert queries.find(draft.id, KIND, moment.person) is draft
    assert queries.find(draft.id, KIND, other.person) is None and queries.drafts(KIND, other.person) == []
    assert queries.find(draft.id, "another kind", moment.person) is None


def test_the_same_file_goes_on_where_it_was_left(app: Flask, moment: Moment) -> None:
    draft = begun(moment)
    later = replace(moment, instant=moment.instant + timedelta(hours=1))
    with writing():
        service.go_on(draft, "second", {"said": 2}, later)
    again = begun(later)
    assert again.id == draft.id and (again.step, again.content) == ("second", {"said": 2})
    assert again.changed_at == later.instant and len(lying(app)) == 1


def test_bytes_that_somebody_changed_are_not_given_back(app: Flask, moment: Moment) -> None:
    draft = begun(moment)
    (path,) = lying(app)
    path.write_bytes(b"something else")
    assert files.load(draft.sha256, draft.person_id) is None


def test_what_is_dropped_leaves_nothing_behind(app: Flask, moment: Moment) -> None:
    draft = begun(moment)
    sha256, person_id = draft.sha256, draft.person_id
    with writing():
        service.drop(draft)
    assert db.session.scalars(select(Draft)).all() == []
    assert lying(app) == [] and files.load(sha256, person_id) is None


def test_nobody_has_more_than_ten(app: Flask, moment: Moment) -> None:
    for number in range(rules.MOST):
        begun(moment, b"%d" % number)
    begun(moment, b"0")  # one that is there is gone on with
    with pytest.raises(Refused) as refused:
        begun(moment, b"one more")
    assert [refusal.code for refusal in refused.value.refusals] == ["too_many_drafts"]


def test_after_a_month_without_a_change_a_draft_goes_with_its_bytes(app: Flask, moment: Moment) -> None:
    begun(moment)
    left = begun(moment, b"left alone")
    almost, over = moment.instant + service.KEPT, moment.instant + service.KEPT + timedelta(seconds=1)
    with writing():
        service.go_on(left, "second", {}, replace(moment, instant=moment.instant + timedelta(days=9)))
    assert service.sweep(replace(moment, instant=almost)) == 0
    assert service.sweep(replace(moment, instant=over)) == 1
    assert [draft.id for draft in db.session.scalars(select(Draft))] == [left.id]
    assert len(lying(app)) == 2  # the file may belong to a draft that is being begun
    for path in lying(app):
        hours_ago = time.time() - 7200
        os.utime(path, (hours_ago, hours_ago))
    assert service.sweep(replace(moment, instant=over)) == 1
    assert len(lying(app)) == 1 and files.load(left.sha256, left.person_id) == b"left alone"


def test_drafts_are_handed_out_and_forgotten_with_the_person(app: Flask, moment: Moment, office: Office) -> None:
    draft = begun(moment)
    other = office.moment(office.person("nguoi.khac", unit=office.agency("KHAC")))
    kept = begun(other)
    ((_heading, rows),) = lines_of(queries.stored_about(draft.person_id))
    assert [next(iter(row.values())) for row in rows] == ["so.xlsx"]
    with writing():
        queries.forget(draft.person_id)
    assert [one.id for one in db.session.scalars(select(Draft))] == [kept.id]


@pytest.mark.parametrize(("column", "value"), [("name", ""), ("sha256", "0" * 63)])
def test_the_database_refuses_what_is_no_draft(app: Flask, moment: Moment, column: str, value: str) -> None:
    draft = begun(moment)
    with pytest.raises(IntegrityError), past_the_trail():
        setattr(draft, column, value)


def test_the_database_refuses_a_change_before_the_beginning(app: Flask, moment: Moment) -> None:
    draft = begun(moment)
    with pytest.raises(IntegrityError), past_the_trail():
        draft.changed_at = moment.instant - timedelta(seconds=1)


def test_the_database_refuses_one_file_twice(app: Flask, moment: Moment) -> None:
    draft = begun(moment)
    same = {"person_id": draft.person_id, "kind": KIND, "name": "b", "sha256": draft.sha256, "step": "first", "content": {}}
    with pytest.raises(IntegrityError), past_the_trail() as session:
        session.add(Draft(**same, begun_at=moment.instant, changed_at=moment.instant))
