"""People at the door, and the clock moved on."""

from collections.abc import Callable
from contextlib import AbstractContextManager
from datetime import UTC, datetime, timedelta

import pytest
import time_machine

from qms.accounts.models import Person
from qms.accounts.permissions import Role
from tests.office import Office

Later = Callable[[timedelta], AbstractContextManager[object]]


@pytest.fixture
def officer(office: Office) -> Person:
    """A quality officer of a ward: a role that needs a second factor."""
    return office.person("thuky", unit=office.agency("P1", name="Phường Một"), role=Role.QUALITY_OFFICER)


@pytest.fixture
def head(office: Office, officer: Person) -> Person:
    """A unit head of the same ward: a role that can do little harm."""
    return office.person("truongphong", unit=officer.unit, role=Role.UNIT_HEAD)


@pytest.fixture
def later() -> Later:
    """A function ``later(span)``: inside ``with``, so much time has passed."""
    return lambda span: time_machine.travel(datetime.now(UTC) + span, tick=True)
