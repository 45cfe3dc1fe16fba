"""Guests: a person of another agency takes part only by an invitation that both agencies see, and nobody else."""

import re
from collections.abc import Callable
from datetime import date, timedelta

import pytest
from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy import select, text
from sqlalchemy.exc import IntegrityError

from audits import service as audits
from audits.models import AuditKind
from audits.queries import possible_leads
from qms import limits
from qms.accounts.models import Grant, Person
from qms.accounts.permissions import Role
from qms.dashboard.queries import works
from qms.kernel.db import db, writing
from qms.kernel.refusal import Refused
from qms.notices.models import Notice
from qms.people import rules
from qms.people.invitations import queries, service
from qms.people.invitations.models import Invitation, InvitationState
from qms.people.invitations.service import Wanted
from qms.people.privacy import personal
from qms.people.privacy import service as forgetting
from qms.people.within_reach import is_within_reach
from qms.trail.models import TrailPersonal
from qms.trail.service import history
from qms.units.models import Unit
from tests.office import TODAY, past_the_trail
from tests.people.conftest import Ward
from tests.statements import asked_again, statements

SignIn = Callable[..., object]
UNTIL = TODAY + timedelta(days=90)
NOBODY = "nobodyyy"
"""As long as "stranger"."""


@pytest.fixture
def keeper(ward: Ward) -> Person:
    """Who gives roles in the other ward."""
    person = ward.office.person("keeper", unit=ward.elsewhere, full_name="Lê Thị Giữ")
    ward.office.grant(person, Role.ADMINISTRATOR, ward.elsewhere)
    return person


def invited(
    ward: Ward, username: str = "stranger", actor: Person | None = None, unit: Unit | None = None, **fields: object
) -> Invitation:
    """The administrator of the ward invites somebody as auditor of the division."""
    given = {"role": Role.AUDITOR, "valid_from": TODAY, "valid_to": UNTIL, "reason": "Hỗ trợ đánh giá", **fields}
    with writing():
        return service.invite(unit or ward.division, Wanted(username, **given), ward.now(actor or ward.admin))  # type: ignore[arg-type]


def accepted(ward: Ward, keeper: Person, **fields: object) -> Invitation:
    """The other ward agrees."""
    invitation = invited(ward, **fields)  # type: ignore[arg-type]
    with writing():
        service.accept(invitation, ward.now(keeper))
    return invitation


def codes(refused: pytest.ExceptionInfo[Refused]) -> set[str]:
    return {refusal.code for refusal in refused.value.refusals}


def leads(actor: Person, unit: Unit, ward: Ward) -> set[str]:
    """Whom a plan of an audit of the unit offers as lead."""
    return {person.username for person in possible_leads(ward.now(actor).person, unit.id, TODAY)}


def told() -> set[tuple[str, str]]:
    """Who was told what, all in all."""
    rows = db.session.execute(select(Person.username, Notice.name).join(Notice, Notice.person_id == Person.id))
    return {(username, name) for username, name in rows}


class TestALife:
    def test_an_accepted_guest_leads_an_audit_of_the_host_and_of_no_other_agency(self, ward: Ward, keeper: Person) -> None:
        assert "stranger" not in leads(ward.officer, ward.division, ward)
        accepted(ward, keeper)
        assert "stranger" in leads(ward.officer, ward.division, ward)
        assert "stranger" not in leads(ward.officer, ward.other, ward), "the role does not reach the unit beside it"
        with writing():
            audits.plan_audit(ward.division, AuditKind.PLANNED, TODAY, ward.stranger, ["7.5"], ward.now(ward.officer))
        third = ward.office.agency("Z", parent=ward.province)
        assert not is_within_reach(ward.stranger, third.id, TODAY)

    def test_the_role_is_an_ordinary_one_given_by_whoever_invited_for_the_days_that_are_left(
        self, any_app: Flask, ward: Ward, keeper: Person
    ) -> None:
        invitation = invited(ward)
        late = TODAY + timedelta(days=10)
        with writing():
            grant = service.accept(invitation, ward.office.moment(keeper, late))
        assert (grant.role, grant.unit_id, grant.given_by_id) == (Role.AUDITOR, ward.division.id, ward.admin.id)
        assert (grant.valid_from, grant.valid_to, grant.reason) == (late, UNTIL, f"Lời mời số {invitation.id}")
        assert ("admin", "guest_accepted") in told() and ("stranger", "role_given") in told()
        assert history("person", str(ward.stranger.id))[0].deed == "give_role"

    @pytest.mark.parametrize("side", ["admin", "keeper"])
    def test_either_side_ends_it_at_once_and_the_guest_is_a_stranger_again(self, ward: Ward, keeper: Person, side: str) -> None:
        invitation = accepted(ward, keeper)
        actor, other = (ward.admin, "keeper") if side == "admin" else (keeper, "admin")
        with writing():
            service.end(invitation, ward.now(actor))
        assert "stranger" not in leads(ward.officer, ward.division, ward)
        with pytest.raises(Refused) as refused, writing():
            audits.plan_audit(ward.division, AuditKind.PLANNED, TODAY, ward.stranger, ["7.5"], ward.now(ward.officer))
        assert "person_unknown" in codes(refused)
        assert {(other, "guest_ended"), ("stranger", "role_ended")} <= told()
        with pytest.raises(Refused) as refused, writing():
            service.end(invitation, ward.now(actor))
        assert codes(refused) == {"wrong_state"}

    def test_a_role_that_ran_out_is_not_ended_again(self, ward: Ward, keeper: Person) -> None:
        invitation = accepted(ward, keeper)
        after = ward.office.moment(ward.admin, UNTIL + timedelta(days=1))
        assert {one.code for one in service.hindrances(invitation, "end", after)} == {"over_already"}

    def test_what_was_declined_says_why_and_the_host_still_learns_no_name(self, ward: Ward, keeper: Person) -> None:
        invitation = invited(ward)
        with pytest.raises(Refused) as refused, writing():
            service.decline(invitation, " ", ward.now(keeper))
        assert codes(refused) == {"reason_missing"}
        with writing():
            service.decline(invitation, "Đang kiểm tra nội bộ", ward.now(keeper))
        assert ("admin", "guest_declined") in told()
        (line,) = queries.lines([invitation], {invitation.id: False})
        assert line.person is None and line.home is None and invitation.answer == "Đang kiểm tra nội bộ"
        assert invitation.grant_id is None and not is_within_reach(ward.stranger, ward.division.id, TODAY)

    def test_a_guest_serves_a_second_agency_though_the_first_role_lies_beyond_the_own_reach(
        self, ward: Ward, keeper: Person
    ) -> None:
        accepted(ward, keeper)
        third = ward.office.agency("Z", parent=ward.province)
        asker = ward.office.person("asker", unit=third)
        ward.office.grant(asker, Role.ADMINISTRATOR, third)
        accepted(ward, keeper, actor=asker, unit=third)
        assert is_within_reach(ward.stranger, third.id, TODAY)


class TestWhoAsksAndWhoAnswers:
    @pytest.mark.parametrize(
        ("wanted", "expected"),
        [
            ({"role": Role.ADMINISTRATOR}, "not_for_guests"),
            ({"role": Role.READER}, "not_for_guests"),
            ({"valid_from": TODAY - timedelta(days=1)}, "begins_in_past"),
            ({"valid_to": TODAY - timedelta(days=1)}, "ends_before_start"),
            ({"valid_to": date(2027, 11, 30)}, "too_long"),
            ({"reason": " "}, "reason_missing"),
            ({"username": "head"}, "known_already"),
            ({"username": "chief"}, "known_already"),
        ],
    )
    def test_what_is_not_asked_for(self, ward: Ward, wanted: dict[str, object], expected: str) -> None:
        with pytest.raises(Refused) as refused:
            invited(ward, **{"username": "stranger", **wanted})  # type: ignore[arg-type]
        assert codes(refused) == {expected}
        assert db.session.scalar(select(Invitation.id)) is None

    def test_a_year_less_a_day_is_not_too_long(self, ward: Ward) -> None:
        assert invited(ward, valid_to=date(2027, 11, 29)).valid_to == date(2027, 11, 29)

    def test_nobody_invites_without_giving_roles_there(self, ward: Ward, keeper: Person) -> None:
        for actor in (ward.officer, keeper):
            with pytest.raises(Refused) as refused:
                invited(ward, NOBODY, actor)
            assert codes(refused) == {"not_permitted"}

    def test_whoever_looks_after_both_sides_is_told_that_no_invitation_is_needed(self, ward: Ward) -> None:
        with pytest.raises(Refused) as refused:
            invited(ward, actor=ward.chief)
        assert codes(refused) == {"both_sides"}

    def test_the_same_is_asked_for_once_at_a_time(self, ward: Ward) -> None:
        for name in ("stranger", NOBODY):
            with writing():
                service.withdraw(invited(ward, name), ward.now(ward.admin))
            invited(ward, name)
            with pytest.raises(Refused) as refused:
                invited(ward, f" {name} ")
            assert codes(refused) == {"waits_already"}

    def test_only_the_home_agency_answers_and_nobody_for_oneself(self, ward: Ward, keeper: Person) -> None:
        def against(actor: Person, invitation: Invitation, step: str = "accept", day: date = TODAY) -> set[str]:
            return {one.code for one in service.hindrances(invitation, step, ward.office.moment(actor, day))}

        invitation = invited(ward)
        assert against(keeper, invitation) == set()
        assert against(ward.chief, invitation) == set(), "whoever stands above may, when it is somebody else than who invited"
        unknown = invited(ward, NOBODY)
        assert against(ward.admin, invitation) == against(ward.admin, unknown) == {"not_of_ours", "invited_oneself"}
        assert against(ward.admin, invitation, "decline") == {"not_of_ours"}
        assert against(ward.officer, invitation) == {"not_permitted", "not_of_ours"}
        assert against(keeper, invitation, "withdraw") == {"not_permitted"}
        assert against(keeper, invitation, day=UNTIL) == set()
        assert against(keeper, invitation, day=UNTIL + timedelta(days=1)) == {"invitation_over"}
        assert against(keeper, invitation, "decline", UNTIL + timedelta(days=1)) == set()
        assert against(keeper, invited(ward, "keeper")) == {"to_oneself"}
        with past_the_trail():
            invitation.invited_by_id = ward.chief.id
        assert against(ward.chief, invitation) == {"invited_oneself"}

    def test_somebody_with_roles_above_is_answered_for_above(self, ward: Ward, keeper: Person) -> None:
        invitation = invited(ward)
        ward.office.grant(ward.stranger, Role.READER, ward.province, valid_from=UNTIL)
        assert [one.code for one in service.hindrances(invitation, "accept", ward.now(keeper))] == ["beyond_reach"]
        assert service.hindrances(invitation, "accept", ward.now(ward.chief)) == []

    def test_a_disabled_account_is_not_sent(self, ward: Ward, keeper: Person) -> None:
        invitation = invited(ward)
        with past_the_trail():
            ward.stranger.disabled = True
        assert [one.code for one in service.hindrances(invitation, "accept", ward.now(keeper))] == ["person_disabled"]
        assert queries.work(ward.now(keeper)) == []

    def test_duties_kept_apart_are_asked_when_it_is_accepted(
        self, ward: Ward, keeper: Person, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        ward.office.grant(ward.stranger, Role.STAFF, ward.ward, valid_from=UNTIL)
        invitation = invited(ward)
        monkeypatch.setitem(rules.INCOMPATIBLE, Role.AUDITOR, frozenset({Role.STAFF}))
        assert "duties_apart" in {one.code for one in service.hindrances(invitation, "accept", ward.now(ward.chief))}

    def test_the_same_role_is_not_given_twice(self, ward: Ward, keeper: Person) -> None:
        ward.office.grant(ward.stranger, Role.AUDITOR, ward.division, valid_from=UNTIL)
        invitation = invited(ward)
        assert "given_already" in {one.code for one in service.hindrances(invitation, "accept", ward.now(ward.chief))}
        accepted(ward, ward.chief, role=Role.STAFF)
        assert "known_already" in {one.code for one in service.hindrances(invitation, "accept", ward.now(ward.chief))}


class TestNothingLeaks:
    """An unknown user name, and one of another agency: what is said, shown and done is the same."""

    FIELDS = {"role": "auditor", "unit": "D", "reason": "Hỗ trợ đánh giá"}

    def _invite(self, client: FlaskClient, name: str) -> tuple[int, str, str]:
        days = {"valid_from": "01/12/2030", "valid_to": "31/12/2030"}
        answer = client.post("/people/invitations/new", data={**self.FIELDS, **days, "username": name})
        return answer.status_code, answer.headers.get("Location", ""), self._said(client.get("/people/invitations").text, name)

    def _said(self, page: str, name: str) -> str:
        """The line of the name, and what is said above the list."""
        (row,) = [one for one in re.findall(r"<tr>.*?</tr>", page, re.DOTALL) if name in one]
        noted = re.findall(r"Lời mời đã được ghi nhận[^<]*", page)
        return re.sub(r"/\d+", "", row).replace(name, "…") + "".join(noted)

    def test_both_are_answered_word_for_word_alike_and_stand_alike_in_the_list(
        self, ward: Ward, keeper: Person, client: FlaskClient, sign_in: SignIn
    ) -> None:
        with past_the_trail():
            ward.stranger.full_name = "Người Của Nơi Khác"
        sign_in(client, "admin")
        foreign, unknown = self._invite(client, "stranger"), self._invite(client, NOBODY)
        assert foreign == unknown
        assert foreign[0] == 303
        assert "nếu có người dùng này, cơ quan của họ sẽ thấy" in foreign[2]
        pages = []
        for invitation in db.session.scalars(select(Invitation).order_by(Invitation.id)).all():
            page = client.get(f"/people/invitations/{invitation.id}").text
            page = re.sub(r"[\w.-]{40,}|[0-9a-f]{8,32}", "", page).replace(invitation.username, "…")
            pages.append(re.sub(rf"(/|no\. |số ){invitation.id}\b", r"\1#", page))
        assert pages[0] == pages[1]
        assert "Nơi Khác" not in pages[0] + client.get("/people/invitations").text

    @pytest.mark.parametrize("then", ["/accept", "/decline", "/end", "/withdraw"])
    def test_both_ask_the_database_the_same(
        self, ward: Ward, keeper: Person, client: FlaskClient, sign_in: SignIn, then: str
    ) -> None:
        sign_in(client, "admin")
        self._invite(client, "someone1")
        asked = []
        for name in ("stranger", NOBODY):
            with statements() as seen:
                self._invite(client, name)
            number = db.session.scalar(select(Invitation.id).where(Invitation.username == name))
            db.session.rollback()
            address = f"/people/invitations/{number}"
            shown = asked_again(client, address)
            with statements() as after:
                client.post(address + then, data={"reason": "Bận"})
            asked.append([re.sub(r"\s+", " ", one) for one in [*seen, *shown, *after]])
        assert asked[0] == asked[1]

    def test_inviting_tells_nobody_in_the_same_breath(self, any_app: Flask, ward: Ward, keeper: Person) -> None:
        invited(ward), invited(ward, NOBODY)
        assert told() == set()
        assert service.tell(ward.now()) == 2
        assert told() == {("stranger", "guest_invited"), ("keeper", "guest_asked")}, "the nearest answers, not the province"
        assert service.tell(ward.now()) == 0

    def test_where_nobody_nearer_gives_roles_those_above_are_asked(self, ward: Ward) -> None:
        invited(ward)
        service.tell(ward.now())
        assert told() == {("stranger", "guest_invited"), ("chief", "guest_asked")}

    def test_withdrawing_tells_nobody(self, ward: Ward, keeper: Person) -> None:
        with writing():
            service.withdraw(invited(ward), ward.now(ward.admin))
        assert service.tell(ward.now()) == 0 and told() == set()

    def test_a_script_that_tries_names_is_slowed_down(
        self, app: Flask, ward: Ward, client: FlaskClient, sign_in: SignIn, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        sign_in(client, "admin")
        monkeypatch.setitem(app.config, limits.ENABLED, True)
        found = [client.post("/people/invitations/new", data={"username": f"ten{number}"}).status_code for number in range(12)]
        assert found[0] == 422 and found[-1] == 429


class TestBothSidesSeeAndNobodyElse:
    def _seen(self, client: FlaskClient, invitation: Invitation) -> int:
        return client.get(f"/people/invitations/{invitation.id}").status_code

    def test_the_host_the_home_agency_and_the_guest_see_it(self, ward: Ward, keeper: Person, app: Flask, sign_in: SignIn) -> None:
        third = ward.office.agency("Z", parent=ward.province)
        outsider = ward.office.person("outsider", unit=third)
        ward.office.grant(outsider, Role.ADMINISTRATOR, third)
        invitation = invited(ward)
        seen = {}
        for name in ("admin", "keeper", "chief", "stranger", "head", "officer", "outsider"):
            client = app.test_client()
            sign_in(client, name)
            seen[name] = self._seen(client, invitation)
        assert seen == {
            **dict.fromkeys(("admin", "keeper", "chief", "stranger"), 200),
            **dict.fromkeys(("head", "officer", "outsider"), 404),
        }

    def test_it_waits_in_the_work_of_those_who_answer(
        self, app: Flask, ward: Ward, keeper: Person, client: FlaskClient, sign_in: SignIn
    ) -> None:
        invited(ward), invited(ward, NOBODY)
        for person, expected in ((keeper, 1), (ward.chief, 0), (ward.admin, 0), (ward.head, 0)):
            moment = ward.now(person)
            with app.test_request_context():
                assert len(queries.work(moment)) == expected
            assert db.session.scalar(queries.work_count(moment)) == expected
        assert queries.work in [work.mine for work in works()]
        sign_in(client, "keeper")
        assert "Ủy ban nhân dân phường Minh An (mẫu) mời Công chức stranger" in client.get("/my-work").text

    def test_every_step_by_the_pages(self, ward: Ward, keeper: Person, app: Flask, sign_in: SignIn) -> None:
        host, home = app.test_client(), app.test_client()
        sign_in(host, "admin"), sign_in(home, "keeper")
        one, two = invited(ward), invited(ward, role=Role.STAFF)
        page = f"/people/invitations/{one.id}"
        assert "Thu hồi lời mời" in host.get(page).text and "Chấp nhận lời mời" not in host.get(page).text
        assert "Chấp nhận lời mời" in home.get(page).text and "Thu hồi lời mời" not in home.get(page).text
        assert "Công chức stranger" in home.get("/people/invitations?view=ours").text
        assert "Công chức stranger" not in host.get("/people/invitations").text
        assert host.post(f"{page}/accept").status_code == 404 == host.get(f"{page}/decline").status_code
        assert home.post(f"{page}/withdraw").status_code == 409
        assert home.post(f"{page}/accept").status_code == 303
        shown = host.get("/people/invitations").text
        assert "Công chức stranger" in shown and "phường Bên Cạnh" in shown
        assert home.get(f"/people/invitations/{two.id}/decline").status_code == 200
        assert home.post(f"/people/invitations/{two.id}/decline", data={"reason": ""}).status_code == 422
        assert home.post(f"/people/invitations/{two.id}/decline", data={"reason": "Bận"}).status_code == 303
        assert "Bận" in host.get(f"/people/invitations/{two.id}").text
        assert "Kết thúc việc tham gia" in host.get(page).text
        assert host.post(f"{page}/end").status_code == 303
        assert "Lê Thị Giữ" in host.get(page).text, "who answered stands there"

    def test_a_refused_form_keeps_what_was_typed(self, ward: Ward, client: FlaskClient, sign_in: SignIn) -> None:
        sign_in(client, "admin")
        fields = {"username": "stranger", "role": "auditor", "unit": "D", "reason": "Hỗ trợ", "valid_from": "01/12/2020"}
        answer = client.post("/people/invitations/new", data={**fields, "valid_to": "31/12/2020"})
        assert answer.status_code == 409
        assert "stranger" in answer.text and "Hỗ trợ" in answer.text
        elsewhere = {**fields, "unit": "X", "valid_from": "01/12/2030", "valid_to": "31/12/2030"}
        assert client.post("/people/invitations/new", data=elsewhere).status_code == 422


class TestWhatIsKept:
    @pytest.mark.parametrize(
        ("change", "name"),
        [
            ("role = 'leader'", "guest_role"),
            ("valid_to = '2020-01-01'", "ends_after_start"),
            ("answered_at = invited_at", "answered_has_instant"),
            ("ended_at = invited_at", "ended_has_instant"),
            ("state = 'declined', answered_at = invited_at", "declined_has_reason"),
            ("state = 'accepted', answered_at = invited_at", "accepted_has_grant"),
            ("state = 'declined', answered_at = invited_at, answer = 'x', person_id = NULL", "somebody_answers"),
        ],
    )
    def test_the_database_refuses_what_the_rules_refuse(self, any_app: Flask, ward: Ward, change: str, name: str) -> None:
        invited(ward)
        with pytest.raises(IntegrityError, match=name), writing() as session:
            session.execute(text(f"UPDATE invitations SET {change}"))

    def test_the_database_knows_no_invitation_that_one_person_sent_and_accepted(
        self, any_app: Flask, ward: Ward, keeper: Person
    ) -> None:
        accepted(ward, keeper)
        with pytest.raises(IntegrityError, match="two_people"), writing() as session:
            session.execute(text("UPDATE invitations SET answered_by_id = invited_by_id"))

    def test_the_database_keeps_one_waiting_invitation_of_a_name(self, any_app: Flask, ward: Ward) -> None:
        invited(ward)
        with pytest.raises(IntegrityError):
            ward.office.invitation(ward.division, ward.stranger)

    def test_the_data_of_a_person_tell_of_it(self, ward: Ward, keeper: Person) -> None:
        accepted(ward, keeper)
        (line,) = personal.everything(ward.stranger)["Lời mời người ngoài cơ quan"].lines
        assert {"stranger", "Hỗ trợ đánh giá", "Phòng Văn hóa - Xã hội"} <= set(line.values())
        (own,) = personal.everything(ward.admin)["Lời mời người ngoài cơ quan"].lines
        assert "stranger" not in own.values() and "Hỗ trợ đánh giá" not in own.values()

    def test_a_forgotten_person_leaves_neither_name_nor_texts_in_it(self, ward: Ward, keeper: Person) -> None:
        declined = invited(ward, role=Role.STAFF)
        with writing():
            service.decline(declined, "Bà Stranger đang nghỉ", ward.now(keeper))
        invitation = accepted(ward, keeper)
        with writing():
            service.end(invitation, ward.now(keeper))
        with past_the_trail():
            ward.stranger.disabled = True
        with writing():
            forgetting.forget(ward.stranger, "stranger", ward.now(keeper), request="12/2026")
        assert (invitation.username, invitation.reason) == (ward.stranger.username, "-")
        assert declined.answer == "-"
        kept = {value for value in db.session.scalars(select(TrailPersonal.value)) if value}
        assert not [value for value in kept if "stranger" in value.casefold() or "Hỗ trợ" in value]
        assert db.session.scalars(
            select(Grant).where(Grant.unit_id == ward.division.id, Grant.person_id == ward.stranger.id)
        ).all()

    def test_both_trails_tell_what_their_side_did(self, ward: Ward, keeper: Person) -> None:
        invitation = accepted(ward, keeper)
        with writing():
            service.end(invitation, ward.now(ward.admin))
        entries = [(one.deed, one.unit_id) for one in reversed(history("invitation", str(invitation.id)))]
        here, there = ward.division.id, ward.elsewhere.id
        assert entries == [("invite", here), ("accept", there), ("end", here)]
        assert invitation.state is InvitationState.ENDED
        assert "stranger" not in str([one.changes for one in history("invitation", str(invitation.id))])
