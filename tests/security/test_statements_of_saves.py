"""Every save asks the database at most twelve times until it commits, and the answer that follows at most twelve times more.

The doors of the walk once more, each with what somebody would really type, by somebody who may do everything in the agency.
Rows that go into one table together count once: PostgreSQL takes them in one statement. The clock stands still, so that the
gate does not note in between that a session was seen.
"""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from functools import partial
from io import BytesIO
from itertools import pairwise
from typing import Any

import time_machine
from flask import Flask
from sqlalchemy import event, select
from werkzeug.routing import Rule

from audits.models import Answer, Audit, AuditState, EvidenceItem
from qms.accounts.models import DirectoryIdentity, Person, RecoveryCode
from qms.accounts.permissions import Role
from qms.accounts.second_factor import service as second_factor
from qms.accounts.second_factor.sealing import unseal
from qms.behalf.models import PreparedForm
from qms.kernel.db import db
from qms.people.forms import person_choice, unit_choice
from qms.people.invitations.models import InvitationState
from qms.units.models import Unit
from tests.office import PASSWORD, PASSWORD_HASH, TOTP_SECRET, Office, give_app, past_the_trail
from tests.security.reading import with_every_role
from tests.security.records import RECORDS, Maker, constants_of, record_maker
from tests.security.test_forms import forms_of
from tests.security.world import BESIDE, ELSEWHERE, SAFE, Values, World, built, come_in, doors, open_every_door, session_of
from tests.statements import statements

MOST = 12
COMMIT = "COMMIT"
MORE: dict[str, tuple[int, str]] = {
    "behalf.confirm": (16, "an answer, its action, its response, who took part, the form, a notice, the trail: nine tables"),
    "people.forget": (15, "account, roles, sessions, the directory, former names, what stands beside the trail: each is a table"),
}
"""Saves that ask more than ``MOST``: how often, no less, and why."""
SHOWN = (200,)
ACCEPTED: dict[str, tuple[int, ...]] = {
    # shown this once, and kept nowhere
    **dict.fromkeys(("account.recovery_codes", "account.set_up", "people.invite", "people.new", "people.reset_password"), SHOWN),
    # the file itself
    **dict.fromkeys(("audits.export", "journal.export", "nonconformities.export", "people.export"), SHOWN),
    **dict.fromkeys(("procedures.export", "reviews.export", "units.export"), SHOWN),
    **dict.fromkeys(("audit_papers.issue", "nonconformities.issue_paper"), SHOWN),
    # what a key is asked to sign
    "passkeys.add_challenge": SHOWN,
    # no workbook, and nobody who could be asked for a key
    "registers.take_over": (422,),
    "passkeys.confirm_challenge": (404,),
}
"""What is answered where that is no redirection."""

ALONE = "the password has to be one that may stand alone: tests/accounts/test_second_factor.py"
BY_A_KEY = "a key signs what it is asked: tests/accounts/test_passkeys_pages.py has the keys"
AT_THE_DOOR = "somebody who has not come in yet"
ANSWERS = "tests/nonconformities/test_statements.py, in the states in which the steps may be taken"
AUDITS = "tests/audits/test_statements.py, with the lead and a checklist under way"
NOT_HERE: dict[str, str] = {
    **dict.fromkeys(("accounts.language", "accounts.sign_in", "links.show", "people.forgotten"), AT_THE_DOOR),
    "account.remove": ALONE,
    **dict.fromkeys(("second_step.set_up", "second_step.show"), AT_THE_DOOR),
    **dict.fromkeys(("passkeys.sign_in", "passkeys.sign_in_challenge", "passkeys.second_step", "passkeys.set_up"), BY_A_KEY),
    **dict.fromkeys(
        ("passkeys.second_step_challenge", "passkeys.set_up_challenge", "passkeys.add", "passkeys.confirm"), BY_A_KEY
    ),
    **dict.fromkeys(("answering.answer", "answering.hand_action_over", "answering.prepare_answer"), ANSWERS),
    **dict.fromkeys(("answering.prepare_report", "nonconformities.add_action", "nonconformities.cancel_action"), ANSWERS),
    **dict.fromkeys(("nonconformities.close", "nonconformities.complete_action", "nonconformities.new"), ANSWERS),
    **dict.fromkeys(("nonconformities.record_analysis", "nonconformities.reopen", "nonconformities.send_back"), ANSWERS),
    **dict.fromkeys(("nonconformities.submit", "nonconformities.verify", "nonconformities.request_verification"), ANSWERS),
    **dict.fromkeys(("audits.cancel", "audits.change_lead", "audits.new", "audits.start"), AUDITS),
    **dict.fromkeys(("checklist.add_evidence", "checklist.answer"), AUDITS),
}
"""Doors that are not walked through here, and where what they ask is counted, or why it is not."""


@dataclass
class Scene:
    """Who saves, on which day, and the world around."""

    world: World
    person: Person
    record: Values
    fields: dict[str, Any]
    """What stands in the form."""

    def day(self, days: int = 0) -> str:
        """A day from today on, as it is typed."""
        return (self.world.today + timedelta(days=days)).strftime("%d/%m/%Y")

    @property
    def someone(self) -> Person:
        """Whose page it is."""
        return db.session.get_one(Person, self.record["person_id"])


Typed = Callable[[Scene], dict[str, Any]]


def _code(secret: str = TOTP_SECRET) -> str:
    return second_factor.code_at(secret, second_factor.step_at(datetime.now(UTC)))


def _code_of_a_new_app(scene: Scene) -> dict[str, Any]:
    secret = unseal(scene.fields["sealed"], f"new totp:{scene.person.id}")
    assert secret is not None
    return {"code": _code(secret)}


def _swapped(scene: Scene) -> dict[str, Any]:
    """A working Friday in the next year and the Saturday after it."""
    friday = 400 + (4 - (scene.world.today + timedelta(days=400)).weekday()) % 7
    return {"free_on": scene.day(friday), "worked_on": scene.day(friday + 1)}


TYPED: dict[str, Typed] = {
    "account.password": lambda _scene: {
        "old_password": PASSWORD,
        "new_password": "cầu thang gỗ lim 1986",
        "repeated_password": "cầu thang gỗ lim 1986",
    },
    "account.set_up": _code_of_a_new_app,
    "confirmation.show": lambda _scene: {"password": PASSWORD, "code": _code()},
    "behalf.decline": lambda _scene: {"reason": "Chưa đúng"},
    "people.disable": lambda _scene: {"reason": "Nghỉ việc"},
    "people.enable": lambda _scene: {"reason": "Đi làm lại"},
    "people.decline_invitation": lambda _scene: {"reason": "Không bố trí được"},
    "people.invite_guest": lambda scene: {
        "username": scene.world.someone_in(scene.world.places[ELSEWHERE]).username,
        "role": "auditor",
        "unit": unit_choice(scene.world.own),
        "valid_from": scene.day(),
        "valid_to": scene.day(90),
        "reason": "Hỗ trợ đánh giá",
    },
    "people.edit": lambda _scene: {"full_name": "Nguyễn Thị Đổi", "email": "doi@qms.example", "title": "Công chức"},
    "people.new": lambda scene: {
        "username": "nguoi.moi",
        "full_name": "Nguyễn Văn Mới",
        "unit": unit_choice(scene.world.own),
        "language": "vi",
        "invite": "y",
    },
    "people.give": lambda scene: {"role": "auditor", "unit": unit_choice(scene.world.own), "valid_from": "", "valid_to": ""},
    "people.end": lambda _scene: {"last_day": ""},
    "people.forget": lambda scene: {"username": scene.someone.username, "request": "12/2026, 01/11/2026"},
    "people.hand_over": lambda scene: {"receiver": person_choice(scene.world.helper), "leaves_on": scene.day(3)},
    "people.name_deputy": lambda scene: {
        "deputy": person_choice(scene.world.helper),
        "valid_from": scene.day(),
        "valid_to": scene.day(9),
        "reason": "Nghỉ phép",
    },
    "people.own_deputies": lambda scene: {
        "deputy": person_choice(scene.world.helper),
        "valid_from": scene.day(),
        "valid_to": scene.day(9),
        "reason": "Nghỉ phép",
    },
    "dashboard.remind": lambda scene: scene.record,
    "lists.save_filter": lambda _scene: {"title": "Của tôi"},
    "evaluation.start": lambda scene: {"day": scene.day()},
    "registers.take_over": lambda _scene: {"workbook": (BytesIO(b"no workbook"), "so.xlsx")},
    "taking.step": lambda _scene: {"only_holds": ""},
    "reviews.new": lambda scene: {"unit_id": scene.world.agency.id, "held_on": scene.day(), "minutes": "Biên bản 05"},
    "workdays.new": lambda scene: {"day": scene.day(400), "working": "free", "title": "Ngày lễ", "reason": "12/QĐ"},
    "workdays.remove": lambda _scene: {"reason": "13/QĐ"},
    "workdays.swap": lambda scene: {"free_on": "", "worked_on": "", "title": "Nghỉ bù", "reason": "14/QĐ", **_swapped(scene)},
    "workdays.take_list": lambda scene: {"text": f"{scene.day(430)}; nghỉ; Ngày lễ", "reason": "15/QĐ"},
}
"""What is typed where the fields as the page fills them would not do."""


def _person(world: World, unit: Unit, _asker: Person, **fields: Any) -> Values:
    """Somebody with a role, who comes in by every way and never did yet unless ``fields`` say so."""
    person = world.office.person(unit=unit, **fields)
    world.office.grant(person, Role.STAFF, unit)
    with past_the_trail() as session:
        session.add(DirectoryIdentity(issuer="https://sso.qms.example", subject=person.username, person_id=person.id))
    session_of(person)
    return {"person_id": person.id}


def _secured(world: World, unit: Unit, asker: Person) -> Values:
    values = _person(world, unit, asker)
    world.office.grant(db.session.get_one(Person, values["person_id"]), Role.INSPECTOR, unit)
    with past_the_trail() as session:
        session.add(RecoveryCode(person_id=values["person_id"], code_hash="x"))
    return values


def _filled_in_by_oneself(world: World, unit: Unit, person: Person) -> Values:
    made = RECORDS["form_id"](world, unit, person)
    with past_the_trail() as session:
        form = session.get_one(PreparedForm, made["form_id"])
        form.prepared_by_id, form.for_id = person.id, world.helper.id
    return made


def _owed_by_another(world: World, unit: Unit, _person: Person) -> Values:
    """An action that somebody below owes."""
    return RECORDS["code kind"](world, unit, world.helper)


def _led(world: World, _unit: Unit, person: Person, **fields: Any) -> Values:
    """An audit of another unit that the person leads, so that nobody is the own auditor."""
    given = {"state": AuditState.UNDER_WAY, "lead_auditor_id": person.id, **fields}
    return {"audit_id": world.office.audit(world.places[BESIDE], **given).id}


def _answered(world: World, unit: Unit, person: Person) -> Values:
    made = _led(world, unit, person)
    world.office.question(db.session.get_one(Audit, made["audit_id"]), answer=Answer.CONFORMS)
    return made


def _shown(world: World, unit: Unit, person: Person) -> Values:
    """The same with a photo beside an answer."""
    made, beside = _answered(world, unit, person), RECORDS["audits.remove_evidence"](world, unit, person)
    with past_the_trail() as session:
        shown = session.scalars(select(EvidenceItem).where(EvidenceItem.audit_id == beside["audit_id"])).one()
        shown.audit_id = made["audit_id"]
        return made | {"number": shown.number}


def _asked_of_us(world: World, _unit: Unit, _person: Person) -> Values:
    """What another agency asks of somebody here."""
    return RECORDS["invitation_id"](world, world.places[ELSEWHERE], world.office.person(unit=world.own))


def _asked_by_us(world: World, unit: Unit, _person: Person, **fields: Any) -> Values:
    """What we ask of somebody of another agency."""
    stranger = world.office.person(unit=world.places[ELSEWHERE])
    return {"invitation_id": world.office.invitation(unit, stranger, valid_to=world.today + timedelta(days=9), **fields).id}


MADE: dict[str, Maker] = {
    "people.accept_invitation": _asked_of_us,
    "people.decline_invitation": _asked_of_us,
    "people.withdraw_invitation": _asked_by_us,
    "people.end_invitation": partial(_asked_by_us, state=InvitationState.ACCEPTED),
    "audits.remove_evidence": _shown,
    "audits.report": _answered,
    "audits.take_checklist": partial(_led, taken_over=True),
    "behalf.withdraw": _filled_in_by_oneself,
    "checklist.save": lambda world, unit, person: {**_answered(world, unit, person), "chapter": "7"},
    "dashboard.remind": _owed_by_another,
    "people.disable": _person,
    "people.enable": partial(_person, disabled=True),
    "people.end_sessions": _person,
    "people.forget": lambda world, unit, asker: _person(world, unit, asker, disabled=True),
    "people.invite": partial(_person, password_hash=None),
    "people.name_deputy": _person,
    "people.reset_second_factor": _secured,
    "people.unlink_directory": _person,
}
"""Records in the state that the save needs, where the one of the walk is in another."""


ASKED_FOR = {"lists.save_filter": "?q=phuong"}
"""What the address says besides."""


@contextmanager
def counted() -> Iterator[list[str]]:
    """The statements inside, with a mark where the save commits."""
    with statements() as seen:

        def note(_connection: object) -> None:
            seen.append(COMMIT)

        event.listen(db.engine, "commit", note)
        try:
            yield seen
        finally:
            event.remove(db.engine, "commit", note)


def until_commit(seen: list[str]) -> tuple[list[str], list[str]]:
    """What was asked until the save committed, and for the answer afterwards."""
    asked = [one for one in seen if not one.startswith(("BEGIN", "SAVEPOINT", "RELEASE", "ROLLBACK TO"))]
    together = [one for before, one in pairwise(["", *asked]) if one != before or not one.startswith("INSERT")]
    end = len(together) - together[::-1].index(COMMIT) if COMMIT in together else len(together)
    return [one for one in together[:end] if one != COMMIT], together[end:]


def saves(app: Flask) -> Iterator[Rule]:
    """Every door that takes something in and is walked through here."""
    for rule, method in doors(app):
        if method not in SAFE and rule.endpoint not in NOT_HERE:
            yield rule


def test_every_save_asks_at_most_twelve_times(app: Flask, office: Office) -> None:
    open_every_door(app)
    world = World(office)
    person, wrong = with_every_role(world), []
    office.grant(person, Role.QUALITY_OFFICER, world.places[ELSEWHERE].parent)  # who sets free days holds that everywhere
    with time_machine.travel(datetime.now(UTC), tick=False):
        for rule in saves(app):
            status, before, after = saved(app, world, person, rule)
            most, _why = MORE.get(rule.endpoint, (MOST, ""))
            if status not in ACCEPTED.get(rule.endpoint, (302, 303)):
                wrong.append(f"{rule.endpoint} was not accepted: {status}")
            if len(before) < most and rule.endpoint in MORE:
                wrong.append(f"{rule.endpoint} asks {len(before)} times, less than the exception says")
            for asked, limit in ((before, most), (after, MOST)):
                if len(asked) > limit:
                    lines = [" ".join(one.split())[:160] for one in asked]
                    wrong.append("\n  ".join((f"{rule.endpoint} asks {len(asked)} times", *lines)))
    assert not wrong, "\n".join(wrong)


def saved(app: Flask, world: World, person: Person, rule: Rule) -> tuple[int, list[str], list[str]]:
    """Sends one form as somebody would fill it in; answers with the status and what was asked until it committed and after."""
    maker = MADE.get(rule.endpoint) or record_maker(rule)
    made = {} if maker is None else maker(world, world.own, person)
    with past_the_trail():
        give_app(person)  # a code is taken once
        person.password_hash = PASSWORD_HASH
    address = built(rule, made | constants_of(rule)) + ASKED_FOR.get(rule.endpoint, "")
    asker = come_in(app, person, session_of(person))
    page = address if "GET" in (rule.methods or ()) else address.rsplit("/", 1)[0]
    fields: dict[str, Any] = dict(forms_of(asker, page).get(address, {"version": "1"}))
    typed = TYPED.get(rule.endpoint)
    if typed is not None:
        fields |= typed(Scene(world, person, made, fields))
    db.session.rollback()
    with counted() as seen:
        status = asker.post(address, data=fields, buffered=True).status_code
    return status, *until_commit(seen)


def test_every_name_is_a_door(app: Flask) -> None:
    known = {rule.endpoint for rule, method in doors(app) if method not in SAFE}
    assert not (set(MORE) | set(NOT_HERE) | set(TYPED) | set(MADE) | set(ACCEPTED)) - known
