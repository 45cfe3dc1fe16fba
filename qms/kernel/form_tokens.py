"""The token that forms carry: another text in every answer.

Pages go out compressed. Whoever can read their length on the wire, and have something of theirs printed on the same page, learns
a text that stays the same letter by letter (BREACH). So the token is masked with random bytes, anew for each answer.
"""

import secrets
from base64 import urlsafe_b64decode, urlsafe_b64encode
from itertools import cycle
from typing import Any

from flask import Flask, g
from flask_wtf import CSRFProtect, FlaskForm
from flask_wtf.csrf import generate_csrf

_MASK_BYTES = 16


def form_token() -> str:
    """The token of the session, in the mask of this answer."""
    plain = generate_csrf()
    if g.get("qms_form_token", ("", ""))[0] != plain:
        g.qms_form_token = plain, _masked(plain)
    masked: str = g.qms_form_token[1]
    return masked


def _masked(plain: str) -> str:
    mask = secrets.token_bytes(_MASK_BYTES)
    return urlsafe_b64encode(mask + _crossed(plain.encode(), mask)).decode()


def _unmasked(masked: str | None) -> str | None:
    """The token as the session knows it; None for what is none."""
    try:
        raw = urlsafe_b64decode((masked or "").encode())
        return _crossed(raw[_MASK_BYTES:], raw[:_MASK_BYTES]).decode() or None
    except ValueError:
        return None


def _crossed(content: bytes, mask: bytes) -> bytes:
    return bytes(one ^ other for one, other in zip(content, cycle(mask), strict=False))


class FormTokens(FlaskForm.Meta.csrf_class):
    """What puts the token into a form; it has been checked before the view began."""

    def generate_csrf_token(self, csrf_token_field: Any) -> str:
        """The token in its mask."""
        return form_token()


class TokenProtect(CSRFProtect):
    """Refuses what comes without the token of its session, as Flask-WTF does, from under the mask."""

    def init_app(self, app: Flask) -> None:
        """Puts the check before every view, and the token into the templates."""
        super().init_app(app)
        app.jinja_env.globals["csrf_token"] = form_token
        app.context_processor(lambda: {"csrf_token": form_token})

    def _get_csrf_token(self) -> str | None:
        return _unmasked(super()._get_csrf_token())
