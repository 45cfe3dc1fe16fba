"""A division with a head, a deputy head, a secretary, and a nonconformity that waits for its answer."""

from datetime import timedelta

from nonconformities.answering import preparables
from nonconformities.models import Nonconformity
from qms.accounts.models import Person
from qms.accounts.permissions import Role
from qms.behalf import service
from qms.behalf.models import PreparedForm
from qms.kernel.db import db, writing
from tests.nonconformities.ward import Ward
from tests.office import TODAY, Office

DUE_ON, EFFECT_ON = TODAY + timedelta(days=10), TODAY + timedelta(days=40)


class HeadOffice(Ward):
    """The ward with a secretary in the division, and a colleague who becomes the deputy of its head when asked."""

    def __init__(self, office: Office) -> None:
        super().__init__(office)
        self.secretary = office.person("secretary", unit=self.division, role=Role.STAFF)
        self.colleague = office.person("colleague", unit=self.other, role=Role.STAFF)

    def answer(self, nc: Nonconformity, **changed: str) -> dict[str, str]:
        """What the secretary fills in."""
        return {
            "version": str(nc.version),
            "correction": "In lại giấy",
            "root_cause": "Không ai kiểm tra biểu mẫu",
            "action_1": "Đặt ô bắt buộc",
            "owner_1": "staff",
            "due_on_1": DUE_ON.isoformat(),
            "effect_due_on": EFFECT_ON.isoformat(),
            **changed,
        }

    def prepared(self, nc: Nonconformity | None = None, by: Person | None = None, **changed: str) -> PreparedForm:
        """A form that waits for the head."""
        nc, moment = nc or self.raised(), self.now(by or self.secretary)
        fields = self.answer(nc, **changed)
        with writing():
            form = service.prepare(preparables.ANSWER, nc.code, nc.unit_id, fields, self.head, moment)
        db.session.refresh(form)
        return form
