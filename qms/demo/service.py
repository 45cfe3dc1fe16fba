"""Loading the demo office: the ordinary take-over, passwords for everybody, and an audit under way."""

from sqlalchemy import select, update

from audits import service as audits
from audits.models import Answer, Audit, EvidenceKind
from qms.accounts.actor import actor_of
from qms.accounts.models import Person
from qms.accounts.passwords import hash_password
from qms.accounts.service import KIND
from qms.demo.office import register
from qms.imports.registers import SHEETS
from qms.imports.takeover import take_over
from qms.imports.writer import write_workbook
from qms.kernel.bulk import OPTIONS
from qms.kernel.db import db, writing
from qms.kernel.language import _l
from qms.kernel.moment import Moment
from qms.kernel.refusal import Refusal, Refused
from qms.trail.service import record
from qms.units.models import Unit

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
    return db.session.scalar(select(Unit.id).where(Unit.code == "MA", Unit.name.endswith("(mẫu)"))) is not None


def load_demo(moment: Moment, *, only_tell: bool = False) -> list[tuple[str, str, str]]:
    """Loads the demo office into an empty database and answers with its sign-ins (username, password, what it shows).

    ``only_tell`` loads nothing. Raises ``Refused`` when the database holds another office.
    """
    if only_tell:
        told = [(name, PASSWORD, shows) for name, shows in SIGN_INS] if is_loaded() else []
        db.session.rollback()
        return told
    if db.session.scalar(select(Unit.id).limit(1)) is not None:
        raise Refused([Refusal("not_empty", _l("The database holds an office already; the demo is loaded into an empty one."))])
    take_over(write_workbook(SHEETS, register(moment.today)), moment)
    people = db.session.scalars(select(Person.id)).all()
    hashes = {person_id: hash_password(PASSWORD) for person_id in people}
    with writing() as session:
        for person_id, hashed in hashes.items():
            session.execute(update(Person).where(Person.id == person_id).values(password_hash=hashed), execution_options=OPTIONS)
            record(moment, KIND, str(person_id), "set_password")
    with writing() as session:
        _begin_audit(moment, session.scalars(select(Person).where(Person.username == "thu.ky.iso")).one())
    return load_demo(moment, only_tell=True)


def _begin_audit(moment: Moment, officer: Person) -> None:
    """The quality officer has started today's audit and asked the first questions."""
    acting = Moment(actor_of(officer, moment.today), moment.instant)
    audit = db.session.scalars(select(Audit).where(Audit.lead_auditor_id == officer.id)).one()
    audits.start(audit, acting)
    db.session.flush()
    seen = audits.add_evidence(audit, EvidenceKind.RECORD, "Sổ theo dõi hồ sơ tháng này, trang 1 đến 12", acting)
    db.session.flush()
    for question in audit.questions[:5]:
        audits.answer(question, Answer.CONFORMS, evidence_ids=[seen.id], moment=acting)
    audits.answer(
        audit.questions[5],
        Answer.OBSERVATION,
        finding="Bảng niêm yết thủ tục để ở góc khuất, người dân khó thấy.",
        evidence_ids=[seen.id],
        moment=acting,
    )
