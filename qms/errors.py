"""Every error becomes an answer here and nowhere else: a sentence, what was typed, the number of the request."""

import re
from collections.abc import Sequence
from dataclasses import dataclass
from urllib.parse import urlsplit

from flask import Flask, Response, current_app, g, jsonify, make_response, render_template, request, url_for
from flask_limiter import RateLimitExceeded
from flask_wtf.csrf import CSRFError
from sqlalchemy.exc import IntegrityError, OperationalError
from sqlalchemy.orm.exc import StaleDataError
from werkzeug.exceptions import HTTPException

from qms.accounts.gate import NotRecent
from qms.kernel.db import db, is_full, is_locked
from qms.kernel.form_labels import labels_of
from qms.kernel.forms import ChangedMeanwhile
from qms.kernel.language import _
from qms.kernel.refusal import Refusal, Refused
from qms.kernel.web import is_fragment, local_path, request_id, wants_data
from qms.limits import seconds_to_wait

RETRY_SECONDS = 10
SECRET_WORDS = ("password", "csrf_token", "secret")
DOORS = frozenset({"accounts", "account", "second_step", "confirmation", "links", "passkeys", "directory"})
"""Pages on which people prove who they are: of what is typed there, only these come back."""
NO_SECRETS = frozenset({"next", "username"})
SECRET_PATH = re.compile(r"^(/link/)[^/?]+")


@dataclass(frozen=True)
class Answer:
    """What a person is told: status, title, sentence, and whether sending the same again can help."""

    status: int
    title: str
    sentence: str
    again: bool = False
    refusals: Sequence[Refusal] = ()
    proof: tuple[str, str] | None = None
    """Address and title of the page where one proves who one is, before the same is sent again."""


def register(app: Flask) -> None:
    """Makes this module answer every error of the application."""
    app.register_error_handler(CSRFError, _too_old)
    app.register_error_handler(Refused, _refused)
    app.register_error_handler(ChangedMeanwhile, _changed)
    app.register_error_handler(StaleDataError, _changed)
    app.register_error_handler(OperationalError, _database)
    app.register_error_handler(OSError, _file)
    app.register_error_handler(IntegrityError, _broken_constraint)
    app.register_error_handler(RateLimitExceeded, _too_many)
    app.register_error_handler(HTTPException, _http)
    app.register_error_handler(Exception, _unexpected)


def _too_old(error: CSRFError) -> Response:
    current_app.logger.warning("%s 400 %s %s: %s", request_id(), request.method, logged_path(), error.description)
    sentence = _("The page was open too long, or it was opened before you signed in. Nothing was saved; please send it again.")
    return _page(Answer(400, _("This form is no longer valid"), sentence, again=True))


def _refused(error: Refused) -> Response:
    sentence = _("Nothing was changed. This is what stands in the way:")
    return _page(Answer(409, _("This is not possible now"), sentence, True, error.refusals))


def _changed(_error: Exception) -> Response:
    sentence = _("Somebody else changed this record meanwhile. Nothing was saved; this is what you typed.")
    return _page(Answer(409, _("Changed meanwhile"), sentence, again=False))


def _broken_constraint(error: IntegrityError) -> Response:
    """Two people made the same at once: the later one hears it. Any other broken constraint is a fault of the program."""
    unique = getattr(error.orig, "sqlstate", None) == "23505" or "UNIQUE constraint failed" in str(error.orig)
    return _changed(error) if unique else _unexpected(error)


def _database(error: OperationalError) -> Response:
    if is_full(error):
        return _full()
    if not is_locked(error):
        return _unexpected(error)
    current_app.logger.warning("%s 503 %s %s: the database stayed locked", request_id(), request.method, logged_path())
    sentence = _("Others are saving right now. Nothing was saved; please send it again in a moment.")
    response = _page(Answer(503, _("Please try again"), sentence, again=True))
    response.headers["Retry-After"] = str(RETRY_SECONDS)
    return response


def _file(error: OSError) -> Response:
    return _full() if is_full(error) else _unexpected(error)


def _full() -> Response:
    current_app.logger.error("%s 507 %s %s: the disk is full", request_id(), request.method, logged_path())
    sentence = _("There is no room left on the disk of the server. Nothing was saved; please tell the administrator.")
    return _page(Answer(507, _("The disk of the server is full"), sentence, again=True))


def _too_many(_error: RateLimitExceeded) -> Response:
    seconds = seconds_to_wait()
    current_app.logger.warning("%s 429 %s %s: too many in a short time", request_id(), request.method, logged_path())
    sentence = _("Too much was asked in a short time. Nothing was saved; please send it again in %(count)s s.", count=seconds)
    response = _page(Answer(429, _("Too many attempts"), sentence, again=True))
    response.headers["Retry-After"] = str(seconds)
    return response


def _http(error: HTTPException) -> Response:
    status = error.code or 500
    if status < 400:
        return make_response(error.get_response())
    if status >= 500:
        current_app.logger.error("%s %s %s %s", request_id(), status, request.method, logged_path())
    elif status == 403:
        who = f"person {g.qms_person.id}" if g.get("qms_person") else "nobody"
        current_app.logger.warning(
            "%s 403 %s %s: %s at %s", request_id(), request.method, logged_path(), who, request.remote_addr
        )
    title, sentence = _words(status)
    proof = (url_for("accounts.sign_in"), _("Sign in")) if status == 401 else None
    if isinstance(error, NotRecent):
        title, proof = _("Please confirm that it is you"), (url_for("confirmation.show"), _("Confirm"))
        sentence = _("This step can harm much. Confirm on a second page who you are, then send this one again.")
    response = _page(Answer(status, title, sentence, again=status == 401, proof=proof))
    for name, value in error.get_headers(request.environ):
        if name not in {"Content-Type", "Content-Length"}:
            response.headers[name] = value
    return response


def _unexpected(error: Exception) -> Response:
    current_app.logger.error("%s 500 %s %s", request_id(), request.method, logged_path(), exc_info=error)
    sentence = _("The system could not do this. Nothing was saved. Please tell the administrator the number below.")
    return _page(Answer(500, _("Something went wrong"), sentence, again=True))


def _words(status: int) -> tuple[str, str]:
    known = {
        400: (_("This request cannot be read"), _("The address or the form is not complete.")),
        401: (_("Please sign in again"), _("Your session has ended. Sign in on a second page, then send this one again.")),
        403: (_("Not allowed"), _("Your role does not open this page.")),
        404: (_("Not found"), _("There is no such page, or it lies outside the units you may see.")),
        405: (_("Not possible here"), _("This address cannot be used in this way.")),
        413: (_("Too large"), _("What was sent is larger than the system takes (40 MB).")),
        429: (_("Too many attempts"), _("Please wait a moment before you try again.")),
    }
    return known.get(status, (_("Something went wrong"), _("The system could not answer this request.")))


def logged_path() -> str:
    """The path as the log may hold it: without the token of a one-time link, which is a key, and on one line."""
    shown = SECRET_PATH.sub(r"\1…", request.path)
    return "".join(letter if letter.isprintable() else f"\\u{ord(letter):04x}" for letter in shown)


def _kept(status: int) -> list[tuple[str, str]]:
    """What was typed, without secrets; a body that was too large or cannot be read is not read again."""
    if status == 413:
        return []
    sent = request.form.items(multi=True)
    if request.blueprint in DOORS:
        return [(name, value) for name, value in sent if name in NO_SECRETS]
    return [(name, value) for name, value in sent if not any(word in name for word in SECRET_WORDS)]


def _named(kept: Sequence[tuple[str, str]]) -> list[tuple[str, str]]:
    """What was typed, under the names that people know; what only carries the form (a version, a button) has none."""
    labels = labels_of({name for name, _value in kept})
    return [(labels[name], value) for name, value in kept if value and name in labels]


def _from_elsewhere() -> bool:
    """Whether another site sent the form: its fields must not come back under a button of ours with a valid token."""
    return request.headers.get("Sec-Fetch-Site", "same-origin") not in {"same-origin", "none"}


def _page(answer: Answer) -> Response:
    db.session.rollback()
    fields = {
        "title": answer.title,
        "sentence": answer.sentence,
        "refusals": answer.refusals,
        "again": answer.again and not _from_elsewhere(),
        "proof": answer.proof,
    }
    if wants_data():
        sentences = [str(refusal) for refusal in answer.refusals]
        return make_response(jsonify(title=answer.title, sentence=answer.sentence, sentences=sentences), answer.status)
    if is_fragment():
        return make_response(render_template("errors/_error.html", **fields), answer.status)
    kept = _kept(answer.status) if request.method == "POST" and not _from_elsewhere() else []
    page = render_template("errors/error.html", kept=kept, named=_named(kept), back=_back(), status=answer.status, **fields)
    return make_response(page, answer.status)


def _back() -> str | None:
    """The page the form stood on, when it was one of ours."""
    parts = urlsplit(request.referrer or "")
    if not parts.path or parts.netloc != request.environ.get("HTTP_HOST"):
        return None
    return local_path(parts.path + (f"?{parts.query}" if parts.query else ""))
