"""A ward with two units, an officer, an auditor and a lead auditor of another unit."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass

import pytest
import time_machine
from flask.testing import FlaskClient

from audits import service
from audits.models import Audit, AuditKind
from qms.accounts.models import Person
from qms.accounts.permissions import Role
from qms.kernel.db import db, writing
from qms.units.models import Unit
from tests.office import TODAY, Office, at


@dataclass
class Ward:
    """What most tests of audits start from."""

    office: Office
    agency: Unit
    unit: Unit
    other: Unit
    officer: Person
    lead: Person

    def plan(self, clauses: tuple[str, ...] = ("7.5",), lead: Person | None = None) -> Audit:
        """A planned audit of ``unit``."""
        officer = self.office.moment(self.officer)
        with writing():
            return service.plan_audit(self.unit, AuditKind.PLANNED, TODAY, lead or self.lead, clauses, officer)


@pytest.fixture
def ward(office: Office) -> Ward:
    """A ward in which somebody of the other unit leads the audits."""
    agency = office.agency("PHUONG")
    unit, other = office.unit("VH", parent=agency), office.unit("KT", parent=agency)
    officer = office.person("officer", unit=agency, role=Role.QUALITY_OFFICER)
    lead = office.person("lead", unit=other, role=Role.STAFF)
    db.session.rollback()
    return Ward(office, agency, unit, other, officer, lead)


@pytest.fixture
def on_the_day() -> Iterator[None]:
    """The pages ask the clock; the builders do not."""
    with time_machine.travel(at(TODAY), tick=True):
        yield


@pytest.fixture
def audit(ward: Ward) -> Audit:
    """An audit of clause 7.5 that has started."""
    audit = ward.plan()
    with writing():
        service.start(audit, ward.office.moment(ward.lead))
    return audit


@pytest.fixture
def lead(client: FlaskClient, sign_in: Callable[..., object], audit: Audit) -> FlaskClient:
    """The lead auditor at the door."""
    sign_in(client, "lead")
    return client
