"""Builders of records for the tests: sensible defaults, straight into the database, past the rules of the services.

Every builder commits through ``past_the_trail()``; so none of them may stand inside ``with writing():``.
"""

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, date, datetime, time, timedelta
from itertools import count
from typing import Any, TypeVar

from argon2 import PasswordHasher
from sqlalchemy import select
from sqlalchemy.orm import Session

from audits.models import Answer, Audit, AuditKind, AuditState, EvidenceItem, EvidenceKind, Question
from nonconformities.models import (
    Action,
    ActionState,
    EventKind,
    Grade,
    Nonconformity,
    NonconformityEvent,
    NonconformityState,
    Part,
    Participant,
    Response,
    Source,
)
from procedures.models import Procedure, ProcedureKind, ProcedureService, ProcedureUnit, Service
from qms.accounts.actor import actor_of
from qms.accounts.models import Deputy, Grant, Person
from qms.accounts.permissions import SECOND_FACTOR_ROLES, Role
from qms.accounts.second_factor.service import code_at, seal_secret, step_at
from qms.kernel.days import LOCAL, add_months, entered_late
from qms.kernel.db import db, mark_recorded, writing
from qms.kernel.moment import Moment, system_moment
from qms.kernel.text import fold
from qms.people.invitations.models import Invitation, InvitationState
from qms.reviews.models import ManagementReview
from qms.standard.catalogue import EDITION, clause_mask, split_codes
from qms.units.models import Announcement, Basis, Bloc, Unit, UnitAncestry, UnitKind

Thing = TypeVar("Thing")

PASSWORD = "mat khau de thu"
"""The password of every person a test makes."""

PASSWORD_HASH = PasswordHasher(time_cost=1, memory_cost=8, parallelism=1).hash(PASSWORD)
"""Cheap on purpose: the tests sign in some hundred times."""

TODAY = date(2026, 11, 30)
"""The day most tests take place on."""

TOTP_SECRET = "JBSWY3DPEHPK3PXPJBSWY3DPEHPK3PXP"
"""In the authenticator app of everybody whose role needs one; stored sealed, as in service."""

START = date(2025, 7, 1)
"""Since when the units of the tests are in scope and their procedures in force."""


def at(day: date, hour: int = 9) -> datetime:
    """An instant of a local day."""
    return datetime.combine(day, time(hour), LOCAL).astimezone(UTC)


def moment_of(person: Person | None = None, day: date = TODAY) -> Moment:
    """A person at nine o'clock of a day; without a person the system itself."""
    if person is None:
        return system_moment(at(day))
    return Moment(actor_of(person, day), at(day))


def give_app(person: Person) -> None:
    """Gives the person the app of the tests; to be called inside ``past_the_trail()``."""
    person.totp_secret, person.totp_counter = seal_secret(person.id, TOTP_SECRET), None


def fresh_code(username: str) -> str:
    """The present code of the person's app, as one that has not been used yet."""
    with past_the_trail() as session:
        give_app(session.scalars(select(Person).where(Person.username == username)).one())
    return code_at(TOTP_SECRET, step_at(datetime.now(UTC)))


@contextmanager
def past_the_trail() -> Iterator[Session]:
    """``writing()`` for a test that changes records without their verbs, so without an entry in the trail."""
    with writing() as session:
        mark_recorded(session)
        yield session


def _kept(thing: Thing) -> Thing:
    with past_the_trail() as session:
        session.add(thing)
    return thing


class Office:
    """Makes units, people and records; names and codes are numbered when they are not given."""

    def __init__(self) -> None:
        self._numbers = count(1)

    def moment(self, person: Person | None = None, day: date = TODAY) -> Moment:
        """A person (or the system) at nine o'clock of a day."""
        return moment_of(person, day)

    def unit(self, code: str | None = None, *, parent: Unit | None = None, **fields: Any) -> Unit:
        """A unit in scope since ``START`` with its ancestry; a division unless ``kind`` says otherwise."""
        code = code or f"U{next(self._numbers)}"
        name = fields.pop("name", f"Đơn vị {code}")
        given: dict[str, Any] = {
            "kind": UnitKind.DEPARTMENT,
            "agency": False,
            "bloc": Bloc.STATE,
            "basis": Basis.LOCAL_PLAN,
            "serves_public": False,
            "in_scope_from": START,
            **fields,
        }
        with past_the_trail() as session:
            unit = Unit(code=code, name=name, parent_id=parent.id if parent else None, folded=fold(f"{code} {name}"), **given)
            session.add(unit)
            session.flush()
            above: Unit | None = unit
            while above is not None:
                session.add(UnitAncestry(unit_id=unit.id, ancestor_id=above.id))
                above = session.get(Unit, above.parent_id) if above.parent_id is not None else None
        return unit

    def agency(self, code: str | None = None, *, parent: Unit | None = None, **fields: Any) -> Unit:
        """A commune or ward: an agency with a QMS of its own."""
        return self.unit(code, parent=parent, **{"kind": UnitKind.COMMUNE, "agency": True, "basis": Basis.MANDATORY, **fields})

    def announcement(self, unit: Unit, announced_on: date = START, **fields: Any) -> Announcement:
        """That the QMS of the agency conforms, entered the same day."""
        entered_on = fields.pop("announced_entered_on", announced_on)
        number = fields.pop("number", f"{next(self._numbers):02}/QĐ-UBND")
        return _kept(
            Announcement(
                unit_id=unit.id,
                number=number,
                announced_on=announced_on,
                announced_entered_on=entered_on,
                announced_late=entered_late(announced_on, entered_on),
                **fields,
            )
        )

    def person(self, username: str | None = None, *, unit: Unit, role: Role | None = None, **fields: Any) -> Person:
        """Somebody of a unit who can sign in with ``PASSWORD``; ``role`` is granted in that unit."""
        username = username or f"nguoi{next(self._numbers)}"
        full_name = fields.pop("full_name", f"Công chức {username}")
        given: dict[str, Any] = {"password_hash": PASSWORD_HASH, "language": "vi", **fields}
        person = _kept(
            Person(username=username, full_name=full_name, unit_id=unit.id, folded=fold(f"{username} {full_name}"), **given)
        )
        if role is not None:
            self.grant(person, role, unit)
        return person

    def grant(self, person: Person, role: Role, unit: Unit, **fields: Any) -> Grant:
        """A role in a unit and everything below it."""
        grant = _kept(Grant(person_id=person.id, role=role, unit_id=unit.id, **fields))
        if role in SECOND_FACTOR_ROLES and person.totp_secret is None:
            with past_the_trail():
                give_app(person)
        return grant

    def invitation(self, unit: Unit, person: Person | None, **fields: Any) -> Invitation:
        """A unit asks for somebody of another agency, around ``TODAY``; an accepted or ended one has its role."""
        given: dict[str, Any] = {
            "username": "khong.co.ai" if person is None else person.username,
            "person_id": None if person is None else person.id,
            "role": Role.AUDITOR,
            "valid_from": TODAY,
            "valid_to": TODAY + timedelta(days=90),
            "reason": "Hỗ trợ đánh giá",
            "invited_at": at(TODAY),
            "state": InvitationState.WAITING,
            **fields,
        }
        given.setdefault("invited_by_id", self.person(unit=unit).id)
        state = given["state"]
        if state is not InvitationState.WAITING:
            given.setdefault("answered_at", at(TODAY))
        if state in {InvitationState.ACCEPTED, InvitationState.ENDED} and person is not None:
            period = {"valid_from": given["valid_from"], "valid_to": given["valid_to"]}
            given["grant_id"] = self.grant(person, given["role"], unit, **period).id
        if state is InvitationState.ENDED:
            given.setdefault("ended_at", at(TODAY))
        if state is InvitationState.DECLINED:
            given.setdefault("answer", "Không bố trí được")
        return _kept(Invitation(unit_id=unit.id, **given))

    def deputy(self, principal: Person, deputy: Person, **fields: Any) -> Deputy:
        """Somebody who acts for another one around ``TODAY``."""
        given: dict[str, Any] = {
            "valid_from": TODAY - timedelta(days=7),
            "valid_to": TODAY + timedelta(days=400),
            "reason": "Đi công tác",
            **fields,
        }
        return _kept(Deputy(principal_id=principal.id, deputy_id=deputy.id, **given))

    def procedure(self, unit: Unit, code: str | None = None, *, services: str = "", **fields: Any) -> Procedure:
        """A documented procedure in force since ``START``; ``services`` lists TTHC codes separated by ";"."""
        code = code or f"QT-{next(self._numbers):02}"
        title = fields.pop("title", f"Quy trình {code}")
        effective_on = fields.pop("effective_on", START)
        reviewed_on = fields.pop("reviewed_on", None)
        given: dict[str, Any] = {
            "kind": ProcedureKind.OPERATIONAL_PROCEDURE,
            "effective_entered_on": effective_on,
            "reviewed_entered_on": reviewed_on,
            **fields,
        }
        return _kept(
            Procedure(
                unit_id=unit.id,
                code=code,
                title=title,
                effective_on=effective_on,
                effective_late=entered_late(effective_on, given["effective_entered_on"]),
                effective_review_due_on=add_months(effective_on, 12),
                reviewed_on=reviewed_on,
                reviewed_late=reviewed_on is not None and entered_late(reviewed_on, given["reviewed_entered_on"]),
                reviewed_review_due_on=None if reviewed_on is None else add_months(reviewed_on, 12),
                folded=fold(f"{code} {title}"),
                services=[
                    ProcedureService(position=position, service_code=service)
                    for position, service in enumerate(split_codes(services), start=1)
                ],
                **given,
            )
        )

    def application(self, procedure: Procedure, unit: Unit, from_on: date = START, **fields: Any) -> ProcedureUnit:
        """The procedure of one unit applies to another."""
        entered_on = fields.pop("from_entered_on", from_on)
        return _kept(
            ProcedureUnit(
                procedure_id=procedure.id,
                unit_id=unit.id,
                from_on=from_on,
                from_entered_on=entered_on,
                from_late=entered_late(from_on, entered_on),
                **fields,
            )
        )

    def service(self, unit: Unit, code: str | None = None, **fields: Any) -> Service:
        """An administrative procedure (TTHC) that the unit handles."""
        code = code or f"1.{next(self._numbers):06}"
        name = fields.pop("name", f"Thủ tục {code}")
        given: dict[str, Any] = {"valid_from": START, **fields}
        return _kept(Service(unit_id=unit.id, code=code, name=name, folded=fold(f"{code} {name}"), **given))

    def audit(self, unit: Unit, code: str | None = None, *, reported_on: date | None = None, **fields: Any) -> Audit:
        """An audit: reported when a day is given, else planned (or whatever ``state`` says)."""
        code = code or f"ĐG-{next(self._numbers)}"
        clauses = fields.pop("clauses", "4;5;6;7;8;9;10")
        given: dict[str, Any] = {
            "kind": AuditKind.PLANNED,
            "planned_on": reported_on or TODAY,
            "started_on": reported_on,
            "reported_entered_on": reported_on,
            "edition": EDITION,
            "state": AuditState.REPORTED if reported_on else AuditState.PLANNED,
            **fields,
        }
        if given["state"] is AuditState.UNDER_WAY and given["started_on"] is None:
            given["started_on"] = given["planned_on"]
        if given["state"] in {AuditState.UNDER_WAY, AuditState.REPORTED} and given.get("lead_auditor_id") is None:
            given.setdefault("taken_over", True)  # only what a register brought runs without a lead
        return _kept(
            Audit(
                code=code,
                unit_id=unit.id,
                reported_on=reported_on,
                reported_late=reported_on is not None and entered_late(reported_on, given["reported_entered_on"]),
                clauses=clauses,
                clause_mask=clause_mask(split_codes(clauses)),
                folded=fold(code),
                **given,
            )
        )

    def question(self, audit: Audit, clause: str = "7.5", answer: Answer = Answer.OPEN, **fields: Any) -> Question:
        """A question of the checklist with its answer."""
        number = fields.pop("number", None) or next(self._numbers)
        given: dict[str, Any] = {
            "template_code": f"q{number}",
            "text_vi": f"Câu hỏi {number}?",
            "text_en": f"Question {number}?",
            "finding": "Thiếu hồ sơ" if answer in {Answer.OBSERVATION, Answer.MINOR, Answer.MAJOR} else None,
            "reason": "Không phát sinh" if answer is Answer.NOT_APPLICABLE else None,
            **fields,
        }
        return _kept(Question(audit_id=audit.id, number=number, clause=clause, answer=answer, **given))

    def evidence_item(self, audit: Audit, text: str = "Sổ theo dõi 2026", **fields: Any) -> EvidenceItem:
        """A record that was seen at the audit."""
        given: dict[str, Any] = {"kind": EvidenceKind.RECORD, "number": next(self._numbers), **fields}
        return _kept(EvidenceItem(audit_id=audit.id, text=text, **given))

    def nonconformity(
        self, unit: Unit, code: str | None = None, *, raised_on: date = date(2026, 3, 2), **fields: Any
    ) -> Nonconformity:
        """A minor nonconformity, due 30 days after it was raised; later states come with cause and verdict."""
        code = code or f"NC-{next(self._numbers)}"
        state = fields.pop("state", NonconformityState.PLANNING)
        given: dict[str, Any] = {
            "source": Source.SELF,
            "edition": EDITION,
            "clause": "7.5",
            "grade": Grade.MINOR,
            "statement": f"Sự không phù hợp {code}",
            "response_due_on": raised_on + timedelta(days=14),
            "due_on": raised_on + timedelta(days=30),
            **fields,
        }
        if state is not NonconformityState.PLANNING:
            given = {"correction": "Bổ sung hồ sơ", "root_cause": "Chưa phân công rõ", **given}
        if state in {NonconformityState.VERIFIED, NonconformityState.CLOSED}:
            given = {"effective": True, "verified_on": given["due_on"], **given}
        parts = {"responded_by_id": Part.SUBMITTED, "responded_for_id": Part.IN_WHOSE_NAME, "prepared_by_id": Part.FILLED_IN}
        took = [Participant(person_id=given[name], part=part) for name, part in parts.items() if given.get(name) is not None]
        given.setdefault("participants", took)
        grace = timedelta(days=90 if given["grade"] is Grade.MINOR else 0)
        moved_to = given.get("moved_to")
        given.setdefault("limit_on", given["due_on"] + grace)
        given.setdefault("moved_limit_on", None if moved_to is None else moved_to + grace)
        return _kept(
            Nonconformity(
                code=code, unit_id=unit.id, raised_on=raised_on, state=state, folded=fold(f"{code} {given['statement']}"), **given
            )
        )

    def response(self, nonconformity: Nonconformity, responded_on: date, **fields: Any) -> Response:
        """Cause and plan, submitted on a day and in force since."""
        given: dict[str, Any] = {
            "held_from": responded_on,
            "responded_entered_on": responded_on,
            "effect_due_on": nonconformity.due_on,
            **fields,
        }
        effect_due_on = given["effect_due_on"]
        given.setdefault("effect_limit_on", None if effect_due_on is None else effect_due_on + timedelta(days=30))
        return _kept(
            Response(
                nonconformity_id=nonconformity.id,
                responded_on=responded_on,
                responded_late=entered_late(responded_on, given["responded_entered_on"]),
                **given,
            )
        )

    def event(self, nonconformity: Nonconformity, event: EventKind, on: date, **fields: Any) -> NonconformityEvent:
        """A closing or a reopening in the register; the state of the nonconformity is left to the caller."""
        entered_on = fields.pop("entered_on", on)
        return _kept(
            NonconformityEvent(
                nonconformity_id=nonconformity.id,
                on=on,
                event=event,
                entered_on=entered_on,
                late=entered_late(on, entered_on),
                **fields,
            )
        )

    def action(
        self, nonconformity: Nonconformity, number: str | None = None, *, due_on: date | None = None, **fields: Any
    ) -> Action:
        """A corrective action: open, done when ``completed_on`` is given, cancelled when ``cancelled_on`` is."""
        completed_on = fields.get("completed_on")
        given: dict[str, Any] = {
            "description": "Phân công lại người phụ trách",
            "added_on": nonconformity.raised_on,
            "completed_entered_on": completed_on,
            "state": ActionState.DONE
            if completed_on
            else ActionState.CANCELLED
            if fields.get("cancelled_on")
            else ActionState.OPEN,
            **fields,
        }
        return _kept(
            Action(
                nonconformity_id=nonconformity.id,
                number=number or str(next(self._numbers)),
                due_on=due_on or nonconformity.due_on,
                completed_late=completed_on is not None and entered_late(completed_on, given["completed_entered_on"]),
                **given,
            )
        )

    def review(self, unit: Unit, held_on: date = date(2026, 6, 15), **fields: Any) -> ManagementReview:
        """A management review of an agency."""
        entered_on = fields.pop("held_entered_on", held_on)
        return _kept(
            ManagementReview(
                unit_id=unit.id,
                held_on=held_on,
                held_entered_on=entered_on,
                held_late=entered_late(held_on, entered_on),
                **fields,
            )
        )

    def again(self, thing: Thing) -> Thing:
        """The record as it stands in the database now."""
        db.session.refresh(thing)
        return thing
