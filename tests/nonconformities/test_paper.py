"""The paper of a nonconformity: what stands on it, when it is kept, who may have it."""

import hashlib
from io import BytesIO

import pytest
from flask.testing import FlaskClient
from pypdf import PdfReader
from sqlalchemy import select
from sqlalchemy.exc import IntegrityError

from nonconformities import service
from nonconformities.models import Nonconformity, NonconformityPaper
from qms.accounts.permissions import Role
from qms.kernel.db import db, writing
from qms.trail.service import history
from tests.conftest import SignIn
from tests.nonconformities.ward import Ward
from tests.office import Office, past_the_trail

SEEN = ("Giấy tiếp nhận thiếu ngày hẹn trả", "5/20 giấy", "In lại giấy", "Không ai kiểm tra biểu mẫu", "Đặt ô bắt buộc")
LATER = ("Đã sửa phần mềm", "30/30 giấy ghi đủ", "Công chức officer")


@pytest.fixture
def ward(office: Office) -> Ward:
    return Ward(office)


def text_of(content: bytes) -> str:
    """The words of a PDF on one line."""
    return " ".join(" ".join(page.extract_text() for page in PdfReader(BytesIO(content)).pages).split())


def issue(client: FlaskClient, nc: Nonconformity) -> bytes:
    answer = client.post(f"/nonconformities/{nc.id}/papers", follow_redirects=True)
    assert (answer.status_code, answer.content_type) == (200, "application/pdf")
    return answer.data


def papers() -> list[NonconformityPaper]:
    return list(db.session.scalars(select(NonconformityPaper).order_by(NonconformityPaper.id)))


def test_a_closed_one_is_printed_once_with_everything_and_kept_with_its_hash(
    ward: Ward, client: FlaskClient, sign_in: SignIn
) -> None:
    nc = ward.closed()
    sign_in(client, "reader")
    content = issue(client, nc)
    words = text_of(content)
    assert [part for part in (nc.code, *SEEN, *LATER) if part not in words] == []
    assert "DỰ THẢO" not in words
    made = PdfReader(BytesIO(content)).metadata
    assert made is not None and made.creation_date is not None
    assert made.creation_date.strftime("Ngày: %d/%m/%Y") in words, "the day in the file is that on the paper"
    assert issue(client, nc) == content, "the same bytes at each asking"
    (kept,) = papers()
    assert kept.sha256 == hashlib.sha256(content).hexdigest() and kept.size == len(content)
    told = history("nonconformity", nc.code)[0]
    assert (told.deed, told.changes) == ("issue_paper", {"sha256": [None, kept.sha256]})
    assert kept.sha256[:12] in client.get(f"/nonconformities/{nc.id}").text


@pytest.mark.parametrize("stage", ["raised", "acting", "verified"])
def test_before_that_it_is_a_draft_that_nobody_keeps(ward: Ward, client: FlaskClient, sign_in: SignIn, stage: str) -> None:
    nc = getattr(ward, stage)()
    sign_in(client, "head")
    words = text_of(issue(client, nc))
    assert "DỰ THẢO" in words and SEEN[0] in words
    assert not papers()


def test_reopened_and_closed_anew_it_is_another_paper(ward: Ward, client: FlaskClient, sign_in: SignIn) -> None:
    nc = ward.closed()
    sign_in(client, "officer")
    first = issue(client, nc)
    with writing():
        service.reopen(nc, "Lặp lại", ward.now(ward.officer))
    assert "DỰ THẢO" in text_of(issue(client, nc))
    assert [paper.content for paper in papers()] == [first]


def test_a_stranger_gets_no_paper(ward: Ward, client: FlaskClient, sign_in: SignIn) -> None:
    nc = ward.closed()
    sign_in(client, "officer")
    issue(client, nc)
    ward.office.person("stranger", unit=ward.office.agency("V"), role=Role.QUALITY_OFFICER)
    sign_in(client, "stranger")
    assert client.post(f"/nonconformities/{nc.id}/papers").status_code == 404
    assert client.get(f"/nonconformities/{nc.id}/papers/{papers()[0].id}.pdf").status_code == 404


def test_the_database_keeps_no_empty_paper(ward: Ward) -> None:
    nc = ward.closed()
    given = {"basis": "x", "content": b"", "sha256": "0" * 64, "size": 0, "issued_at": ward.now(ward.officer).instant}
    with pytest.raises(IntegrityError), past_the_trail() as session:
        session.add(NonconformityPaper(nonconformity_id=nc.id, **given))
