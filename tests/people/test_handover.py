"""Handing over: everything on one screen, all of it in one step or nothing, and the account closes on the day."""

from collections.abc import Callable
from contextlib import AbstractContextManager
from datetime import timedelta
from io import BytesIO

import pytest
from flask import Flask, current_app
from flask.testing import FlaskClient
from pypdf import PdfReader
from sqlalchemy import select

from audits.models import Audit, AuditState
from nonconformities.models import Action, NonconformityState
from qms.accounts.actor import actor_of
from qms.accounts.jobs import close_accounts
from qms.accounts.models import Deputy, Grant
from qms.accounts.permissions import Role
from qms.kernel.db import db, writing
from qms.kernel.feature import house
from qms.kernel.language import force_locale
from qms.kernel.refusal import Refused
from qms.notices.models import Notice
from qms.people.estate import Part, estate_of
from qms.people.handover import service as handing_over
from qms.people.handover.minute import compose
from qms.people.handover.models import Handover
from qms.people.handover.service import Plan
from qms.reports.pdf import render_pdf
from qms.trail.service import history
from tests.office import TODAY, past_the_trail
from tests.people.conftest import Ward

TOMORROW = TODAY + timedelta(days=1)


def codes(refused: pytest.ExceptionInfo[Refused]) -> set[str]:
    return {refusal.code for refusal in refused.value.refusals}


def give_things(ward: Ward) -> tuple[Action, Audit]:
    """An action under way that the staff member owns, and an audit elsewhere that the same person leads."""
    nc = ward.office.nonconformity(ward.division, state=NonconformityState.ACTING)
    action = ward.office.action(nc, owner_id=ward.staff.id, due_on=TODAY + timedelta(days=9))
    audit = ward.office.audit(ward.other, state=AuditState.PLANNED, lead_auditor_id=ward.staff.id)
    return action, audit


def in_a_request() -> AbstractContextManager[object]:
    """Features name the pages of what somebody holds, which takes a request."""
    return current_app.test_request_context()


def left_to(ward: Ward) -> list[Part]:
    """What the staff member still holds."""
    with in_a_request():
        return estate_of(ward.staff.id)


def hand_over(ward: Ward, receiver: str = "head", actor: str = "officer", **plan: object) -> Handover:
    with in_a_request(), writing():
        made = Plan(ward.staff, getattr(ward, receiver), plan.pop("leaves_on", TOMORROW), **plan)  # type: ignore[arg-type]
        return handing_over.hand_over(made, ward.now(getattr(ward, actor)))


def test_everything_changes_hands_in_one_step_and_both_are_told(any_app: object, ward: Ward) -> None:
    action, audit = give_things(ward)
    made = hand_over(ward, note="Chìa khóa tủ hồ sơ")
    again = ward.office.again
    assert (again(action).owner_id, again(audit).lead_auditor_id) == (ward.head.id, ward.head.id)
    assert left_to(ward) == []
    assert {name: len(lines) for name, lines in made.things.items()} == {"nonconformities": 1, "audits": 1, "grants": 1}
    entry = next(entry for entry in history("person", str(ward.staff.id)) if entry.deed == "hand_over")
    assert entry.changes["receiver"] == [None, ward.head.id]
    assert "Chìa khóa" not in str(entry.changes)
    told = {(one.person_id, one.name) for one in db.session.scalars(select(Notice)) if one.name == "handed_over"}
    assert told == {(ward.staff.id, "handed_over"), (ward.head.id, "handed_over")}


def test_one_thing_that_cannot_be_given_keeps_everything_where_it_is(app: object, ward: Ward) -> None:
    action, audit = give_things(ward)
    with past_the_trail():
        ward.head.unit_id = ward.other.id  # the receiver would lead the audit of the own unit
    with pytest.raises(Refused) as refused:
        hand_over(ward)
    assert "own_unit" in codes(refused)
    assert any(audit.code in str(refusal) for refusal in refused.value.refusals)
    again = ward.office.again
    assert (again(action).owner_id, again(audit).lead_auditor_id) == (ward.staff.id, ward.staff.id)
    assert again(ward.staff).leaves_on is None
    assert db.session.scalar(select(Handover.id)) is None
    assert not [entry for entry in history("person", str(ward.staff.id)) if entry.deed in {"hand_over", "leave"}]


def test_every_reason_of_every_feature_is_said_at_once(ward: Ward) -> None:
    give_things(ward)
    grant = ward.staff.grants[0]
    with past_the_trail():
        ward.head.unit_id = ward.other.id
    ward.office.grant(ward.head, grant.role, grant.unit)
    with pytest.raises(Refused) as refused:
        hand_over(ward, actor="admin", again=frozenset({grant.id}))
    assert {"own_unit", "given_already"} <= codes(refused)


@pytest.mark.parametrize(
    ("receiver", "change", "expected"),
    [
        ("staff", {}, "own_receiver"),
        ("head", {"disabled": True}, "receiver_disabled"),
        ("head", {"leaves_on": TOMORROW}, "receiver_leaves"),
    ],
)
def test_the_receiver_is_another_who_stays(ward: Ward, receiver: str, change: dict[str, object], expected: str) -> None:
    give_things(ward)
    with past_the_trail():
        for name, value in change.items():
            setattr(getattr(ward, receiver), name, value)
    with pytest.raises(Refused) as refused:
        hand_over(ward, receiver)
    assert expected in codes(refused)


@pytest.mark.parametrize(("actor", "expected"), [("leader", "not_permitted"), ("head", "not_permitted")])
def test_only_who_may_hand_over_does(ward: Ward, actor: str, expected: str) -> None:
    with pytest.raises(Refused) as refused:
        hand_over(ward, actor=actor)
    assert expected in codes(refused)


def test_nothing_held_and_no_last_day_is_no_handover(ward: Ward) -> None:
    with pytest.raises(Refused) as refused:
        hand_over(ward, leaves_on=None)
    assert codes(refused) == {"nothing_to_give"}


def test_who_stays_keeps_the_roles(app: object, ward: Ward) -> None:
    give_things(ward)
    hand_over(ward, leaves_on=None)
    assert actor_of(ward.staff, TOMORROW).roles == {Role.STAFF}
    assert ward.staff.leaves_on is None


def test_roles_and_deputies_end_the_day_before_and_the_account_closes_on_the_day(any_app: object, ward: Ward) -> None:
    with past_the_trail() as session:
        session.add(Deputy(principal=ward.staff, deputy=ward.head, valid_from=TODAY, valid_to=TODAY + timedelta(30), reason="x"))
        session.add(
            Deputy(
                principal=ward.head,
                deputy=ward.staff,
                valid_from=TODAY + timedelta(9),
                valid_to=TODAY + timedelta(30),
                reason="x",
            )
        )
    leaves_on = TODAY + timedelta(days=3)
    hand_over(ward, leaves_on=leaves_on)
    assert actor_of(ward.staff, leaves_on - timedelta(days=1)).roles == {Role.STAFF}
    assert actor_of(ward.staff, leaves_on).roles == frozenset()
    assert not actor_of(ward.head, leaves_on).lent
    assert not actor_of(ward.staff, TODAY + timedelta(10)).lent
    close_accounts(ward.office.moment(day=leaves_on - timedelta(days=1)))
    assert not ward.office.again(ward.staff).disabled
    close_accounts(ward.office.moment(day=leaves_on))
    assert ward.office.again(ward.staff).disabled


def test_who_leaves_today_is_out_at_once_but_not_by_the_own_hand(app: object, ward: Ward) -> None:
    hand_over(ward, leaves_on=TODAY)
    assert ward.office.again(ward.staff).disabled
    with in_a_request(), pytest.raises(Refused) as refused, writing():
        handing_over.hand_over(Plan(ward.officer, ward.head, TODAY), ward.now(ward.officer))
    assert codes(refused) == {"leaves_too_early"}


def test_the_last_administrator_does_not_leave(ward: Ward) -> None:
    receiver = ward.office.person("colleague", unit=ward.province)
    with in_a_request(), pytest.raises(Refused) as refused, writing():
        handing_over.hand_over(Plan(ward.chief, receiver, TOMORROW), ward.now())
    assert codes(refused) == {"last_administrator"}


def test_a_role_is_given_to_the_receiver_only_by_who_may_give_it(app: object, ward: Ward) -> None:
    grant = ward.office.grant(ward.staff, Role.AUDITOR, ward.ward)
    with pytest.raises(Refused) as refused:
        hand_over(ward, again=frozenset({grant.id}))
    assert codes(refused) == {"not_permitted"}
    hand_over(ward, actor="admin", again=frozenset({grant.id}))
    given = db.session.scalars(select(Grant).where(Grant.person_id == ward.head.id, Grant.role == Role.AUDITOR)).one()
    assert (given.valid_from, given.given_by_id) == (TODAY, ward.admin.id)


def test_each_feature_says_what_somebody_holds(app: Flask) -> None:
    assert [feature.name for feature in house().features if feature.estate] == ["behalf", "nonconformities", "audits"]


def test_the_minute_is_a_paper_for_two_signatures(app: object, ward: Ward) -> None:
    give_things(ward)
    made = hand_over(ward, note="Chìa khóa <b>tủ</b> hồ sơ & con dấu")
    with force_locale("vi"):
        paper = compose(made, "vi")
    words = " ".join(" ".join(page.extract_text() for page in PdfReader(BytesIO(render_pdf(paper))).pages).split())
    assert paper.letterhead.issuing == "Ủy ban nhân dân phường Minh An (mẫu)"
    assert paper.number_symbol == "BB-UBND"
    for expected in ("Đỗ Thị Hạnh", "Công chức staff", "Chìa khóa <b>tủ</b> hồ sơ & con dấu", "Phân công lại người phụ trách"):
        assert expected in words, expected


def test_the_page_hands_over_and_shows_the_minute_to_both_sides_only(
    ward: Ward, client: FlaskClient, sign_in: Callable[..., object]
) -> None:
    give_things(ward)
    sign_in(client, "officer")
    address = f"/people/{ward.staff.id}/handover"
    assert "Phân công lại người phụ trách" in client.get(address).text
    assert client.post(address, data={"receiver": "(stranger)", "leaves_on": ""}).status_code == 422
    wrong = client.post(address, data={"receiver": "(head)", "leaves_on": "01/01/2020", "note": "giữ lại"})
    assert wrong.status_code == 409 and "giữ lại" in wrong.text
    done = client.post(address, data={"receiver": "Đỗ Thị Hạnh (head)", "leaves_on": "01/01/2030"})
    assert done.status_code == 303
    minute = done.headers["Location"]
    assert client.get(minute).status_code == 200
    paper = client.get(minute + ".pdf")
    assert (paper.status_code, paper.mimetype) == (200, "application/pdf")
    for who, status in (("head", 200), ("staff", 200), ("leader", 404), ("stranger", 404)):
        client.post("/sign-out")
        sign_in(client, who)
        assert client.get(minute).status_code == client.get(minute + ".pdf").status_code == status, who


def test_an_officer_shuts_no_administrator_out_by_a_handover(app: object, ward: Ward) -> None:
    with in_a_request():
        with pytest.raises(Refused) as refused, writing():
            handing_over.hand_over(Plan(ward.admin, ward.head, TODAY), ward.now(ward.officer))
        assert codes(refused) == {"not_administrator"}
        with writing():
            handing_over.hand_over(Plan(ward.admin, ward.head, TODAY), ward.now(ward.chief))
    assert ward.office.again(ward.admin).disabled
