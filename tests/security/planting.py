"""A text planted wherever the database holds one: what people could have typed, in every column of every model at once.

It knows no model by name: whatever a model calls text is planted, JSON to its leaves. ``WORDS`` names the columns whose
words the program itself writes and reads.
"""

import enum
import json
import re
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from typing import Any

from sqlalchemy import Boolean, Column, Date, DateTime, Integer, LargeBinary, String, Table, func, select, text, update
from sqlalchemy.exc import IntegrityError
from sqlalchemy.types import JSON, Enum, TypeDecorator

from audits.models import Answer, AuditState, EvidenceKind
from nonconformities.models import EventKind, Grade, NonconformityState
from qms.accounts.models import Person
from qms.drafts.models import Draft
from qms.evaluation import service as evaluation
from qms.evaluation.models import RunOrigin
from qms.journal.heads import make_daily_head
from qms.kernel.db import Base, UtcDateTime, db, writing
from qms.kernel.moment import system_moment
from qms.people.invitations.models import InvitationState
from qms.scheduling.models import Work, WorkState
from qms.trail.models import TrailHead
from qms.trail.service import record
from qms.units.models import Unit
from tests.office import TODAY, Office, past_the_trail

WORDS = re.compile(
    r"""
    .*\.(\w*_)?(hash|token|seal|sha256|salt|key_id|public_key|credential_id|user_handle|totp_secret|password_hash|message_id)
  | .*\.(language|edition|media_type|format|letterhead|criteria_set|criterion|template|template_code|purpose|stage|issuer)
  | .*\.(kind|step|deed|clause|clauses|not_applicable_clauses|record_kind)
  | (notices|reminders|leases|job_runs)\..*name | (notices|reminders|prepared_forms|trail|evidence_items)\.(\w+_)?code
  | (leases|job_runs|throttles|alembic_version|trail_heads|trail_seals|trail_chains)\..*
  | kept_mappings\.register | works\.(fingerprint|owner|file|file_name|path)
  | trail_personal\.field | trail\.request_id | transports | one_time_links\..* | sessions\.limited_to
    """,
    re.VERBOSE,
)
"""``table.column`` of what is no text of people: hashes, codes of the program, references that are looked up."""

CHOSEN = {"one_time_links.purpose": "reset", "reminders.stage": "soon", "people.language": "vi", "issued_papers.language": "vi"}
"""Words that a constraint asks for."""

STATEMENTS_OF_A_FEW_WORDS = re.compile(r"[^\W\d_]{2}")


def fill(office: Office, unit: Unit) -> None:
    """Records of every kind and in every state in a unit, as full as they get."""
    person = office.person(unit=unit, title="Chuyên viên", email="ai@qms.example")
    procedure = office.procedure(unit, services="1.004", issue="02", clauses="7.5")
    office.application(procedure, unit)
    office.service(unit, field="Hộ tịch", decision="12/QĐ")
    office.review(unit, minutes="05/BB")
    office.announcement(unit, scope="Toàn bộ")
    for state in AuditState:
        reported = TODAY if state is AuditState.REPORTED else None
        cancelled = {"cancel_reason": "Bão", "cancelled_on": TODAY} if state is AuditState.CANCELLED else {}
        audit = office.audit(unit, reported_on=reported, state=state, lead_auditor_id=person.id, conclusion="Tốt", **cancelled)
        for answer in Answer:
            office.question(audit, answer=answer, requirement="Điều 5", statement="Thiếu")
        office.evidence_item(audit)
        office.evidence_item(audit, kind=EvidenceKind.RECORD)
    for state in NonconformityState:
        nc = office.nonconformity(
            unit,
            state=state,
            grade=Grade.MAJOR,
            requirement="Khoản 2",
            evidence="5/20",
            raised_by_id=person.id,
            verdict_note="Đủ",
        )
        office.response(nc, TODAY)
        office.event(nc, EventKind.CLOSED, TODAY)
        office.action(nc, owner_id=person.id, completed_on=TODAY, result="Xong")
        office.action(nc, owner_text="Tổ một cửa")
        office.action(nc, cancelled_on=TODAY, cancel_reason="Trùng")
        with writing():
            changes = {"statement": [None, "Thiếu sổ"]}
            record(office.moment(person), "nonconformity", nc.code, "raise", unit_id=unit.id, changes=changes, reason="Vì thế")
    for asked in InvitationState:
        office.invitation(unit, person, state=asked, invited_by_id=office.person(unit=unit).id)
    with writing():
        named = {"full_name": [None, person.full_name]}
        record(office.moment(person), "person", str(person.id), "create", unit_id=unit.id, personal=named)
    moment = system_moment(datetime.now(UTC))
    for scope in (unit, office.unit(parent=unit, in_scope_from=None, exclusion_reason="Không thực hiện thủ tục")):
        outcome = evaluation.evaluate(TODAY, moment, scope)
        with writing():
            evaluation.store(outcome, moment, RunOrigin.PERSON, scope)
    with past_the_trail() as session:
        session.add(_work_that_is_over(person, moment.instant))
        session.add(_draft(person, moment.instant))
    if _empty(TrailHead.__table__):
        make_daily_head(TODAY.isoformat(), moment)
    spare()


def _work_that_is_over(person: Person, instant: datetime) -> Work:
    """Long work that failed, as full as it gets; one that is done would offer a file that nobody wrote."""
    return Work(
        kind="evaluation",
        arguments={},
        fingerprint="0" * 64,
        person_id=person.id,
        language="vi",
        state=WorkState.FAILED,
        sentence="Hỏng",
        asked_at=instant,
        started_at=instant,
        finished_at=instant,
        kept_until=instant + timedelta(days=7),
    )


def _draft(person: Person, instant: datetime) -> Draft:
    """A file that somebody began to take over and whose bytes are gone."""
    return Draft(
        person_id=person.id,
        kind="take_over",
        name="sổ.xlsx",
        sha256="0" * 64,
        step="columns",
        content={},
        begun_at=instant,
        changed_at=instant,
    )


def spare() -> None:
    """One row for every model that still has none, made from its columns alone. Raises ``LookupError`` for one that resists."""
    waiting = {mapper.local_table: mapper.class_.__name__ for mapper in Base.registry.mappers if _empty(mapper.local_table)}
    tables = [table for table in Base.metadata.sorted_tables if table in waiting]
    for table in tables:
        row = {column.name: _some(column) for column in table.columns if _needed(column)}
        try:
            with past_the_trail() as session:
                session.connection().execute(table.insert(), row)
        except IntegrityError as error:
            raise LookupError(
                f"say in `fill` of tests/security/planting.py how to make a {waiting[table]}: {error.orig}"
            ) from error


def _empty(table: Any) -> bool:
    return not db.session.scalar(select(func.count()).select_from(table))


def _needed(column: Column[Any]) -> bool:
    numbered = isinstance(column.table, Table) and column is column.table.autoincrement_column
    return not numbered and (not column.nullable or isinstance(column.type, String) or bool(column.foreign_keys))


def _some(column: Column[Any]) -> Any:
    """A value the column can hold; of a reference the newest row, of the second reference to one table the row before."""
    for key in column.foreign_keys:
        twins = [other.name for other in column.table.columns if any(k.column is key.column for k in other.foreign_keys)]
        rows = db.session.scalars(select(key.column).order_by(key.column.desc()).limit(len(twins))).all()
        return rows[min(twins.index(column.name), len(rows) - 1)] if rows else None
    kind = column.type
    name = f"{column.table.name}.{column.name}"  # type: ignore[attr-defined]
    if name in CHOSEN:
        return CHOSEN[name]
    if isinstance(kind, Enum):
        return next(iter(kind.enum_class or ())) if kind.enum_class else kind.enums[0]
    if isinstance(kind, JSON):
        return {}
    if isinstance(kind, String):
        return f"chữ {column.name}"[: kind.length]
    made: dict[type, Callable[[], Any]] = {
        Boolean: lambda: False,
        Integer: lambda: 1,
        UtcDateTime: lambda: datetime.now(UTC),
        DateTime: lambda: datetime.now(UTC),
        Date: lambda: TODAY,
        LargeBinary: lambda: b"\0",
    }
    found = next((make for base, make in made.items() if isinstance(kind, base)), None)
    return {} if found is None else found()


def plant(planted: str) -> set[str]:
    """Writes the text into every text of every row; answers with the ``table.column`` that hold it now."""
    _drop_triggers()
    done = set()
    with past_the_trail() as session:
        connection = session.connection()
        for table in Base.metadata.sorted_tables:
            for column in table.columns:
                name = f"{table.name}.{column.name}"
                if column.foreign_keys or WORDS.fullmatch(name) or not _holds_text(column):
                    continue
                rows = connection.execute(select(*table.primary_key.columns, column)).all()
                for number, row in enumerate(rows):
                    if _plant(connection, table, column, row, planted, number):
                        done.add(name)
        session.expire_all()
    return done


def _holds_text(column: Column[Any]) -> bool:
    kind = column.type.impl if isinstance(column.type, TypeDecorator) else column.type
    return isinstance(kind, String | JSON) and not isinstance(kind, Enum) and not column.primary_key


def _plant(connection: Any, table: Table, column: Column[Any], row: Any, planted: str, number: int) -> bool:
    """Puts the text in; with a number where it must be unique; leaves the value alone where a constraint forbids any other."""
    *keys, value = row
    one = [key == wanted for key, wanted in zip(table.primary_key.columns, keys, strict=True)]
    if isinstance(value, enum.Enum) or not isinstance(value, str | dict | list | None):
        return False
    if value is None and isinstance(column.type, JSON | TypeDecorator):
        return False
    longest = getattr(column.type, "length", None)
    for variant in (planted, f"{planted}{number}"):
        new = _leaves(value, variant) if isinstance(value, dict | list) else _written(value, variant)[:longest]
        if new == value:
            return False
        try:
            with connection.begin_nested():
                connection.execute(update(table).where(*one).values({column.name: new}))
        except IntegrityError:
            continue
        return True
    return False


def _written(value: str | None, planted: str) -> str:
    """The text itself, or JSON that is kept as text with the text at its leaves."""
    if value is None or value[:1] not in {"[", "{"}:
        return planted
    return json.dumps(_leaves(json.loads(value), planted), ensure_ascii=False)


def _leaves(value: Any, planted: str) -> Any:
    """The same JSON with the text at its leaves; numbers and days in it stay, as forms were checked before they were kept."""
    if isinstance(value, dict):
        return {key: _leaves(each, planted) for key, each in value.items()}
    if isinstance(value, list):
        return [_leaves(each, planted) for each in value]
    return planted if isinstance(value, str) and STATEMENTS_OF_A_FEW_WORDS.search(value) else value


def _drop_triggers() -> None:
    """The trail refuses to be changed; this is a database of a test, and what stands in the trail is shown too."""
    with past_the_trail() as session:
        for name in session.scalars(text("SELECT name FROM sqlite_master WHERE type = 'trigger'")).all():
            session.execute(text(f'DROP TRIGGER "{name}"'))
