"""Invitations as either side sees them; whom they wait for; and what has to be known before one is sent or accepted."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any

from flask import abort, url_for
from sqlalchemy import ColumnElement, Row, Select, String, and_, case, cast, exists, func, literal, or_, select
from sqlalchemy.orm import joinedload

from qms.accounts.actor import in_visible_units
from qms.accounts.holders import holders
from qms.accounts.models import Grant, Person
from qms.accounts.permissions import Role, roles_with
from qms.kernel.db import db
from qms.kernel.feature import WorkItem
from qms.kernel.language import _
from qms.kernel.moment import Actor, Moment
from qms.kernel.stored import Stored
from qms.kernel.together import listed
from qms.kernel.web import day_text
from qms.people import reach
from qms.people.invitations.models import Invitation, InvitationState
from qms.people.invitations.workflow import GIVE, WORKFLOW
from qms.people.roles.service import overlaps
from qms.people.within_reach import within_reach
from qms.trail.models import TrailEntry
from qms.units.models import Unit, UnitAncestry
from qms.units.queries import agencies_of, depth_of

KIND = WORKFLOW.kind
WORK_LIMIT = 200
ASKED, OURS = "asked", "ours"
"""The two parts of the list: what we asked of others, and what is asked of our people."""
_WAITS = Invitation.state == InvitationState.WAITING


@dataclass(frozen=True)
class Line:
    """An invitation as far as whoever looks may know it: who it is, only on the own side or once it was accepted."""

    invitation: Invitation
    person: Person | None
    home: Unit | None
    """Agency of the person."""
    host: Unit
    """Agency that asks."""


def visible(actor: Actor, part: str | None = None) -> ColumnElement[bool]:
    """The scope of a select that joins ``Person``: the host's by its unit, the home agency's by the unit of the person."""
    parts = {
        ASKED: in_visible_units(Invitation.unit_id, actor, GIVE),
        OURS: and_(Invitation.person_id.is_not(None), in_visible_units(Person.unit_id, actor, GIVE)),
    }
    return or_(*parts.values()) if part is None else parts[part]


def listing(part: str, actor: Actor) -> Select[Invitation]:
    """One part of the list: what waits first, the newest first."""
    query = _with_parts(_beside_people(select(Invitation))).where(visible(actor, part))
    return query.order_by(Invitation.answered_at.is_not(None), Invitation.id.desc())


def counts(actor: Actor) -> dict[str, int]:
    """How many wait, for each part."""
    waiting = _beside_people(select(func.count())).where(_WAITS)
    asked, ours = (waiting.where(visible(actor, part)).scalar_subquery() for part in (ASKED, OURS))
    row = db.session.execute(select(asked, ours)).one()
    return {ASKED: row[0], OURS: row[1]}


def get(invitation_id: int, actor: Actor, *, to_change: bool = False) -> tuple[Invitation, bool]:
    """One invitation that either side looks after, or that is about oneself, or 404; and whether one is on the home side.

    That is asked in the same statement, so that what the host asks for costs the same whoever has the name. ``to_change`` keeps
    other writers out until the end of the transaction.
    """
    own = () if actor.person_id is None else (actor.person_id,)
    query = _with_parts(_beside_people(select(Invitation, visible(actor, OURS).label(OURS)))).where(
        Invitation.id == invitation_id, or_(visible(actor), Invitation.person_id.in_(own))
    )
    if to_change:
        query = query.with_for_update(of=Invitation)
    found = db.session.execute(query).one_or_none()
    if found is None:
        abort(404)
    return found[0], bool(found[1])


def lines(invitations: Sequence[Invitation], known: Mapping[int, bool]) -> list[Line]:
    """The invitations as they are shown; ``known`` holds of which one the person may be known before it was accepted."""
    accepted = {InvitationState.ACCEPTED, InvitationState.ENDED}
    people = {one.id: one.person if known[one.id] or one.state in accepted else None for one in invitations}
    homes = {person.unit_id for person in people.values() if person is not None}
    agencies = agencies_of(homes | {one.unit_id for one in invitations})
    found = []
    for one in invitations:
        person = people[one.id]
        home = None if person is None else agencies.get(person.unit_id, person.unit)
        found.append(Line(one, person, home, agencies.get(one.unit_id, one.unit)))
    return found


def looked_up(username: str, unit: Unit, role: Role, moment: Moment) -> Row[Any]:
    """Who has that user name (``person_id``), and what the host may know of it: one question, the same for every name."""
    named = select(Person.id).where(Person.username == username)
    own = named.where(in_visible_units(Person.unit_id, moment.person, GIVE))
    waits = exists().where(_WAITS, Invitation.unit_id == unit.id, Invitation.role == role, Invitation.username == username)
    return db.session.execute(
        select(
            named.where(Person.disabled.is_(False)).scalar_subquery().label("person_id"),
            within_reach(unit.id, moment.today).where(Person.username == username).exists().label("known"),
            own.exists().label("own"),
            waits.label("waits"),
        )
    ).one()


def stands_against(invitation: Invitation, person: Person, moment: Moment) -> Row[Any]:
    """What is asked before somebody accepts: the reach over the account, whether the host sees the person by now, the roles."""
    period = max(invitation.valid_from, moment.today), invitation.valid_to
    guest = select(Invitation.grant_id).where(Invitation.grant_id.is_not(None))
    return db.session.execute(
        select(
            reach.reaches_all(person.id, moment.person, GIVE, moment.today, Grant.id.not_in(guest)).label("reached"),
            within_reach(invitation.unit_id, moment.today).where(Person.id == person.id).exists().label("known"),
            overlaps(person.id, invitation.role, invitation.unit_id, *period).label("given"),
            listed(reach.roles_met(person.id, invitation.unit_id, *period)).label("met"),
        )
    ).one()


def asked(today: date) -> Select[Any]:
    """``person_id`` and ``id`` of each waiting invitation: the nearest who give roles over the unit of the person invited."""
    held = holders(roles_with(GIVE), today)
    ranked = (
        select(
            held.c.person_id,
            Invitation.id.label("id"),
            func.rank().over(partition_by=Invitation.id, order_by=depth_of(held.c.unit_id).desc()).label("place"),
        )
        .join_from(Invitation, Person, Person.id == Invitation.person_id)
        .join(UnitAncestry, UnitAncestry.unit_id == Person.unit_id)
        .join(held, held.c.unit_id == UnitAncestry.ancestor_id)
        .where(
            _WAITS,
            Invitation.valid_to >= today,
            Person.disabled.is_(False),
            held.c.person_id.not_in((Invitation.person_id, Invitation.invited_by_id)),
        )
        .subquery("ranked")
    )
    return select(ranked.c.person_id, ranked.c.id).where(ranked.c.place == 1).distinct()


def _for_me(moment: Moment) -> Select[int]:
    known = asked(moment.today).subquery("asked")
    return select(known.c.id).where(known.c.person_id == moment.person.person_id)


def work(moment: Moment) -> list[WorkItem]:
    """What others ask of the people whom one answers for."""
    if not moment.person.may(GIVE, None):
        return []
    query = _with_parts(select(Invitation)).where(Invitation.id.in_(_for_me(moment)))
    waiting = db.session.scalars(query.order_by(Invitation.valid_from, Invitation.id).limit(WORK_LIMIT)).all()
    return [_item(line) for line in lines(waiting, {one.id: True for one in waiting})]


def work_count(moment: Moment) -> Select[int]:
    """How many these are."""
    if not moment.person.may(GIVE, None):
        return select(literal(0))
    return select(func.count()).select_from(_for_me(moment).subquery())


def _item(line: Line) -> WorkItem:
    invitation = line.invitation
    name = line.person.full_name if line.person is not None else invitation.username
    return WorkItem(
        due_on=invitation.valid_from,
        title=_("%(host)s invites %(name)s", host=line.host.name, name=name),
        context=f"{invitation.role.title}, {invitation.unit.name}",
        asked_by=invitation.invited_by.full_name,
        url=url_for("people.invitation", invitation_id=invitation.id),
        step=_("Answer the invitation"),
        kind=KIND,
        code=str(invitation.id),
    )


def address_of(code: str) -> str | None:
    """Address of the invitation with that number; None when there is none."""
    found = code.isdecimal() and db.session.scalar(select(Invitation.id).where(Invitation.id == int(code)))
    return url_for("people.invitation", invitation_id=found) if found else None


def told_of(person_id: int) -> Select[int]:
    """Ids of the entries of the trail about the invitations of a person."""
    codes = select(cast(Invitation.id, String)).where(Invitation.person_id == person_id)
    return select(TrailEntry.id).where(TrailEntry.kind == KIND, TrailEntry.code.in_(codes))


def stored_about(person_id: int) -> Stored:
    """What is stored about a person: the invitations of the person, and those that the person sent or answered."""
    about_oneself = Invitation.person_id == person_id
    query = (
        select(
            # whom somebody else invited, and why, is that person's matter
            case((about_oneself, Invitation.username), else_="").label("username"),
            Invitation.role,
            Unit.name.label("unit"),
            Invitation.valid_from,
            Invitation.valid_to,
            Invitation.state,
            case((about_oneself, Invitation.reason), else_="").label("reason"),
            case((about_oneself, Invitation.answer), else_="").label("answer"),
        )
        .join(Unit, Unit.id == Invitation.unit_id)
        .where(or_(about_oneself, Invitation.invited_by_id == person_id, Invitation.answered_by_id == person_id))
        .order_by(Invitation.id)
    )
    return Stored(_("Invitations of guests"), query, _stored)


def _stored(row: Any) -> Mapping[str, Any]:
    return {
        _("User name"): row.username,
        _("Role"): str(row.role.title),
        _("Unit"): row.unit,
        _("From"): day_text(row.valid_from),
        _("Until"): day_text(row.valid_to),
        _("State"): str(row.state.title),
        _("Reason"): row.reason,
        _("Answer"): row.answer or "",
    }


def _beside_people(query: Select[*tuple[Any, ...]]) -> Select[*tuple[Any, ...]]:
    return query.select_from(Invitation).outerjoin(Person, Person.id == Invitation.person_id)


def _with_parts(query: Select[*tuple[Any, ...]]) -> Select[*tuple[Any, ...]]:
    return query.options(
        joinedload(Invitation.unit),
        joinedload(Invitation.person).joinedload(Person.unit),
        joinedload(Invitation.invited_by),
        joinedload(Invitation.answered_by),
        joinedload(Invitation.ended_by),
        joinedload(Invitation.grant),
    )
