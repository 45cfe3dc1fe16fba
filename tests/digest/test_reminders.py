""" "Due within seven days and not yet told": once for each person, subject, day and stage, however the clock was off."""

from datetime import UTC, date, datetime, time, timedelta
from functools import partial

import pytest
from flask import Flask
from sqlalchemy import event, func, select
from sqlalchemy.exc import IntegrityError

from qms.digest.reminders import REMINDERS, remind
from qms.digest.waiting import SOON_DAYS, last_day
from qms.kernel.days import WorkingDays
from qms.kernel.db import db, writing
from qms.kernel.moment import system_moment
from qms.notices.models import Notice, Reminder
from qms.scheduling.clock import run_owed
from qms.scheduling.models import JobRun, JobState
from qms.workdays.models import SpecialDay
from tests.digest.conftest import Desk, ledger, local, told
from tests.office import past_the_trail
from tests.threads import at_once

MONDAY = date(2026, 11, 30)


def test_what_is_due_within_seven_days_is_told_once_and_told_again_when_it_is_late(any_app: Flask, desk: Desk) -> None:
    owner = desk.person()
    due = MONDAY + timedelta(days=SOON_DAYS)
    code = desk.action(owner, due, code="NC-1").nonconformity.code
    for days in range(14):
        desk.clock(MONDAY + timedelta(days=days))
    assert ledger() == [(code, due, "soon"), (code, due, "overdue")]
    assert told() == [("soon.trial_report", "NC-1", due), ("overdue.trial_report", "NC-1", due)]
    assert set(db.session.scalars(select(JobRun.state))) == {JobState.DONE}, "not the last lock kept it from being told twice"


def test_what_is_due_later_is_not_told_yet(app: Flask, desk: Desk) -> None:
    desk.action(desk.person(), MONDAY + timedelta(days=SOON_DAYS + 1))
    desk.clock(MONDAY)
    assert not told()


@pytest.mark.parametrize(
    ("at", "jobs"),
    [(time(0, 0), 0), (time(6, 29, 59), 0), (time(6, 30), 1), (time(6, 59, 59), 1), (time(7, 0), 2), (time(23, 59), 2)],
)
def test_reminders_are_owed_from_half_past_six_and_letters_from_seven_on_a_working_day(
    app: Flask, desk: Desk, at: time, jobs: int
) -> None:
    assert desk.clock(MONDAY, at) == jobs


def test_the_day_is_the_local_one(app: Flask, desk: Desk) -> None:
    before, after = datetime(2026, 11, 29, 23, 29, tzinfo=UTC), datetime(2026, 11, 29, 23, 30, tzinfo=UTC)
    assert REMINDERS.period(before) is None
    assert REMINDERS.period(after) == "2026-11-30"


def test_nights_the_clock_missed_are_told_once_with_the_stage_of_the_day(app: Flask, desk: Desk) -> None:
    owner = desk.person()
    desk.action(owner, MONDAY + timedelta(days=3), code="NC-SOON")
    desk.action(owner, MONDAY + timedelta(days=20), code="NC-LATER")
    desk.clock(MONDAY)
    wednesday = MONDAY + timedelta(days=16)  # off for more than two weeks
    assert desk.clock(wednesday, time(15, 20)) == 2
    desk.clock(wednesday, time(15, 21))
    assert [(code, stage) for code, _due, stage in ledger()] == [
        ("NC-SOON", "soon"),
        ("NC-SOON", "overdue"),
        ("NC-LATER", "soon"),
    ]


def test_what_became_due_and_late_while_the_clock_was_off_is_told_as_late_only(app: Flask, desk: Desk) -> None:
    desk.action(desk.person(), MONDAY + timedelta(days=10))
    desk.clock(MONDAY)
    desk.clock(MONDAY + timedelta(days=14))
    assert [stage for _code, _due, stage in ledger()] == ["overdue"]


@pytest.mark.parametrize("due", [date(2026, 1, 31), date(2026, 2, 28), date(2028, 2, 29), date(2026, 4, 30), date(2026, 12, 31)])
def test_ends_of_months_and_years_are_days_like_others(app: Flask, desk: Desk, due: date) -> None:
    desk.action(desk.person(), due, code="NC-END")
    day = due - timedelta(days=20)
    while day < due + timedelta(days=12):
        desk.clock(day)
        day += timedelta(days=1)
    rows = list(db.session.scalars(select(Reminder).order_by(Reminder.id)))
    assert [row.stage for row in rows] == ["soon", "overdue"]
    soon, overdue = (row.told_at.astimezone(local(due, time()).tzinfo).date() for row in rows)
    calendar = WorkingDays()
    assert due - timedelta(days=SOON_DAYS) <= soon <= due or not calendar.is_working_day(due - timedelta(days=SOON_DAYS))
    assert overdue == calendar.add_working_days(due, 1)


def test_over_tet_nobody_is_told_anything_and_everybody_before_and_after(app: Flask, desk: Desk) -> None:
    """Tết Bính Ngọ: 17/02/2026; the office is closed from 14/02 to 22/02 (Saturday to Sunday)."""
    calendar = WorkingDays()
    friday, monday = date(2026, 2, 13), date(2026, 2, 23)
    assert calendar.is_working_day(friday) and calendar.add_working_days(friday, 1) == monday
    assert last_day(friday, calendar) == monday, "the window reaches the next day on which anybody is told anything"
    owner = desk.person()
    desk.action(owner, date(2026, 2, 22), code="NC-IN-TET")
    desk.action(owner, date(2026, 2, 23), code="NC-AFTER-TET")
    desk.clock(date(2026, 2, 12))
    assert [code for code, _due, _stage in ledger()] == []
    day = friday
    while day < monday:
        ran = desk.clock(day)
        assert ran == (2 if day == friday else 0), day
        day += timedelta(days=1)
    assert ledger() == [("NC-IN-TET", date(2026, 2, 22), "soon"), ("NC-AFTER-TET", date(2026, 2, 23), "soon")]
    assert desk.clock(monday) == 2
    assert ledger()[2:] == [("NC-IN-TET", date(2026, 2, 22), "overdue")]


def test_a_day_the_table_frees_is_free_and_a_saturday_it_works_is_worked(app: Flask, desk: Desk) -> None:
    saturday = MONDAY + timedelta(days=5)
    with past_the_trail() as session:
        session.add_all(
            SpecialDay(day=day, working=working, title="Hoán đổi") for day, working in ((MONDAY, False), (saturday, True))
        )
    assert desk.clock(MONDAY) == 0
    assert desk.clock(saturday) == 2


def test_a_deadline_that_was_moved_is_told_again(app: Flask, desk: Desk) -> None:
    action = desk.action(desk.person(), MONDAY + timedelta(days=2))
    desk.clock(MONDAY)
    with past_the_trail() as session:
        session.merge(action).due_on = MONDAY + timedelta(days=4)
    desk.clock(MONDAY + timedelta(days=1))
    assert [due for _code, due, _stage in ledger()] == [MONDAY + timedelta(days=2), MONDAY + timedelta(days=4)]


def test_two_actions_of_one_record_on_one_day_are_one_reminder_that_names_both(app: Flask, desk: Desk) -> None:
    owner = desk.person()
    first = desk.action(owner, MONDAY, "Rà soát phiếu hẹn", code="NC-1")
    desk.office.action(first.nonconformity, due_on=MONDAY, description="Tập huấn lại", owner_id=owner.id)
    desk.clock(MONDAY)
    (notice,) = db.session.scalars(select(Notice))
    assert sorted(notice.values["text"].split("; ")) == ["Rà soát phiếu hẹn", "Tập huấn lại"]


def test_what_nobody_holds_reminds_nobody(app: Flask, desk: Desk) -> None:
    desk.action(None, MONDAY)
    desk.clock(MONDAY)
    assert not told()


def test_somebody_without_mail_and_somebody_disabled_have_it_in_the_inbox(app: Flask, desk: Desk) -> None:
    without, disabled = desk.person("An", username="an"), desk.person("Bình", username="binh", disabled=True)
    desk.action(without, MONDAY)
    desk.action(disabled, MONDAY)
    desk.clock(MONDAY)
    assert {one.person_id for one in db.session.scalars(select(Notice))} == {without.id, disabled.id}


def test_schedulers_at_once_tell_everybody_once(any_app: Flask, desk: Desk) -> None:
    for number in range(12):
        desk.action(desk.person(username=f"an{number}"), MONDAY)
    instant = local(MONDAY, time(6, 45))
    ran = at_once(any_app, [partial(run_owed, f"clock {number}", instant) for number in range(4)])
    assert sorted(ran) == [0, 0, 0, 1]
    assert len(ledger()) == len(told()) == 12


def test_the_ledger_itself_refuses_a_second_telling(any_app: Flask, desk: Desk) -> None:
    desk.action(desk.person(), MONDAY)
    desk.clock(MONDAY)
    (row,) = db.session.scalars(select(Reminder))
    values = {name: getattr(row, name) for name in ("person_id", "name", "kind", "code", "due_on", "stage", "told_at")}
    with pytest.raises(IntegrityError), writing() as session:
        session.add(Reminder(**values))


def test_however_many_people_are_reminded_it_takes_as_many_statements(app: Flask, desk: Desk) -> None:
    def statements(people: int) -> int:
        for number in range(people):
            desk.action(desk.person(username=f"an{people}-{number}"), MONDAY)
        counted = 0

        def count(*_: object) -> None:
            nonlocal counted
            counted += 1

        event.listen(db.engine, "before_cursor_execute", count)
        try:
            assert remind("", system_moment(local(MONDAY, time(7, 0)))) == str(people)
        finally:
            event.remove(db.engine, "before_cursor_execute", count)
        return counted

    assert statements(2) == statements(40)
    assert db.session.scalar(select(func.count()).select_from(Reminder)) == 42


def test_a_telling_that_fails_tells_nobody_half_and_can_be_done_again(
    app: Flask, desk: Desk, monkeypatch: pytest.MonkeyPatch
) -> None:
    desk.action(desk.person(), MONDAY)
    monkeypatch.setattr("qms.digest.reminders.brief", lambda text: 1 / 0)
    assert desk.clock(MONDAY, time(6, 30)) == 1
    assert not told() and not ledger()
    (run,) = db.session.scalars(select(JobRun))
    assert (run.job, run.state, run.outcome) == ("reminders", JobState.FAILED, "ZeroDivisionError")
    monkeypatch.undo()
    assert remind("", system_moment(local(MONDAY, time(6, 45)))) == "1"
    assert len(told()) == len(ledger()) == 1
