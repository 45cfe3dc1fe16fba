"""Nothing changes past the trail: not by a bulk statement, and not by SQL that is written by hand."""

import ast
import re
from collections.abc import Iterator
from pathlib import Path

import pytest
from flask import Flask
from sqlalchemy import delete, insert, update

from procedures.models import Procedure
from qms.kernel.bulk import OPTIONS
from qms.kernel.db import Unrecorded, db, writing
from qms.trail.service import record
from qms.units.models import Unit
from tests.office import Office
from tests.program import PACKAGES, ROOT
from tests.sources import parse

PAST_THE_GUARD = {
    "qms/kernel/db.py": "BEGIN of SQLite",
    "qms/kernel/schema.py": "migrations, and the question which revision there is",
    "qms/kernel/schema_check.py": "reads the schema, and makes a fresh one beside it that goes again",
    "qms/files/service.py": "a lock on the bytes of a file",
    "qms/files/erasing.py": "the same lock, and the question whether a file is still needed",
    "qms/migrations/env.py": "asks SQLite whether foreign keys hold after a migration",
    "qms/evaluation/service.py": "asks for the connection on whose temporary tables is computed",
    "qms/kernel/staging.py": "temporary tables of a take-over, which are no records",
    "qms/scheduling/worker.py": "asks beside its own transaction whether the work is still wanted",
    "qms/trail/writes.py": "asks which connection it is, as each numbers what it tells",
    "qms/units/standing.py": "the temporary table of an evaluation",
}
"""Where statements go to the connection itself, which the guard does not see, and why no record is changed by them."""

CHANGING = re.compile(r"\s*(WITH\b.*\b)?(INSERT|UPDATE|DELETE|REPLACE|MERGE|TRUNCATE|COPY)\b", re.IGNORECASE | re.DOTALL)


def calls(path: Path) -> Iterator[tuple[int, str, ast.Call]]:
    """Every call of a method or function in a file: line, name, call."""
    for node in ast.walk(parse(path.read_text(encoding="utf-8"))):
        if isinstance(node, ast.Call):
            name = node.func.attr if isinstance(node.func, ast.Attribute) else getattr(node.func, "id", "")
            yield node.lineno, name, node


def programs() -> Iterator[tuple[str, Path]]:
    """The product's files but the revisions of the schema, which run before there is anybody to act."""
    for package in PACKAGES:
        for path in sorted((ROOT / package).rglob("*.py")):
            name = path.relative_to(ROOT).as_posix()
            if not name.startswith("qms/migrations/versions/"):
                yield name, path


def goes_past(call: ast.Call, name: str) -> bool:
    """Whether a call speaks to the connection instead of the session."""
    if name == "exec_driver_sql":
        return True
    if name == "connection" and isinstance(call.func, ast.Attribute) and "session" in ast.unparse(call.func.value):
        return not any(word.arg == "execution_options" for word in call.keywords)
    return name in {"connect", "begin"} and "engine" in ast.unparse(call.func)


def test_no_product_code_speaks_to_the_connection_but_in_named_places() -> None:
    found = {
        f"{name}:{line}"
        for name, path in programs()
        for line, called, call in calls(path)
        if goes_past(call, called) and name not in PAST_THE_GUARD
    }
    assert not found, f"the guard of the trail does not see this; use the session: {sorted(found)}"


def test_no_product_code_changes_records_by_written_sql() -> None:
    culprits = [
        f"{name}:{line}"
        for name, path in programs()
        for line, called, call in calls(path)
        if called == "text"
        and call.args
        and isinstance(call.args[0], ast.Constant | ast.JoinedStr)
        and CHANGING.match(ast.unparse(call.args[0]).lstrip("rf").strip("'\""))
    ]
    assert not culprits, f"the guard of the trail cannot read SQL; use insert(), update() or delete(): {culprits}"


def test_the_named_places_are_still_there() -> None:
    for name in PAST_THE_GUARD:
        assert any(goes_past(call, called) for _line, called, call in calls(ROOT / name)), f"{name} needs no exception any more"


def test_the_rule_knows_a_culprit_when_it_sees_one() -> None:
    for code in ("db.session.connection().execute(x)", "c.exec_driver_sql('x')", "db.engine.begin()"):
        (call,) = [node for node in ast.walk(parse(code)) if isinstance(node, ast.Call) and goes_past(node, name_of(node))]
        assert call
    for statement in ("UPDATE people SET x", "  delete from trail", "WITH a AS (SELECT 1) INSERT INTO b"):
        assert CHANGING.match(statement)
    assert not CHANGING.match("SELECT updated FROM inserts")


def name_of(call: ast.Call) -> str:
    """The last word of what is called."""
    return call.func.attr if isinstance(call.func, ast.Attribute) else ""


def test_a_change_without_an_entry_is_not_kept(any_app: Flask, office: Office) -> None:
    unit = office.unit("A")
    with pytest.raises(Unrecorded, match="Unit"), writing() as session:
        session.get_one(Unit, unit.id).name = "Anders"
    assert office.again(unit).name == "Đơn vị A"


@pytest.mark.parametrize(
    "statement",
    [
        update(Unit).values(name="x"),
        delete(Procedure),
        insert(Unit.__table__).values(code="X"),  # type: ignore[arg-type]
        update(Unit.__table__).values(name="x"),  # type: ignore[arg-type]
    ],
    ids=["update", "delete", "insert into the table", "update of the table"],
)
def test_a_bulk_statement_must_say_that_its_caller_writes_the_trail(any_app: Flask, office: Office, statement: object) -> None:
    unit = office.unit("A")
    with pytest.raises(Unrecorded, match="bulk change"), writing() as session:
        session.execute(statement)  # type: ignore[call-overload]
    with pytest.raises(Unrecorded, match="without an entry"), writing() as session:  # saying so is not doing so
        session.execute(update(Unit).values(name="x"), execution_options=OPTIONS)
    assert office.again(unit).name == "Đơn vị A"


def test_a_bulk_statement_with_its_entry_is_kept(any_app: Flask, office: Office) -> None:
    unit = office.unit("A")
    with writing() as session:
        session.execute(update(Unit).values(name="Anders"), execution_options=OPTIONS)
        record(office.moment(), "unit", "A", "rename", changes={"name": ["Đơn vị A", "Anders"]})
    assert office.again(unit).name == "Anders"
    db.session.rollback()
