"""Reading people: the list, one of them, and whom a form may offer; always within what one may see."""

import json
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date, datetime

from sqlalchemy import ColumnElement, Select, and_, exists, or_, select
from sqlalchemy.orm import contains_eager, joinedload, selectinload

from qms.accounts.actor import in_visible_units
from qms.accounts.jobs import IDLE_DAYS, LEFT, UNUSED
from qms.accounts.models import Deputy, DirectoryIdentity, Grant, OneTimeLink, Passkey, Person
from qms.accounts.permissions import Permission
from qms.accounts.service import KIND, code_of
from qms.kernel.db import db
from qms.kernel.feature import SearchHit
from qms.kernel.language import _, _l
from qms.kernel.moment import Actor, Moment
from qms.kernel.text import like_pattern
from qms.kernel.workflow import State, Tone
from qms.people.within_reach import within_reach
from qms.trail.models import TrailEntry
from qms.units.models import Unit

OFFERED = 500
"""How many people or units a form offers; whoever is not among them is typed."""


class PersonState(State):
    """How an account stands; follows from what is stored, in this order of precedence from the end."""

    ACTIVE = "active", _l("Active"), Tone.GOOD, "circle-check"
    NEVER = "never", _l("Never signed in"), Tone.NEUTRAL, "circle-dashed"
    INVITED = "invited", _l("Invited"), Tone.ACCENT, "mail"
    LEAVING = "leaving", _l("Leaving"), Tone.ATTENTION, "clock"
    DISABLED = "disabled", _l("Disabled"), Tone.NEUTRAL, "lock"
    FORGOTTEN = "forgotten", _l("Data erased"), Tone.NEUTRAL, "trash"


@dataclass(frozen=True)
class Line:
    """A person of the list with the state, the roles in force, and whether there is a second factor."""

    person: Person
    state: PersonState
    roles: tuple[Grant, ...]
    second_factor: bool


def visible(actor: Actor, permission: Permission = Permission.ACCOUNTS_READ) -> Select[Person]:
    """The people of the units in which the actor holds the permission."""
    return select(Person).where(in_visible_units(Person.unit_id, actor, permission))


def listed(moment: Moment) -> Select[Person]:
    """What the list shows: everybody one may see, with the unit."""
    return visible(moment.person).join(Unit, Unit.id == Person.unit_id).options(contains_eager(Person.unit))


GRANTS = (selectinload(Person.grants).joinedload(Grant.unit),)
"""What the line of a person needs besides; the statements do not grow with the rows."""


_never_came: ColumnElement[bool] = and_(
    Person.password_hash.is_(None),
    ~exists().where(Passkey.person_id == Person.id),
    ~exists().where(DirectoryIdentity.person_id == Person.id),
)


def _invited(instant: datetime) -> ColumnElement[bool]:
    return exists().where(
        OneTimeLink.person_id == Person.id,
        OneTimeLink.purpose == "invitation",
        OneTimeLink.used_at.is_(None),
        OneTimeLink.expires_at > instant,
    )


def has_state(state: PersonState, instant: datetime) -> ColumnElement[bool]:
    """Whether an account stands like that."""
    in_use = Person.disabled.is_(False)
    present = and_(in_use, Person.leaves_on.is_(None))
    conditions: dict[PersonState, ColumnElement[bool]] = {
        PersonState.FORGOTTEN: Person.forgotten_at.is_not(None),
        PersonState.DISABLED: and_(Person.disabled.is_(True), Person.forgotten_at.is_(None)),
        PersonState.LEAVING: and_(in_use, Person.leaves_on.is_not(None)),
        PersonState.INVITED: and_(present, _never_came, _invited(instant)),
        PersonState.NEVER: and_(present, _never_came, ~_invited(instant)),
        PersonState.ACTIVE: and_(present, ~_never_came),
    }
    return conditions[state]


def lines(people: Iterable[Person], moment: Moment) -> list[Line]:
    """The people of a page with state and roles, in one more statement however many there are."""
    listed = list(people)
    keyed = exists().where(Passkey.person_id == Person.id)
    rows = db.session.execute(
        select(Person.id, _never_came, _invited(moment.instant), or_(Person.totp_secret.is_not(None), keyed)).where(
            Person.id.in_([person.id for person in listed])
        )
    )
    known = {person_id: (bool(never), bool(invited), bool(secured)) for person_id, never, invited, secured in rows}
    return [
        Line(person, _state(person, never, invited), roles_in_force(person, moment.today), secured)
        for person in listed
        for never, invited, secured in (known[person.id],)
    ]


def _state(person: Person, never: bool, invited: bool) -> PersonState:
    if person.forgotten_at is not None:
        return PersonState.FORGOTTEN
    if person.disabled:
        return PersonState.DISABLED
    if person.leaves_on is not None:
        return PersonState.LEAVING
    if not never:
        return PersonState.ACTIVE
    return PersonState.INVITED if invited else PersonState.NEVER


def state_of(person: Person, moment: Moment) -> PersonState:
    """How one account stands."""
    return lines([person], moment)[0].state


def holds(grant: Grant, today: date) -> bool:
    """Whether a grant is in force on a day; ``in_force`` for a loaded one."""
    begun = grant.valid_from is None or grant.valid_from <= today
    return begun and not is_over(grant, today)


def is_over(grant: Grant, today: date) -> bool:
    """Whether a grant has ended or was taken back."""
    return grant.revoked_at is not None or (grant.valid_to is not None and grant.valid_to < today)


def roles_in_force(person: Person, today: date) -> tuple[Grant, ...]:
    """The grants of a loaded person that hold today."""
    return tuple(grant for grant in person.grants if holds(grant, today))


def find(actor: Actor, person_id: int, permission: Permission = Permission.ACCOUNTS_READ) -> Person | None:
    """The person, when the unit lies in the scope; with unit and grants."""
    query = visible(actor, permission).where(Person.id == person_id)
    with_parts = query.options(
        joinedload(Person.unit),
        joinedload(Person.grants).options(joinedload(Grant.unit), joinedload(Grant.given_by)),
    )
    return db.session.scalars(with_parts).unique().one_or_none()


def deputies_of(person_id: int) -> Sequence[Deputy]:
    """Where the person is principal or deputy, newest first, past ones too."""
    return db.session.scalars(
        select(Deputy)
        .where(or_(Deputy.principal_id == person_id, Deputy.deputy_id == person_id))
        .options(joinedload(Deputy.principal), joinedload(Deputy.deputy))
        .order_by(Deputy.valid_from.desc(), Deputy.id.desc())
    ).all()


def reason_disabled(person: Person) -> str | None:
    """Why the account was disabled, as it was said the last time."""
    entry = db.session.scalars(
        select(TrailEntry)
        .where(TrailEntry.kind == KIND, TrailEntry.code == code_of(person), TrailEntry.deed == "disable")
        .order_by(TrailEntry.id.desc())
        .limit(1)
    ).first()
    if entry is None:
        return None
    known = {LEFT: _("the person has left"), UNUSED: _("nobody had used it for %(count)s days", count=IDLE_DAYS)}
    return said(entry.personal_value("reason")) or known.get(entry.reason or "")


def said(kept: str | None) -> str | None:
    """The later value of a change kept beside the chain; None when there is none or it was forgotten."""
    if kept is None:
        return None
    _before, after = json.loads(kept)
    return None if after is None else str(after)


def colleagues(unit_id: int, today: date, *, but: int) -> Select[Person]:
    """The people in use whom a record of the unit may name, by name."""
    return _who_stays(within_reach(unit_id, today), but)


def candidates(actor: Actor, permission: Permission, unit_id: int, today: date, *, but: int) -> Select[Person]:
    """Those of them who belong to units in which the actor holds the permission: one agency hands nothing to another."""
    reached = within_reach(unit_id, today).with_only_columns(Person.id)
    return _who_stays(visible(actor, permission).where(Person.id.in_(reached)), but)


def _who_stays(query: Select[Person], but: int) -> Select[Person]:
    return query.where(Person.disabled.is_(False), Person.leaves_on.is_(None), Person.id != but).order_by(
        Person.full_name, Person.id
    )


def search(text: str, moment: Moment) -> list[SearchHit]:
    """People by name, user name or title, without marks."""
    named = listed(moment).where(Person.folded.like(like_pattern(text), escape="\\"), Person.forgotten_at.is_(None))
    found = db.session.scalars(named.order_by(Person.full_name, Person.id).limit(20))
    return [
        SearchHit(person.full_name, f"{person.title or person.username} · {person.unit.name}", f"/people/{person.id}", "user")
        for person in found
    ]
