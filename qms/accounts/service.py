"""People: making them, their passwords, signing in and out. The verbs write; they never commit."""

from sqlalchemy import select

from qms.accounts import sessions
from qms.accounts.models import Person
from qms.accounts.passwords import check_strength, hash_password
from qms.kernel.db import db
from qms.kernel.language import LANGUAGES, _l
from qms.kernel.moment import Moment
from qms.kernel.refusal import Refusal, Refused, refuse_if
from qms.kernel.text import fold, nfc
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
        folded=fold(f"{username} {full_name} {title or ''}"),
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
    check_strength(password)
    hashed = hash_password(password)
    check_strength(password, person.username)
    person.password_hash = hashed
    sessions.end_all(person.id, moment.instant, but=keep)
    record(moment, KIND, code_of(person), "set_password", unit_id=person.unit_id)


def set_language(person: Person, language: str, moment: Moment) -> None:
    """Remembers the language of a person's pages. Raises ``Refused`` for another than vi and en."""
    if language not in LANGUAGES:
        raise Refused([Refusal("language_unknown", _l("The language is vi or en."))])
    if person.language != language:
        record(moment, KIND, code_of(person), "set_language", changes={"language": [person.language, language]})
        person.language = language


def sign_in(person: Person, moment: Moment, browser: str | None) -> str:
    """Begins a session, says so in the trail, and answers with the token for the cookie."""
    _session, token = sessions.begin(person, moment, browser=browser)
    record(moment, KIND, code_of(person), "sign_in", unit_id=person.unit_id)
    return token
