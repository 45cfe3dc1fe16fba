"""A ward with its people, the province above it, and another ward beside it."""

from dataclasses import dataclass, field

import pytest

from qms.accounts.models import Person
from qms.accounts.permissions import Role
from qms.kernel.moment import Moment
from qms.units.models import Unit
from tests.office import TODAY, Office


@dataclass
class Ward:
    """Whom most tests of people need; each has the role of the name."""

    office: Office
    province: Unit = field(init=False)
    ward: Unit = field(init=False)
    division: Unit = field(init=False)
    other: Unit = field(init=False)
    elsewhere: Unit = field(init=False)

    def __post_init__(self) -> None:
        office = self.office
        self.province = office.agency("P", name="Ủy ban nhân dân tỉnh Mẫu")
        self.ward = office.agency("W", parent=self.province, name="Ủy ban nhân dân phường Minh An (mẫu)")
        self.division = office.unit("D", parent=self.ward, name="Phòng Văn hóa - Xã hội")
        self.other = office.unit("O", parent=self.ward, name="Văn phòng HĐND và UBND")
        self.elsewhere = office.agency("X", parent=self.province, name="Ủy ban nhân dân phường Bên Cạnh (mẫu)")
        self.chief = self._person("chief", self.province, Role.ADMINISTRATOR, self.province)
        self.admin = self._person("admin", self.other, Role.ADMINISTRATOR, self.ward)
        self.officer = self._person("officer", self.other, Role.QUALITY_OFFICER, self.ward)
        self.leader = self._person("leader", self.ward, Role.LEADER, self.ward)
        self.head = self._person("head", self.division, Role.UNIT_HEAD, self.division, full_name="Đỗ Thị Hạnh")
        self.staff = self._person("staff", self.division, Role.STAFF, self.division)
        self.stranger = self._person("stranger", self.elsewhere, Role.STAFF, self.elsewhere)

    def _person(self, name: str, home: Unit, role: Role, reach: Unit, **fields: str) -> Person:
        person = self.office.person(name, unit=home, email=f"{name}@example.vn", **fields)
        self.office.grant(person, role, reach)
        return person

    def now(self, person: Person | None = None) -> Moment:
        """A person at nine o'clock of the day of the tests."""
        return self.office.moment(person, TODAY)


@pytest.fixture
def ward(office: Office) -> Ward:
    """The ward on the database of the test."""
    return Ward(office)
