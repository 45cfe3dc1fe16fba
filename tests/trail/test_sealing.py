"""Entries are sealed some seconds after they were written, each in the chain of its agency."""

from collections.abc import Collection, Mapping, Sequence
from datetime import timedelta
from functools import partial

import pytest
from flask import Flask
from sqlalchemy import insert, select

from qms.journal.chains import chain_of
from qms.journal.heads import seal_trail
from qms.kernel.bulk import OPTIONS
from qms.kernel.db import db, mark_recorded, writing
from qms.kernel.feature import house
from qms.trail import sealing
from qms.trail.models import TrailEntry, TrailSeal
from qms.trail.reading import verify
from qms.trail.sealing import RECENT, seal, unsealed
from qms.trail.service import record
from tests.office import TODAY, Office, moment_of
from tests.threads import at_once

from .conftest import Trail


def places() -> list[tuple[str, int, int]]:
    """(chain, number, entry) of every seal."""
    query = select(TrailSeal.chain, TrailSeal.number, TrailSeal.entry_id).order_by(TrailSeal.chain, TrailSeal.number)
    return [tuple(row) for row in db.session.execute(query)]


def test_each_agency_has_a_chain_that_counts_from_one(any_app: Flask, office: Office) -> None:
    ward = office.agency("PMA")
    division, team = office.unit(parent=ward), office.unit()
    health = office.agency("TYT", parent=division)  # an agency inside another one
    for unit in (ward, division, health, team, None, division):
        with writing():
            record(office.moment(), "unit", "X", "made", unit_id=unit.id if unit else None)
    assert unsealed() == 6
    assert seal(office.moment(), chain_of) == 6
    assert places() == [("-", 1, 4), ("-", 2, 5), ("PMA", 1, 1), ("PMA", 2, 2), ("PMA", 3, 6), ("TYT", 1, 3)]
    assert unsealed() == 0
    with writing():
        record(office.moment(), "unit", "X", "made", unit_id=division.id)
    assert seal(office.moment(), chain_of) == 1
    assert places()[5] == ("PMA", 4, 7)
    assert not verify().found


def test_the_clock_seals_by_a_chore_that_may_come_again(any_app: Flask, trail: Trail) -> None:
    (chore,) = [chore for feature in house().features for chore in feature.chores if chore.name == "seal"]
    assert chore.run is seal_trail
    trail.deeds()
    assert chore.run(trail.office.moment()) == 12
    assert chore.run(trail.office.moment()) == 0


def test_many_entries_are_sealed_in_several_transactions(any_app: Flask, trail: Trail, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sealing, "AT_ONCE", 5)
    monkeypatch.setattr(sealing, "AT_A_LOOK", 10)
    trail.deeds()
    asked: list[int] = []

    def told(unit_ids: Collection[int]) -> Mapping[int, str]:
        asked.append(len(unit_ids))
        return chain_of(unit_ids)

    assert seal(trail.office.moment(), told) == 12
    assert len(asked) == 3, "two in the first look, one in the second"
    assert not verify().found


def test_what_is_written_during_a_sealing_waits_for_the_next_one(
    any_app: Flask, trail: Trail, monkeypatch: pytest.MonkeyPatch
) -> None:
    append = sealing._append

    def append_while_people_write(waiting: Sequence[int], chains: sealing.ChainOf) -> int:
        record(trail.office.moment(), "unit", "X", "made")
        db.session.flush()
        return append(waiting, chains)

    trail.deeds(1)
    monkeypatch.setattr(sealing, "_append", append_while_people_write)
    assert seal(trail.office.moment(), chain_of) == 3
    assert unsealed() == 1
    assert seal(trail.office.moment(), chain_of) == 1, "and so on, once for each call"


def add_late(entry_id: int, trail: Trail, late: timedelta) -> None:
    """An entry under a number that was given long ago, as a transaction does that took its time to commit."""
    row = {
        "id": entry_id,
        "at": moment_of(None, trail.day).instant - late,
        "kind": "import",
        "code": "x",
        "deed": "take_over",
        "changes": {},
        "personal": {},
    }
    with writing() as session:
        session.execute(insert(TrailEntry), [row], execution_options=OPTIONS)
        record(moment_of(None, trail.day), "unit", "X", "made")


def test_a_low_number_that_was_committed_late_is_sealed_within_seconds(any_app: Flask, trail: Trail) -> None:
    with writing() as session:  # the numbers up to here were given to somebody who has not committed
        session.execute(insert(TrailEntry), [values(1000)], execution_options=OPTIONS)
        mark_recorded(session)
    trail.seal()
    add_late(500, trail, timedelta(minutes=1))
    trail.seal()
    assert unsealed() == 0
    assert not verify().found


def test_a_low_number_that_was_committed_much_too_late_is_sealed_before_the_daily_head(any_app: Flask, trail: Trail) -> None:
    with writing() as session:
        session.execute(insert(TrailEntry), [values(1000)], execution_options=OPTIONS)
        mark_recorded(session)
    trail.seal()
    add_late(500, trail, RECENT + timedelta(minutes=1))
    trail.seal()
    assert unsealed() == 1
    trail.head()
    assert db.session.scalar(select(TrailSeal.number).where(TrailSeal.entry_id == 500)) is not None
    assert not verify().found


def values(entry_id: int) -> dict[str, object]:
    """A row of the trail under a chosen number."""
    made = {"kind": "unit", "code": "X", "deed": "made", "changes": {}, "personal": {}}
    return {"id": entry_id, "at": moment_of(None, TODAY).instant, **made}


def test_two_sealers_at_once_make_one_chain(any_app: Flask, trail: Trail) -> None:
    for _round in range(5):
        trail.deeds()
    sealed = at_once(any_app, [partial(seal, moment_of(None, TODAY), chain_of)] * 3)
    assert sum(sealed) == 60
    report = verify()
    assert (report.sealed, report.unsealed, report.found) == (60, 0, 0)
