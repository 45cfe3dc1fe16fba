"""What pages and saves cost on the volume of a large office, each against its floor, in one run.

The floor of a page is what nobody can do without: the same facts by statements written by hand, and the same template
rendered a second time with everything at hand; that of a save is the same rows written by hand in one transaction. The door is
what any request of somebody signed in costs before it shows anything: an address that does not exist, without its rendering. The
first ratio is to the floor alone, the second to door and floor, and it is the second that is held (what-a-page-may-cost.md).
Beside them stand the statements of the request and its size. CPU time of this process and of the processes that PostgreSQL keeps
for it, best of several; on a busy machine believe the ratios.

    python benchmarks/pages.py [small]
"""

import sys
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import date
from functools import partial
from pathlib import Path
from typing import Any
from uuid import uuid4

from flask import Flask, template_rendered
from flask.testing import FlaskClient
from large.office import LARGE, SMALL, Volume, databases, get_server, grow, signed_in
from sqlalchemy import event, select, text

from audits.models import Answer, Question
from nonconformities.models import (
    Nonconformity,
    NonconformityState,
)
from qms.app import create_app
from qms.config import load_settings
from qms.kernel import schema
from qms.kernel.db import db

TIMES = 1 if "small" in sys.argv else 5
MOST_RATIO, MOST_STATEMENTS = 2.0, 12
NOTHING = "/nothing-of-the-kind"


@dataclass(frozen=True)
class Case:
    """A request and its floor by hand: statements that fetch the same facts, each with its values."""

    name: str
    who: str
    path: str
    by_hand: tuple[tuple[str, dict[str, Any]], ...]
    form: Callable[[], dict[str, str]] | None = None
    """What a save sends, made anew for every time; None for a page."""


@dataclass
class Cost:
    """What one request cost: seconds of CPU, of which rendering again, statements, bytes."""

    seconds: float = 0.0
    again: float = 0.0
    statements: list[str] = field(default_factory=list)
    size: int = 0


# --- the requests

WHO = (
    "SELECT s.*, p.*, u.name FROM sessions s JOIN people p ON p.id = s.person_id JOIN units u ON u.id = p.unit_id WHERE s.id = :s"
)
GRANTS = "SELECT g.role, g.unit_id FROM grants g WHERE g.person_id = :p"
UNREAD = "SELECT count(*) FROM notices WHERE person_id = :p AND read_at IS NULL"
OPEN = (
    "SELECT count(*) FROM nonconformities WHERE state <> 'closed' AND unit_id IN"
    " (SELECT unit_id FROM unit_ancestry WHERE ancestor_id IN (SELECT unit_id FROM grants WHERE person_id = :p))"
)
SIGNED_IN = (WHO, GRANTS, UNREAD, OPEN)
"""What every page asks: who, with which grants, how much is new, and one figure beside the menu."""
MINE = "n.unit_id IN (SELECT unit_id FROM unit_ancestry WHERE ancestor_id IN (SELECT unit_id FROM grants WHERE person_id = :p))"
LIST = (
    "SELECT n.*, u.name, (SELECT min(a.due_on) FROM actions a WHERE a.nonconformity_id = n.id AND a.state = 'open') FROM"
    " nonconformities n JOIN units u ON u.id = n.unit_id WHERE n.unit_id = :u"
    " ORDER BY CASE n.state WHEN 'closed' THEN 1 ELSE 0 END, n.due_on, n.id LIMIT 50"
)
PROCEDURES = "SELECT p.*, u.name FROM procedures p JOIN units u ON u.id = p.unit_id ORDER BY u.code, p.code LIMIT 50"
PEOPLE = (
    "SELECT p.*, u.name, g.role FROM people p JOIN units u ON u.id = p.unit_id JOIN grants g ON g.person_id = p.id"
    " ORDER BY p.full_name LIMIT 50"
)
UNITS = "SELECT id, code, name, kind FROM units ORDER BY code"
ENTRY = (
    "INSERT INTO trail (at, person_id, kind, code, unit_id, deed, changes, reason, request_id, personal)"
    " SELECT at, person_id, kind, code, unit_id, deed, changes, reason, request_id, personal FROM trail WHERE id = 1"
)
BESIDE = "INSERT INTO trail_personal (entry_id, field, salt, value) SELECT max(id), :f, '0123456789abcdef', 'officer' FROM trail"
TOLD = ((ENTRY, {}), (BESIDE, {"f": "username"}), (BESIDE, {"f": "address"}))
"""An entry of the trail, and beside it who it was and from where."""
WAITS = (
    f"SELECT n.*, u.name FROM nonconformities n JOIN units u ON u.id = n.unit_id WHERE n.state <> 'closed' AND {MINE}"
    " ORDER BY n.due_on LIMIT 200"
)


def _hand(person: int, *statements: tuple[str, dict[str, Any]]) -> tuple[tuple[str, dict[str, Any]], ...]:
    """Statements by hand, after those of every page."""
    return (*((one, {"s": person, "p": person}) for one in SIGNED_IN), *statements)


def cases(volume: Volume) -> list[Case]:
    """The requests of the table."""
    unit = {"u": 2}
    last = volume.entries // 50
    one = db.session.scalars(select(Nonconformity).where(Nonconformity.state == NonconformityState.ACTING).limit(1)).one()
    record = {"n": one.id, "c": one.code}
    of_record = (
        ("SELECT n.*, u.name FROM nonconformities n JOIN units u ON u.id = n.unit_id WHERE n.id = :n", record),
        ("SELECT a.*, p.full_name FROM actions a LEFT JOIN people p ON p.id = a.owner_id WHERE a.nonconformity_id = :n", record),
        ("SELECT * FROM nonconformity_responses WHERE nonconformity_id = :n", record),
        ("SELECT * FROM nonconformity_events WHERE nonconformity_id = :n", record),
        ("SELECT * FROM trail WHERE kind = 'nonconformity' AND code = :c ORDER BY id DESC", record),
    )
    listed = ((LIST, unit), ("SELECT count(*) FROM nonconformities WHERE unit_id = :u", unit))
    journal = (
        "SELECT t.*, p.value FROM trail t LEFT JOIN trail_personal p ON p.entry_id = t.id AND p.field = 'username'"
        " WHERE t.unit_id = :u ORDER BY t.id DESC LIMIT 50"
    )
    of_audits = (
        "SELECT a.*, u.name, p.full_name, (SELECT count(*) FROM audit_questions q WHERE q.audit_id = a.id AND q.answer <> 'open')"
        " FROM audits a JOIN units u ON u.id = a.unit_id LEFT JOIN people p ON p.id = a.lead_auditor_id"
        " WHERE a.unit_id = :u ORDER BY a.planned_on DESC LIMIT 50"
    )
    planned = db.session.scalars(
        select(Nonconformity.id).where(Nonconformity.state == NonconformityState.PLANNING, Nonconformity.unit_id == 2).limit(1)
    ).one()
    answered = (
        ("SELECT * FROM audits WHERE id = 1", {}),
        ("SELECT * FROM audit_questions WHERE audit_id = 1", {}),
        ("SELECT * FROM audit_evidence WHERE audit_id = 1", {}),
    )
    return [
        Case("list of nonconformities of a unit, officer", "officer", "/nonconformities?unit=P002&state=all", _hand(1, *listed)),
        Case("list of nonconformities of a unit, head", "head", "/nonconformities?unit=P002&state=all", _hand(2, *listed)),
        Case("my work, officer", "officer", "/", _hand(1, (WAITS, {"p": 1}))),
        Case("my work, head", "head", "/", _hand(2, (WAITS, {"p": 2}))),
        Case("one nonconformity", "officer", f"/nonconformities/{one.id}", _hand(1, *of_record)),
        Case(
            "form of a new nonconformity", "officer", "/nonconformities/new", _hand(1, ("SELECT id, code, name FROM units", {}))
        ),
        Case("journal filtered by unit", "officer", "/journal?unit=P002", _hand(1, (journal, unit))),
        Case("journal, last page", "officer", f"/journal?page={last}", _hand(1, (journal.replace("DESC", "ASC"), unit))),
        Case("list of audits of a unit", "officer", "/audits?unit=P002&state=all", _hand(1, (of_audits, unit))),
        Case("an audit under way", "auditor", "/audits/1", _hand(4, *answered)),
        Case("list of procedures", "officer", "/procedures", _hand(1, (PROCEDURES, {}))),
        Case("people", "officer", "/people", _hand(1, (PEOPLE, {}))),
        Case("units", "officer", "/units", _hand(1, (UNITS, {}))),
        Case(
            "save one answer",
            "auditor",
            "/audits/1/questions/7",
            _hand(
                4, *answered, ("UPDATE audit_questions SET version = version + 1 WHERE audit_id = 1 AND number = 9", {}), *TOLD
            ),
            _answer,
        ),
        Case(
            "save cause and correction",
            "head",
            f"/nonconformities/{planned}/analysis",
            _hand(
                2,
                ("SELECT n.*, u.name FROM nonconformities n JOIN units u ON u.id = n.unit_id WHERE n.id = :n", {"n": planned}),
                ("SELECT * FROM actions WHERE nonconformity_id = :n", {"n": planned}),
                ("SELECT * FROM nonconformity_responses WHERE nonconformity_id = :n", {"n": planned}),
                ("UPDATE nonconformities SET root_cause = root_cause WHERE id = :n", {"n": planned}),
                *TOLD,
            ),
            lambda: _analysis(planned),
        ),
    ]


def _answer() -> dict[str, str]:
    version, answer = db.session.execute(
        select(Question.version, Question.answer).where(Question.audit_id == 1, Question.number == 7)
    ).one()
    other = Answer.NOT_APPLICABLE if answer is Answer.CONFORMS else Answer.CONFORMS
    return {"client_id": str(uuid4()), "version": str(version), "answer": other.value, "reason": "Đơn vị không có việc này."}


def _analysis(number: int) -> dict[str, str]:
    version = db.session.scalars(select(Nonconformity.version).where(Nonconformity.id == number)).one()
    cause = f"Chưa phân công người kiểm tra hồ sơ trước khi trả kết quả, lần {version}."
    return {"version": str(version), "correction": "Đã bổ sung phiếu.", "root_cause": cause}


class Watch:
    """Counts the statements of a request, renders its template a second time for the floor, and reads the clocks.

    Of a PostgreSQL server those processes are read that serve the database; SQLite works in this process.
    """

    def __init__(self, app: Flask) -> None:
        self.cost = Cost()
        self.quiet = False
        self._others: list[Path] = []
        event.listen(db.engine, "before_cursor_execute", self._statement)
        template_rendered.connect(self._rendered, app)

    def find_others(self) -> None:
        """Looks up the processes of the server, whose number may have grown."""
        if db.engine.dialect.name == "postgresql":
            serving = "SELECT pid FROM pg_stat_activity WHERE datname = current_database() AND backend_type = 'client backend'"
            pids = db.session.scalars(text(serving))
            self._others = [Path(f"/proc/{pid}/schedstat") for pid in pids]
            db.session.remove()

    def seconds(self, work: Callable[[], object]) -> float:
        """CPU time of a piece of work."""
        begun = time.process_time(), self._of_others()
        work()
        return time.process_time() - begun[0] + self._of_others() - begun[1]

    def _of_others(self) -> float:
        return sum(int(path.read_text(encoding="ascii").split()[0]) for path in self._others) / 1e9

    def _statement(self, _connection: Any, _cursor: Any, statement: str, *_rest: Any) -> None:
        if not self.quiet and statement != "BEGIN":
            self.cost.statements.append(statement)

    def _rendered(self, _app: Flask, template: Any, context: dict[str, Any], **_rest: Any) -> None:
        if self.quiet:
            return
        self.quiet = True
        self.cost.again += min(self.seconds(lambda: template.render(context)) for _ in range(2))
        self.quiet = False


def ask(app: Flask, client: FlaskClient, case: Case, watch: Watch) -> tuple[Cost, float]:
    """The cost of a request, and of its floor; the best of several."""
    best: tuple[Cost, float] | None = None
    for _ in range(TIMES + 1):  # the first one warms the caches
        watch.cost, watch.quiet = Cost(), True
        with app.app_context():
            watch.find_others()
            form = None if case.form is None else case.form()
        watch.quiet = False
        with app.app_context():
            whole = watch.seconds(partial(_send, client, case, form, watch.cost))
        cost = watch.cost
        cost.seconds = whole - 2 * cost.again  # the two renderings of the watch are no part of the request
        watch.quiet = True
        hand = min(_by_hand(app, case, watch) for _ in range(2))
        watch.quiet = False
        if best is None or cost.seconds < best[0].seconds:
            best = cost, cost.again + hand
    assert best is not None
    return best


def _door(app: Flask, client: FlaskClient, who: str, watch: Watch) -> float:
    """What it costs somebody signed in to be told that there is nothing, without the rendering."""
    cost, _floor = ask(app, client, Case("nothing", who, NOTHING, ()), watch)
    return cost.seconds - cost.again


def _send(client: FlaskClient, case: Case, form: dict[str, str] | None, cost: Cost) -> None:
    response = client.get(case.path) if form is None else client.post(case.path, data=form)
    if response.status_code not in (200, 302, 303) and case.path != NOTHING:
        raise SystemExit(f"{case.path} for {case.who}: {response.status_code}")
    cost.size = len(response.data)


def _by_hand(app: Flask, case: Case, watch: Watch) -> float:
    with app.app_context(), db.engine.connect() as connection:

        def work() -> None:
            for one, values in case.by_hand:
                found = connection.execute(text(one), values)
                if found.returns_rows:
                    found.all()
            connection.commit()

        return watch.seconds(work)


def _prepare_server() -> None:
    """Statistics as they stand after a night; and no helpers of a statement, whose CPU time ends with them unseen."""
    with db.engine.connect().execution_options(isolation_level="AUTOCOMMIT") as connection:
        connection.execute(text("ANALYZE"))
        name = connection.execute(text("SELECT current_database()")).scalar_one()
        connection.execute(text(f'ALTER DATABASE "{name}" SET max_parallel_workers_per_gather = 0'))
    db.session.remove()
    db.engine.dispose()


def measure(name: str, volume: Volume) -> list[str]:
    """Prints the table for one kind of database; answers what is over the limits."""
    over = []
    with databases(name) as (folder, url):
        settings = load_settings({"QMS_INSTANCE": str(folder), "QMS_DATABASE_URL": url, "QMS_SECRET_KEY": "benchmark"})
        app = create_app(settings)
        app.config |= {"RATELIMIT_ENABLED": False, "WTF_CSRF_ENABLED": False}
        with app.test_request_context():
            schema.upgrade()
            begun = time.monotonic()
            grow(volume, date.today())  # noqa: DTZ011 - the volume lies before the day of whoever measures
            if name == "PostgreSQL":
                _prepare_server()
            wanted = cases(volume)
            watch = Watch(app)
            db.session.remove()
        print(f"{name}: seeded in {time.monotonic() - begun:.0f} s")
        clients = {who: signed_in(app, who) for who in ("officer", "head", "auditor")}
        doors = {who: _door(app, client, who, watch) for who, client in clients.items()}
        print(f"  {'':44} {'ms':>7} {'floor':>7} {'ratio':>6} {'door':>6} {'ratio':>6} {'render':>7} {'SQL':>4} {'KB':>6}")
        for case in wanted:
            cost, floor = ask(app, clients[case.who], case, watch)
            door = doors[case.who]
            ratio = cost.seconds / (floor + door)
            print(
                f"  {case.name:44} {cost.seconds * 1000:7.1f} {floor * 1000:7.1f} {cost.seconds / floor:6.1f} {door * 1000:6.1f}"
                f" {ratio:6.1f} {cost.again * 1000:7.1f} {len(cost.statements):4} {cost.size / 1024:6.0f}"
            )
            if round(ratio, 1) > MOST_RATIO:  # as it is printed
                over.append(f"{name}: {case.name} costs {ratio:.1f} times its door and floor")
            if len(cost.statements) > MOST_STATEMENTS:
                over.append(f"{name}: {case.name} asks {len(cost.statements)} statements")
        with app.app_context():
            db.engine.dispose()
    return over


def main(size: str = "large") -> int:
    """Measures both databases; answers 1 when a page is over the limits on the large volume."""
    volume = SMALL if size == "small" else LARGE
    names = ["SQLite"] if get_server is None or size == "small" else ["SQLite", "PostgreSQL"]
    over = [line for name in names for line in measure(name, volume)]
    for line in over:
        print("OVER:", line)
    return 1 if over and size != "small" else 0


if __name__ == "__main__":
    sys.exit(main(*sys.argv[1:]))
