"""Personal data: what is stored is shown, and erased where the law allows; what was done stays under a number."""

import json
from collections.abc import Callable
from datetime import date, timedelta

import pytest
from flask import Flask, current_app
from flask.testing import FlaskClient
from sqlalchemy import select

from nonconformities.models import Nonconformity, NonconformityState
from qms.accounts import sessions
from qms.accounts.models import (
    Deputy,
    DirectoryIdentity,
    Grant,
    OneTimeLink,
    Passkey,
    Person,
    RecoveryCode,
    Session,
)
from qms.accounts.permissions import Role
from qms.journal.chains import chain_of
from qms.kernel.db import Base, db, writing
from qms.kernel.language import force_locale
from qms.kernel.refusal import Refused
from qms.notices.models import Letter, LetterState, Notice
from qms.notices.service import notify
from qms.people.accounts import service
from qms.people.accounts.service import Particulars
from qms.people.privacy import personal
from qms.people.privacy import service as forgetting
from qms.people.privacy.jobs import daily_period, empty_old_letters
from qms.trail.heads import make_head
from qms.trail.reading import verify
from qms.trail.sealing import seal
from qms.trail.service import history
from tests.office import TODAY, at, past_the_trail
from tests.people.conftest import Ward

LONG_AGO = date(2025, 11, 1)


def codes(refused: pytest.ExceptionInfo[Refused]) -> set[str]:
    return {refusal.code for refusal in refused.value.refusals}


def lived(ward: Ward) -> Person:
    """Somebody with every kind of trace, who left more than a year ago."""
    with writing():
        given = Particulars("Phạm Thị Lệ Quyên", "Công chức hộ tịch", "lequyen@example.vn", "vi")
        person = service.add("lequyen", given, ward.division, ward.now(ward.admin))
    with writing():
        service.edit(
            person, Particulars("Phạm Lệ Quyên", "Phó phòng", "quyen@example.vn", "en"), ward.division, ward.now(ward.admin)
        )
    ward.office.grant(person, Role.STAFF, ward.division)
    moment = ward.office.moment(person)
    with past_the_trail() as session:
        sessions.begin(person, moment, browser="Firefox")
        key = {"credential_id": "c", "user_handle": "h", "public_key": "k", "transports": [], "title": "Máy của Quyên"}
        session.add(Passkey(person_id=person.id, made_at=at(TODAY), **key))
        session.add(RecoveryCode(person_id=person.id, code_hash="x"))
        session.add(DirectoryIdentity(person_id=person.id, issuer="https://sso.example.vn", subject="quyen"))
        session.add(Deputy(principal=person, deputy=ward.head, valid_from=TODAY, valid_to=TODAY, reason="Nghỉ thai sản"))
        session.add(letter_to(person))
        notify(person.id, "role_given", "person", str(person.id), moment, values={"unit": "Phòng"})
        notify(
            ward.head.id,
            "deputy_named",
            "person",
            str(person.id),
            moment,
            values={"name": person.full_name, "from": TODAY, "to": TODAY},
        )
    with writing():
        service.send_reset(person, ward.now(ward.admin))
    nc = ward.office.nonconformity(ward.division, state=NonconformityState.CLOSED, verified_by_id=person.id)
    assert nc.verified_by_id == person.id
    with writing():
        service.disable(person, "Chuyển công tác về quê", ward.now(ward.admin))
    with past_the_trail():
        person.active_on = LONG_AGO
    return person


def letter_to(person: Person) -> Letter:
    return Letter(
        message_id="<1@example.vn>",
        person_id=person.id,
        address="quyen@example.vn",
        template="urgent",
        subject="Kính gửi Phạm Lệ Quyên",
        text="Phạm Lệ Quyên",
        html="<p>Phạm Lệ Quyên</p>",
        made_at=at(TODAY),
        next_try_at=at(TODAY),
    )


def forget(ward: Ward, person: Person, typed: str | None = None, actor: str = "admin", **given: str) -> None:
    with current_app.test_request_context(), writing():
        forgetting.forget(person, typed or person.username, ward.now(getattr(ward, actor)), **given)


def everything_stored() -> str:
    """Every value of every row of the whole database."""
    values: list[str] = []
    for table in Base.metadata.sorted_tables:
        values += [repr(tuple(row)) for row in db.session.execute(select(table))]
    return "\n".join(values)


def test_nothing_in_the_database_tells_who_a_forgotten_person_was(any_app: object, ward: Ward) -> None:
    person = lived(ward)
    before = everything_stored()
    traces = ("quyen", "Quyên", "Lệ", "Phó phòng", "hộ tịch", "thai sản", "về quê", "sso.example", "Firefox")
    assert [trace for trace in traces if trace not in before] == []
    forget(ward, person)
    after = everything_stored()
    assert [trace for trace in traces if trace in after] == []


def test_a_forgotten_person_is_a_number_with_a_history(app: object, ward: Ward) -> None:
    person = lived(ward)
    number = person.id
    forget(ward, person)
    person = db.session.get_one(Person, number)
    assert (person.username, person.full_name) == (f"nguoi-dung-{number}", f"Người dùng số {number}")
    assert (person.email, person.title, person.password_hash, person.disabled) == (None, None, None, True)
    assert person.forgotten_at is not None
    for model in (Session, Passkey, RecoveryCode, OneTimeLink, DirectoryIdentity):
        assert db.session.scalar(select(model).where(model.person_id == number)) is None, model
    assert db.session.scalar(select(Nonconformity.verified_by_id)) == number
    assert db.session.scalars(select(Grant).where(Grant.person_id == number)).one().revoked_at is not None
    deeds = [entry.deed for entry in history("person", str(number))]
    assert deeds[0] == "forget" and {"create", "edit", "disable"} <= set(deeds)
    assert history("person", str(number))[0].username == "admin"


def test_every_chain_still_holds(any_app: object, ward: Ward) -> None:
    person = lived(ward)
    seal(ward.now(), chain_of, everything=True)
    with writing():
        make_head(TODAY, ward.now())
    forget(ward, person)
    seal(ward.now(), chain_of, everything=True)
    report = verify()
    assert not report.faults
    assert report.forgotten >= 8 and report.unsealed == 0


@pytest.mark.parametrize(
    ("change", "actor", "typed", "expected"),
    [
        ({}, "officer", None, "not_permitted"),
        ({}, "admin", "quyen", "not_confirmed"),
        ({"disabled": False}, "admin", None, "enabled"),
        ({"active_on": date(2025, 12, 1)}, "admin", None, "too_early"),
    ],
)
def test_nobody_is_forgotten_too_early_or_by_mistake(
    ward: Ward, change: dict[str, object], actor: str, typed: str | None, expected: str
) -> None:
    person = lived(ward)
    with past_the_trail():
        for name, value in change.items():
            setattr(person, name, value)
    with pytest.raises(Refused) as refused:
        forget(ward, person, typed, actor)
    assert expected in codes(refused)
    assert ward.office.again(person).full_name == "Phạm Lệ Quyên"


def test_a_pseudonym_that_somebody_has_is_not_given_twice(app: object, ward: Ward) -> None:
    person = lived(ward)
    with past_the_trail():
        ward.staff.username = forgetting.pseudonym(person.id)
    forget(ward, person)
    assert ward.office.again(person).username.startswith(f"{ward.staff.username}-")


def test_a_written_request_is_kept_as_the_reason(app: object, ward: Ward) -> None:
    person = lived(ward)
    with past_the_trail():
        person.active_on = TODAY - timedelta(days=10)
    forget(ward, person, request="Đơn số 12, ngày 20/11/2026")
    assert history("person", str(person.id))[0].reason == "Đơn số 12, ngày 20/11/2026"


def test_who_still_answers_for_something_is_not_forgotten(ward: Ward) -> None:
    person = lived(ward)
    nc = ward.office.nonconformity(ward.division, state=NonconformityState.ACTING)
    ward.office.action(nc, owner_id=person.id)
    with pytest.raises(Refused) as refused:
        forget(ward, person)
    assert codes(refused) == {"estate_left"}


def test_a_forgotten_account_cannot_be_used_again(ward: Ward) -> None:
    person = lived(ward)
    forget(ward, person)
    person = db.session.get_one(Person, person.id)
    for verb in (
        lambda: service.enable(person, "x", ward.now(ward.admin)),
        lambda: forgetting.forget(person, person.username, ward.now(ward.admin)),
    ):
        with pytest.raises(Refused) as refused, writing():
            verb()
        assert "forgotten" in codes(refused)


def test_what_is_stored_about_somebody_is_complete_and_holds_no_secret(any_app: object, ward: Ward) -> None:
    person = lived(ward)
    with force_locale("en"):
        stored = personal.as_json(person, ward.now(ward.admin))
    text = json.dumps(stored, ensure_ascii=False)
    for expected in (
        "lequyen",
        "Phạm Lệ Quyên",
        "quyen@example.vn",
        "Firefox",
        "Máy của Quyên",
        "Nghỉ thai sản",
        "sso.example.vn",
    ):
        assert expected in text, expected
    for secret in ("argon2", "code_hash", "token_hash", "public_key"):
        assert secret not in text
    assert {"Account", "Roles", "Sessions", "Deputies", "Handovers", "Messages", "Letters", "Audit trail"} <= set(
        stored["stored"]
    )


def test_why_somebody_else_is_away_is_not_in_the_deputys_data(ward: Ward) -> None:
    person = lived(ward)
    assert "thai sản" in json.dumps(personal.as_json(person, ward.now()), ensure_ascii=False)
    assert "thai sản" not in json.dumps(personal.as_json(ward.head, ward.now()), ensure_ascii=False)


def test_everybody_gets_the_own_data_and_nobody_elses(ward: Ward, client: FlaskClient, sign_in: Callable[..., object]) -> None:
    person = lived(ward)
    sign_in(client, "staff")
    assert "Công chức staff" in client.get("/account/data").text
    own = client.get("/account/data.json")
    assert own.json is not None and own.json["person"] == str(ward.staff.id)
    assert client.get(f"/people/{person.id}/data.json").status_code == 403
    client.post("/sign-out")
    sign_in(client, "officer")
    assert client.get(f"/people/{person.id}/data").status_code == 403


def test_the_page_forgets_when_the_name_is_typed(ward: Ward, client: FlaskClient, sign_in: Callable[..., object]) -> None:
    person = lived(ward)
    number = person.id
    with past_the_trail():
        person.active_on = date(2020, 1, 1)
    sign_in(client, "admin")
    page = client.get(f"/people/{number}/forget")
    assert page.status_code == 200 and "lequyen" in page.text
    assert client.post(f"/people/{number}/forget", data={"username": "le quyen"}).status_code == 409
    assert client.post(f"/people/{number}/forget", data={"username": "lequyen"}).status_code == 303
    assert f"Người dùng số {number}" in client.get(f"/people/{number}").text
    assert client.get(f"/people/{number}/edit").status_code == 200


def test_old_letters_lose_their_words_and_waiting_ones_do_not(app: object, ward: Ward) -> None:
    made = []
    for number, (days, state) in enumerate([(400, LetterState.SENT), (400, LetterState.WAITING), (300, LetterState.SENT)]):
        one = letter_to(ward.staff)
        one.message_id, one.made_at, one.state = f"<{number}@example.vn>", at(TODAY - timedelta(days=days)), state
        one.sent_at = one.made_at if state is LetterState.SENT else None
        made.append(one)
    with past_the_trail() as session:
        session.add_all(made)
    assert empty_old_letters("", ward.now()) == "1"
    assert [ward.office.again(one).text for one in made] == ["", "Phạm Lệ Quyên", "Phạm Lệ Quyên"]
    assert made[0].address == "-"
    assert empty_old_letters("", ward.now()) == "0"


def test_the_words_go_at_night() -> None:
    assert daily_period(at(TODAY, 2)) is None
    assert daily_period(at(TODAY, 3)) == TODAY.isoformat()


def test_messages_to_others_lose_the_name(any_app: Flask, ward: Ward) -> None:
    person = lived(ward)
    told = {"who": "Phạm Lệ Quyên", "code": "DG-1", "what": "Phạm Thị Lệ Quyên xin lùi ngày; Lệ Quyên"}
    with any_app.test_request_context(), past_the_trail() as session:
        notify(ward.head.id, "work_reminded", "audit", "DG-1", ward.office.moment(person), values=told)
        another = letter_to(ward.head)
        another.message_id = "<2@example.vn>"
        session.add(another)
    forget(ward, person)
    notices = db.session.scalars(select(Notice).where(Notice.person_id == ward.head.id).order_by(Notice.id)).all()
    assert notices[0].values["name"] == "…"
    assert notices[1].values == {"who": "…", "code": "DG-1", "what": "… xin lùi ngày; Lệ Quyên"}
    letter = ward.office.again(another)
    assert (letter.subject, letter.text, letter.html) == ("Kính gửi …", "…", "<p>…</p>")
    assert letter.address == "quyen@example.vn" and letter.state is LetterState.WAITING


def test_whoever_has_a_longer_name_keeps_it(app: Flask, ward: Ward) -> None:
    person = lived(ward)
    with app.test_request_context(), past_the_trail():
        for name in ("Phạm Lệ Quyên", "Phạm Lệ Quyênh"):
            notify(ward.staff.id, "form_prepared", "prepared", "1", ward.now(), values={"who": name, "record": "A"})
    forget(ward, person)
    told = db.session.scalars(select(Notice).where(Notice.person_id == ward.staff.id).order_by(Notice.id)).all()
    assert [notice.values["who"] for notice in told] == ["…", "Phạm Lệ Quyênh"]
