"""A program that adds the small feature to the house and works with it: by itself, as its table belongs to no other test."""

import sys
from datetime import date
from pathlib import Path

from qms import app as house
from qms.accounts.permissions import Role
from qms.kernel import schema
from qms.kernel.db import db
from qms.trail.service import history
from tests.office import Office
from tests.pages.small_feature.feature import FEATURE
from tests.pages.small_feature.models import Provider
from tests.security.world import come_in
from tests.shared_app import application


def main(folder: Path) -> None:
    """Every step is what somebody would do in a browser."""
    house.FEATURES = (*house.FEATURES, FEATURE)
    with application(folder, f"sqlite:///{folder / 'office.db'}", fresh=True) as app:
        schema.upgrade()
        Provider.__table__.create(db.engine)  # type: ignore[attr-defined]
        office = Office()
        ward, other = office.agency("P1"), office.agency("P2")
        officer = come_in(app, office.person(unit=ward, role=Role.QUALITY_OFFICER))
        stranger = come_in(app, office.person(unit=other, role=Role.READER))
        fields = {"unit_id": str(ward.id), "name": "Công ty Bưu chính", "assessed_on": "20/01/2026"}

        assert 'href="/providers"' in officer.get("/").text  # the menu
        assert "Chưa" not in officer.get("/providers/new").text
        assert officer.post("/providers/new", data={**fields, "name": ""}).status_code == 422
        refused = officer.post("/providers/new", data={**fields, "assessed_on": "20/01/2099"})
        assert refused.status_code == 409
        assert "The day lies in the future." in refused.text
        assert 'value="Công ty Bưu chính"' in refused.text  # what was typed stays
        assert officer.post("/providers/new", data=fields).headers["Location"] == "/providers"

        listed = officer.get("/providers?q=buu+chinh&sort=-assessed").text
        assert "Công ty Bưu chính" in listed
        assert "20/01/2026" in listed
        assert "Công ty Bưu chính" in officer.get("/providers/export.csv?unit=P1").text
        assert officer.get("/providers/export.xlsx").data.startswith(b"PK")
        assert officer.post("/lists/providers/saved?q=buu", data={"title": "Bưu chính"}).status_code == 303
        assert 'href="/providers?q=buu"' in officer.get("/providers").text
        assert 'href="/providers?unit=P1"' in officer.get(f"/units/{ward.id}").text  # the panel
        assert [entry.deed for entry in history("provider", "P1/Công ty Bưu chính")] == ["assess"]

        assert "Công ty Bưu chính" not in stranger.get("/providers").text
        assert "Công ty Bưu chính" not in stranger.get("/providers/export.csv").text
        assert stranger.post("/providers/new", data=fields).status_code == 403
        assert db.session.query(Provider.assessed_on).all() == [(date(2026, 1, 20),)]


if __name__ == "__main__":
    main(Path(sys.argv[1]))
