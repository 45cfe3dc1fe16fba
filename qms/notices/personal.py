"""What the outbox and the inbox hold about a person: for the export the law on personal data asks for, and to be forgotten."""

import json
import re
from collections.abc import Collection, Iterable, Mapping, Sequence
from typing import Any

from markupsafe import escape
from sqlalchemy import ColumnElement, Text, case, cast, delete, exists, false, or_, select, update

from qms.kernel.db import db
from qms.kernel.language import _
from qms.kernel.stored import Stored
from qms.kernel.web import day_text, moment_text
from qms.notices.models import Letter, LetterState, Notice, Reminder
from qms.notices.sentences import one_line, sentence_or_name

NO_ADDRESS = "-"
"""Stands in place of the address of somebody who was forgotten."""
NO_NAME = "…"
"""Stands in place of the name, in what others were told."""


def stored_about(person_id: int) -> Sequence[Stored]:
    """Notices and letters of a person."""
    notices = select(Notice.made_at, Notice.name, Notice.values, Notice.due_on, Notice.read_at)
    letters = select(Letter.made_at, Letter.address, Letter.subject, Letter.state, Letter.sent_at)
    return [
        Stored(_("Messages"), notices.where(Notice.person_id == person_id).order_by(Notice.id), _notice),
        Stored(_("Letters"), letters.where(Letter.person_id == person_id).order_by(Letter.id), _letter),
    ]


def _notice(row: Any) -> Mapping[str, Any]:
    return {
        _("Told on"): moment_text(row.made_at),
        _("Message"): sentence_or_name(row.name, row.values),
        _("Due"): day_text(row.due_on),
        _("Read on"): moment_text(row.read_at),
    }


def _letter(row: Any) -> Mapping[str, Any]:
    return {
        _("Written on"): moment_text(row.made_at),
        _("Address"): row.address,
        _("Subject"): row.subject,
        _("State"): str(row.state.title),
        _("Sent on"): moment_text(row.sent_at),
    }


def knows(person_id: int) -> ColumnElement[bool]:
    """Whether there is anything to forget, for a statement that asks more."""
    return or_(
        exists().where(Notice.person_id == person_id),
        exists().where(Reminder.person_id == person_id),
        exists().where(Letter.person_id == person_id),
    )


def forget(person_id: int) -> None:
    """Takes a person out of inbox and outbox: nothing more is sent, and no address, subject or text stays.

    That letters were written stays, as a number and a day. To be called inside the verb that forgets the person.
    """
    session = db.session
    session.execute(delete(Notice).where(Notice.person_id == person_id))
    session.execute(delete(Reminder).where(Reminder.person_id == person_id))
    session.execute(
        update(Letter)
        .where(Letter.person_id == person_id)
        .values(
            person_id=None,
            address=NO_ADDRESS,
            subject=NO_ADDRESS,
            text="",
            html=None,
            error=None,
            state=case((Letter.state == LetterState.WAITING, LetterState.DEAD), else_=Letter.state),
        )
    )


def spelled(names: Iterable[str]) -> frozenset[str]:
    """Names as they stand in notices and letters."""
    return frozenset(kept for name in names if (kept := one_line(name)))


def naming(names: Collection[str]) -> ColumnElement[bool]:
    """Whether anybody was told something in which one of the names may stand."""
    return or_(exists().where(_notices_with(names)), exists().where(_letters_with(names)))


def forget_names(names: Collection[str]) -> None:
    """What others were told keeps its sentence, without these names: whole ones only, as a short one is part of other words.

    Whoever bears the same name loses it there, too, as a sentence does not say whom it means.
    """
    written = sorted({*names, *(str(escape(name)) for name in names)}, key=len, reverse=True)
    whole = re.compile(rf"(?<!\w)(?:{'|'.join(map(re.escape, written))})(?!\w)")
    for notice in db.session.scalars(select(Notice).where(_notices_with(names))):
        notice.values = {
            key: whole.sub(NO_NAME, value) if isinstance(value, str) else value for key, value in notice.values.items()
        }
    for letter in db.session.scalars(select(Letter).where(_letters_with(names))):
        letter.subject, letter.text = whole.sub(NO_NAME, letter.subject), whole.sub(NO_NAME, letter.text)
        letter.html = None if letter.html is None else whole.sub(NO_NAME, letter.html)


def _notices_with(names: Collection[str]) -> ColumnElement[bool]:
    values = cast(Notice.values, Text)
    return or_(false(), *(values.contains(json.dumps(name)[1:-1], autoescape=True) for name in names))  # as the column writes it


def _letters_with(names: Collection[str]) -> ColumnElement[bool]:
    return or_(false(), *(Letter.text.contains(name, autoescape=True) for name in names))
