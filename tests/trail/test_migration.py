"""What was written before the trail was sealed is kept by the migration, then sealed, and comes down again."""

import json
from datetime import datetime
from pathlib import Path
from typing import Any

import sqlalchemy as sa

from qms.journal.chains import chain_of
from qms.kernel import schema
from qms.kernel.db import db
from qms.kernel.moment import system_moment
from qms.trail.reading import verify
from qms.trail.sealing import seal
from qms.trail.service import history
from tests.shared_app import application

OLD = [
    # username, kind, code, deed, changes, reason, address
    ("system", "person", "can-bo", "create", {"full_name": [None, "Cán bộ Mẫu"], "unit": [None, "A"]}, None, None),
    ("can-bo", "procedure", "A/QT-1", "revise", {"title": ["Cũ", "Mới  với dấu cách"]}, "Vì luật đổi", "10.0.0.7"),
    ("can-bo", "audit", "ĐG-1", "plan", {"lead_auditor": [None, "can-bo"], "state": [None, "planned"]}, None, "10.0.0.8"),
    ("nguoi-cu", "action", "NC-1/1", "corrected", {"owner": ["nguoi-cu", "can-bo"]}, None, None),
]


def write_old(number: int, row: tuple[Any, ...], unit_id: int) -> None:
    """A row as the first version wrote it."""
    username, kind, code, deed, changes, reason, address = row
    table = sa.table("trail", *(sa.column(name) for name in ("username", "kind", "code", "unit_id", "deed", "reason", "address")))
    columns = [sa.column("id", sa.Integer), sa.column("at", sa.DateTime(timezone=True)), sa.column("changes", sa.JSON)]
    for column in columns:
        table.append_column(column)
    values = {
        "id": number,
        "at": datetime.fromisoformat(f"2026-11-2{number}T02:00:00.123456+00:00"),
        "username": username,
        "kind": kind,
        "code": code,
        "unit_id": unit_id,
        "deed": deed,
        "changes": changes,
        "reason": reason,
        "address": address,
    }
    with db.engine.begin() as connection:
        connection.execute(table.insert(), [values])


def read_old() -> list[tuple[Any, ...]]:
    """The rows as the first version would read them."""
    query = "SELECT username, kind, code, deed, changes, reason, address FROM trail ORDER BY id"
    with db.engine.connect() as connection:
        rows = [tuple(row) for row in connection.execute(sa.text(query))]
    return [(*row[:4], row[4] if isinstance(row[4], dict) else json.loads(row[4]), *row[5:]) for row in rows]


def test_old_rows_are_kept_sealed_and_come_down_again(empty_database_url: str, tmp_path: Path) -> None:
    with application(tmp_path / "instance", empty_database_url):
        schema.upgrade("0001")
        with db.engine.begin() as connection:
            connection.execute(
                sa.text(
                    "INSERT INTO units (id, code, name, kind, agency, bloc, basis, serves_public, in_scope_from, folded) "
                    "VALUES (7, 'PMA', 'Phường', 'commune', :yes, 'state', 'mandatory', :no, '2025-07-01', 'pma')"
                ),
                {"yes": True, "no": False},
            )
            connection.execute(sa.text("INSERT INTO unit_ancestry (unit_id, ancestor_id) VALUES (7, 7)"))
            connection.execute(
                sa.text(
                    "INSERT INTO people (id, username, full_name, unit_id, language, disabled, folded, session_stamp) "
                    "VALUES (3, 'can-bo', 'Cán bộ Mẫu', 7, 'vi', :no, 'can-bo', 'x')"
                ),
                {"no": False},
            )
        for number, row in enumerate(OLD, 1):
            write_old(number, row, 7)
        assert read_old() == OLD

        schema.upgrade()
        entry = history("procedure", "A/QT-1")[0]
        assert (entry.username, entry.person_id, entry.address, entry.reason) == ("can-bo", 3, "10.0.0.7", "Vì luật đổi")
        assert entry.changes == {"title": ["Cũ", "Mới  với dấu cách"]}
        made = history("person", "3")[0]
        assert (made.username, made.person_id) == ("system", None)
        assert made.changes == {"unit": [None, "A"]}
        assert made.personal_value("full_name") == '[null,"Cán bộ Mẫu"]'
        assert history("audit", "ĐG-1")[0].personal_value("lead_auditor") == '[null,"can-bo"]'
        assert history("action", "NC-1/1")[0].person_id is None, "nobody has that user name any more"
        with db.engine.connect() as connection:
            bare = "\n".join(str(tuple(row)) for row in connection.execute(sa.text("SELECT * FROM trail")))
        for word in ("can-bo", "nguoi-cu", "Cán bộ Mẫu", "10.0.0.7"):
            assert word not in bare, "it stands beside the chain now"
        assert verify().unsealed == 4
        assert seal(system_moment(), chain_of) == 4
        report = verify()
        assert (report.found, report.sealed, report.unsealed, report.chains) == (0, 4, 0, {"PMA": 4})

        db.session.rollback()
        schema.downgrade("0002")
        assert read_old() == OLD
        schema.upgrade()
        assert seal(system_moment(), chain_of) == 4
        assert not verify().found
