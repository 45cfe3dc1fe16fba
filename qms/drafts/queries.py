"""Reading drafts; everybody sees the own ones alone."""

from collections.abc import Mapping, Sequence
from typing import Any

from sqlalchemy import ColumnElement, delete, exists, select

from qms.drafts.models import Draft
from qms.kernel.db import db
from qms.kernel.language import _
from qms.kernel.moment import Actor
from qms.kernel.stored import Stored
from qms.kernel.web import moment_text


def visible(actor: Actor) -> ColumnElement[bool]:
    """The scope: one's own."""
    return Draft.person_id.in_(() if actor.person_id is None else (actor.person_id,))


def drafts(kind: str, actor: Actor) -> Sequence[Draft]:
    """What the person has begun of a kind, the newest first."""
    own = select(Draft).where(Draft.kind == kind, visible(actor))
    return db.session.scalars(own.order_by(Draft.changed_at.desc(), Draft.id.desc())).all()


def find(draft_id: int, kind: str, actor: Actor) -> Draft | None:
    """One of them; None for any other."""
    return db.session.scalar(select(Draft).where(Draft.id == draft_id, Draft.kind == kind, visible(actor)))


def stored_about(person_id: int) -> Sequence[Stored]:
    """The drafts of a person, for the export that the law on personal data asks for."""
    own = select(Draft.name, Draft.begun_at, Draft.changed_at).where(Draft.person_id == person_id).order_by(Draft.id)
    return [Stored(_("Files begun and not finished"), own, _draft)]


def _draft(row: Any) -> Mapping[str, Any]:
    return {_("Name"): row.name, _("Started"): moment_text(row.begun_at), _("Last changed"): moment_text(row.changed_at)}


def knows(person_id: int) -> ColumnElement[bool]:
    """Whether there is anything to forget, for a statement that asks more."""
    return exists().where(Draft.person_id == person_id)


def forget(person_id: int) -> None:
    """Drops the drafts of a person; their files go with the next sweep. To be called inside the verb that forgets."""
    db.session.execute(delete(Draft).where(Draft.person_id == person_id))
