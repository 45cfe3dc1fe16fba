"""Forgetting a person (Law 91/2025 on personal data): who somebody is goes, what was done stays under a number.

Audits and nonconformities keep their history, and every chain of the trail still holds: names and addresses stand beside it.
"""

import secrets
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import partial

from sqlalchemy import ColumnElement, delete, exists, select

from qms.accounts import throttle
from qms.accounts.models import Deputy, DirectoryIdentity, OneTimeLink, Passkey, Person, RecoveryCode, Session
from qms.accounts.permissions import Permission
from qms.accounts.service import KIND, code_of
from qms.drafts import queries as drafts
from qms.kernel.db import db
from qms.kernel.moment import Moment
from qms.kernel.refusal import refuse_if
from qms.kernel.text import search_text
from qms.notices import personal as notices
from qms.pages import service as pages
from qms.people import deeds, queries, rules
from qms.people.invitations import queries as inviting
from qms.people.invitations import service as invitations
from qms.people.standing import standing_of
from qms.scheduling import personal as queue
from qms.trail import forgetting as trail
from qms.trail.service import record


@dataclass(frozen=True)
class Trace:
    """A place where something of a person may stand: whether it does, and how it goes. Most people left few of them."""

    there: ColumnElement[bool]
    erase: Callable[[], object]


NO_REASON = "-"
"""Stands for why somebody was away, which is nobody's business any more."""


def forget(person: Person, typed: str, moment: Moment, *, request: str | None = None) -> None:
    """Erases who a person is; cannot be undone. ``request`` is number and day of a written request, without names.

    Raises ``Refused``: not_permitted, forgotten, beyond_reach, oneself, enabled, estate_left, too_early, not_confirmed.
    """
    standing = standing_of(person, moment, Permission.ACCOUNTS_FORGET)
    request = request.strip() if request and request.strip() else None
    refuse_if(
        *deeds.hindrances("forget", standing, moment),
        rules.logs_kept_long_enough(standing, requested=request is not None),
        rules.confirmed(typed, person.username),
    )
    username = person.username
    free = pseudonym(person.id)
    traces = _traces(person, free, moment)
    *there, taken = db.session.execute(select(*(one.there for one in traces), exists().where(Person.username == free))).one()
    with db.session.no_autoflush:  # what only changes goes to the database at once, with the account
        for trace, stands in zip(traces, there, strict=True):
            if stands:
                trace.erase()
        emptied = trail.forget(person.id, username, inviting.told_of(person.id))
    _take_back_roles(person, moment)
    _pseudonymise(person, f"{free}-{secrets.token_hex(4)}" if taken else free, moment)
    db.session.flush()
    # the check of the trail counts: a value that was emptied without such an entry is found
    record(moment, KIND, code_of(person), "forget", unit_id=person.unit_id, changes={"values": [emptied, 0]}, reason=request)


def pseudonym(person_id: int) -> str:
    """A user name that says nothing, unless somebody has taken it."""
    return f"nguoi-dung-{person_id}"


def _traces(person: Person, free: str, moment: Moment) -> Sequence[Trace]:
    number = person.id
    own: tuple[type[Passkey | RecoveryCode | OneTimeLink | DirectoryIdentity], ...]
    own = (Passkey, RecoveryCode, OneTimeLink, DirectoryIdentity)
    sides = (Deputy.principal_id == number) | (Deputy.deputy_id == number)
    names = notices.spelled({person.full_name, *trail.told_values(number, "full_name")})
    failed = throttle.account(person.username)
    return (
        Trace(exists().where(Session.person_id == number), lambda: _end_sessions(number)),
        *(Trace(exists().where(model.person_id == number), partial(_delete, model, number)) for model in own),
        Trace(notices.knows(number), lambda: notices.forget(number)),
        Trace(queue.knows(number), lambda: queue.forget(number)),
        Trace(pages.knows(number), lambda: pages.forget(number)),
        Trace(drafts.knows(number), lambda: drafts.forget(number)),
        Trace(notices.naming(names), lambda: notices.forget_names(names)),
        Trace(exists().where(sides), lambda: _forget_deputies(sides, number, moment)),
        Trace(exists().where(invitations.about(number)), lambda: invitations.forget(number, free)),
        Trace(throttle.counts(failed), lambda: throttle.clear(failed)),
    )


def _end_sessions(person_id: int) -> None:
    db.session.execute(delete(Session).where(Session.person_id == person_id))


def _delete(model: type[Passkey | RecoveryCode | OneTimeLink | DirectoryIdentity], person_id: int) -> None:
    for one in db.session.scalars(select(model).where(model.person_id == person_id)):
        db.session.delete(one)


def _pseudonymise(person: Person, name: str, moment: Moment) -> None:
    person.username = name
    person.full_name = f"Người dùng số {person.id}"
    person.title = person.email = person.password_hash = person.totp_secret = person.totp_counter = None
    person.leaves_on = None
    person.language = "vi"
    person.forgotten_at = moment.instant
    person.folded = search_text(person.username, person.full_name)


def _take_back_roles(person: Person, moment: Moment) -> None:
    for grant in person.grants:
        if not queries.is_over(grant, moment.today):
            grant.revoked_at = moment.instant


def _forget_deputies(sides: ColumnElement[bool], person_id: int, moment: Moment) -> None:
    """On either side; why the person was away is nobody's business any more."""
    for deputy in db.session.scalars(select(Deputy).where(sides)):
        if deputy.revoked_at is None and deputy.valid_to >= moment.today:
            deputy.revoked_at = moment.instant
        if deputy.principal_id == person_id:
            deputy.reason = NO_REASON
