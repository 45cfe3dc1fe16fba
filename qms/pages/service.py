"""Keeping and dropping saved filters; what somebody keeps is that person's alone."""

from sqlalchemy import ColumnElement, delete, exists, func, select

from qms.kernel.db import db
from qms.kernel.refusal import refuse_if
from qms.pages import rules
from qms.pages.models import SavedFilter


def save_filter(person_id: int, list_name: str, title: str, address: str) -> SavedFilter:
    """Keeps what the address of a list asks under a title; a title that is known is given the new filters.

    Raises ``Refused`` when nothing is asked or too many are kept already.
    """
    own = select(SavedFilter).where(SavedFilter.person_id == person_id, SavedFilter.list_name == list_name)
    known = db.session.scalar(own.where(SavedFilter.title == title))
    kept = db.session.scalar(own.with_only_columns(func.count())) or 0
    refuse_if(rules.narrows_something(address), None if known else rules.not_too_many(kept))
    saved = known or SavedFilter(person_id=person_id, list_name=list_name, title=title)
    saved.address = address
    db.session.add(saved)
    return saved


def drop_filter(saved: SavedFilter) -> None:
    """Forgets one saved filter."""
    db.session.delete(saved)


def knows(person_id: int) -> ColumnElement[bool]:
    """Whether there is anything to forget, for a statement that asks more."""
    return exists().where(SavedFilter.person_id == person_id)


def forget(person_id: int) -> None:
    """Drops everything a person keeps. To be called inside the verb that forgets the person."""
    db.session.execute(delete(SavedFilter).where(SavedFilter.person_id == person_id))
