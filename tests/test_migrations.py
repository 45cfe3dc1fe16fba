"""The schema: up, down and up again on both databases; the models say what the newest revision says."""

import shutil
from datetime import UTC, date, datetime
from pathlib import Path
from typing import Any

import pytest
import sqlalchemy as sa
from alembic.autogenerate import compare_metadata
from alembic.migration import MigrationContext
from flask import Flask
from sqlalchemy import select
from sqlalchemy.exc import DatabaseError, IntegrityError

from nonconformities.models import NUMBERING
from qms.accounts.permissions import Role
from qms.kernel import schema
from qms.kernel.db import Base, db, writing
from qms.scheduling.models import Work, WorkState
from qms.trail.service import record
from qms.units.models import Unit, UnitKind
from tests.office import TODAY, Office
from tests.shared_app import application

NEXT = """
import sqlalchemy as sa
from alembic import op

revision = "next"
down_revision = "{head}"


def upgrade():
    with op.batch_alter_table("people") as batch:
        batch.add_column(sa.Column("telephone", sa.String(20)))
        batch.alter_column("title", type_=sa.String(250), existing_type=sa.String(200))


def downgrade():
    with op.batch_alter_table("people") as batch:
        batch.alter_column("title", type_=sa.String(200), existing_type=sa.String(250))
        batch.drop_column("telephone")
"""
"""A revision that makes SQLite rebuild ``people``, whose rows ``grants`` hang on with ON DELETE CASCADE."""


def difference() -> list[object]:
    """What autogenerate would still write; empty when models and database agree."""
    with db.engine.connect() as connection:
        context = MigrationContext.configure(
            connection,
            opts={"compare_type": True, "include_name": lambda name, kind, _: kind != "table" or name in Base.metadata.tables},
        )
        return list(compare_metadata(context, Base.metadata))


def test_up_down_to_nothing_and_up_again(empty_database_url: str, tmp_path: Path) -> None:
    with application(tmp_path / "instance", empty_database_url):
        assert not sa.inspect(db.engine).get_table_names() and schema.current_revision() is None
        schema.upgrade()
        assert schema.is_current() and not difference()
        schema.downgrade("base")
        left = set(sa.inspect(db.engine).get_table_names())
        assert left <= {"alembic_version"}, f"a downgrade leaves tables behind: {left}"
        schema.upgrade()
        assert schema.is_current() and not difference()


def test_the_models_say_what_the_newest_revision_says(any_app: Flask) -> None:
    assert schema.is_current()
    assert difference() == []


def test_every_constraint_has_a_name() -> None:
    for table in Base.metadata.tables.values():
        for constraint in table.constraints:
            assert constraint.name, f"a constraint of {table.name} has no name; no migration could drop it"


def test_no_two_constraints_of_a_table_share_a_name() -> None:
    for table in Base.metadata.tables.values():
        names = [str(constraint.name) for constraint in table.constraints]
        twice = {name for name in names if names.count(name) > 1}
        assert not twice, f"{table.name} has {twice} twice, which PostgreSQL refuses"


def test_a_word_that_no_enumeration_knows_is_refused(any_app: Flask, office: Office) -> None:
    unit = office.unit()
    with pytest.raises(IntegrityError), writing() as session:
        session.execute(sa.text("UPDATE units SET kind = 'kingdom' WHERE id = :id"), {"id": unit.id})
    assert office.again(unit).kind is UnitKind.DEPARTMENT


def test_the_trail_refuses_to_be_changed_or_shortened(any_app: Flask, office: Office) -> None:
    with writing():
        record(office.moment(), "unit", "A", "made")
    for statement in ("UPDATE trail SET deed = 'other'", "DELETE FROM trail"):
        with pytest.raises(DatabaseError), writing() as session:
            session.execute(sa.text(statement))
    assert db.session.scalar(sa.text("SELECT deed FROM trail")) == "made"


def test_rows_and_their_children_survive_a_batch_that_rebuilds_the_parent_table(
    any_app: Flask, office: Office, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    ward = office.agency("PMA")
    division = office.unit("VH", parent=ward)
    office.person("truong-phong", unit=division, role=Role.UNIT_HEAD)
    scratch = tmp_path / "migrations"
    shutil.copytree(schema.MIGRATIONS, scratch)
    (scratch / "versions" / "next.py").write_text(NEXT.format(head=schema.head_revision()), encoding="utf-8")
    monkeypatch.setattr(schema, "MIGRATIONS", scratch)
    db.session.rollback()

    schema.upgrade()
    assert schema.current_revision() == "next"
    assert db.session.execute(sa.text("SELECT username, telephone FROM people")).all() == [("truong-phong", None)]
    assert db.session.scalar(sa.text("SELECT count(*) FROM grants")) == 1, "the batch has taken the grants with it"
    db.session.rollback()
    schema.downgrade("-1")
    assert db.session.scalar(sa.text("SELECT count(*) FROM grants")) == 1, "the way down has taken the grants with it"
    db.session.rollback()
    with pytest.raises(IntegrityError), writing() as session:  # the foreign keys are on again
        session.execute(sa.text("UPDATE grants SET unit_id = 4711"))


def test_the_database_refuses_a_child_without_its_parent(any_app: Flask, office: Office) -> None:
    with pytest.raises(IntegrityError), writing() as session:
        session.add(Unit(code="X", name="X", kind=UnitKind.DEPARTMENT, parent_id=4711, exclusion_reason="x", folded="x"))


def test_a_yearly_run_that_was_stored_twice_is_kept_and_marked(empty_database_url: str, tmp_path: Path) -> None:
    with application(tmp_path / "instance", empty_database_url):
        schema.upgrade("0006")
        runs = sa.Table("evaluation_runs", sa.MetaData(), autoload_with=db.engine)
        run = {column.name: _some(column) for column in runs.columns if not column.nullable} | {"origin": "yearly"}
        with db.engine.begin() as connection:  # an older program wrote these rows
            for number, as_of in ((1, date(2025, 11, 30)), (2, date(2025, 11, 30)), (3, date(2026, 11, 30))):
                connection.execute(runs.insert(), run | {"id": number, "as_of": as_of})
            connection.execute(runs.insert(), run | {"id": 4, "origin": "person"})
        schema.upgrade()
        marked = sa.text("SELECT id FROM evaluation_runs WHERE repeated ORDER BY id")
        assert db.session.scalars(marked).all() == [2]
        db.session.rollback()
        with pytest.raises(IntegrityError), writing() as session:
            session.execute(sa.text("UPDATE evaluation_runs SET repeated = false"))
        schema.downgrade("0006")
        assert db.session.scalar(sa.text("SELECT count(*) FROM evaluation_runs")) == 4
        db.session.rollback()


def test_numbers_are_counted_on_from_what_an_older_program_gave(empty_database_url: str, tmp_path: Path) -> None:
    with application(tmp_path / "instance", empty_database_url):
        schema.upgrade("0017")
        office = Office()
        office.nonconformity(office.agency("VP"), f"NC-{TODAY.year}-099")
        db.session.rollback()
        schema.upgrade()
        for number in (100, 101):
            with writing():
                assert NUMBERING.next_code(TODAY.year) == f"NC-{TODAY.year}-{number}"
        schema.downgrade("0017")
        assert "last_numbers" not in sa.inspect(db.engine).get_table_names()
        schema.upgrade()
        with writing():
            assert NUMBERING.next_code(TODAY.year) == f"NC-{TODAY.year}-100"


def test_work_that_an_older_program_queued_is_said_to_have_failed(empty_database_url: str, tmp_path: Path) -> None:
    with application(tmp_path / "instance", empty_database_url):
        schema.upgrade("0020")
        office = Office()
        person = office.person("lan", unit=office.agency("VP"))
        number = person.id
        db.session.rollback()
        works = sa.Table("works", sa.MetaData(), autoload_with=db.engine)
        row = {column.name: _some(column) for column in works.columns if not column.nullable and column.name != "id"}
        row |= {"person_id": number, "language": "vi"}
        held = {"state": "running", "owner": "one", "until": datetime(2025, 12, 1, tzinfo=UTC)}
        over = {
            "state": "done",
            "finished_at": datetime(2025, 12, 1, tzinfo=UTC),
            "kept_until": datetime(2025, 12, 8, tzinfo=UTC),
        }
        with db.engine.begin() as connection:
            for place, state in enumerate(({"state": "queued"}, held, over)):
                connection.execute(works.insert(), row | state | {"fingerprint": str(place)})
        schema.upgrade()
        states = select(Work.state, Work.owner, Work.sentence.is_not(None), Work.seal).order_by(Work.id)
        failed, done = (WorkState.FAILED, None, True, None), (WorkState.DONE, None, False, None)
        assert [tuple(one) for one in db.session.execute(states)] == [failed, failed, done]
        db.session.rollback()
        schema.downgrade("0020")
        assert db.session.scalar(sa.text("SELECT count(*) FROM works WHERE state = 'failed'")) == 2
        db.session.rollback()


def _some(column: sa.Column[Any]) -> object:
    """Any value of the column's type."""
    kind = column.type.python_type
    return {int: 0, bool: False, date: date(2025, 11, 30), datetime: datetime(2025, 12, 1, tzinfo=UTC)}.get(kind, "x")
