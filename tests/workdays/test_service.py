"""The table of special days through its verbs, on both databases."""

from datetime import date, timedelta

import pytest
from sqlalchemy import event, select

from nonconformities.models import Grade
from qms.accounts.models import Person
from qms.accounts.permissions import Role
from qms.kernel.db import db, writing
from qms.kernel.moment import Moment
from qms.kernel.refusal import Refused
from qms.trail.service import history
from qms.workdays import service
from qms.workdays.models import SpecialDay
from qms.workdays.queries import KIND, calendar, months, named_days, next_new_year
from tests.nonconformities.ward import Ward
from tests.office import TODAY, Office

FREE_ON, WORKED_ON = date(2026, 12, 31), date(2027, 1, 9)


@pytest.fixture
def officer(office: Office) -> Person:
    return office.person("officer", unit=office.agency("PHUONG"), role=Role.QUALITY_OFFICER)


@pytest.fixture
def moment(office: Office, officer: Person) -> Moment:
    return office.moment(officer)


def codes(refused: pytest.ExceptionInfo[Refused]) -> list[str]:
    return [refusal.code for refusal in refused.value.refusals]


def table() -> dict[date, bool]:
    return dict(db.session.execute(select(SpecialDay.day, SpecialDay.working)).all())


@pytest.mark.usefixtures("any_app")
def test_a_swap_is_two_lines_and_two_entries_of_the_trail(moment: Moment, officer: Person) -> None:
    with writing():
        service.swap(FREE_ON, WORKED_ON, "Tết Dương lịch", "Thông báo 12/TB", moment)
    assert table() == {FREE_ON: False, WORKED_ON: True}
    (entry,) = history(KIND, FREE_ON.isoformat())
    assert (entry.deed, entry.reason, entry.changes["exchanged_for"]) == ("swap", "Thông báo 12/TB", [None, "2027-01-09"])
    assert entry.person_id == officer.id
    assert calendar().add_working_days(date(2026, 12, 30), 1) == date(2027, 1, 4)


def test_a_swap_of_two_wrong_days_leaves_nothing(moment: Moment) -> None:
    with pytest.raises(Refused) as refused, writing():
        service.swap(WORKED_ON, FREE_ON, "", "", moment)
    assert codes(refused) == ["reason_missing", "title_missing", "free_already", "working_already"]
    assert table() == {}


@pytest.mark.usefixtures("any_app")
def test_a_list_is_taken_whole_or_not_at_all(moment: Moment) -> None:
    good = "31/12/2026; nghỉ; Hoán đổi\n09/01/2027; làm bù; Bù ngày 31/12"
    with pytest.raises(Refused) as refused, writing():
        service.take_list(
            good + "\n31/12/2026; nghỉ; Lần nữa\n10/01/2027; nghỉ; Chủ nhật\n30/02/2027; nghỉ; Sai", "12/TB", moment
        )
    assert sorted(codes(refused)) == ["free_already", "known_already", "no_such_day"]
    assert table() == {}
    with writing():
        assert service.take_list(good, "12/TB", moment) == 2
    assert table() == {FREE_ON: False, WORKED_ON: True}


def test_a_day_that_is_taken_out_is_what_it_is_nationwide(moment: Moment) -> None:
    with writing():
        service.add_day(FREE_ON, False, "Ngày thành lập phường", "5/QĐ", moment)
    with writing():
        service.remove_day(FREE_ON, "Nhầm năm", moment)
    assert table() == {}
    assert [entry.deed for entry in history(KIND, FREE_ON.isoformat())] == ["remove_day", "add_day"]
    with pytest.raises(Refused) as refused, writing():
        service.remove_day(FREE_ON, "Nhầm năm", moment)
    assert codes(refused) == ["unknown"]


def test_what_lies_long_back_stays(moment: Moment, office: Office, officer: Person) -> None:
    with writing():
        service.add_day(FREE_ON, False, "Nghỉ", "5/QĐ", moment)
    with pytest.raises(Refused) as refused, writing():
        service.remove_day(FREE_ON, "Thôi", office.moment(officer, FREE_ON + timedelta(days=31)))
    assert codes(refused) == ["long_past"]


@pytest.mark.parametrize("role", list(Role))
def test_only_who_reaches_the_whole_organisation_changes_it(office: Office, role: Role) -> None:
    top = office.agency("TINH")
    below = office.agency("PHUONG", parent=top)
    allowed = role in {Role.ADMINISTRATOR, Role.QUALITY_OFFICER}
    for unit, expected in ((top, allowed), (below, False)):
        asked = office.moment(office.person(unit=unit, role=role))
        if expected:
            with writing():
                service.add_day(FREE_ON, False, "Nghỉ", "5/QĐ", asked)
            continue
        with pytest.raises(Refused) as refused, writing():
            service.add_day(FREE_ON, False, "Nghỉ", "5/QĐ", asked)
        assert "not_permitted" in codes(refused)


def test_a_stored_deadline_does_not_move_and_the_next_one_is_counted_anew(office: Office) -> None:
    ward = Ward(office)
    before = ward.raised(grade=Grade.MAJOR)
    stored = (before.response_due_on, before.due_on, before.limit_on)
    with writing():
        service.add_day(TODAY + timedelta(days=1), False, "Nghỉ", "5/QĐ", office.moment(None))
        service.add_day(TODAY + timedelta(days=2), False, "Nghỉ", "5/QĐ", office.moment(None))
    again = office.again(before)
    assert (again.response_due_on, again.due_on, again.limit_on) == stored
    after = ward.raised(grade=Grade.MAJOR)
    assert after.response_due_on == stored[0] + timedelta(days=2)


@pytest.mark.usefixtures("any_app")
def test_the_table_is_read_once_in_a_transaction_and_anew_in_the_next(moment: Moment) -> None:
    asked: list[str] = []
    listen = lambda *args: asked.append(args[2])  # noqa: E731 - one line says it
    event.listen(db.engine, "before_cursor_execute", listen)
    try:
        for _time in range(3):
            assert calendar().is_working_day(FREE_ON)
        assert len([one for one in asked if "special_days" in one]) == 1
        with writing():
            assert calendar().is_working_day(FREE_ON)
            service.add_day(FREE_ON, False, "Nghỉ", "5/QĐ", moment)
            assert not calendar().is_working_day(FREE_ON)
        assert not calendar().is_working_day(FREE_ON)
    finally:
        event.remove(db.engine, "before_cursor_execute", listen)


def test_the_page_of_a_year_names_what_is_no_ordinary_day(moment: Moment) -> None:
    with writing():
        service.swap(FREE_ON, WORKED_ON, "Tết Dương lịch", "12/TB", moment)
    named = {one.day: (one.kind.value, one.decided) for one in named_days(2026, "vi")}
    assert named[FREE_ON] == ("free", True)
    assert named[date(2026, 8, 22)] == ("worked", False)
    assert named[date(2026, 9, 2)] == ("public", False)
    assert named_days(2027, "vi")[1].day == WORKED_ON


@pytest.mark.parametrize(
    ("today", "first", "last"),
    [
        (TODAY, date(2027, 2, 4), date(2027, 2, 10)),
        (date(2027, 2, 10), date(2027, 2, 4), date(2027, 2, 10)),
        (date(2027, 2, 11), date(2028, 1, 22), date(2028, 1, 30)),
        (date(2028, 1, 31), date(2029, 2, 10), date(2029, 2, 18)),
    ],
)
@pytest.mark.usefixtures("app")
def test_the_next_tet(today: date, first: date, last: date) -> None:
    found = next_new_year(today, calendar())
    assert (found.first, found.last) == (first, last)


@pytest.mark.parametrize("year", [2026, 2027, 2028])
@pytest.mark.usefixtures("app")
def test_the_months_hold_every_day_once(year: int) -> None:
    days = [day for month in months(year) for week in month for day in week if day is not None]
    assert len(days) == len(set(days)) == (366 if year == 2028 else 365)
    assert all(len(week) == 7 for month in months(year) for week in month)
    assert all(
        day is None or day.weekday() == place for month in months(year) for week in month for place, day in enumerate(week)
    )
