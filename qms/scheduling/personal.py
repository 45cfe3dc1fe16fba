"""What the queue holds about a person: for the export the law on personal data asks for, and to be forgotten."""

from collections.abc import Mapping, Sequence
from typing import Any

from sqlalchemy import ColumnElement, delete, exists, select

from qms.kernel.db import db
from qms.kernel.language import _
from qms.kernel.stored import Stored
from qms.kernel.web import moment_text
from qms.scheduling.models import Work
from qms.scheduling.queue import title_of


def stored_about(person_id: int) -> Sequence[Stored]:
    """The long work a person started and that is still known."""
    works = select(Work.asked_at, Work.kind, Work.state).where(Work.person_id == person_id).order_by(Work.id)
    return [Stored(_("Long work"), works, _work)]


def _work(row: Any) -> Mapping[str, Any]:
    return {_("Started"): moment_text(row.asked_at), _("What"): title_of(row.kind), _("State"): str(row.state.title)}


def knows(person_id: int) -> ColumnElement[bool]:
    """Whether there is anything to forget, for a statement that asks more."""
    return exists().where(Work.person_id == person_id)


def forget(person_id: int) -> None:
    """Takes the work of a person out of the queue; files go with the next sweep. To be called inside the verb that forgets."""
    db.session.execute(delete(Work).where(Work.person_id == person_id))
