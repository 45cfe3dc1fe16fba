"""The gate: every page is shut unless it says whom it lets in; and the moment that verbs are handed."""

from collections.abc import Callable
from datetime import UTC, datetime
from typing import TypeVar, overload

from flask import Flask, abort, current_app, g, redirect, render_template, request, session, url_for
from flask.typing import ResponseReturnValue
from flask_login import LoginManager, current_user
from werkzeug.exceptions import Unauthorized

from qms.accounts import sessions
from qms.accounts.actor import SignedIn, actor_of
from qms.accounts.models import Person, Session
from qms.accounts.permissions import Permission
from qms.kernel.days import local_day
from qms.kernel.db import db
from qms.kernel.moment import Moment
from qms.kernel.web import is_fragment, request_id

View = TypeVar("View", bound=Callable[..., ResponseReturnValue])
MARK = "qms_gate"
RECENT_MARK = "qms_gate_recent"
NO_CLICK_MARK = "qms_gate_no_click"
TOKEN = "token"  # noqa: S105 - the name of the place, not what lies there
"""Name under which the cookie holds the token of the session."""
PUBLIC = "public"
SIGNED_IN = "signed in"
AT_THE_DOOR = "at the door"
SAFE_METHODS = frozenset({"GET", "HEAD"})

NOBODY = SignedIn("anonymous", "", None, None, ())
"""Whoever has not signed in: no grants, so every scope is empty."""


class NotRecent(Unauthorized):
    """A dangerous form was sent too long after its sender last proved who it is; answered with what was typed."""


def needs(permission: Permission, *, recent: bool = False) -> Callable[[View], View]:
    """Opens a view to people who hold the permission in any unit; the view itself finds the record within their scope.

    ``recent``: a dangerous step, for which one proves once more who one is unless that was minutes ago (ASVS 7.5.3).
    """
    return _mark(permission, recent)


@overload
def signed_in(view: View) -> View: ...
@overload
def signed_in(*, recent: bool) -> Callable[[View], View]: ...
def signed_in(view: View | None = None, *, recent: bool = False) -> View | Callable[[View], View]:
    """Opens a view to everybody who has signed in; for what is one's own (my work, the password). ``recent`` as in ``needs``."""
    mark: Callable[[View], View] = _mark(SIGNED_IN, recent)
    return mark if view is None else mark(view)


def at_the_door(view: View) -> View:
    """Opens a view to whoever has shown the password, also before the second step; never to a session from a letter."""
    return _mark(AT_THE_DOOR, False)(view)


def public(view: View) -> View:
    """Opens a view to everybody."""
    return _mark(PUBLIC, False)(view)


def no_click(view: View) -> View:
    """Says that asking this view is nothing a person did, so it keeps no session alive."""
    setattr(view, NO_CLICK_MARK, True)
    return view


def _mark(mark: str, recent: bool) -> Callable[[View], View]:
    def set_mark(view: View) -> View:
        setattr(view, MARK, mark)
        setattr(view, RECENT_MARK, recent)
        return view

    return set_mark


def now() -> Moment:
    """Who asks, at the instant the request came: one and the same for everything the request does."""
    if "qms_moment" not in g:
        g.qms_moment = _moment(present_actor())
    moment: Moment = g.qms_moment
    return moment


def instant() -> datetime:
    """When the request came."""
    if "qms_instant" not in g:
        g.qms_instant = datetime.now(UTC)
    came: datetime = g.qms_instant
    return came


def present_person() -> Person | None:
    """The person who signed in, for pages; None for everybody else, also before the second step."""
    person: Person | None = g.get("qms_person")
    return person


def oneself() -> Person:
    """The person who signed in, for the views of what is one's own; 401 when that is nobody."""
    person = present_person()
    return person if person is not None else abort(401)


def present_session() -> Session | None:
    """The session of whoever signed in or stands at the door; None for everybody else."""
    found: Session | None = g.get("qms_session")
    return found


def is_limited() -> bool:
    """Whether the session came from a letter and opens only what that is about."""
    found = present_session()
    return found is not None and found.limited_to is not None


def person_at_the_door() -> Person | None:
    """Whoever has shown the password: the person signed in, or the one who still owes the second step."""
    found = present_session()
    return None if found is None else found.person


def moment_for(person: Person) -> Moment:
    """A moment of somebody whose identity has just been proved and who has no session yet."""
    return _moment(actor_for(person))


def moment_at_the_door() -> Moment:
    """Like ``now()``, but names the person also before the second step; for the pages at the door alone."""
    person = person_at_the_door()
    return now() if person is None else moment_for(person)


def present_actor() -> SignedIn:
    """The grants in force of the person who signed in; nobody's for everybody else."""
    person = present_person()
    return NOBODY if person is None else actor_for(person)


def seconds_left() -> int:
    """How many seconds the session lives on without a click; 0 when nobody is signed in."""
    found = present_session()
    if found is None or present_person() is None:
        return 0
    idle, longest = sessions.limits(present_actor().is_light, found.limited_to is not None)
    seen = instant() if g.get("qms_clicked") else found.seen_at
    return max(0, int((min(seen + idle, found.began_at + longest) - instant()).total_seconds()))


def why_over() -> sessions.Ended | None:
    """Why the session that the cookie names is over; None when it is not, or when there was none."""
    ended: sessions.Ended | None = g.get("qms_ended")
    return ended


def admit(person: Person, found: Session) -> None:
    """Lets the rest of this request see the person as signed in, or as one at the door."""
    for name in ("qms_moment", "qms_person", "qms_ended"):
        g.pop(name, None)
    g.qms_session = found
    g.qms_language = person.language
    if not sessions.is_waiting(found, actor_for(person)):
        g.qms_person = person
        g.qms_moment = _moment(actor_for(person))  # now: a save asks for it when the person has to be read again


def dismiss() -> None:
    """Nobody is signed in for the rest of this request."""
    for name in ("qms_moment", "qms_actor", "qms_person", "qms_session"):
        g.pop(name, None)


def build(app: Flask) -> None:
    """Puts the gate in front of every view; to be called before the CSRF check, which comes second."""
    manager = LoginManager()
    manager.session_protection = None  # addresses of mobile networks change; the database knows which sessions are open
    manager.init_app(app, add_context_processor=False)  # an error page must not load the person again
    manager.user_loader(_remembered)
    app.before_request(_check)


def unmarked(app: Flask) -> list[str]:
    """Endpoints that forgot to say whom they let in; the program does not start with one."""
    return [name for name, view in app.view_functions.items() if name != "static" and not hasattr(view, MARK)]


def _moment(actor: SignedIn) -> Moment:
    return Moment(actor, instant(), request.remote_addr, request_id())


def actor_for(person: Person) -> SignedIn:
    """The person with the grants of today, asked once in a request."""
    known: SignedIn | None = g.get("qms_actor")
    if known is None or known.person_id != person.id:
        known = g.qms_actor = actor_of(person, local_day(instant()))
    return known


def _remembered(key: str) -> Person | None:
    """The person of the cookie's session, unless that is over: ended, unused or old, or its account closed."""
    found = sessions.find(session.get(TOKEN, ""))
    if found is None or found.person.disabled or str(found.person_id) != key:
        g.qms_ended = sessions.Ended.OTHER
        return None
    over = sessions.why_over(found, actor_for(found.person), instant())
    if over is not None:
        g.qms_ended = over
        return None
    g.qms_session = found
    return found.person


def _check() -> ResponseReturnValue | None:
    if request.endpoint == "static":
        return None
    view = current_app.view_functions.get(request.endpoint or "")
    if "_user_id" in session and current_user.is_authenticated:
        _recognise(clicked=not getattr(view, NO_CLICK_MARK, False))
    if view is None:
        return None  # no such page: the error handler answers 404
    mark = getattr(view, MARK, None)
    if mark == PUBLIC:
        return None
    found = present_session()
    if found is None:
        return _to_the_door("accounts.sign_in")
    if not sessions.opens(found, request.path) or (mark == AT_THE_DOOR and found.limited_to is not None):
        return render_template("accounts/limited.html", opens=found.limited_to, target=_target()), 403
    if mark == AT_THE_DOOR:
        return None
    if present_person() is None:
        return _to_the_door("second_step.show")
    if mark != SIGNED_IN and (mark is None or not now().person.may(mark, None)):
        abort(403)
    sending = request.method not in SAFE_METHODS
    if getattr(view, RECENT_MARK, False) and not sessions.is_recent(found, instant(), sending=sending):
        return _to_the_door("confirmation.show", NotRecent())
    return None


def _recognise(*, clicked: bool) -> None:
    person = db.session.get(Person, current_user.id)  # the same object, without the proxy
    found = present_session()
    if person is not None and found is not None:
        admit(person, found)
        g.qms_clicked = clicked
        if clicked:
            sessions.note_seen(found, instant())


def _to_the_door(endpoint: str, error: Unauthorized | None = None) -> ResponseReturnValue:
    """To a page where one proves who one is, and back; what was sent is answered where it is, so that nothing typed is lost."""
    if request.method not in SAFE_METHODS or is_fragment():
        raise error or Unauthorized()
    return redirect(url_for(endpoint, next=_target()))


def _target() -> str:
    return request.full_path.rstrip("?")
