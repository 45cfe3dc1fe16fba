"""The inbox of a person, and the letters of the units somebody may see."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from sqlalchemy import ColumnElement, Select, and_, case, exists, func, or_, select
from sqlalchemy.orm import contains_eager

from qms.accounts.actor import visible_units
from qms.accounts.models import Person
from qms.accounts.permissions import Permission
from qms.kernel.db import db
from qms.kernel.feature import Told
from qms.kernel.moment import Actor, Moment
from qms.kernel.paging import Page, paginate
from qms.notices.models import Letter, LetterState, Notice
from qms.notices.sentences import sentence_or_name
from qms.units.queries import is_everything


def unread_counts(moment: Moment) -> list[Select[Any]]:
    """How many notices the person has not read; answered by the index of the inbox alone."""
    person_id = moment.person.person_id
    return [select(func.count()).select_from(Notice).where(Notice.person_id == person_id, Notice.read_at.is_(None))]


def tell_unread(numbers: Sequence[int], _moment: Moment) -> Told:
    """What the bell says."""
    return Told(str(numbers[0]) if numbers[0] else None)


@dataclass(frozen=True)
class InboxLine:
    """A notice in the language of now."""

    notice: Notice

    @property
    def sentence(self) -> str:
        """What the person is told."""
        return sentence_or_name(self.notice.name, self.notice.values)


def inbox(person_id: int, number: int) -> tuple[Page, list[InboxLine]]:
    """A page of what a person was told: unread first, then the newest."""
    query = select(Notice).where(Notice.person_id == person_id)
    page = paginate(query.order_by(case((Notice.read_at.is_(None), 0), else_=1), Notice.id.desc()), number)
    return page, [InboxLine(one) for one in page.items]


def unread(person_id: int, most: int) -> list[Notice]:
    """What a person has not read, the newest first."""
    query = select(Notice).where(Notice.person_id == person_id, Notice.read_at.is_(None))
    return list(db.session.scalars(query.order_by(Notice.id.desc()).limit(most)))


def was_told(person_id: int, kind: str, code: str) -> bool:
    """Whether a person was ever told of a record."""
    told = exists().where(Notice.person_id == person_id, Notice.kind == kind, Notice.code == code)
    return bool(db.session.scalar(select(told)))


def own_notice(person_id: int, notice_id: int) -> Notice | None:
    """A notice of the person's own; None for any other."""
    return db.session.scalar(select(Notice).where(Notice.id == notice_id, Notice.person_id == person_id))


def letters(actor: Actor, state: LetterState | None) -> Select[Letter]:
    """The letters to people of the units one may see, newest first; those to no person for whoever sees the whole tree."""
    query = _within(actor).options(contains_eager(Letter.person)).order_by(Letter.id.desc())
    return query if state is None else query.where(Letter.state == state)


_given_up = and_(Letter.state == LetterState.DEAD, Letter.text != "")
"""Could be sent again: what was erased of a letter does not come back."""


def given_up(actor: Actor) -> Select[Letter]:
    """Those that were given up and could be sent again."""
    return letters(actor, None).where(_given_up)


def letter(actor: Actor, letter_id: int) -> Letter | None:
    """One of them."""
    return db.session.scalar(letters(actor, None).where(Letter.id == letter_id))


def counts(actor: Actor) -> dict[LetterState, int]:
    """How many letters stand how, within the scope."""
    found = _within(actor).with_only_columns(Letter.state, func.count()).group_by(Letter.state)
    return {**dict.fromkeys(LetterState, 0), **dict(db.session.execute(found).all())}


def dead_counts(moment: Moment) -> list[Select[Any]]:
    """For the menu: letters that were given up and could be sent again."""
    return [_within(moment.person).with_only_columns(func.count()).where(_given_up)]


def tell_dead(numbers: Sequence[int], _moment: Moment) -> Told:
    """Nothing while there are none."""
    return Told(str(numbers[0]) if numbers[0] else None)


def _within(actor: Actor) -> Select[Letter]:
    return select(Letter).outerjoin(Letter.person).where(_visible(actor))


def _visible(actor: Actor) -> ColumnElement[bool]:
    scope = visible_units(actor, Permission.LETTERS_READ)
    return or_(Person.unit_id.in_(scope), and_(Letter.person_id.is_(None), is_everything(scope)))
