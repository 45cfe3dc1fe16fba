"""The pages of records tell who acted in whose name, and who had prepared it."""

from dataclasses import replace

from flask import Flask
from flask.testing import FlaskClient

from nonconformities import story
from qms.accounts.permissions import Role
from qms.kernel.db import writing
from qms.kernel.language import force_locale
from qms.trail.service import record
from tests.conftest import SignIn
from tests.office import Office


def test_the_story_of_a_nonconformity_names_deputy_and_preparer(any_app: Flask, office: Office) -> None:
    ward = office.agency("PMA")
    nc = office.nonconformity(ward)
    head = office.person("truong", unit=ward, full_name="Trần Thị Trưởng")
    deputy, secretary = (
        office.person(unit=ward, full_name="Lê Văn Phó"),
        office.person("thu-ky", unit=ward, full_name="Vũ Thư Ký"),
    )
    with writing():
        moment = replace(office.moment(deputy), prepared_by=secretary.username)
        record(moment, "nonconformity", nc.code, "close", unit_id=ward.id, on_behalf_of=head.username, reason="Đạt.")
    with force_locale("en"):
        ((_at, sentence),) = story.sentences(nc)
    assert sentence == ("Lê Văn Phó (on behalf of Trần Thị Trưởng; prepared by Vũ Thư Ký) closed the nonconformity. Đạt.")


def test_the_page_of_an_audit_names_people_and_their_deputies(office: Office, client: FlaskClient, sign_in: SignIn) -> None:
    ward = office.agency("PMA")
    audit = office.audit(ward)
    head = office.person("truong", unit=ward, full_name="Trần Thị Trưởng")
    deputy = office.person("pho", unit=ward, role=Role.QUALITY_OFFICER, full_name="Lê Văn Phó")
    with writing():
        record(office.moment(deputy), "audit", audit.code, "plan", unit_id=ward.id, on_behalf_of=head.username)
    sign_in(client, deputy.username)
    page = client.get(f"/audits/{audit.id}/history").text
    assert "Lê Văn Phó (" in page
    assert "Trần Thị Trưởng" in page
