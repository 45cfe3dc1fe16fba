"""The figure of the menu says what the list shows, and all figures are one statement."""

import time
from dataclasses import replace
from datetime import timedelta

import pytest
from flask import current_app
from sqlalchemy import select

from qms.accounts import figures
from qms.accounts.figures import told
from qms.accounts.models import Person
from qms.dashboard.queries import works
from qms.kernel.db import db, writing
from qms.kernel.feature import house
from qms.kernel.moment import Moment
from qms.trail.service import record
from tests.office import moment_of
from tests.statements import statements


def everybody(moment: Moment) -> list[Moment]:
    return [moment_of(person, moment.today) for person in db.session.scalars(select(Person).order_by(Person.id))]


def test_what_is_counted_is_what_the_list_shows(loaded: Moment) -> None:
    with current_app.test_request_context():
        for moment in everybody(loaded):
            for work in works():
                if work.count is not None:
                    assert db.session.scalar(work.count(moment)) == len(work.mine(moment)), moment.person.username


def test_all_figures_of_the_menu_are_one_statement(loaded: Moment) -> None:
    entries = [entry for feature in house().features for entry in feature.menu if entry.endpoint != "dashboard.my_work"]
    moment = everybody(loaded)[0]
    with current_app.test_request_context(), statements() as seen:
        assert told(entries, moment)["audits.listing"].text
    assert len(seen) == 2, "the number of the newest entry, and all figures"


def test_figures_are_counted_again_when_something_was_recorded_on_another_day_and_after_a_while(
    loaded: Moment, monkeypatch: pytest.MonkeyPatch
) -> None:
    entries = [entry for feature in house().features for entry in feature.menu]
    moment, other, *_rest = everybody(loaded)

    def asked(whose: Moment) -> int:
        with current_app.test_request_context(), statements() as seen:
            told(entries, whose)
        return len([one for one in seen if one != "BEGIN"])

    first = asked(moment)
    assert first > 1
    assert asked(moment) == 1, "the number of the newest entry tells that nothing happened"
    assert asked(other) > 1, "another person has other work"
    assert asked(replace(moment, instant=moment.instant + timedelta(days=1))) > 1, "on another day other things are late"
    with writing():
        record(moment, "unit", "P", "changed")
    assert asked(moment) == first
    assert asked(moment) == 1
    later = time.monotonic() + figures.KEPT_SECONDS + 1
    monkeypatch.setattr(figures.time, "monotonic", lambda: later)
    assert asked(moment) == first, "what the trail is not told of is seen after a while"


def test_a_process_keeps_the_figures_of_so_many_people_and_forgets_the_longest_unused(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(figures, "KEPT_AT_MOST", 2)
    kept = figures.Kept()
    for number in (1, 2):
        kept.put((number,), 7, {"here": [number]})
    assert kept.get((1,), 7) == {"here": [1]}
    kept.put((3,), 7, {"here": [3]})
    assert kept.get((2,), 7) is None
    assert kept.get((1,), 7) is not None
    assert kept.get((1,), 8) is None, "something was recorded since"
