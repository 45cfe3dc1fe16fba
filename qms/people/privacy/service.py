"""Forgetting a person (Law 91/2025 on personal data): who somebody is goes, what was done stays under a number.

Audits and nonconformities keep their history, and every chain of the trail still holds: names and addresses stand beside it.
"""

from sqlalchemy import delete, select, update

from qms.accounts import throttle
from qms.accounts.models import Deputy, DirectoryIdentity, Grant, OneTimeLink, Passkey, Person, RecoveryCode, Session
from qms.accounts.permissions import Permission
from qms.accounts.service import KIND, code_of, find
from qms.kernel.bulk import OPTIONS
from qms.kernel.db import Base, db
from qms.kernel.moment import Moment
from qms.kernel.refusal import refuse_if
from qms.notices import personal as notices
from qms.notices.models import Notice
from qms.pages import service as pages
from qms.people import deeds, queries, rules
from qms.people.accounts.service import search_text
from qms.people.standing import standing_of
from qms.scheduling import personal as queue
from qms.trail import forgetting as trail
from qms.trail.service import record

_GONE: tuple[type[Base], ...] = (Session, Passkey, RecoveryCode, OneTimeLink, DirectoryIdentity)
"""What only let the person in: removed row by row."""
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
    username, full_name = person.username, person.full_name
    _take_back_everything(person, moment)
    for model in _GONE:
        db.session.execute(delete(model).where(model.person_id == person.id), execution_options=OPTIONS)  # type: ignore[attr-defined]
    notices.forget(person.id)
    queue.forget(person.id)
    pages.forget(person.id)
    _forget_in_messages(person, full_name)
    throttle.clear(throttle.account(username))
    emptied = trail.forget(person.id, username)
    _pseudonymise(person, moment)
    db.session.flush()
    # the check of the trail counts: a value that was emptied without such an entry is found
    record(moment, KIND, code_of(person), "forget", unit_id=person.unit_id, changes={"values": [emptied, 0]}, reason=request)


def pseudonym(person_id: int) -> str:
    """A user name that nobody has and that says nothing."""
    name = f"nguoi-dung-{person_id}"
    while find(name) is not None:
        name += "-x"
    return name


def _pseudonymise(person: Person, moment: Moment) -> None:
    person.username = pseudonym(person.id)
    person.full_name = f"Người dùng số {person.id}"
    person.title = person.email = person.password_hash = person.totp_secret = person.totp_counter = None
    person.leaves_on = None
    person.language = "vi"
    person.forgotten_at = moment.instant
    person.folded = search_text(person.username, person.full_name, None)


def _take_back_everything(person: Person, moment: Moment) -> None:
    open_grants = select(Grant).where(Grant.person_id == person.id, Grant.revoked_at.is_(None))
    for grant in db.session.scalars(open_grants):
        if not queries.is_over(grant, moment.today):
            grant.revoked_at = moment.instant
    both = (Deputy.principal_id == person.id) | (Deputy.deputy_id == person.id)
    open_ones = (both, Deputy.revoked_at.is_(None), Deputy.valid_to >= moment.today)
    db.session.execute(update(Deputy).where(*open_ones).values(revoked_at=moment.instant), execution_options=OPTIONS)
    own = update(Deputy).where(Deputy.principal_id == person.id).values(reason=NO_REASON)
    db.session.execute(own, execution_options=OPTIONS)


def _forget_in_messages(person: Person, full_name: str) -> None:
    """What other people were told of this person keeps its sentence, without the name."""
    told = select(Notice).where(Notice.kind == KIND, Notice.code == code_of(person))
    for notice in db.session.scalars(told):
        notice.values = {name: "…" if value == full_name else value for name, value in notice.values.items()}
