"""Whoever decides sees what about: requirement, evidence, cause, actions and what came of them stand on each form."""

import pytest
from flask.testing import FlaskClient

from nonconformities.models import Nonconformity
from tests.conftest import SignIn
from tests.nonconformities.ward import Ward
from tests.office import Office, past_the_trail

FOUND = ("Giấy tiếp nhận thiếu ngày hẹn trả", "Điều 17 Nghị định 61", "5/20 giấy")
PLANNED = ("In lại giấy", "Không ai kiểm tra biểu mẫu", "Đặt ô bắt buộc")


@pytest.fixture
def ward(office: Office) -> Ward:
    return Ward(office)


def at_stage(ward: Ward, stage: str) -> Nonconformity:
    nc: Nonconformity = getattr(ward, stage)()
    with past_the_trail():
        nc.requirement = "Điều 17 Nghị định 61"
    return nc


@pytest.mark.parametrize(
    ("stage", "who", "step", "seen"),
    [
        ("raised", "head", "answer", FOUND),
        ("raised", "officer", "prepare", FOUND),
        ("planned", "head", "submit", (*FOUND, *PLANNED)),
        ("acting", "officer", "send-back", (*FOUND, *PLANNED)),
        ("acting", "staff", "actions/1/complete", (*FOUND, *PLANNED)),
        ("acting", "officer", "actions/1/prepare", (*FOUND, *PLANNED)),
        ("verifying", "officer", "verify", (*FOUND, *PLANNED, "Đã sửa phần mềm")),
        ("verified", "officer", "close", (*FOUND, *PLANNED, "Đã sửa phần mềm", "30/30 giấy ghi đủ", "Công chức officer")),
    ],
)
def test_the_form_of_a_step_shows_what_is_decided_about(
    ward: Ward, client: FlaskClient, sign_in: SignIn, stage: str, who: str, step: str, seen: tuple[str, ...]
) -> None:
    nc = at_stage(ward, stage)
    sign_in(client, who)
    page = client.get(f"/nonconformities/{nc.id}/{step}").text
    missing = [text for text in seen if text not in page]
    assert not missing
