"""What the clock does for privacy: letters that nobody needs any more lose their words."""

from datetime import datetime

from sqlalchemy import or_, update

from qms.kernel.days import LOCAL, add_months, end_of_day, local_day
from qms.kernel.db import db, writing
from qms.kernel.feature import Job, by_parts
from qms.kernel.language import _l
from qms.kernel.moment import Moment
from qms.notices.models import Letter, LetterState
from qms.notices.personal import NO_ADDRESS
from qms.people.rules import LOG_MONTHS

START_HOUR = 3
"""Local hour before which the day's run does not begin."""


def daily_period(instant: datetime) -> str | None:
    """The day, once its night is nearly over."""
    return None if instant.astimezone(LOCAL).hour < START_HOUR else local_day(instant).isoformat()


def empty_old_letters(_period: str, moment: Moment) -> str:
    """Letters that left (or were given up) a year ago keep number, day and state; address, subject and words go.

    That somebody was written to is a log and stays; what was written is personal data without a purpose (Law 91/2025).
    """
    before = end_of_day(add_months(moment.today, -LOG_MONTHS))
    with writing():
        emptied = db.session.scalars(
            update(Letter)
            .where(
                Letter.state != LetterState.WAITING,
                Letter.made_at < before,
                or_(Letter.address != NO_ADDRESS, Letter.text != ""),
            )
            .values(address=NO_ADDRESS, subject=NO_ADDRESS, text="", html=None, error=None)
            .returning(Letter.id)
        ).all()
    return str(len(emptied))


EMPTY_OLD_LETTERS = Job("empty_old_letters", _l("Words of old letters erased"), daily_period, by_parts(empty_old_letters))
