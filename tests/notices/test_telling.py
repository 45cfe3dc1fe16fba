"""Telling somebody: a notice is written with the record or not at all; what cannot wait is a letter of its own."""

import re
from collections.abc import Callable
from datetime import date

import pytest
from flask import Flask
from sqlalchemy import select

from qms.accounts.models import OneTimeLink
from qms.accounts.permissions import Role
from qms.kernel.db import db, writing
from qms.kernel.language import _l
from qms.kernel.refusal import Refused
from qms.notices import personal
from qms.notices.models import Letter, LetterState, Notice
from qms.notices.service import mail_configured, notify, post
from tests.notices.conftest import use_mail
from tests.office import Office
from tests.stored import lines_of


def notices() -> list[Notice]:
    db.session.rollback()
    return list(db.session.scalars(select(Notice).order_by(Notice.id)))


def letters() -> list[Letter]:
    db.session.rollback()
    return list(db.session.scalars(select(Letter).order_by(Letter.id)))


def test_a_notice_is_written_with_the_record(app: Flask, office: Office, told: Callable[..., None]) -> None:
    person = office.person(unit=office.agency())
    with writing():
        values = {"unit": "Phòng  Tư pháp\n", "title": "Kiểm tra"}
        notify(person.id, "trial_told", "unit", "P", office.moment(), values=values, due_on=date(2026, 12, 4))
    (notice,) = notices()
    assert (notice.person_id, notice.kind, notice.code, notice.due_on) == (person.id, "unit", "P", date(2026, 12, 4))
    assert notice.values == {"unit": "Phòng Tư pháp", "title": "Kiểm tra"}
    assert notice.read_at is None and notice.letter_id is None and not letters()


def test_what_is_rolled_back_was_never_said(any_app: Flask, office: Office, told: Callable[..., None]) -> None:
    use_mail(any_app, 25)
    person = office.person(unit=office.agency(), email="an@phuong.example")

    def told_and_broken() -> None:
        with writing():
            notify(person.id, "trial_plain", "unit", "P", office.moment(), urgent=True)
            post("an@phuong.example", "urgent", "vi", office.moment(), values={"sentence": "x"})
            db.session.flush()
            raise ArithmeticError

    with pytest.raises(ArithmeticError):
        told_and_broken()
    assert not notices() and not letters()


@pytest.mark.parametrize(
    ("name", "values", "fault"),
    [
        ("never_brought", {}, KeyError),
        ("soon.never_brought", {"text": "x"}, KeyError),
        ("trial_told", {"unit": "P"}, KeyError),
        ("trial_told", {"unit": "P", "title": _l("Overdue")}, TypeError),
        ("trial_told", {"unit": "P", "title": None}, TypeError),
        ("trial_told", {"unit": "P", "title": ["x"]}, TypeError),
    ],
)
def test_a_sentence_nobody_brought_or_cannot_be_filled_is_a_fault_at_once(
    app: Flask, office: Office, told: Callable[..., None], name: str, values: dict[str, object], fault: type[Exception]
) -> None:
    person = office.person(unit=office.agency())
    with pytest.raises(fault), writing():
        notify(person.id, name, "unit", "P", office.moment(), values=values)
    assert not notices()


def test_an_urgent_notice_is_a_letter_at_once_in_the_language_of_its_person(
    app: Flask, office: Office, told: Callable[..., None]
) -> None:
    use_mail(app, 25)
    ward = office.agency("P")
    officer = office.person(unit=ward, role=Role.QUALITY_OFFICER, email="an@phuong.example", language="en")
    with writing():
        values = {"unit": "Ward", "title": "x"}
        notify(officer.id, "trial_told", "unit", "P", office.moment(), values=values, due_on=date(2026, 12, 4), urgent=True)
    (letter,), (notice,) = letters(), notices()
    assert notice.letter_id == letter.id and notice.urgent
    assert letter.subject == "Needs you now: Ward has reported “x”"
    assert "Due on 04/12/2026" in letter.text
    assert f"https://qms.phuong.example/units/{ward.id}\n" in letter.text
    assert (letter.state, letter.address, letter.tries) == (LetterState.WAITING, "an@phuong.example", 0)


def test_whoever_can_do_little_harm_gets_a_link_that_opens_this_record_alone(
    app: Flask, office: Office, told: Callable[..., None]
) -> None:
    use_mail(app, 25)
    ward = office.agency("P")
    head = office.person(unit=ward, role=Role.UNIT_HEAD, email="binh@phuong.example")
    with writing():
        notify(head.id, "trial_plain", "unit", "P", office.moment(), urgent=True)
    (letter,) = letters()
    assert re.search(r"^https://qms\.phuong\.example/link/[\w-]{20,}$", letter.text, re.MULTILINE)
    link = db.session.scalars(select(OneTimeLink)).one()
    assert (link.person_id, link.purpose, link.limited_to) == (head.id, "letter", [f"/units/{ward.id}"])


def test_somebody_without_mail_or_with_a_closed_account_has_only_the_inbox(
    app: Flask, office: Office, told: Callable[..., None]
) -> None:
    use_mail(app, 25)
    ward = office.agency()
    people = [
        office.person(unit=ward),
        office.person(unit=ward, email="not an address"),
        office.person(unit=ward, email="an@phuong.example", disabled=True),
    ]
    with writing():
        for person in people:
            notify(person.id, "trial_plain", "unit", "P", office.moment(), urgent=True)
    assert [notice.person_id for notice in notices()] == [person.id for person in people]
    assert not letters()


def test_without_a_mail_server_no_letter_is_written(app: Flask, office: Office, told: Callable[..., None]) -> None:
    person = office.person(unit=office.agency(), email="an@phuong.example")
    assert not mail_configured()
    with writing():
        notify(person.id, "trial_plain", "unit", "P", office.moment(), urgent=True)
        post("an@phuong.example", "urgent", "vi", office.moment(), values={"sentence": "x"})
    assert len(notices()) == 1 and not letters()


def test_a_letter_to_what_is_no_address_is_refused(app: Flask, office: Office) -> None:
    with pytest.raises(Refused) as refused, writing():
        post("an@phuong.example\nBcc: x@y.example", "urgent", "vi", office.moment(), values={"sentence": "x"})
    assert [refusal.code for refusal in refused.value.refusals] == ["address_unusable"]


def test_what_is_kept_about_a_person_is_exported_and_forgotten(any_app: Flask, office: Office, told: Callable[..., None]) -> None:
    use_mail(any_app, 25)
    ward = office.agency("P")
    person = office.person(unit=ward, email="an@phuong.example")
    other = office.person(unit=ward, email="khac@phuong.example")
    with writing():
        for one in (person, other):
            notify(one.id, "trial_plain", "unit", "P", office.moment(), urgent=True)
    export = lines_of(personal.stored_about(person.id))
    assert [len(rows) for _heading, rows in export] == [1, 1]
    assert "an@phuong.example" in str(export) and "khac" not in str(export)
    with writing():
        personal.forget(person.id)
    assert [notice.person_id for notice in notices()] == [other.id]
    forgotten, kept = letters()
    assert (forgotten.address, forgotten.subject, forgotten.text, forgotten.state) == ("-", "-", "", LetterState.DEAD)
    assert (kept.address, kept.state) == ("khac@phuong.example", LetterState.WAITING)
