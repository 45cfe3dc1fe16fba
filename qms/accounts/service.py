"""People: making them, their passwords, signing in and out. The verbs write; they never commit."""

from sqlalchemy import select

from qms.accounts import sessions
from qms.accounts.actor import SignedIn, actor_of
from qms.accounts.models import Person, Session
from qms.accounts.passwords import SHORTEST_WITH_SECOND_FACTOR, check_strength, hash_password, shortest_for
from qms.kernel.db import db
from qms.kernel.language import LANGUAGES, _l
from qms.kernel.moment import Moment
from qms.kernel.refusal import Refusal, Refused, refuse_if
from qms.kernel.text import nfc, search_text
from qms.trail.service import record
from qms.units.models import Unit

KIND = "person"


def code_of(person: Person) -> str:
    """How the trail names a person: by number, so that a name can be forgotten."""
    return str(person.id)


def find(username: str) -> Person | None:
    """The person with that user name (exactly as written, without the space around it)."""
    return db.session.scalar(select(Person).where(Person.username == nfc(username).strip()))


def create_person(
    username: str,
    full_name: str,
    unit: Unit,
    moment: Moment,
    *,
    title: str | None = None,
    email: str | None = None,
    language: str = "vi",
) -> Person:
    """Adds a person who cannot sign in until a password is set. Raises ``Refused`` for a name that is taken or empty."""
    username, full_name = nfc(username).strip(), nfc(full_name).strip()
    refuse_if(
        Refusal("username_empty", _l("A person needs a user name.")) if not username else None,
        Refusal("full_name_empty", _l("A person needs a full name.")) if not full_name else None,
        Refusal("username_taken", _l("The user name “%(name)s” is taken.", name=username)) if find(username) else None,
        Refusal("language_unknown", _l("The language is vi or en.")) if language not in LANGUAGES else None,
    )
    person = Person(
        username=username,
        full_name=full_name,
        title=title,
        email=email,
        unit=unit,
        language=language,
        folded=search_text(username, full_name, title),
    )
    db.session.add(person)
    db.session.flush()
    named = {"username": [None, username], "full_name": [None, full_name], "title": [None, title], "email": [None, email]}
    record(moment, KIND, code_of(person), "create", unit_id=unit.id, personal={k: v for k, v in named.items() if v[1]})
    return person


def set_password(person: Person, password: str, moment: Moment, *, keep: int | None = None) -> None:
    """Sets the password and ends every session of the person but ``keep``. The trail says that it was set, never what to.

    Hashing comes before the first statement: ``writing()`` takes the write lock only with that, so nobody waits
    for argon2. Raises ``Refused`` for a password that is too weak.
    """
    check_strength(password, shortest=SHORTEST_WITH_SECOND_FACTOR)
    hashed = hash_password(password)
    check_strength(password, shortest=shortest_for(person), names=(person.username, person.unit.name, person.unit.code))
    person.password_hash = hashed
    if person.active_on is None:
        person.active_on = moment.today  # from here on an account that nobody uses grows old
    sessions.end_all(person.id, moment.instant, but=keep)
    record(moment, KIND, code_of(person), "set_password", unit_id=person.unit_id)


def set_language(person: Person, language: str, moment: Moment) -> None:
    """Remembers the language of a person's pages. Raises ``Refused`` for another than vi and en."""
    if language not in LANGUAGES:
        raise Refused([Refusal("language_unknown", _l("The language is vi or en."))])
    if person.language != language:
        record(moment, KIND, code_of(person), "set_language", changes={"language": [person.language, language]})
        person.language = language


def sign_in(
    person: Person,
    moment: Moment,
    browser: str | None,
    *,
    second_factor: bool = False,
    limited_to: list[str] | None = None,
    way: str = "password",
) -> str:
    """Begins a session and answers with the token for the cookie; the trail hears of it once the session opens something.

    Raises ``Refused`` for a closed account, and for a limited session of somebody who can do harm.
    """
    known = moment.person
    actor = known if isinstance(known, SignedIn) and known.person_id == person.id else actor_of(person, moment.today)
    refuse_if(
        Refusal("account_closed", _l("This account is closed.")) if person.disabled else None,
        Refusal("role_not_light", _l("Your role needs a full sign-in; please sign in with your password."))
        if limited_to is not None and not actor.is_light
        else None,
    )
    session, token = sessions.begin(person, moment, browser=browser, second_factor=second_factor, limited_to=limited_to)
    session.person = person
    if not sessions.is_waiting(session, actor):
        _signed_in(session, moment, way)
    return token


def complete_sign_in(session: Session, moment: Moment, way: str) -> str:
    """The second step is done: the session opens everything, under another token, with which the function answers."""
    session.second_factor = True
    token = sessions.renew(session, moment.instant)
    _signed_in(session, moment, way)
    return token


def confirm_identity(session: Session, moment: Moment, way: str) -> str:
    """The person has proved again who it is, before a dangerous step; answers with the token from now on."""
    token = sessions.renew(session, moment.instant)
    person = session.person
    record(moment, KIND, code_of(person), "confirm_identity", unit_id=person.unit_id, changes={"way": [None, way]})
    return token


def sign_out(session: Session, moment: Moment) -> None:
    """Ends a session."""
    if session.ended_at is None:
        session.ended_at = moment.instant
        record(moment, KIND, code_of(session.person), "sign_out", unit_id=session.person.unit_id)


def end_session(session: Session, moment: Moment) -> None:
    """Ends another session of the person, such as one on a lost machine."""
    if session.ended_at is None:
        session.ended_at = moment.instant
        record(moment, KIND, code_of(session.person), "end_session", unit_id=session.person.unit_id)


def end_other_sessions(session: Session, moment: Moment) -> int:
    """Ends every session of the person but this one; answers how many."""
    ended = sessions.end_all(session.person_id, moment.instant, but=session.id)
    if ended:
        record(moment, KIND, code_of(session.person), "end_other_sessions", unit_id=session.person.unit_id)
    return ended


def _signed_in(session: Session, moment: Moment, way: str) -> None:
    person = session.person
    person.active_on = moment.today
    limited = {} if session.limited_to is None else {"limited_to": [None, list(session.limited_to)]}
    record(moment, KIND, code_of(person), "sign_in", unit_id=person.unit_id, changes={"way": [None, way], **limited})
