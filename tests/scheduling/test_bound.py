"""Work waits in the queue bound to what its person asked for; what another hand changed or put in is not done, and said."""

from collections.abc import Callable
from datetime import UTC, datetime
from typing import Any

import pytest
from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy import func, select, text
from sqlalchemy.exc import IntegrityError

from qms.accounts.models import Person
from qms.accounts.permissions import Role
from qms.kernel.db import db, writing
from qms.notices.models import Notice
from qms.scheduling import binding, worker
from qms.scheduling.models import Work, WorkState
from qms.trail.keys import rotate_keys
from qms.trail.models import TrailEntry
from tests.conftest import SignIn
from tests.office import Office
from tests.queue import work_off
from tests.scheduling.test_queue import Trial, again, officer, start, written

__all__ = ["officer"]

OTHERS_SEAL = "(SELECT one.seal FROM works AS one WHERE one.id = 2)"
CHANGES = {
    "somebody else's": "person_id = (SELECT id FROM people WHERE username = 'khac')",
    "other arguments": """arguments = '{"day": "2"}'""",
    "another kind": "kind = 'evaluate'",
    "another language": "language = 'zz'",
    "from elsewhere": "address = '192.0.2.1'",
    "by another request": "request_id = 'r'",
    "at another time": "asked_at = '2026-01-01 00:00:00'",
    "the seal of another work": f"seal = {OTHERS_SEAL}",
    "another kind with the seal of another work": f"kind = 'evaluate', seal = {OTHERS_SEAL}",
    "a seal of nobody": "seal = 'x'",
    "a seal under a key of nobody": "seal = 'k00000000:00'",
}


def change(work_id: int, values: str) -> None:
    """Straight in the database."""
    with writing() as session:
        session.execute(text(f"UPDATE works SET {values} WHERE id = :id"), {"id": work_id})


def refusals() -> list[tuple[str, Any]]:
    """What the trail tells of it."""
    told = select(TrailEntry.code, TrailEntry.person_id).where(TrailEntry.kind == "work", TrailEntry.deed == binding.DEED)
    return [tuple(row) for row in db.session.execute(told)]


def found() -> list[str]:
    """What ``qms verify`` finds in the queue."""
    return [finding.key for finding in binding.CHECK.run()]


@pytest.fixture
def other(office: Office, officer: Person) -> Person:
    """Somebody who may do the same."""
    return office.person("khac", unit=officer.unit, role=Role.QUALITY_OFFICER)


@pytest.mark.parametrize("values", CHANGES.values(), ids=CHANGES)
def test_work_that_another_hand_changed_is_not_done(
    any_app: Flask, office: Office, officer: Person, other: Person, caplog: pytest.LogCaptureFixture, values: str
) -> None:
    trial = Trial(any_app)
    work_id = start(office.moment(officer), day="1")
    assert start(office.moment(other), day="2") == 2
    assert not found()
    change(work_id, values)
    assert found() == [str(work_id)]
    work_off(any_app)
    work = again(work_id)
    assert (work.state, work.seal, trial.begun) == (WorkState.FAILED, None, [])
    assert work.sentence
    assert refusals() == [(str(work_id), None)]
    assert f"work {work_id} was not done: another hand" in caplog.text
    assert not db.session.scalar(select(func.count()).select_from(Notice)), "nobody knows who asked"
    assert work_off(any_app) == 1, "what others asked for is done"
    assert trial.begun == [{"day": "2"}] and not found()


def test_work_that_somebody_put_in_is_not_done(any_app: Flask, office: Office, officer: Person, other: Person) -> None:
    trial = Trial(any_app)
    start(office.moment(other), day="1")
    with writing() as session:
        one = session.scalars(select(Work)).one()
        names = ("kind", "arguments", "fingerprint", "language", "address", "request_id", "asked_at", "seal")
        session.add(Work(person_id=officer.id, **{name: getattr(one, name) for name in names}))
    assert work_off(any_app) == 1
    work_off(any_app)
    assert len(trial.begun) == 1 and refusals() == [("2", None)]


def test_work_that_is_over_is_not_taken_up_again(any_app: Flask, office: Office, officer: Person) -> None:
    Trial(any_app)
    work_id = start(office.moment(officer), day="1")
    work_off(any_app)
    anew = "state = 'queued', finished_at = NULL, kept_until = NULL"
    with pytest.raises(IntegrityError):
        change(work_id, anew)
    change(work_id, f"{anew}, seal = 'x'")
    work_off(any_app)
    assert written() == 1 and refusals() == [(str(work_id), None)]


def test_what_is_changed_while_the_work_runs_is_found_before_it_writes(
    any_app: Flask, office: Office, officer: Person, other: Person
) -> None:
    trial = Trial(any_app)
    work_id = start(office.moment(officer), day="1")
    trial.meanwhile = lambda: change(work_id, CHANGES["somebody else's"])
    assert work_off(any_app) == 1
    assert again(work_id).state is WorkState.FAILED
    assert (written(), refusals()) == (0, [(str(work_id), None)])


def test_what_is_changed_between_taking_and_beginning_is_not_begun(
    app: Flask, office: Office, officer: Person, other: Person, monkeypatch: pytest.MonkeyPatch
) -> None:
    trial, take = Trial(app), worker.take
    start(office.moment(officer), day="1")

    def taken(owner: str, instant: datetime) -> int | None:
        work_id = take(owner, instant)
        if work_id is not None:
            change(work_id, CHANGES["somebody else's"])
        return work_id

    monkeypatch.setattr(worker, "take", taken)
    work_off(app)
    assert not trial.begun and len(refusals()) == 1


def test_work_is_still_its_persons_after_the_key_was_exchanged(any_app: Flask, office: Office, officer: Person) -> None:
    trial = Trial(any_app)
    start(office.moment(officer), day="1", words=["Đánh giá", 1.5, None], deep={"b": {"10": 1, "9": 2}})
    rotate_keys()
    assert work_off(any_app) == 1
    assert len(trial.begun) == 1 and not refusals()


def test_the_administrator_is_told_for_a_week(
    client: FlaskClient, app: Flask, office: Office, officer: Person, other: Person, sign_in: SignIn
) -> None:
    Trial(app)
    change(start(office.moment(officer), day="1"), CHANGES["somebody else's"])
    work_off(app)
    office.person("quantri", unit=officer.unit, role=Role.ADMINISTRATOR)
    sign_in(client, "quantri")
    page = client.get("/jobs").text
    assert "có 1 việc chạy nền không được thực hiện" in page
    sentences: Callable[..., Any] = binding.ALARM.tell
    with app.test_request_context():
        assert sentences(office.moment(officer, datetime.now(UTC).date()))
