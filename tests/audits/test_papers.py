"""The papers of an audit: what stands on them, when they are kept, who may have them."""

import hashlib
from collections.abc import Callable
from io import BytesIO

import pytest
from flask.testing import FlaskClient
from pypdf import PdfReader
from sqlalchemy import select
from sqlalchemy.exc import IntegrityError

from audits import service
from audits.models import Answer, Audit, AuditPaper, PaperKind
from qms.accounts.permissions import Role
from qms.kernel.db import db, writing
from qms.trail.service import history
from tests.audits.answers import give
from tests.audits.conftest import Ward
from tests.office import TODAY, at, past_the_trail

SEEN = "Đã xem 20/20 hồ sơ tháng 11; sổ theo dõi ghi đủ ngày nhận, ngày trả."
STATEMENT = "Bảng niêm yết chưa cập nhật theo quyết định mới."


pytestmark = pytest.mark.usefixtures("on_the_day")


@pytest.fixture
def audit(ward: Ward) -> Audit:
    """An audit of clause 7.5 that has started: three questions, two of them answered."""
    audit, moment = ward.plan(), ward.office.moment(ward.lead)
    with writing():
        service.start(audit, moment)
        give(audit.questions[0], Answer.CONFORMS, moment, finding=SEEN)
        give(audit.questions[1], Answer.MINOR, moment, finding="3/20", requirement="Điều 7.5.3", statement=STATEMENT)
        service.raise_from(audit.questions[1], moment)
    return audit


def reported(audit: Audit, ward: Ward) -> None:
    """Answers what is left, and reports."""
    moment = ward.office.moment(ward.lead)
    with writing():
        give(audit.questions[2], Answer.NOT_APPLICABLE, moment, reason="Đơn vị không lưu bản giấy.")
        service.report(audit, "Hệ thống được duy trì.\nCần cập nhật bảng niêm yết.", moment)


def text_of(content: bytes) -> str:
    """The words of a PDF on one line."""
    return " ".join(" ".join(page.extract_text() for page in PdfReader(BytesIO(content)).pages).split())


def issue(client: FlaskClient, audit: Audit, kind: PaperKind) -> bytes:
    """Prints a paper and fetches it."""
    return client.post(f"/audits/{audit.id}/papers/{kind.value}", follow_redirects=True).data


def test_the_plan_names_unit_day_clauses_and_lead_as_an_official_paper(lead: FlaskClient, ward: Ward, audit: Audit) -> None:
    words = text_of(issue(lead, audit, PaperKind.PLAN))
    for part in ("CỘNG HÒA XÃ HỘI CHỦ NGHĨA VIỆT NAM", "KẾ HOẠCH", ward.unit.name, TODAY.strftime("%d/%m/%Y"), "7.5"):
        assert part in words, part
    assert ward.lead.full_name in words and "không thuộc đơn vị được đánh giá" in words and "DỰ THẢO" not in words


def test_the_checklist_holds_every_answer_with_everything_typed(lead: FlaskClient, ward: Ward, audit: Audit) -> None:
    with writing():
        give(audit.questions[2], Answer.OBSERVATION, ward.office.moment(ward.lead), finding="Lưu ý A", reason="lý do đã gõ")
    words = text_of(issue(lead, audit, PaperKind.CHECKLIST))
    for part in (SEEN, "3/20", "Điều 7.5.3", STATEMENT, "Lưu ý A", "lý do đã gõ", *(each.text_vi for each in audit.questions)):
        assert " ".join(part.split()) in words, part
    assert audit.questions[1].nonconformity is not None and audit.questions[1].nonconformity.code in words


def test_the_report_tells_findings_conclusion_and_who_led(lead: FlaskClient, ward: Ward, audit: Audit) -> None:
    reported(audit, ward)
    words = text_of(issue(lead, audit, PaperKind.REPORT))
    nonconformity = audit.questions[1].nonconformity
    assert nonconformity is not None
    for part in ("BÁO CÁO", "Kính gửi: Lãnh đạo", nonconformity.code, STATEMENT, "Đơn vị không lưu bản giấy."):
        assert part in words, part
    assert "Không phù hợp nhẹ: 01" in words and "KPH" not in words, "an official paper shortens no grade"
    for part in ("Hệ thống được duy trì.", "Cần cập nhật bảng niêm yết.", "TRƯỞNG ĐOÀN ĐÁNH GIÁ", ward.lead.full_name):
        assert part in words, part


def test_a_final_paper_is_kept_and_served_again_with_its_hash_in_the_trail(lead: FlaskClient, ward: Ward, audit: Audit) -> None:
    reported(audit, ward)
    first, again = issue(lead, audit, PaperKind.REPORT), issue(lead, audit, PaperKind.REPORT)
    kept = db.session.scalars(select(AuditPaper)).one()
    assert first == again == kept.content and kept.sha256 == hashlib.sha256(first).hexdigest() and kept.size == len(first)
    entry = next(entry for entry in history("audit", audit.code) if entry.deed == "issue_paper")
    assert kept.sha256 in str(entry.changes)
    page = lead.get(f"/audits/{audit.id}").text
    assert f"/audits/{audit.id}/papers/{kept.id}.pdf" in page and kept.sha256 in page


def test_what_is_not_final_is_a_draft_and_not_kept(lead: FlaskClient, audit: Audit) -> None:
    answer = lead.post(f"/audits/{audit.id}/papers/checklist")
    assert answer.status_code == 200 and answer.data.startswith(b"%PDF")
    assert db.session.scalars(select(AuditPaper)).all() == []
    assert lead.post(f"/audits/{audit.id}/papers/report").status_code == 404


def test_a_plan_with_another_lead_is_another_paper(
    lead: FlaskClient, sign_in: Callable[..., object], ward: Ward, audit: Audit
) -> None:
    sign_in(lead, "officer")
    other = ward.office.person("other", unit=ward.other, full_name="Người Dẫn Mới")
    first, same = issue(lead, audit, PaperKind.PLAN), issue(lead, audit, PaperKind.PLAN)
    with writing():
        service.change_lead(audit, other, ward.office.moment(ward.officer))
    second = issue(lead, audit, PaperKind.PLAN)
    assert first == same and "Người Dẫn Mới" not in text_of(first) and "Người Dẫn Mới" in text_of(second)
    assert len(db.session.scalars(select(AuditPaper)).all()) == 2


def test_an_audit_called_off_has_no_papers(lead: FlaskClient, sign_in: Callable[..., object], ward: Ward, audit: Audit) -> None:
    with writing():
        service.cancel(audit, "sáp nhập", ward.office.moment(ward.officer))
    sign_in(lead, "officer")
    assert lead.post(f"/audits/{audit.id}/papers/plan").status_code == 404


def test_papers_are_for_whoever_may_see_the_audit(
    lead: FlaskClient, sign_in: Callable[..., object], ward: Ward, audit: Audit
) -> None:
    reported(audit, ward)
    issue(lead, audit, PaperKind.REPORT)
    kept = db.session.scalars(select(AuditPaper)).one()
    another = ward.plan()
    assert lead.get(f"/audits/{another.id}/papers/{kept.id}.pdf").status_code == 404
    lead.post("/sign-out")
    ward.office.person("stranger", unit=ward.other, role=Role.UNIT_HEAD)
    sign_in(lead, "stranger")
    assert lead.get(f"/audits/{audit.id}/papers/{kept.id}.pdf").status_code == 404
    assert lead.post(f"/audits/{audit.id}/papers/report").status_code == 404


def test_the_same_facts_give_no_second_paper_whoever_writes(ward: Ward, audit: Audit) -> None:
    fields = {"audit_id": audit.id, "kind": PaperKind.PLAN, "basis": "x", "content": b"x", "sha256": "0" * 64, "size": 1}
    with pytest.raises(IntegrityError), past_the_trail() as session:
        session.add_all([AuditPaper(**fields, issued_at=at(TODAY)), AuditPaper(**fields, issued_at=at(TODAY))])


def test_the_report_of_an_audit_from_a_register_names_what_registers_raise_for_it(
    client: FlaskClient, sign_in: Callable[..., object], ward: Ward
) -> None:
    sign_in(client, "officer")
    office = ward.office
    taken = office.audit(ward.unit, "ĐG-CŨ-1", reported_on=TODAY)
    office.nonconformity(ward.unit, "NC-CŨ-1", audit_code="ĐG-CŨ-1", statement="Sổ theo dõi thiếu ngày trả.")
    office.nonconformity(ward.other, "NC-CŨ-2", audit_code="ĐG-CŨ-1", statement="Của đơn vị khác.")
    words = text_of(issue(client, taken, PaperKind.REPORT))
    assert "NC-CŨ-1" in words and "Sổ theo dõi thiếu ngày trả." in words
    assert "NC-CŨ-2" not in words, "a code that another unit typed is another audit's"
    assert "Sổ theo dõi không ghi kết luận của cuộc đánh giá." in words
    assert "Điểm lưu ý" not in words, "a register tells nothing of observations, so the paper does not say that there were none"


def test_where_registers_name_no_nonconformity_the_report_says_just_that(
    client: FlaskClient, sign_in: Callable[..., object], ward: Ward
) -> None:
    sign_in(client, "officer")
    words = text_of(issue(client, ward.office.audit(ward.unit, "ĐG-CŨ-1", reported_on=TODAY), PaperKind.REPORT))
    assert "sổ theo dõi không ghi sự không phù hợp nào của cuộc đánh giá này" in words


@pytest.mark.parametrize("kind", PaperKind)
def test_the_day_of_making_in_the_file_is_that_on_the_paper(lead: FlaskClient, ward: Ward, audit: Audit, kind: PaperKind) -> None:
    reported(audit, ward)
    properties = PdfReader(BytesIO(issue(lead, audit, kind))).metadata
    assert properties is not None and properties.creation_date is not None
    assert properties.creation_date.isoformat() == f"{TODAY.isoformat()}T00:00:00+07:00"
