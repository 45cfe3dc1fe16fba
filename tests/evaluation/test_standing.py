"""The standing rows say what the evaluation says, follow the trail, and remember what was before."""

from datetime import date, timedelta
from itertools import pairwise

from flask import Flask
from sqlalchemy import select

from qms.accounts.permissions import Role
from qms.evaluation.models import Result, Verdict
from qms.evaluation.service import evaluate, yesterday
from qms.evaluation.standing import jobs, keeping, queries
from qms.evaluation.standing.models import StandingMark, StandingPeriod, StandingResult, StandingUnit
from qms.kernel.db import db, writing
from qms.kernel.moment import Moment
from qms.trail.service import record
from tests.evaluation.random_office import build
from tests.office import TODAY, Office, at, past_the_trail
from tests.standing import stand

DAY = timedelta(days=1)


def rows() -> dict[int, tuple[Verdict, int, int, dict[str, tuple[Result, int, int]]]]:
    """What the rows say of each unit."""
    results: dict[int, dict[str, tuple[Result, int, int]]] = {}
    for one in db.session.scalars(select(StandingResult)):
        results.setdefault(one.unit_id, {})[one.criterion] = (one.result, one.met, one.total)
    return {
        one.unit_id: (one.verdict, one.score, one.weight, results[one.unit_id])
        for one in db.session.scalars(select(StandingUnit))
    }


def evaluated(day: date, moment: Moment) -> dict[int, tuple[Verdict, int, int, dict[str, tuple[Result, int, int]]]]:
    """What the evaluation says."""
    return {
        one.unit_id: (
            one.verdict,
            one.score.k,
            one.score.n,
            {each.criterion: (each.result, each.met, each.total) for each in one.criteria},
        )
        for one in evaluate(day, moment).units
    }


def touch(office: Office, unit_id: int, kind: str = "procedure") -> None:
    """An entry of the trail that names the unit."""
    with writing():
        record(office.moment(), kind, "X", "change", unit_id=unit_id)


def test_the_rows_are_the_evaluation_day_by_day(any_app: Flask, office: Office) -> None:
    build(office, 7)
    for ahead in (0, 1, 40):
        moment = office.moment(day=TODAY + ahead * DAY)
        stand(moment)
        assert rows() == evaluated(yesterday(moment), moment)


def test_a_touched_unit_is_brought_up_to_date_and_its_agency_with_it(any_app: Flask, office: Office) -> None:
    ward = office.agency("P")
    first, second = office.unit("A", parent=ward), office.unit("B", parent=ward)
    stand(office.moment())
    assert keeping.refresh(office.moment()) == 0, "nothing happened since"
    office.announcement(ward)
    office.procedure(first)
    assert rows() != evaluated(yesterday(office.moment()), office.moment())
    assert keeping.refresh(office.moment()) == 0, "the trail names nobody"
    touch(office, first.id)
    assert keeping.refresh(office.moment()) == 3
    assert rows() == evaluated(yesterday(office.moment()), office.moment())
    assert rows()[second.id][3]["announced"][0] is Result.MET
    assert keeping.refresh(office.moment()) == 0


def test_a_sign_in_evaluates_nobody(app: Flask, office: Office) -> None:
    unit = office.unit("A", parent=office.agency("P"))
    stand(office.moment())
    touch(office, unit.id, "person")
    assert keeping.refresh(office.moment()) == 0


def test_an_entry_that_becomes_visible_late_is_seen(app: Flask, office: Office) -> None:
    """On PostgreSQL a transaction may commit after one that began later: a lower number comes after a higher one."""
    unit = office.unit("A", parent=office.agency("P"))
    stand(office.moment())
    touch(office, unit.id)
    touch(office, unit.id)
    keeping.refresh(office.moment())
    mark = db.session.get(StandingMark, keeping.MARK)
    assert mark is not None and mark.settled < mark.looked
    with past_the_trail():
        mark.counted -= 1  # as if the first entry had not been there yet
    office.procedure(unit)
    assert keeping.refresh(office.moment()) == 2


def test_the_heir_of_a_touched_unit_is_brought_up_to_date(app: Flask, office: Office) -> None:
    heir = office.unit("A", parent=office.agency("P"))
    gone = office.unit("B", parent=office.agency("Q"), in_scope_to=TODAY - 30 * DAY, successor_id=heir.id)
    stand(office.moment())
    office.procedure(gone)
    touch(office, gone.id)
    keeping.refresh(office.moment())
    assert rows() == evaluated(yesterday(office.moment()), office.moment())


def test_by_day_nothing_is_refreshed_before_the_full_pass_of_the_day(app: Flask, office: Office) -> None:
    unit = office.unit("A", parent=office.agency("P"))
    stand(office.moment())
    touch(office, unit.id)
    tomorrow = office.moment(day=TODAY + DAY)
    assert keeping.is_behind(tomorrow) and keeping.refresh(tomorrow) == 0
    stand(tomorrow)
    assert not keeping.is_behind(tomorrow)


def test_the_first_pass_begins_the_history_and_a_unit_that_fell_is_said_to_have_got_worse(any_app: Flask, office: Office) -> None:
    ward = office.agency("P")
    unit = office.unit("A", parent=ward)
    office.announcement(ward)
    office.review(ward, TODAY - 20 * DAY)
    office.procedure(unit)
    lead = office.person("l", unit=ward)
    office.audit(unit, reported_on=TODAY - 90 * DAY, lead_auditor_id=lead.id)
    office.nonconformity(unit, "NC-1", raised_on=TODAY - 80 * DAY, due_on=TODAY - 4 * DAY, limit_on=TODAY - 4 * DAY)
    moment = office.moment()
    keeping.rebuild(moment)
    fallen = queries.got_worse(moment.person, TODAY - 7 * DAY, 5)
    assert [(one.unit.code, one.now, one.on) for one in fallen] == [("A", Verdict.NOT_MAINTAINED, TODAY - 3 * DAY)]
    assert [(one.criterion, one.failing) for one in fallen[0].results] == [("no_overdue_nonconformity", ["NC-1"])]
    assert queries.got_worse(moment.person, TODAY - 3 * DAY, 5) == []
    periods = db.session.scalars(select(StandingPeriod).where(StandingPeriod.unit_id == unit.id)).all()
    assert periods[-1].until is None and all(one.until == after.since for one, after in pairwise(periods))


def test_a_unit_that_leaves_the_scope_leaves_the_rows_and_keeps_its_past(any_app: Flask, office: Office) -> None:
    unit = office.unit("A", parent=office.agency("P"))
    keeping.rebuild(office.moment())
    with past_the_trail():
        office.again(unit).in_scope_to = TODAY
    tomorrow = office.moment(day=TODAY + DAY)
    keeping.rebuild(tomorrow)
    assert unit.id not in rows()
    last = db.session.scalars(select(StandingPeriod).where(StandingPeriod.unit_id == unit.id)).all()[-1]
    assert last.until == TODAY
    told = queries.summary(tomorrow.person, [TODAY - DAY, TODAY])
    assert told is not None and [one.share.n for one in told.then] == [2, 1]
    assert sum(told.counts.values()) == 1


def test_the_worst_come_first_and_only_those_one_may_see(any_app: Flask, office: Office) -> None:
    ward, other = office.agency("P"), office.agency("Q")
    for parent in (ward, other):
        office.announcement(parent)
    office.unit("A", parent=ward, in_scope_from=TODAY - 30 * DAY)
    bad, elsewhere = office.unit("B", parent=ward), office.unit("C", parent=other)
    head = office.person("h", unit=ward)
    office.grant(head, Role.LEADER, ward)
    stand(office.moment())
    actor = office.moment(head).person
    codes = [one.unit.code for one in queries.worst(actor, 1)]
    assert set(codes) == {"P", "A", "B"} and codes.index("B") < codes.index("A")
    told = queries.summary(actor, [])
    seen = [one.verdict for one in db.session.scalars(select(StandingUnit).where(StandingUnit.unit_id != elsewhere.id))]
    assert told is not None
    assert told.counts == {verdict: seen.count(verdict) - (verdict is rows()[other.id][0]) for verdict in Verdict}
    assert queries.of_unit(actor, elsewhere.id) is None and queries.of_unit(actor, bad.id) is not None


def test_the_history_begins_with_year_ends_month_ends_and_a_week() -> None:
    days = keeping.days_of_history(date(2026, 11, 29))
    assert days[0] == date(2022, 12, 31) and date(2026, 2, 28) in days and days[-1] == date(2026, 11, 28)
    assert len([day for day in days if day >= date(2026, 11, 22)]) == 7


def test_badness_is_by_verdict_then_by_share() -> None:
    ordered = [
        keeping.badness(Verdict.NOT_MAINTAINED, 10, 12),
        keeping.badness(Verdict.TO_SUPPLEMENT, 1, 3),
        keeping.badness(Verdict.TO_SUPPLEMENT, 2, 3),
        keeping.badness(Verdict.BUILDING, 0, 0),
        keeping.badness(Verdict.MAINTAINS, 8, 10),
    ]
    assert ordered == sorted(ordered) and len(set(ordered)) == 5


def test_the_clock_knows_the_day_and_catches_up(app: Flask, office: Office) -> None:
    from_clock = Moment(office.moment().person, at(TODAY, 0))
    assert jobs.day_of_standing(from_clock.instant) == "2026-11-29"
    unit = office.unit("A", parent=office.agency("P"))
    assert jobs.catch_up(from_clock) == 0, "without rows the full pass comes first"
    assert "2" in jobs.run_daily("2026-11-29", from_clock)
    touch(office, unit.id)
    assert jobs.catch_up(office.moment()) == 2
