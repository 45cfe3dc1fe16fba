"""What the pages and saves of audits ask of the database: at most a dozen statements, whatever is stored."""

from collections.abc import Callable
from io import BytesIO

import pytest
from flask.testing import FlaskClient
from PIL import Image

from audits.models import Answer, Audit
from audits.queries import facts_of
from qms.accounts.permissions import Role
from qms.kernel.db import db
from tests.audits.answers import sent
from tests.audits.conftest import Ward
from tests.statements import asked_again, statements

MOST = 12
BOUNDS = ("BEGIN", "SAVEPOINT", "RELEASE")


pytestmark = pytest.mark.usefixtures("on_the_day")


@pytest.fixture
def audit(ward: Ward, audit: Audit) -> Audit:
    """The audit that has started, among others that the lead leads and one of a unit elsewhere."""
    for _number in range(3):
        ward.plan()
    ward.office.audit(ward.office.agency("KHAC"), lead_auditor_id=ward.lead.id)
    return audit


@pytest.fixture
def lead(client: FlaskClient, sign_in: Callable[..., object], ward: Ward, audit: Audit) -> FlaskClient:
    """The lead auditor at the door, who may plan as well."""
    ward.office.grant(ward.lead, Role.QUALITY_OFFICER, ward.agency)
    sign_in(client, "lead")
    return client


@pytest.mark.parametrize(
    "page",
    [
        "",
        "?q=vh&state=under_way&year=2026",
        "new",
        "new?unit_id={unit}",
        "{audit}",
        "{audit}/history",
        "{audit}/steps",
        "{audit}/questions/1",
        "{audit}/questions/1/evidence",
        "{audit}/report",
        "{audit}/cancel",
        "{audit}/lead",
    ],
)
def test_a_page_asks_a_dozen_times(lead: FlaskClient, ward: Ward, audit: Audit, page: str) -> None:
    seen = asked_again(lead, "/audits/" + page.format(audit=audit.id, unit=ward.unit.id))
    seen = [each for each in seen if not each.startswith(BOUNDS)]
    assert len(seen) <= MOST, "\n".join(seen)


def test_the_list_asks_no_more_for_more_audits(lead: FlaskClient, ward: Ward, audit: Audit) -> None:
    few = asked_again(lead, "/audits/")
    for _number in range(20):
        ward.plan()
    assert len(asked_again(lead, "/audits/")) == len(few)


@pytest.mark.parametrize("deed", ["answer", "evidence", "start", "lead", "cancel", "plan"])
def test_a_save_asks_a_dozen_times(lead: FlaskClient, ward: Ward, audit: Audit, deed: str) -> None:
    planned, other = ward.plan(), ward.office.person("other", unit=ward.other)
    sendings: dict[str, tuple[str, dict[str, object]]] = {
        "answer": (f"{audit.id}/questions/1", sent(audit, 1, Answer.OBSERVATION, finding="3/12")),
        "evidence": (f"{audit.id}/questions/1/evidence", {"record_text": "Sổ 12"}),
        "start": (f"{planned.id}/start", {"version": planned.version}),
        "lead": (f"{audit.id}/lead", {"version": audit.version, "lead_auditor_id": other.id}),
        "cancel": (f"{audit.id}/cancel", {"version": audit.version, "reason": "sáp nhập"}),
        "plan": (
            "new",
            {
                "unit_id": ward.unit.id,
                "kind": "planned",
                "planned_on": "01/12/2026",
                "lead_auditor_id": other.id,
                "clauses": ["8.5"],
            },
        ),
    }
    address, fields = sendings[deed]
    db.session.rollback()
    with statements() as seen:
        answer = lead.post("/audits/" + address, data=fields)
    assert answer.status_code in (200, 303), answer.text
    asked = [each for each in seen if not each.startswith(BOUNDS)]
    assert len(asked) <= MOST, "\n".join(asked)


@pytest.mark.parametrize(
    ("kind", "more"),
    [("record", 0), pytest.param("photo", 2, id="the right is asked before it is decoded, and it is a file"), ("fact", 1)],
)
def test_the_dialog_of_evidence_saves_and_shows_in_a_dozen(
    lead: FlaskClient, ward: Ward, audit: Audit, kind: str, more: int
) -> None:
    ward.office.procedure(ward.unit, code="QT-1")
    picture = BytesIO()
    Image.new("RGB", (8, 8)).save(picture, "png")
    picture.seek(0)
    sendings: dict[str, dict[str, object]] = {
        "record": {"record_text": "Sổ 12"},
        "photo": {"photo": (picture, "anh.png"), "photo_text": "Bảng niêm yết"},
        "fact": {"fact": facts_of(audit.unit_id)[0].key},
    }
    address = f"/audits/{audit.id}/questions/1/evidence"
    lead.post(address, data={"record_text": "Sổ 11"})
    db.session.rollback()
    with statements() as seen:
        answer = lead.post(address, data=sendings[kind], headers={"HX-Request": "true"})
    assert answer.status_code == 200 and 'data-evidence-added="1"' in answer.text
    asked = [each for each in seen if not each.startswith(BOUNDS)]
    assert len(asked) <= MOST + more, "\n".join(asked)
    assert [item.number for item in ward.office.again(audit).questions[0].evidence] == [1, 2]
