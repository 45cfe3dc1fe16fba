"""A ward with a division, people around it, and a nonconformity at every stage of its life."""

from datetime import date, timedelta

from nonconformities import service
from nonconformities.models import Grade, Nonconformity, Source
from qms.accounts.models import Person
from qms.accounts.permissions import Role
from qms.kernel.db import writing
from qms.kernel.moment import Moment
from qms.units.models import Unit
from tests.office import TODAY, Office


class Ward:
    """A ward with a division, its head, a member of staff, a quality officer outside the division, and an auditor."""

    def __init__(self, office: Office) -> None:
        self.office = office
        self.ward = office.agency("W")
        self.division = office.unit("D", parent=self.ward)
        self.other = office.unit("O", parent=self.ward)
        self.head = self._person("head", self.division, Role.UNIT_HEAD, self.division)
        self.staff = self._person("staff", self.other, Role.STAFF, self.other)
        self.officer = self._person("officer", self.other, Role.QUALITY_OFFICER, self.ward)
        self.reader = self._person("reader", self.other, Role.READER, self.ward)

    def _person(self, name: str, home: Unit, role: Role, reach: Unit) -> Person:
        person = self.office.person(name, unit=home)
        self.office.grant(person, role, reach)
        return person

    def now(self, person: Person, day: date = TODAY) -> Moment:
        return self.office.moment(person, day)

    def raised(self, day: date = TODAY, grade: Grade = Grade.MINOR) -> Nonconformity:
        moment = self.now(self.officer, day)
        with writing():
            return service.raise_nonconformity(
                self.division,
                grade=grade,
                statement="Giấy tiếp nhận thiếu ngày hẹn trả",
                requirement=None,
                evidence="5/20 giấy",
                clause="8.5.1",
                source=Source.INSPECTION,
                moment=moment,
            )

    def planned(self, day: date = TODAY) -> Nonconformity:
        nc, moment = self.raised(day), self.now(self.head, day)
        with writing():
            service.record_analysis(nc, "In lại giấy", "Không ai kiểm tra biểu mẫu", moment)
            service.add_action(nc, "Đặt ô bắt buộc", self.staff, day + timedelta(days=10), moment)
        return nc

    def acting(self, day: date = TODAY) -> Nonconformity:
        nc, moment = self.planned(day), self.now(self.head, day)
        with writing():
            service.submit(nc, day + timedelta(days=40), moment)
        return nc

    def verifying(self, day: date = TODAY) -> Nonconformity:
        nc, moment = self.acting(day), self.now(self.staff, day)
        with writing():
            service.complete_action(nc.actions[0], "Đã sửa phần mềm", moment)
        return nc

    def verified(self, day: date = TODAY) -> Nonconformity:
        nc, moment = self.verifying(day), self.now(self.officer, day)
        with writing():
            service.verify(nc, True, "30/30 giấy ghi đủ", moment)
        return nc

    def closed(self, day: date = TODAY) -> Nonconformity:
        nc, moment = self.verified(day), self.now(self.officer, day)
        with writing():
            service.close(nc, moment)
        return nc
