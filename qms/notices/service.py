"""Telling people: a notice is written with the record, in the same transaction; letters are sent later."""

from collections.abc import Mapping
from datetime import date
from typing import Any

from sqlalchemy import update

from qms.accounts.models import Person
from qms.config import present_settings
from qms.kernel.db import db
from qms.kernel.language import _l, force_locale
from qms.kernel.moment import Moment
from qms.kernel.refusal import Refusal, refuse_if
from qms.notices.addresses import mail_address
from qms.notices.letters import new_message_id, render
from qms.notices.models import Letter, LetterState, Notice
from qms.notices.records import record_path, way_in
from qms.notices.sentences import kept_values, sentence_of


def mail_configured() -> bool:
    """Whether letters can be sent; without a mail server the inbox and the printed digest tell people everything."""
    return present_settings().mail_server is not None


def notify(
    person_id: int,
    name: str,
    kind: str,
    code: str,
    moment: Moment,
    *,
    values: Mapping[str, Any] | None = None,
    due_on: date | None = None,
    urgent: bool = False,
) -> None:
    """Tells a person of a record, inside the transaction that changes it: what is rolled back was never said.

    It stands in the inbox at once and in the next daily digest; an urgent one is a letter of its own. ``name`` is a
    sentence of ``Feature.notices``: one that no feature brings, or that ``values`` do not fill, raises ``KeyError`` now.
    """
    kept = kept_values(values)
    sentence_of(name, kept)
    notice = Notice(
        person_id=person_id,
        name=name,
        kind=kind,
        code=code,
        values=kept,
        due_on=due_on,
        urgent=urgent,
        made_at=moment.instant,
    )
    if urgent:
        notice.letter = _urgent_letter(notice, moment)  # before the notice is added, or it would be written twice
    db.session.add(notice)


def post(
    address: str,
    template: str,
    language: str,
    moment: Moment,
    *,
    values: Mapping[str, Any],
    person_id: int | None = None,
) -> None:
    """Puts a letter into the outbox, made of ``templates/letters/<template>/``; it leaves after the transaction.

    Without a mail server nothing is written: whoever must reach somebody anyway asks ``mail_configured()`` before. Raises
    ``Refused`` for what is no mail address.
    """
    usable = mail_address(address)
    refuse_if(
        Refusal("address_unusable", _l("“%(address)s” is not a mail address.", address=address)) if usable is None else None
    )
    if mail_configured() and usable is not None:
        write_letter(usable, template, language, moment, values, person_id)


def write_letter(
    address: str, template: str, language: str, moment: Moment, values: Mapping[str, Any], person_id: int | None
) -> Letter:
    """The letter itself, for an address that was checked."""
    rendered = render(template, language, values)
    letter = Letter(
        message_id=new_message_id(),
        person_id=person_id,
        address=address,
        template=template,
        subject=rendered.subject,
        text=rendered.text,
        html=rendered.html,
        made_at=moment.instant,
        next_try_at=moment.instant,
    )
    db.session.add(letter)
    return letter


def mark_read(notice: Notice, moment: Moment) -> None:
    """Its person has read it; the first time counts."""
    if notice.read_at is None:
        notice.read_at = moment.instant


def mark_all_read(person_id: int, moment: Moment) -> None:
    """Everything a person was told until now is read."""
    db.session.execute(
        update(Notice)
        .where(Notice.person_id == person_id, Notice.read_at.is_(None), Notice.made_at <= moment.instant)
        .values(read_at=moment.instant)
    )


def resend(letter: Letter, moment: Moment) -> None:
    """A letter that was given up waits again, with all its tries. Raises ``Refused`` for one that waits or has left."""
    refuse_if(
        Refusal("letter_not_dead", _l("Only a letter that was given up can be sent again."))
        if letter.state is not LetterState.DEAD
        else None,
        Refusal("letter_emptied", _l("The text of this letter was erased with the data of its person."))
        if not letter.text
        else None,
    )
    letter.state, letter.next_try_at, letter.tries, letter.error = LetterState.WAITING, moment.instant, 0, None


def reachable_by_mail(person: Person) -> str | None:
    """The address to write to; None for whoever has only the inbox: disabled, or without a usable address."""
    return None if person.disabled else mail_address(person.email)


def _urgent_letter(notice: Notice, moment: Moment) -> Letter | None:
    person = db.session.get_one(Person, notice.person_id)
    address = reachable_by_mail(person)
    if address is None or not mail_configured():
        return None
    path = record_path(notice.kind, notice.code)
    with force_locale(person.language):
        sentence = sentence_of(notice.name, notice.values)
    values = {
        "full_name": person.full_name,
        "sentence": sentence,
        "due_on": notice.due_on,
        "url": None if path is None else way_in(person, [path], moment),
    }
    return write_letter(address, "urgent", person.language, moment, values, person.id)
