"""Browsers that a person has signed in with before: they are throttled by themselves, so that a stranger who keeps failing on
purpose can lock an account for other strangers only, never for its owner (ASVS 6.3.1; OWASP "device cookies").
"""

import secrets

from flask import after_this_request, current_app, request
from flask.wrappers import Response
from itsdangerous import BadData, URLSafeSerializer

from qms.accounts.models import Person
from qms.kernel.web import ONE_YEAR, cookie_name

NAME = "qms_device"


def owner() -> int | None:
    """Number of the person who signed in with this browser last; proves nothing, only says what to offer first."""
    marked = _marked()
    return None if marked is None else marked[0]


def known(person_id: int | None) -> str | None:
    """The number of this browser when it is the person who signed in with it last."""
    marked = _marked()
    return marked[1] if marked is not None and marked[0] == person_id else None


def remember(person: Person) -> None:
    """Marks this browser with the answer as one the person signs in with; holds a number, nothing about the person's work."""
    value = _signer().dumps([person.id, known(person.id) or secrets.token_hex(16)])

    @after_this_request
    def mark(response: Response) -> Response:
        response.set_cookie(
            cookie_name(NAME),
            value,
            max_age=ONE_YEAR,
            httponly=True,
            samesite="Lax",
            secure=current_app.config["SESSION_COOKIE_SECURE"],
        )
        return response


def _marked() -> tuple[int, str] | None:
    try:
        person_id, number = _signer().loads(request.cookies.get(cookie_name(NAME), ""))
        return int(person_id), str(number)
    except (BadData, ValueError, TypeError):
        return None


def _signer() -> URLSafeSerializer:
    return URLSafeSerializer(current_app.config["SECRET_KEY"], salt="qms device")
