"""Reading the trail: what one may see of it, filtered by who, what, where and when."""

from dataclasses import replace

from sqlalchemy import ColumnElement, Select, Text, and_, or_, select, type_coerce

from qms.accounts.actor import in_visible_units
from qms.accounts.models import Person
from qms.accounts.permissions import Permission
from qms.accounts.service import KIND as PERSON
from qms.journal.names import LONGEST_NUMBER
from qms.journal.sentences import tell
from qms.kernel.db import db
from qms.kernel.moment import Actor
from qms.kernel.paging import Page, paginate_newest_first
from qms.kernel.text import like_pattern
from qms.trail.models import TrailEntry
from qms.units.queries import below


def seen(actor: Actor, permission: Permission = Permission.TRAIL_READ) -> Select[TrailEntry]:
    """Entries of the units in which the actor holds the permission; those of no unit only for whoever holds it everywhere."""
    return select(TrailEntry).where(in_visible_units(TrailEntry.unit_id, actor, permission))


def done_by(asked: str) -> ColumnElement[bool]:
    """What a person did, who is told by number or by words of the name."""
    if asked.isdecimal() and len(asked) < LONGEST_NUMBER:
        return TrailEntry.person_id == int(asked)
    return TrailEntry.person_id.in_(select(Person.id).where(Person.folded.like(like_pattern(asked), escape="\\")))


def in_unit(code: str) -> ColumnElement[bool]:
    """What happened in a unit and below; the units are named, so that the index is taken."""
    return TrailEntry.unit_id.in_(db.session.scalars(below(code)).all())


def says(text: str) -> ColumnElement[bool]:
    """What has a text in its code, its content or its reason."""
    columns = (TrailEntry.code, TrailEntry.reason, type_coerce(TrailEntry.changes, Text))
    return or_(*(column.icontains(text, autoescape=True) for column in columns))


def told_page(query: Select[TrailEntry], number: int, size: int) -> Page:
    """One page of a query as sentences."""
    page = paginate_newest_first(query, number, size, key=TrailEntry.id)
    return replace(page, items=tell(page.items))


def of_record(kind: str, code: str, actor: Actor) -> Select[TrailEntry]:
    """What happened to one record, newest first."""
    return seen(actor).where(TrailEntry.kind == kind, TrailEntry.code == code).order_by(TrailEntry.id.desc())


def by_person(person_id: int, actor: Actor) -> Select[TrailEntry]:
    """What one person did, newest first."""
    return seen(actor).where(TrailEntry.person_id == person_id).order_by(TrailEntry.id.desc())


def about_person(person_id: int, actor: Actor) -> Select[TrailEntry]:
    """What happened to the account of a person, newest first."""
    return of_record(PERSON, str(person_id), actor)


def is_known(person_id: int, actor: Actor) -> bool:
    """Whether there is anything to show of or about a person."""
    about = and_(TrailEntry.kind == PERSON, TrailEntry.code == str(person_id))
    found = seen(actor).where(or_(TrailEntry.person_id == person_id, about)).with_only_columns(TrailEntry.id)
    return db.session.scalar(found.limit(1)) is not None
