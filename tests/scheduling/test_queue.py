"""Long work is a queue: started by a person, done once by a job process, kept for its owner for a time."""

import threading
from collections.abc import Callable, Mapping
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy import func, select, text
from sqlalchemy.exc import IntegrityError

from qms.accounts.models import Person
from qms.accounts.permissions import Permission, Role
from qms.kernel.db import db, writing
from qms.kernel.feature import Feature, House
from qms.kernel.language import _l
from qms.kernel.moment import Moment
from qms.kernel.refusal import Refusal, Refused
from qms.kernel.work import Finish, LongWork, Progress, Result
from qms.notices.models import Notice
from qms.notices.sentences import sentence_of
from qms.scheduling import personal, queue, results, worker
from qms.scheduling.models import Lease, Work, WorkState
from tests.office import Office
from tests.queue import work_off
from tests.stored import lines_of

KIND = "trial"
SignIn = Callable[..., object]


class Trial:
    """A kind of work that writes a row of its own (a lease: any table does), and can be told to fail or to be in the way."""

    def __init__(self, app: Flask) -> None:
        self.begun: list[Mapping[str, Any]] = []
        self.fault: Exception | None = None
        self.meanwhile: Callable[[], object] | None = None
        self.fault_at_the_end: Exception | None = None
        self.result = Result("Xong rồi")
        kind = LongWork(KIND, _l("Evaluation"), Permission.EVALUATION_RUN, self.run)
        kept = [one for one in app.extensions["qms.house"].features if one.name != "evaluation"]
        app.extensions["qms.house"] = House([*kept, Feature("evaluation", long_work=(kind,))])

    def run(self, arguments: Mapping[str, Any], moment: Moment, progress: Progress) -> Finish:
        """Counts, then writes."""
        self.begun.append(arguments)
        if self.fault is not None:
            raise self.fault
        progress(3, 10)
        if self.meanwhile is not None:
            self.meanwhile()
        if self.result.file_name:
            progress.file.write_bytes(b"a;b\r\n")
        progress(10, 10)

        def finish() -> Result:
            db.session.add(Lease(name=f"written {len(self.begun)}", owner=moment.person.username, until=moment.instant))
            db.session.flush()
            if self.fault_at_the_end is not None:
                raise self.fault_at_the_end
            return self.result

        return finish


def written() -> int:
    """How often the work has written its row."""
    db.session.rollback()
    return db.session.scalar(select(func.count()).select_from(Lease).where(Lease.name.startswith("written"))) or 0


def start(moment: Moment, **arguments: Any) -> int:
    with writing():
        return queue.start(KIND, arguments, moment).id


def again(work_id: int) -> Work:
    db.session.rollback()
    return db.session.get_one(Work, work_id)


@pytest.fixture
def officer(office: Office) -> Person:
    return office.person("canbo", unit=office.agency("P"), role=Role.QUALITY_OFFICER)


def test_work_is_done_in_the_name_of_its_owner_and_its_end_stands_in_the_inbox(
    any_app: Flask, office: Office, officer: Person
) -> None:
    trial = Trial(any_app)
    work_id = start(office.moment(officer), day="2026-11-30")
    assert again(work_id).state is WorkState.QUEUED
    assert work_off(any_app) == 1
    work = again(work_id)
    assert (work.state, work.done, work.total, work.sentence, work.owner) == (WorkState.DONE, 10, 10, "Xong rồi", None)
    assert trial.begun == [{"day": "2026-11-30"}]
    assert db.session.scalars(select(Lease.owner).where(Lease.name == "written 1")).one() == "canbo"
    (notice,) = db.session.scalars(select(Notice))
    assert (notice.person_id, notice.kind, notice.code) == (officer.id, "work", str(work_id))
    assert sentence_of(notice.name, notice.values) == "Đánh giá duy trì: đã xong"
    assert work_off(any_app) == 0
    assert written() == 1


def test_the_same_is_not_started_twice_while_it_is_under_way(any_app: Flask, office: Office, officer: Person) -> None:
    Trial(any_app)
    moment = office.moment(officer)
    first = start(moment, day="1")
    assert start(moment, day="1") == first != start(moment, day="2")
    work_off(any_app)
    assert start(moment, day="1") != first, "what is over may be started again"
    one = again(start(moment, day="3"))
    names = ("kind", "arguments", "fingerprint", "person_id", "language", "asked_at", "seal")
    twin = {name: getattr(one, name) for name in names}
    with pytest.raises(IntegrityError), writing() as session:
        session.add(Work(**twin))


def test_nobody_fills_the_queue_and_nobody_starts_what_the_role_does_not_allow(
    app: Flask, office: Office, officer: Person
) -> None:
    Trial(app)
    for day in range(queue.MOST_UNDER_WAY):
        start(office.moment(officer), day=day)
    with pytest.raises(Refused) as refused:
        start(office.moment(officer), day="one too many")
    assert [one.code for one in refused.value.refusals] == ["too_much_under_way"]
    reader = office.person("docgia", unit=office.unit("A"), role=Role.READER)
    with pytest.raises(Refused) as refused:
        start(office.moment(reader))
    assert [one.code for one in refused.value.refusals] == ["not_permitted"]


def test_who_lost_the_right_meanwhile_gets_nothing(any_app: Flask, office: Office, officer: Person) -> None:
    trial = Trial(any_app)
    lost, closed = start(office.moment(officer), day="1"), start(office.moment(officer), day="2")
    with writing() as session:
        session.execute(text("UPDATE grants SET valid_to = '2026-01-01' WHERE person_id = :id"), {"id": officer.id})
    assert work_off(any_app) == 2
    assert not trial.begun
    assert [again(one).state for one in (lost, closed)] == [WorkState.FAILED, WorkState.FAILED]
    assert again(lost).sentence == "Người yêu cầu không còn quyền thực hiện việc này."


@pytest.mark.parametrize(
    ("fault", "sentence"),
    [
        (Refused([Refusal("no", _l("Give a day, such as 30/11/2026."))]), "Nhập ngày, ví dụ 30/11/2026."),
        (OSError(28, "No space left on device"), "Máy chủ đã hết dung lượng lưu trữ"),
        (ArithmeticError("1"), "Xin báo quản trị viên số"),
    ],
)
@pytest.mark.parametrize("late", [False, True])
def test_a_failure_is_said_in_a_sentence_and_leaves_nothing(
    app: Flask, office: Office, officer: Person, fault: Exception, sentence: str, late: bool
) -> None:
    trial = Trial(app)
    trial.fault, trial.fault_at_the_end = (None, fault) if late else (fault, None)
    trial.result = Result(file_name="so.csv")
    work_id = start(office.moment(officer))
    assert work_off(app) == 1
    work = again(work_id)
    assert work.state is WorkState.FAILED
    assert sentence in (work.sentence or "")
    assert written() == 0
    assert not list(app.extensions["qms.settings"].results.glob("*")), "the file of a work that failed is gone"
    (notice,) = db.session.scalars(select(Notice))
    assert sentence_of(notice.name, notice.values) == "Đánh giá duy trì: không thực hiện được"


def test_what_waits_is_taken_back_at_once_and_what_runs_writes_nothing_any_more(
    any_app: Flask, office: Office, officer: Person
) -> None:
    trial, moment = Trial(any_app), office.moment(officer)
    waiting, running = start(moment, day="1"), start(moment, day="2")

    def take_back(work_id: int) -> None:
        with writing():
            queue.take_back(db.session.get_one(Work, work_id), moment)

    take_back(waiting)
    trial.meanwhile = lambda: take_back(running)
    assert work_off(any_app) == 1
    assert [again(one).state for one in (waiting, running)] == [WorkState.CANCELLED, WorkState.CANCELLED]
    assert written() == 0
    assert db.session.scalar(select(func.count()).select_from(Notice)) == 0, "who took it back knows"
    take_back(running)
    assert again(running).state is WorkState.CANCELLED, "what is over stays as it is"


def test_work_of_a_process_that_died_is_taken_up_once_more_and_then_said_to_have_failed(
    any_app: Flask, office: Office, officer: Person
) -> None:
    trial = Trial(any_app)
    work_id, instant = start(office.moment(officer)), datetime.now(UTC)
    assert worker.take("dead", instant) == work_id
    assert worker.take("other", instant + worker.LEASE) is None, "its lease still holds"
    after = instant + worker.LEASE + timedelta(seconds=1)
    assert worker.take("dies too", after) == work_id
    assert again(work_id).attempts == 2
    assert worker.take("third", after + worker.LEASE + timedelta(seconds=1)) is None
    work = again(work_id)
    assert (work.state, trial.begun) == (WorkState.FAILED, [])
    assert "dừng hai lần" in (work.sentence or "")


def test_a_process_that_was_too_slow_writes_nothing(any_app: Flask, office: Office, officer: Person) -> None:
    trial = Trial(any_app)
    work_id = start(office.moment(officer))

    def lose() -> None:
        db.session.rollback()
        assert worker.take("other", datetime.now(UTC) + worker.LEASE + timedelta(seconds=1)) == work_id

    trial.meanwhile = lose
    assert work_off(any_app) == 1
    work = again(work_id)
    assert (work.state, work.owner, written()) == (WorkState.RUNNING, "other", 0)


def test_what_a_stop_leaves_waits_again_as_if_it_had_not_begun(any_app: Flask, office: Office, officer: Person) -> None:
    trial, stop = Trial(any_app), threading.Event()
    trial.meanwhile = stop.set
    work_id = start(office.moment(officer))
    assert worker.work_off(any_app, "one", stop) == 1
    work = again(work_id)
    assert (work.state, work.attempts, work.done, work.total, written()) == (WorkState.QUEUED, 0, 0, 0, 0)
    trial.meanwhile = None
    assert work_off(any_app) == 1
    assert (again(work_id).state, written()) == (WorkState.DONE, 1)


def test_progress_and_lease_are_written_while_the_work_runs(
    any_app: Flask, office: Office, officer: Person, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(worker, "BEAT_SECONDS", 0.02)
    monkeypatch.setattr(worker, "RENEW_WITHIN", worker.LEASE)
    trial = Trial(any_app)
    work_id = start(office.moment(officer))
    seen: list[tuple[int, int]] = []
    leases: list[datetime] = []

    def look() -> None:
        db.session.rollback()
        end = datetime.now(UTC) + timedelta(seconds=20)
        while datetime.now(UTC) < end and not (seen and seen[-1] == (3, 10) and len(set(leases)) > 1):
            work = again(work_id)
            seen.append((work.done, work.total))
            leases.extend([work.until] if work.until else [])
        db.session.rollback()

    trial.meanwhile = look
    assert work_off(any_app) == 1
    assert seen[-1] == (3, 10)
    assert len(set(leases)) > 1


def test_a_result_is_fetched_by_its_owner_alone_until_its_time_is_over(
    client: FlaskClient, app: Flask, office: Office, officer: Person, sign_in: SignIn
) -> None:
    trial = Trial(app)
    trial.result = Result(file_name="so-lieu.csv")
    work_id = start(office.moment(officer))
    assert work_off(app) == 1
    office.person("khac", unit=office.unit("B"), role=Role.QUALITY_OFFICER)
    sign_in(client, "khac")
    answers = [client.get(f"/work/{work_id}{page}").status_code for page in ("", "/file")]
    answers.append(client.post(f"/work/{work_id}/take-back").status_code)
    assert answers == [404, 404, 404]
    client.post("/sign-out")
    sign_in(client, "canbo")
    page = client.get(f"/work/{work_id}").text
    assert "so-lieu.csv" in page and "hx-get" not in page.partition('class="card work"')[2]
    answer = client.get(f"/work/{work_id}/file", buffered=True)
    assert (answer.status_code, answer.mimetype, answer.data) == (200, "text/csv", b"a;b\r\n")
    assert answer.headers["Content-Disposition"] == "attachment; filename=so-lieu.csv"
    assert answer.headers["Cache-Control"] == "no-store"
    assert "sandbox" in answer.headers["Content-Security-Policy"]
    folder = app.extensions["qms.settings"].results
    kept_until = again(work_id).kept_until
    assert kept_until is not None
    assert results.purge(office.moment()) == 0
    assert results.purge(Moment(office.moment().person, kept_until + timedelta(seconds=1))) == 1
    assert not list(folder.glob("*"))
    assert client.get(f"/work/{work_id}").status_code == 404


def test_the_page_asks_for_itself_while_work_is_under_way_and_the_inbox_shows_it(
    client: FlaskClient, app: Flask, office: Office, officer: Person, sign_in: SignIn
) -> None:
    Trial(app)
    work_id = start(office.moment(officer))
    sign_in(client, "canbo")
    address = f'hx-get="/work/{work_id}"'
    assert address in client.get(f"/work/{work_id}").text
    assert address in client.get("/inbox").text
    part = client.get(f"/work/{work_id}", headers={"HX-Request": "true"}).text
    assert address in part and "<html" not in part
    assert client.post(f"/work/{work_id}/take-back").location == f"/work/{work_id}"
    assert "Đã hủy" in client.get(f"/work/{work_id}").text
    assert address not in client.get("/inbox").text


def test_what_is_known_of_a_persons_work_is_told_and_forgotten(app: Flask, office: Office, officer: Person) -> None:
    Trial(app)
    start(office.moment(officer))
    assert [len(rows) for _heading, rows in lines_of(personal.stored_about(officer.id))] == [1]
    with writing():
        personal.forget(officer.id)
    assert [len(rows) for _heading, rows in lines_of(personal.stored_about(officer.id))] == [0]


@pytest.mark.parametrize("name", ["../trail_keys.json", "/etc/hostname", "A" * 32, ""])
def test_a_result_with_a_name_of_another_hand_leads_nowhere(app: Flask, office: Office, officer: Person, name: str) -> None:
    trial = Trial(app)
    trial.result = Result(file_name="so-lieu.csv")
    work_id = start(office.moment(officer))
    assert work_off(app) == 1
    work = again(work_id)
    assert results.file_of(work) is not None
    work.file = name
    assert results.file_of(work) is None
    db.session.rollback()


def test_a_file_that_no_work_names_is_swept_after_a_day(app: Flask, monkeypatch: pytest.MonkeyPatch) -> None:
    left = results.fresh_file()
    left.write_bytes(b"x")
    assert results.sweep() == 0
    monkeypatch.setattr(results, "_SWEPT_AFTER", timedelta(seconds=-5))
    assert results.sweep() == 1
    assert not left.exists()
