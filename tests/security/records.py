"""How to make the record that an address names. Whoever adds a door with an id in its address adds a line to ``RECORDS``."""

import hashlib
from base64 import urlsafe_b64encode
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from io import BytesIO

import openpyxl
from flask import current_app
from sqlalchemy import select
from werkzeug.routing import Rule

from audits.models import AuditState, EvidenceKind, PaperKind
from audits.papers import keeping as papers
from nonconformities.models import NonconformityState, Photo
from nonconformities.paper import keeping as papers_of_nonconformities
from qms.accounts import sessions
from qms.accounts.models import Deputy, Passkey, Person
from qms.accounts.permissions import Role
from qms.behalf.models import PreparedForm
from qms.drafts import service as drafts
from qms.evaluation import service as evaluation
from qms.evaluation.models import RunOrigin, RunUnit
from qms.files.service import Picture, keep, store_bytes
from qms.imports.taking.models import KeptMapping
from qms.kernel.db import db, writing
from qms.kernel.moment import system_moment
from qms.notices.models import Letter, LetterState, Notice
from qms.pages.models import SavedFilter
from qms.people.handover.models import Handover
from qms.scheduling.models import Work, WorkState
from qms.scheduling.results import fresh_file
from qms.trail.service import record
from qms.units.models import Unit
from qms.units.queries import agencies_of
from qms.workdays.models import SpecialDay
from tests.office import past_the_trail
from tests.security.world import Values, World, session_of


def _audit(world: World, unit: Unit, _person: Person) -> Values:
    return {"audit_id": world.office.audit(unit, state=AuditState.UNDER_WAY).id}


def _question(world: World, unit: Unit, person: Person) -> Values:
    audit = world.office.audit(unit, state=AuditState.UNDER_WAY)
    return {"audit_id": audit.id, "number": world.office.question(audit).number}


def _chapter(world: World, unit: Unit, person: Person) -> Values:
    """The chapter of the standard that the question of the builder lies in."""
    audit = world.office.audit(unit, state=AuditState.UNDER_WAY)
    return {"audit_id": audit.id, "chapter": world.office.question(audit).clause.partition(".")[0]}


def _audit_paper(world: World, unit: Unit, _person: Person) -> Values:
    audit, moment = world.office.audit(unit, state=AuditState.UNDER_WAY), world.office.moment()
    with writing():
        content = papers.render(audit, PaperKind.PLAN, moment, "", "")
        return {"audit_id": audit.id, "paper_id": papers.keep(audit, PaperKind.PLAN, content, moment).id}


def _file(world: World, unit: Unit, person: Person) -> int:
    content = f"ảnh {world.number()} của {unit.code}".encode()
    picture = Picture("ảnh.jpg", content, hashlib.sha256(content).hexdigest())
    store_bytes(picture, current_app.extensions["qms.settings"].files)
    with past_the_trail():
        return keep(picture, world.moment(person)).id


def _paper_of_nonconformity(world: World, unit: Unit, person: Person) -> Values:
    nc = world.office.nonconformity(unit, state=NonconformityState.CLOSED)
    content = papers_of_nonconformities.render(nc, world.today)
    with writing():
        return {"nonconformity_id": nc.id, "paper_id": papers_of_nonconformities.keep(nc, content, world.moment(person)).id}


def _photo_of_nonconformity(world: World, unit: Unit, person: Person) -> Values:
    nc, file_id = world.office.nonconformity(unit), _file(world, unit, person)
    with past_the_trail() as session:
        session.add(Photo(nonconformity_id=nc.id, number=1, file_id=file_id))
    return {"nonconformity_id": nc.id, "number": 1}


def _photo(world: World, unit: Unit, person: Person) -> Values:
    file_id = _file(world, unit, person)
    audit = world.office.audit(unit, state=AuditState.UNDER_WAY)
    item = world.office.evidence_item(audit, kind=EvidenceKind.PHOTO, file_id=file_id)
    return {"audit_id": audit.id, "number": item.number}


def _nonconformity(world: World, unit: Unit, _person: Person) -> Values:
    return {"nonconformity_id": world.office.nonconformity(unit).id}


def _action(world: World, unit: Unit, _person: Person) -> Values:
    nc = world.office.nonconformity(unit, state=NonconformityState.ACTING)
    return {"nonconformity_id": nc.id, "action_id": world.office.action(nc).id}


def _run(world: World, unit: Unit, _person: Person) -> Values:
    moment = system_moment(datetime.now(UTC))
    outcome = evaluation.evaluate(world.today, moment, unit)
    with writing():
        run = evaluation.store(outcome, moment, RunOrigin.PERSON, unit)
        db.session.flush()
        in_run = db.session.scalars(select(RunUnit).where(RunUnit.run_id == run.id, RunUnit.unit_id == unit.id)).one()
        return {"run_id": run.id, "unit_id": in_run.unit_id}


def _saved_filter(world: World, _unit: Unit, person: Person) -> Values:
    with past_the_trail() as session:
        saved = SavedFilter(person_id=person.id, list_name="units", title=f"Lọc {world.number()}", address="q=phuong")
        session.add(saved)
        session.flush()
        return {"saved_id": saved.id}


def _session(_world: World, _unit: Unit, person: Person) -> Values:
    token = session_of(person)
    found = sessions.find(token)
    assert found is not None
    return {"session_id": found.id}


def _base64(text: str) -> str:
    return urlsafe_b64encode(text.encode()).decode().rstrip("=")


def passkey(world: World, _unit: Unit, person: Person) -> Values:
    with past_the_trail() as session:
        passkey = Passkey(
            person_id=person.id,
            credential_id=_base64(f"key {world.number():12}"),
            public_key="-",
            title="Điện thoại",
            user_handle=_base64(f"handle {person.id:9}"),
            transports=[],
            made_at=datetime.now(UTC),
        )
        session.add(passkey)
    return {"number": passkey.id}


def _notice(_world: World, _unit: Unit, person: Person) -> Values:
    with past_the_trail() as session:
        notice = Notice(person_id=person.id, name="told", kind="nothing", code="1", made_at=datetime.now(UTC))
        session.add(notice)
    return {"notice_id": notice.id}


def _work(world: World, _unit: Unit, person: Person) -> Values:
    """Long work of the person that is over, with the file it made."""
    instant, file = datetime.now(UTC), fresh_file()
    file.write_bytes(b"so")
    with past_the_trail() as session:
        work = Work(
            kind="evaluation",
            arguments={},
            fingerprint=str(world.number()),
            person_id=person.id,
            language="vi",
            state=WorkState.DONE,
            asked_at=instant,
            finished_at=instant,
            kept_until=instant + timedelta(days=1),
            file=file.name,
            file_name="so.csv",
        )
        session.add(work)
    return {"work_id": work.id}


def _letter(world: World, _unit: Unit, person: Person) -> Values:
    now = datetime.now(UTC)
    with past_the_trail() as session:
        letter = Letter(
            message_id=f"<{world.number()}@qms.example>",
            person_id=person.id,
            address="ai@qms.example",
            template="digest",
            subject="Việc của bạn",
            text="Hai việc",
            state=LetterState.DEAD,
            made_at=now,
            next_try_at=now,
        )
        session.add(letter)
    return {"letter_id": letter.id}


def _draft(world: World, unit: Unit, person: Person) -> Values:
    """A small log that somebody began to take over."""
    rows = [["Số phiếu", "Đơn vị", "Mức độ", "Nội dung"], [f"KPH-{world.number()}", unit.code, "nặng", "Thiếu sổ"]]
    book = openpyxl.Workbook()
    for row in rows:
        book.worksheets[0].append(row)
    written = BytesIO()
    book.save(written)
    with past_the_trail():
        draft = drafts.begin("take_over", "sổ.xlsx", written.getvalue(), "columns", {}, world.moment(person))
        return {"draft_id": draft.id}


def _kept_mapping(world: World, unit: Unit, person: Person) -> Values:
    agency = agencies_of([person.unit_id]).get(person.unit_id) or person.unit
    with past_the_trail() as session:
        kept = KeptMapping(
            unit_id=agency.id,
            name=f"Sổ {world.number()}",
            register="nonconformities",
            content={},
            kept_by_id=person.id,
            kept_at=datetime.now(UTC),
        )
        session.add(kept)
    return {"kept_id": kept.id}


def _prepared(world: World, unit: Unit, person: Person) -> Values:
    nc = world.office.nonconformity(unit)
    day = (world.today + timedelta(days=3)).isoformat()
    texts = {"correction": "Bổ sung", "root_cause": "Chưa phân công", "action_1": "Phân công", "owner_1": person.username}
    with past_the_trail() as session:
        form = PreparedForm(
            kind="nonconformity",
            code=nc.code,
            step="answer",
            unit_id=unit.id,
            fields={**texts, "due_on_1": day, "effect_due_on": day, "version": str(nc.version)},
            prepared_by_id=world.helper.id,
            prepared_at=datetime.now(UTC),
            due_on=world.today + timedelta(days=3),
            for_id=person.id,
        )
        session.add(form)
    return {"form_id": form.id}


def _due(world: World, unit: Unit, person: Person) -> Values:
    nc = world.office.nonconformity(unit, state=NonconformityState.ACTING, raised_on=world.today)
    action = world.office.action(nc, due_on=world.today, owner_id=person.id)
    return {"kind": "action", "code": f"{nc.code}/{action.number}"}


def _person(world: World, unit: Unit, _asker: Person) -> Values:
    return {"person_id": world.office.person(unit=unit).id}


def _grant(world: World, unit: Unit, _asker: Person) -> Values:
    person = world.office.person(unit=unit)
    return {"person_id": person.id, "grant_id": world.office.grant(person, Role.READER, unit).id}


def _deputy(world: World, unit: Unit, person: Person) -> Values:
    other = world.office.person(unit=unit)
    with past_the_trail() as session:
        deputy = Deputy(
            principal_id=person.id, deputy_id=other.id, valid_from=world.today, valid_to=world.today, reason="Nghỉ phép"
        )
        session.add(deputy)
    return {"deputy_id": deputy.id}


def _handover(world: World, unit: Unit, person: Person) -> Values:
    receiver = world.office.person(unit=unit)
    with past_the_trail() as session:
        minute = Handover(giver_id=person.id, receiver_id=receiver.id, made_at=datetime.now(UTC), things={}, note="Nghỉ hưu")
        session.add(minute)
    return {"handover_id": minute.id}


def _invitation(world: World, unit: Unit, person: Person) -> Values:
    """What a unit asks of the person, each time by another name: of one name one waits at most."""
    days = {"valid_from": world.today, "valid_to": world.today}
    return {"invitation_id": world.office.invitation(unit, person, username=f"ten{world.number()}", **days).id}


def _told(world: World, unit: Unit, person: Person) -> Values:
    """A record with something in the trail."""
    nc = world.office.nonconformity(unit)
    with writing():
        record(world.moment(world.helper), "nonconformity", nc.code, "raise", unit_id=unit.id)
    return {"kind": "nonconformity", "code": nc.code}


def _known_person(world: World, unit: Unit, _asker: Person) -> Values:
    """Somebody who did something in the unit."""
    person = world.office.person(unit=unit)
    with writing():
        record(world.moment(person), "person", str(person.id), "sign_in", unit_id=unit.id)
    return {"person_id": person.id}


def _special_day(world: World, _unit: Unit, _person: Person) -> Values:
    day = world.today + timedelta(days=500 + world.number())
    with past_the_trail() as session:
        session.add(SpecialDay(day=day, working=False, title="Ngày truyền thống"))
    return {"day": day.isoformat()}


Maker = Callable[[World, Unit, Person], Values]

RECORDS: dict[str, Maker] = {
    # what stands in the address
    "action_id nonconformity_id": _action,
    "audit_id": _audit,
    "code": lambda _world, unit, _person: {"code": unit.code},
    "code kind": _due,
    "deputy_id": _deputy,
    "draft_id": _draft,
    "draft_id step": lambda world, unit, person: {**_draft(world, unit, person), "step": "columns"},
    "form_id": _prepared,
    "grant_id person_id": _grant,
    "handover_id": _handover,
    "invitation_id": _invitation,
    "kept_id": _kept_mapping,
    "letter_id": _letter,
    "nonconformity_id": _nonconformity,
    "nonconformity_id paper_id": _paper_of_nonconformity,
    "nonconformity_id number": _photo_of_nonconformity,
    "notice_id": _notice,
    "person_id": _person,
    "procedure_id": lambda world, unit, _person: {"procedure_id": world.office.procedure(unit).id},
    "run_id": _run,
    "run_id unit_id": _run,
    "saved_id": _saved_filter,
    "session_id": _session,
    "unit_id": lambda _world, unit, _person: {"unit_id": unit.id},
    "work_id": _work,
    # one door, where that is not enough
    "checklist.add_evidence": _question,
    "checklist.answer": _question,
    "checklist.save": _chapter,
    "checklist.stored": _question,
    "audit_papers.issue": lambda world, unit, person: {**_audit(world, unit, person), "kind": "plan"},
    "audit_papers.paper": _audit_paper,
    "audits.photo": _photo,
    "audits.remove_evidence": _photo,
    "journal.person": _known_person,
    "journal.record": _told,
    "passkeys.remove": passkey,
    "workdays.remove": _special_day,
}
"""How to make the record that an address names: by the names in the address in alphabetical order, or by the endpoint."""

HOUSE_WIDE = frozenset({"workdays.remove"})
"""Doors whose record belongs to no unit: it is the same for everybody, and the role alone decides."""

OWN_ALONE = frozenset(f"taking.{name}" for name in ("show", "step", "use", "preview", "all_changes", "confirm", "delete"))
"""Doors whose record is its owner's alone: for whoever else may do the same it is not there."""

AGENCY_WIDE = frozenset({"taking.delete_kept"})
"""Doors whose record belongs to the whole agency of whoever made it."""

CONSTANT = {"extension": ("csv", "xlsx", "pdf", "docx"), "list_name": ("units",)}
"""Parts of addresses that name no record, with what they may be."""


def record_maker(rule: Rule) -> Maker | None:
    """How to make the record of an address; None when it names none. Raises ``LookupError`` when nobody has said how."""
    named = " ".join(sorted(rule.arguments - set(CONSTANT)))
    if not named:
        return None
    found = RECORDS.get(rule.endpoint) or RECORDS.get(named)
    if found is None:
        raise LookupError(f"say in RECORDS of tests/security/records.py how to make the record of {rule.endpoint} ({rule.rule})")
    return found


def constants_of(rule: Rule) -> Values:
    """The parts of an address that name no record."""
    values: Values = {}
    for name in rule.arguments & set(CONSTANT):
        allowed = getattr(rule._converters[name], "items", None) or CONSTANT[name]
        values[name] = "pdf" if rule.endpoint.endswith("paper") else next(iter(sorted(allowed)))
    return values
