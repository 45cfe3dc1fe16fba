"""The gate: every page is shut unless it says whom it lets in; and the moment that verbs are handed."""

from collections.abc import Callable
from datetime import UTC, datetime
from typing import TypeVar

from flask import Flask, abort, current_app, g, redirect, request, session, url_for
from flask.typing import ResponseReturnValue
from flask_login import LoginManager, current_user

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
TOKEN = "token"  # noqa: S105 - the name of the place, not what lies there
"""Name under which the cookie holds the token of the session."""
PUBLIC = "public"
SIGNED_IN = "signed in"

NOBODY = SignedIn("anonymous", "", None, None, ())
"""Whoever has not signed in: no grants, so every scope is empty."""


def needs(permission: Permission) -> Callable[[View], View]:
    """Opens a view to people who hold the permission in any unit; the view itself finds the record within their scope."""

    def mark(view: View) -> View:
        setattr(view, MARK, permission)
        return view

    return mark


def signed_in(view: View) -> View:
    """Opens a view to everybody who has signed in; for what is one's own (my work, the password)."""
    setattr(view, MARK, SIGNED_IN)
    return view


def public(view: View) -> View:
    """Opens a view to everybody."""
    setattr(view, MARK, PUBLIC)
    return view


def now() -> Moment:
    """Who asks, at the instant the request came: one and the same for everything the request does."""
    if "qms_moment" not in g:
        instant = datetime.now(UTC)
        person = g.get("qms_person")
        actor = NOBODY if person is None else actor_of(person, local_day(instant))
        g.qms_moment = Moment(actor, instant, request.remote_addr, request_id())
    moment: Moment = g.qms_moment
    return moment


def present_person() -> Person | None:
    """The person who signed in, for pages; None for everybody else."""
    person: Person | None = g.get("qms_person")
    return person


def present_session() -> Session | None:
    """The session of whoever signed in; None for everybody else."""
    found: Session | None = g.get("qms_session")
    return found


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


def _remembered(key: str) -> Person | None:
    found = sessions.find(session.get(TOKEN, ""))
    if found is None or found.person.disabled or str(found.person_id) != key:
        return None
    g.qms_session = found
    return found.person


def _check() -> ResponseReturnValue | None:
    if request.endpoint == "static":
        return None
    view = current_app.view_functions.get(request.endpoint or "")
    if "_user_id" in session and current_user.is_authenticated:
        g.qms_person = db.session.get(Person, current_user.id)  # the same object, without the proxy
        g.qms_language = current_user.language
    if view is None:
        return None  # no such page: the error handler answers 404
    mark = getattr(view, MARK, None)
    if mark == PUBLIC:
        return None
    if g.get("qms_person") is None:
        if request.method not in {"GET", "HEAD"} or is_fragment():
            abort(401)
        return redirect(url_for("accounts.sign_in", next=request.full_path.rstrip("?")))
    if mark != SIGNED_IN and (mark is None or not now().person.may(mark, None)):
        abort(403)
    return None
