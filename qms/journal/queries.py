"""Reading the trail: what one may see of it, filtered by who, what, where and when."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, timedelta

from sqlalchemy import ColumnElement, Select, Text, and_, or_, select, type_coerce

from qms.accounts.actor import in_visible_units
from qms.accounts.models import Person
from qms.accounts.permissions import Permission
from qms.accounts.service import KIND as PERSON
from qms.journal.names import LONGEST_NUMBER
from qms.journal.sentences import tell
from qms.kernel.days import end_of_day
from qms.kernel.db import db
from qms.kernel.moment import Actor
from qms.kernel.paging import Page, paginate_newest_first
from qms.kernel.text import like_pattern
from qms.trail.models import TrailEntry
from qms.units.queries import below


@dataclass(frozen=True)
class Filters:
    """What a list shows; None and "" filter nothing. ``person`` is a number or words of a name, ``unit`` reaches below."""

    person: str = ""
    kind: str = ""
    deed: str = ""
    unit: str = ""
    from_on: date | None = None
    to_on: date | None = None
    text: str = ""


def seen(actor: Actor, permission: Permission = Permission.TRAIL_READ) -> Select[TrailEntry]:
    """Entries of the units in which the actor holds the permission; those of no unit only for whoever holds it everywhere."""
    return select(TrailEntry).where(in_visible_units(TrailEntry.unit_id, actor, permission))


def listing(filters: Filters, actor: Actor, permission: Permission = Permission.TRAIL_READ) -> Select[TrailEntry]:
    """The entries that pass the filters, newest first."""
    return seen(actor, permission).where(*_conditions(filters)).order_by(TrailEntry.id.desc())


def _conditions(filters: Filters) -> Iterator[ColumnElement[bool]]:
    if filters.person.isdecimal() and len(filters.person) < LONGEST_NUMBER:
        yield TrailEntry.person_id == int(filters.person)
    elif filters.person:
        called = select(Person.id).where(Person.folded.like(like_pattern(filters.person), escape="\\"))
        yield TrailEntry.person_id.in_(called)
    if filters.kind:
        yield TrailEntry.kind == filters.kind
    if filters.deed:
        yield TrailEntry.deed == filters.deed
    if filters.unit:
        yield TrailEntry.unit_id.in_(db.session.scalars(below(filters.unit)).all())  # named, so that the index is taken
    if filters.from_on is not None:
        yield TrailEntry.at >= end_of_day(filters.from_on - timedelta(days=1))
    if filters.to_on is not None:
        yield TrailEntry.at < end_of_day(filters.to_on)
    if filters.text:
        columns = (TrailEntry.code, TrailEntry.reason, type_coerce(TrailEntry.changes, Text))
        yield or_(*(column.icontains(filters.text, autoescape=True) for column in columns))


def told_page(query: Select[TrailEntry], number: int) -> Page:
    """One page of a query as sentences."""
    page = paginate_newest_first(query, TrailEntry.id, number)
    return Page(tell(page.items), page.number, page.total)


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
