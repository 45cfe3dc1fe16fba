"""Who took part before there was a table of it is known from the record and from the trail; who closed it, from the events."""

from datetime import timedelta
from pathlib import Path

import sqlalchemy as sa

from nonconformities import service
from nonconformities.models import Grade
from qms.kernel import schema
from qms.kernel.db import db, writing
from tests.databases import application
from tests.nonconformities.ward import Ward
from tests.office import TODAY, Office, past_the_trail

BEFORE = "0005"


def _rows(query: str) -> list[tuple[object, ...]]:
    with db.engine.connect() as connection:
        return sorted(tuple(row) for row in connection.execute(sa.text(query)))


def test_participants_and_closers_are_filled_from_what_was_known(empty_database_url: str, tmp_path: Path) -> None:
    with application(tmp_path / "instance", empty_database_url):
        schema.upgrade()
        ward = Ward(Office())
        helper = ward.office.person("helper", unit=ward.other)
        lent = ward.office.deputy(ward.head, helper)
        nc = ward.raised()
        with writing():
            service.record_analysis(nc, "In lại giấy", "Không ai kiểm tra", ward.now(helper))
            service.add_action(nc, "Đặt ô bắt buộc", ward.staff, TODAY, ward.now(ward.head))
        with past_the_trail():
            lent.revoked_at = ward.now(ward.head).instant
        with writing():
            service.submit(nc, TODAY, ward.now(ward.head))
            service.complete_action(nc.actions[0], "Đã đặt", ward.now(ward.staff))
        minor, major = ward.closed(), ward.closed(TODAY - timedelta(days=3))
        wanted = _rows("SELECT nonconformity_id, person_id, part FROM nonconformity_participants")
        closers = [(minor.id, ward.officer.id), (major.id, None), (nc.id, None)]
        officer_id, ids = ward.officer.id, (minor.id, major.id)
        with past_the_trail():
            major.closed_by_id = None
            major.grade = Grade.MAJOR
        db.session.remove()
        schema.downgrade(BEFORE)
        assert "nonconformity_participants" not in sa.inspect(db.engine).get_table_names()
        schema.upgrade()
        assert _rows("SELECT nonconformity_id, person_id, part FROM nonconformity_participants") == wanted
        kept = dict(_rows("SELECT id, COALESCE(closed_by_id, 0) FROM nonconformities"))
        assert kept == {number: closer or 0 for number, closer in closers}
        told = _rows("SELECT nonconformity_id, by_id FROM nonconformity_events")
        assert told == sorted((number, officer_id) for number in ids), "the events still say who closed the major one"
