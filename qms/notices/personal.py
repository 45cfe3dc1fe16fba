"""What the outbox and the inbox hold about a person: for the export the law on personal data asks for, and to be forgotten."""

from collections.abc import Mapping, Sequence
from typing import Any

from sqlalchemy import delete, select, update

from qms.kernel.db import db
from qms.kernel.language import _
from qms.kernel.web import day_text, moment_text
from qms.notices.models import Letter, LetterState, Notice, Reminder
from qms.notices.sentences import sentence_or_name

NO_ADDRESS = "-"
"""Stands in place of the address of somebody who was forgotten."""


def stored_about(person_id: int) -> Mapping[str, Sequence[Mapping[str, Any]]]:
    """Notices, reminders and letters of a person, by heading."""
    notices = db.session.scalars(select(Notice).where(Notice.person_id == person_id).order_by(Notice.id))
    letters = db.session.scalars(select(Letter).where(Letter.person_id == person_id).order_by(Letter.id))
    return {
        _("Messages"): [
            {
                _("Told on"): moment_text(one.made_at),
                _("Message"): sentence_or_name(one.name, one.values),
                _("Due"): day_text(one.due_on),
                _("Read on"): moment_text(one.read_at),
            }
            for one in notices
        ],
        _("Letters"): [
            {
                _("Written on"): moment_text(one.made_at),
                _("Address"): one.address,
                _("Subject"): one.subject,
                _("State"): str(one.state.title),
                _("Sent on"): moment_text(one.sent_at),
            }
            for one in letters
        ],
    }


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
        .values(person_id=None, address=NO_ADDRESS, subject=NO_ADDRESS, text="", html=None, error=None)
    )
    session.execute(
        update(Letter).where(Letter.address == NO_ADDRESS, Letter.state == LetterState.WAITING).values(state=LetterState.DEAD)
    )
