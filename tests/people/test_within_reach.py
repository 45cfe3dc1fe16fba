"""Whom a record may name: the people of its agency and whoever serves there; nobody else exists."""

import re
from collections.abc import Callable
from datetime import timedelta

import pytest
from flask.testing import FlaskClient
from sqlalchemy import select

from audits import service as audits
from audits.models import AuditKind, AuditState
from nonconformities import service
from nonconformities.models import NonconformityState
from qms.accounts.actor import in_force
from qms.accounts.models import Grant, Person
from qms.accounts.permissions import Role
from qms.kernel.db import db, writing
from qms.kernel.refusal import Refused
from qms.people.deputies import service as deputising
from qms.people.handover.service import Plan, hand_over
from qms.people.reach import above
from qms.people.within_reach import Reach, find_within_reach, is_within_reach, within_reach
from qms.units.models import Unit
from tests.office import TODAY, Office, past_the_trail
from tests.people.conftest import Ward

SignIn = Callable[..., object]
NOBODY = "khong.co.ai"


def _names(unit: Unit) -> set[str]:
    return {person.username for person in db.session.scalars(within_reach(unit.id, TODAY))}


@pytest.mark.usefixtures("any_app")
class TestWhoIsWithinReach:
    def test_the_whole_agency_is_and_whoever_serves_above_it(self, ward: Ward) -> None:
        own = {"admin", "officer", "leader", "head", "staff"}
        assert _names(ward.division) == own | {"chief"}, "chief has a role in the province, which reaches down here"
        assert "stranger" not in _names(ward.division)

    def test_an_agency_below_is_not(self, ward: Ward) -> None:
        assert _names(ward.province) == {"chief"}

    def test_somebody_of_another_agency_is_by_a_role_given_here_while_it_holds(self, ward: Ward) -> None:
        ward.office.grant(ward.stranger, Role.AUDITOR, ward.division, valid_to=TODAY)
        assert is_within_reach(ward.stranger, ward.division.id, TODAY)
        assert not is_within_reach(ward.stranger, ward.other.id, TODAY), "the role does not reach the unit beside it"
        assert not is_within_reach(ward.stranger, ward.division.id, TODAY + timedelta(days=1))

    def test_a_unit_without_an_agency_shares_with_the_others_without_one(self, office: Office) -> None:
        top = office.unit("T")
        one, beside = office.unit("T1", parent=top), office.unit("T2", parent=top)
        agency = office.agency("T3", parent=top)
        office.person("mot", unit=one), office.person("ba", unit=agency)
        assert _names(beside) == {"mot"} and _names(agency) == {"ba"}

    def test_many_at_once_get_the_same_answer(self, ward: Ward) -> None:
        ward.office.grant(ward.stranger, Role.AUDITOR, ward.division)
        people = db.session.scalars(select(Person)).all()
        units = db.session.scalars(select(Unit)).all()
        paths = {unit.id: set(db.session.scalars(above(unit.id))) for unit in units}
        heads = {unit.id for unit in units if unit.agency or unit.parent_id is None}
        grants = db.session.scalars(select(Grant).where(in_force(TODAY))).all()
        homes = {person.username: person.unit_id for person in people}
        serving = {one.username: {grant.unit_id for grant in grants if grant.person_id == one.id} for one in people}
        reach = Reach(paths, heads, homes, serving)
        for unit in units:
            for person in people:
                assert reach.reaches(unit.id, person.username) == is_within_reach(person, unit.id, TODAY)
            assert not reach.reaches(unit.id, NOBODY)

    def test_a_name_is_found_as_it_is_written(self, ward: Ward) -> None:
        assert find_within_reach(" staff ", ward.division.id, TODAY) == ward.staff
        assert find_within_reach("stranger", ward.division.id, TODAY) is None
        assert find_within_reach("Staff", ward.division.id, TODAY) is None


class TestEveryVerbRefusesWhoeverIsNot:
    """Handed the person itself, past every form."""

    def test_an_action_is_neither_given_nor_given_over(self, ward: Ward) -> None:
        nc = ward.office.nonconformity(ward.division)
        action = ward.office.action(nc, owner_id=ward.staff.id)
        with pytest.raises(Refused) as refused, writing():
            service.add_action(nc, "Sửa biểu mẫu", ward.stranger, TODAY, ward.now(ward.head))
        assert [one.code for one in refused.value.refusals] == ["person_unknown"]
        with pytest.raises(Refused) as refused, writing():
            service.hand_action_over(action, ward.stranger, ward.now(ward.head))
        assert [one.code for one in refused.value.refusals] == ["person_unknown"]

    def test_an_audit_is_neither_planned_nor_given_to_such_a_lead(self, ward: Ward) -> None:
        moment = ward.now(ward.officer)
        with pytest.raises(Refused) as refused, writing():
            audits.plan_audit(ward.division, AuditKind.PLANNED, TODAY, ward.stranger, ["7.5"], moment)
        assert [one.code for one in refused.value.refusals] == ["person_unknown"]
        audit = ward.office.audit(ward.division, state=AuditState.PLANNED)
        with pytest.raises(Refused) as refused, writing():
            audits.change_lead(audit, ward.stranger, moment)
        assert [one.code for one in refused.value.refusals] == ["person_unknown"]

    def test_nobody_of_another_agency_stands_in_or_takes_over_also_by_whoever_reaches_both(self, ward: Ward) -> None:
        with pytest.raises(Refused) as refused, writing():
            deputising.name(ward.head, ward.stranger, TODAY, TODAY, "Đi họp", ward.now(ward.chief))
        assert "person_unknown" in [one.code for one in refused.value.refusals]
        with pytest.raises(Refused) as refused, writing():
            hand_over(Plan(ward.head, ward.stranger, TODAY), ward.now(ward.chief))
        assert "person_unknown" in [one.code for one in refused.value.refusals]


class TestPagesAnswerWordForWordAlike:
    """What is said of somebody of another agency is what is said of a name that nobody has."""

    @pytest.fixture
    def both(self, ward: Ward) -> tuple[str, str]:
        """A name out of reach, and one of the same length that nobody has."""
        with past_the_trail():
            ward.stranger.full_name = "Người Của Nơi Khác"
        return "stranger", "nobodyyy"

    def _said(self, page: str) -> str:
        """The page without what differs each time: the masked token of the form and the number of the request."""
        return re.sub(r"[\w.-]{40,}|[0-9a-f]{8,32}", "", page)

    def _alike(self, client: FlaskClient, address: str, names: tuple[str, str], field: str, data: dict[str, str]) -> None:
        pages = [client.post(address, data={**data, field: name}) for name in names]
        told = [(page.status_code, self._said(page.text).replace(name, "…")) for page, name in zip(pages, names, strict=True)]
        assert told[0] == told[1]
        assert told[0][0] in {409, 422} and "Nơi Khác" not in told[0][1]

    def test_the_owner_of_a_new_action(self, ward: Ward, client: FlaskClient, sign_in: SignIn, both: tuple[str, str]) -> None:
        nc = ward.office.nonconformity(ward.division)
        sign_in(client, "head")
        data = {"version": "1", "description": "Sửa", "due_on": TODAY.replace(year=2030).isoformat()}
        self._alike(client, f"/nonconformities/{nc.id}/actions/new", both, "owner", data)

    def test_the_receiver_of_an_action(self, ward: Ward, client: FlaskClient, sign_in: SignIn, both: tuple[str, str]) -> None:
        nc = ward.office.nonconformity(ward.division, state=NonconformityState.ACTING)
        action = ward.office.action(nc, owner_id=ward.staff.id)
        sign_in(client, "head")
        address = f"/nonconformities/{nc.id}/actions/{action.id}/hand-over"
        self._alike(client, address, both, "owner", {"version": "1"})

    @pytest.mark.parametrize(("username", "page"), [("head", "answer"), ("staff", "prepare")])
    def test_the_owners_of_a_whole_answer(
        self, ward: Ward, client: FlaskClient, sign_in: SignIn, both: tuple[str, str], username: str, page: str
    ) -> None:
        nc = ward.office.nonconformity(ward.division)
        sign_in(client, username)
        day = TODAY.replace(year=2030).isoformat()
        data = {"version": "1", "correction": "Sửa", "root_cause": "Quên", "action_1": "Nhắc", "due_on_1": day}
        data |= {"effect_due_on": day, "for_person": str(ward.head.id)}
        self._alike(client, f"/nonconformities/{nc.id}/{page}", both, "owner_1", data)

    def test_a_deputy(self, ward: Ward, client: FlaskClient, sign_in: SignIn, both: tuple[str, str]) -> None:
        sign_in(client, "head")
        data = {
            "valid_from": TODAY.replace(year=2030).isoformat(),
            "valid_to": TODAY.replace(year=2030).isoformat(),
            "reason": "Họp",
        }
        self._alike(client, "/account/deputies", both, "deputy", data)

    def test_whoever_receives_everything(self, ward: Ward, client: FlaskClient, sign_in: SignIn, both: tuple[str, str]) -> None:
        sign_in(client, "admin")
        self._alike(client, f"/people/{ward.head.id}/handover", both, "receiver", {})
