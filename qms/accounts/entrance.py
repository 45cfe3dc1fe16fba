"""The one entrance: however somebody proved who it is (password, passkey, directory, link), the session begins here.

Each of these functions opens a ``writing()`` of its own, so none may be called inside one.
"""

from collections.abc import Callable

from flask import abort, redirect, request, session, url_for
from flask.typing import ResponseReturnValue
from flask_login import login_user

from qms.accounts import devices, gate, service, sessions
from qms.accounts.gate import TOKEN
from qms.accounts.models import Person, Session
from qms.kernel.db import writing
from qms.kernel.moment import Moment
from qms.kernel.web import local_path

Proof = Callable[[Person, Moment], bool] | None


def enter(person: Person, *, second_factor: bool, limited_to: list[str] | None = None, way: str = "password") -> None:
    """Begins a session for somebody whose identity has been proved, and puts its token into the cookie of the answer.

    ``second_factor``: whether the proof was more than one factor (a passkey that verified its user, a directory that says
    so); otherwise whoever needs or has a second factor stands at the door until the second step. ``limited_to``: paths of a
    session from a letter. ``way`` (password, passkey, directory, link) goes to the trail. Answer the request with
    ``redirect(entrance.onward(next))``.

    Raises ``Refused`` for an account that was closed meanwhile, and for a limited session of somebody who can do harm.
    """
    old = gate.present_session()
    with writing():
        moment = gate.moment_for(person)
        if old is not None:
            old.ended_at = moment.instant
        token = service.sign_in(
            person, moment, request.user_agent.string, second_factor=second_factor, limited_to=limited_to, way=way
        )
    _carry(person, token)


def complete(way: str, proof: Proof = None) -> bool:
    """The second step is done: the session of this browser opens everything. ``way``: totp, recovery_code, passkey.

    ``proof`` is asked inside the transaction; when it says no, what it counted is kept and nothing else happens.
    """
    return _proven(service.complete_sign_in, way, proof)


def confirm(way: str, proof: Proof = None) -> bool:
    """Somebody who is signed in has proved again who it is: dangerous steps are open for some minutes. Else as ``complete``."""
    return _proven(service.confirm_identity, way, proof)


def leave() -> None:
    """Ends the session of this browser, in the database too; harmless when there is none."""
    found = gate.present_session()
    if found is not None:
        with writing():
            service.sign_out(found, gate.moment_at_the_door())
    session.clear()
    gate.dismiss()


def onward(next_address: str | None) -> str:
    """Where to go after ``enter`` or ``complete``: to the second step when it is still owed, else where one wanted to go."""
    target = local_path(next_address)
    if gate.present_person() is None and gate.present_session() is not None:
        return url_for("second_step.show", next=target)
    return target


def go(next_address: str | None) -> ResponseReturnValue:
    """The answer that leads onward."""
    return redirect(onward(next_address))


def _proven(verb: Callable[[Session, Moment, str], str], way: str, proof: Proof) -> bool:
    found = _present()
    moment = gate.moment_at_the_door()
    with writing():
        if proof is not None and not proof(found.person, moment):
            return False
        token = verb(found, moment, way)
    _carry(found.person, token)
    return True


def _present() -> Session:
    found = gate.present_session()
    if found is None:
        abort(401)
    return found


def _carry(person: Person, token: str) -> None:
    """Nothing of a session from before lives on in the cookie; it outlives the browser for those who can do little harm."""
    session.clear()
    login_user(person)
    session[TOKEN] = token
    found = sessions.find(token)
    if found is None:  # ended by somebody else in this very instant
        abort(401)
    gate.admit(person, found)
    session.permanent = gate.actor_for(person).is_light
    if found.limited_to is None:
        devices.remember(person)
