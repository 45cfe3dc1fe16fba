"""Who did it, as people read it: full names, deputies and preparers, the system, and whoever was forgotten."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from sqlalchemy import or_, select

from qms.accounts.gate import NOBODY
from qms.accounts.models import Person
from qms.accounts.service import KIND as PERSON
from qms.kernel.db import db
from qms.kernel.language import _
from qms.kernel.moment import System
from qms.trail.models import ON_BEHALF_OF, PREPARED_BY, TrailEntry

LONGEST_NUMBER = 10
PERSON_FIELDS = frozenset({"deputy", "for", "giver", "person", "receiver"})
"""Fields of changes that hold the number of a person."""


@dataclass(frozen=True)
class Names:
    """The names of the people that some entries speak of."""

    by_id: Mapping[int, str] = field(default_factory=dict)
    by_username: Mapping[str, str] = field(default_factory=dict)

    def name(self, person_id: int) -> str:
        """The full name of a person, or what stands for it once it is erased."""
        return self.by_id.get(person_id) or pseudonym(person_id)


def names_of(entries: Iterable[TrailEntry]) -> Names:
    """The names for these entries, in one statement however many there are."""
    ids: set[int] = set()
    usernames: set[str] = set()
    for entry in entries:
        if entry.person_id is not None:
            ids.add(entry.person_id)
        if (about := person_of(entry.kind, entry.code)) is not None:
            ids.add(about)
        ids |= {
            one for name in PERSON_FIELDS & entry.changes.keys() for one in _both(entry.changes[name]) if isinstance(one, int)
        }
        usernames |= {name for name in (entry.username, entry.on_behalf_of, entry.prepared_by) if name is not None}
    if not ids and not usernames - {System.username}:
        return Names()
    rows = db.session.execute(
        select(Person.id, Person.username, Person.full_name, Person.forgotten_at).where(
            or_(Person.id.in_(ids), Person.username.in_(usernames))
        )
    ).all()
    return Names(
        {row.id: pseudonym(row.id) if row.forgotten_at else row.full_name for row in rows},
        {row.username: row.full_name for row in rows if not row.forgotten_at},
    )


def _both(change: Any) -> Sequence[Any]:
    return change if isinstance(change, list) else (change,)


def person_of(kind: str, code: str) -> int | None:
    """The number of the person whose account an entry is about."""
    return int(code) if kind == PERSON and code.isdecimal() and len(code) < LONGEST_NUMBER else None


def pseudonym(person_id: int) -> str:
    """What stands for a person whose data were erased."""
    return str(_("user no. %(number)s, personal data erased", number=person_id))


def actor_name(entry: TrailEntry, names: Names) -> str:
    """The full name of whoever did it; "the system" for the clock and commands; a pseudonym for the forgotten."""
    if entry.person_id is not None:
        name = names.by_id.get(entry.person_id) or names.by_username.get(entry.username or "")
        return name or entry.username or pseudonym(entry.person_id)
    if entry.username is None or entry.username == System.username:
        return str(_("The system"))
    if entry.username == NOBODY.username:
        return str(_("Somebody who is not signed in"))
    return names.by_username.get(entry.username, entry.username)


def who(entry: TrailEntry, names: Names) -> str:
    """Whoever did it, and in brackets in whose name and after whose preparation: both names stay."""
    beside = []
    behalf, prepared = _named(entry, ON_BEHALF_OF, names), _named(entry, PREPARED_BY, names)
    if behalf:
        beside.append(_("on behalf of %(name)s", name=behalf))
    if prepared:
        beside.append(_("prepared by %(name)s", name=prepared))
    name = actor_name(entry, names)
    return f"{name} ({'; '.join(beside)})" if beside else name


def _named(entry: TrailEntry, field_name: str, names: Names) -> str | None:
    if field_name not in entry.personal:
        return None
    username = entry.personal_value(field_name)
    return _("a person whose data were erased") if username is None else names.by_username.get(username, username)
