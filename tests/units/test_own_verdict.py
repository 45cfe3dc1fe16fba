"""What the last evaluation said of the own unit, above my work."""

from collections.abc import Callable
from datetime import UTC, date, datetime

from flask.testing import FlaskClient

from qms.accounts.permissions import Role
from qms.dashboard.queries import own_verdict
from qms.evaluation.models import Run, RunOrigin, RunUnit, Verdict
from qms.kernel.db import db
from qms.units.models import Unit
from tests.office import Office, past_the_trail

SignIn = Callable[..., object]


def evaluate(unit: Unit, as_of: date, verdict: Verdict, forecast: bool = False) -> None:
    """Stores a run over one unit."""
    with past_the_trail() as session:
        session.add(
            Run(
                criteria_set="TRY",
                set_hash="0",
                as_of=as_of,
                forecast=forecast,
                origin=RunOrigin.PERSON,
                sealed_at=datetime(2026, 11, 30, tzinfo=UTC),
                sealed_by="thuky",
                seal=as_of.isoformat(),
                trail_head=0,
                in_scope=1,
                maintaining=0,
                building=0,
                agencies_in_scope=1,
                agencies_announced=1,
                agencies_maintaining=0,
                units=[
                    RunUnit(
                        position=1,
                        unit_id=unit.id,
                        unit_code=unit.code,
                        unit_name=unit.name,
                        kind=unit.kind,
                        verdict=verdict,
                        timely_verdict=verdict,
                        score=11,
                        weight=15,
                    )
                ],
            )
        )


def test_the_newest_run_that_is_no_forecast_counts(office: Office) -> None:
    ward = office.agency("P1")
    person = office.person(unit=ward, role=Role.READER)
    assert own_verdict(office.moment(person)) is None
    evaluate(ward, date(2026, 11, 30), Verdict.TO_SUPPLEMENT)
    evaluate(ward, date(2025, 11, 30), Verdict.MAINTAINS)
    evaluate(ward, date(2026, 12, 31), Verdict.NOT_MAINTAINED, forecast=True)
    found = own_verdict(office.moment(person))
    assert found is not None
    assert (found.row.verdict, found.share.text("vi")) == (Verdict.TO_SUPPLEMENT, "11/15 (73,3%)")


def test_the_verdict_stands_above_my_work_and_leads_to_its_reasons(client: FlaskClient, office: Office, sign_in: SignIn) -> None:
    ward = office.agency("P1")
    office.person("doc", unit=ward, role=Role.READER)
    evaluate(ward, date(2026, 11, 30), Verdict.TO_SUPPLEMENT)
    db.session.rollback()
    sign_in(client, "doc")
    text = client.get("/").text
    assert "<b>11/15</b>" in text
    assert f"/units/{ward.id}" in text


def test_without_the_permission_no_verdict_is_told(office: Office) -> None:
    ward = office.agency("P1")
    evaluate(ward, date(2026, 11, 30), Verdict.TO_SUPPLEMENT)
    assert own_verdict(office.moment(office.person(unit=ward))) is None
