"""A list asks the database as often for forty records as for two."""

from collections.abc import Callable
from datetime import timedelta

from flask.testing import FlaskClient

from audits.models import AuditState
from nonconformities.models import NonconformityState
from tests.nonconformities.ward import Ward
from tests.office import TODAY, Office
from tests.statements import asked_again

PAGES = ("/", "/units", "/procedures", "/audits/", "/nonconformities", "/nonconformities/export.csv", "/reviews", "/evaluation")


def _fill(ward: Ward, count: int) -> None:
    office = ward.office
    for _number in range(count):
        unit = office.unit(parent=ward.ward)
        office.procedure(unit)
        office.audit(unit, state=AuditState.UNDER_WAY, lead_auditor_id=ward.officer.id)
        office.nonconformity(unit)
        nc = office.nonconformity(unit, state=NonconformityState.VERIFYING)
        office.response(nc, TODAY - timedelta(days=9), effect_due_on=TODAY, effect_limit_on=TODAY)


def _statements(client: FlaskClient) -> dict[str, int]:
    return {page: len(asked_again(client, page)) for page in PAGES}


def test_more_records_ask_no_more_statements(office: Office, client: FlaskClient, sign_in: Callable[..., object]) -> None:
    ward = Ward(office)
    sign_in(client, "officer")
    _fill(ward, 2)
    few = _statements(client)
    _fill(ward, 10)
    assert _statements(client) == few
