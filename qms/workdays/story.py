"""The changes of the calendar as sentences."""

from collections.abc import Mapping, Sequence
from datetime import date, datetime

from flask_babel import LazyString
from sqlalchemy import select

from qms.accounts.models import Person
from qms.kernel.db import db
from qms.kernel.language import _, _l
from qms.kernel.web import day_text
from qms.trail.models import TrailEntry

_FREE = _l("%(who)s made %(day)s a free day: %(title)s.")
_WORKED = _l("%(who)s made %(day)s a working day: %(title)s.")
_REMOVED = _l("%(who)s took %(day)s out of the table: %(title)s.")


def sentences(entries: Sequence[TrailEntry]) -> list[tuple[datetime, str]]:
    """Each deed as (instant, sentence), in the order given."""
    people = select(Person.id, Person.full_name).where(Person.id.in_({entry.person_id for entry in entries}))
    names: dict[int, str] = dict(db.session.execute(people).all())
    return [(entry.at, _sentence(entry, names)) for entry in entries]


def _sentence(entry: TrailEntry, names: Mapping[int, str]) -> str:
    worked = entry.changes["working"][1]
    before, after = entry.changes["title"]
    sentence: LazyString = _REMOVED if worked is None else _WORKED if worked else _FREE
    who = _("The system") if entry.person_id is None else names.get(entry.person_id, "")
    said = str(sentence) % {"who": who, "day": day_text(date.fromisoformat(entry.code)), "title": after or before}
    return f"{said} {entry.reason}" if entry.reason else said
