"""Loading the demo office: the ordinary take-over, passwords for everybody, and an audit under way."""

from datetime import datetime
from typing import TYPE_CHECKING
from uuid import uuid4

from flask_babel import LazyString
from sqlalchemy import select

from audits import answering
from audits import service as audits
from audits.answering import Given
from audits.models import Answer, Audit, EvidenceKind, Question
from qms.accounts.actor import actor_of
from qms.accounts.demo_office import holds_demo_office
from qms.accounts.models import Person
from qms.accounts.passwords import hash_password
from qms.accounts.second_factor.service import code_at, new_secret, next_step, seal_secret, secret_of
from qms.accounts.service import KIND, code_of, find
from qms.demo.office import register
from qms.imports.house import house_sheets
from qms.imports.takeover import take_over
from qms.kernel.db import db, writing
from qms.kernel.language import _, _l
from qms.kernel.later import later
from qms.kernel.moment import Moment
from qms.kernel.refusal import Refusal, Refused
from qms.trail.service import record
from qms.units.models import Unit

if TYPE_CHECKING:
    from qms.imports import writer
else:
    writer = later("qms.imports.writer")

PASSWORD = "phuong-minh-an-mau"
"""Of every demo person; the demo office is invented and holds nothing to protect."""

SIGN_INS = (
    ("thu.ky.iso", "Thư ký ISO: đánh giá, đánh giá năm, nhập sổ"),
    ("truong.vhxh", "Trưởng phòng: trả lời sự không phù hợp"),
    ("truong.ttpvhcc", "Giám đốc trung tâm: hoàn thành hành động khắc phục"),
    ("pho.chu.tich", "Đại diện lãnh đạo: kiểm tra hiệu lực, đóng"),
    ("chu.tich", "Chủ tịch: xem kết quả"),
    ("quan.tri", "Quản trị hệ thống"),
)


def is_loaded() -> bool:
    """Whether this database holds the demo office with its demo people."""
    return holds_demo_office()


def load_demo(moment: Moment, *, only_tell: bool = False) -> list[tuple[str, str, str]]:
    """Loads the demo office into an empty database and answers with its sign-ins (username, password, what it shows).

    ``only_tell`` loads nothing. Raises ``Refused`` when the database holds another office.
    """
    if only_tell:
        told = [_told(name, shows) for name, shows in SIGN_INS] if is_loaded() else []
        db.session.rollback()
        return told
    if db.session.scalar(select(Unit.id).limit(1)) is not None:
        raise _refused("not_empty", _l("The database holds an office already; the demo is loaded into an empty one."))
    take_over(writer.write_workbook(house_sheets(), register(moment.today)), moment)
    people = db.session.scalars(select(Person.id)).all()
    hashes = {person_id: hash_password(PASSWORD) for person_id in people}
    with writing() as session:
        for person in session.scalars(select(Person).order_by(Person.id)):
            person.password_hash, person.active_on = hashes[person.id], moment.today
            record(moment, KIND, code_of(person), "set_password", unit_id=person.unit_id)
            if actor_of(person, moment.today).needs_second_factor:
                person.totp_secret = seal_secret(person.id, new_secret())
                record(moment, KIND, code_of(person), "set_up_second_factor")
    with writing() as session:
        _begin_audit(moment, session.scalars(select(Person).where(Person.username == "thu.ky.iso")).one())
    return load_demo(moment, only_tell=True)


def demo_code(username: str, instant: datetime) -> str:
    """The present code of a demo person's authenticator app, one that has not been used yet.

    Raises ``Refused`` on any other installation (no_demo): there nobody reads out the second factor of somebody else.
    """
    person = find(username)
    if not is_loaded():
        raise _refused("no_demo", _l("This is not the demo office. Here a code comes from the person's own authenticator app."))
    if person is None:
        raise _refused("nobody", _l("There is nobody with the user name “%(username)s”.", username=username))
    secret, step = secret_of(person), next_step(person, instant)
    if secret is None:
        raise _refused("no_app", _l("This account has no authenticator app; its password is enough."))
    if step is None:
        raise _refused("codes_used", _l("The codes of this minute are used; please try again in half a minute."))
    return code_at(secret, step)


def _refused(code: str, sentence: LazyString) -> Refused:
    return Refused([Refusal(code, sentence)])


def _told(username: str, shows: str) -> tuple[str, str, str]:
    """A sign-in as a command prints it; beside it where the second step comes from."""
    person = find(username)
    if person is not None and person.totp_secret is not None:
        shows += " · " + _("second step: qms demo-code %(username)s", username=username)
    return username, PASSWORD, shows


def _begin_audit(moment: Moment, officer: Person) -> None:
    """The quality officer has started today's audit and asked the first questions."""
    acting = Moment(actor_of(officer, moment.today), moment.instant)
    audit = db.session.scalars(select(Audit).where(Audit.lead_auditor_id == officer.id)).one()
    audits.start(audit, acting)
    db.session.flush()
    seen = audits.add_evidence(audit, EvidenceKind.RECORD, "Sổ theo dõi hồ sơ tháng này, trang 1 đến 12", acting)
    db.session.flush()
    for question in audit.questions[:5]:
        _answer(question, Answer.CONFORMS, "", seen.number, acting)
    _answer(
        audit.questions[5],
        Answer.OBSERVATION,
        "Bảng niêm yết thủ tục để ở góc khuất, người dân khó thấy.",
        seen.number,
        acting,
    )


def _answer(question: Question, answer: Answer, finding: str, evidence: int, moment: Moment) -> None:
    given = Given(question.audit_id, question.number, str(uuid4()), question.version, answer, finding, evidence=(evidence,))
    answering.answer(given, moment)
