"""What was taken over or corrected by a register is found by the same words as what was entered on a page."""

import pytest
from sqlalchemy import select

from audits import service as audits
from audits.models import Audit, AuditKind
from nonconformities import service as nonconformities
from nonconformities.models import Grade, Nonconformity, Source
from qms.accounts.permissions import Role
from qms.imports.takeover import take_over
from qms.kernel.db import db, writing
from tests.imports.registers_of_an_office import OFFICE, SHEETS, workbook_of
from tests.office import TODAY, Office, moment_of


@pytest.mark.usefixtures("app")
def test_an_audit_that_was_taken_over_is_found_by_the_name_of_its_unit() -> None:
    take_over(workbook_of(OFFICE), moment_of(), sheets=SHEETS)
    found = dict(db.session.execute(select(Audit.code, Audit.folded)).all())
    assert found["ĐG-01"] == "dg-01 vp van phong"
    assert found["ĐG-02"] == "dg-02 ma phuong minh an (mau)"


@pytest.mark.usefixtures("app")
def test_a_correction_by_a_register_keeps_the_words_of_the_page(office: Office) -> None:
    unit = office.agency("MA", name="Phường Minh An (mẫu)")
    officer = office.moment(office.person("officer", unit=unit, role=Role.QUALITY_OFFICER))
    with writing():
        audit = audits.plan_audit(unit, AuditKind.PLANNED, TODAY, None, ("7.5",), officer)
        raised = nonconformities.raise_nonconformity(
            unit,
            grade=Grade.MINOR,
            statement="Sổ không ghi",
            requirement="Ghi sổ hằng ngày",
            evidence="Tháng 10 bỏ trống",
            clause=None,
            source=Source.SELF,
            moment=officer,
        )
    codes, before = (audit.code, raised.code), (audit.folded, raised.folded)
    assert "phuong minh an" in before[0] and "hang ngay" in before[1] and "bo trong" in before[1]
    rows = {
        "audits": [{"code": codes[0], "kind": AuditKind.THEMATIC.value}],
        "nonconformities": [{"code": codes[1], "root_cause": "Chưa phân công"}],
    }
    db.session.rollback()
    assert take_over(workbook_of(rows), moment_of(), sheets=SHEETS).changed == 2
    for model, code, words in zip((Audit, Nonconformity), codes, before, strict=True):
        assert db.session.scalars(select(model.folded).where(model.code == code)).one() == words
