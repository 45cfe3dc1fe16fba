"""One application for each test process, put on another database for every test; a test that leaves it changed fails.

Making an application costs a hundred milliseconds and throws away what the last one had compiled: addresses, templates,
statements. A test that changes the application itself (routes, hooks, the template engine) says so by the mark
``fresh_app``; settings and house are handed out anew each time, and anything in ``app.config`` is changed by ``monkeypatch``.
"""

from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest
from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy import Engine, event, make_url
from sqlalchemy.engine import Dialect
from werkzeug.test import TestResponse

from qms.accounts.figures import init_figures
from qms.app import create_app
from qms.config import Settings, load_settings
from qms.kernel.db import db

SECRET_KEY = "only for tests"
"""So that what the tests seal, a server they start can open."""

HOOKS = (
    "before_request_funcs",
    "after_request_funcs",
    "teardown_request_funcs",
    "template_context_processors",
    "url_value_preprocessors",
    "url_default_functions",
)
TABLES = ("config", "extensions", "view_functions", "blueprints")
ENGINE_EVENTS = (
    "before_execute",
    "after_execute",
    "before_cursor_execute",
    "after_cursor_execute",
    "begin",
    "commit",
    "rollback",
)
SWAPPED = ("qms.settings", "qms.house", "qms.figures")
"""What every test is handed anew, so it may put others in their place."""


class Client(FlaskClient):
    """A client whose requests have a context of their own, as in service; the test's own session reads anew afterwards."""

    def open(self, *args: Any, **kwargs: Any) -> TestResponse:
        with self.application.app_context():
            response = super().open(*args, **kwargs)
        db.session.rollback()
        return response


@dataclass
class Shared:
    """An application that many tests use one after the other, and the database its connections go to."""

    app: Flask
    engine: Engine
    house: Any
    untouched: Mapping[str, Any]
    busy: bool = False

    def put_on(self, settings: Settings) -> None:
        """Turns the application to another instance: settings, house, database; what limits had counted is forgotten."""
        self.app.extensions["qms.settings"] = settings
        self.app.extensions["qms.house"] = self.house
        init_figures(self.app)
        self.app.config["SQLALCHEMY_DATABASE_URI"] = settings.database_url
        self.engine.url = make_url(settings.database_url)
        for limiter in self.app.extensions["limiter"]:
            limiter.reset()


_shared: dict[str, Shared] = {}
"""The application of this process for each kind of database."""


@contextmanager
def application(folder: Path, database_url: str, *, fresh: bool = False) -> Iterator[Flask]:
    """The application on a database, its context pushed; its connections are gone afterwards.

    It is the shared one unless that is in use already (an application within an application) or ``fresh`` is wanted.
    """
    settings = load_settings({"QMS_INSTANCE": str(folder), "QMS_DATABASE_URL": database_url, "QMS_SECRET_KEY": SECRET_KEY})
    kind = make_url(settings.database_url).get_backend_name()
    shared = _shared.get(kind)
    if fresh or (shared is not None and shared.busy):
        with _pushed(_made(settings)) as app:
            yield app
        return
    if shared is None:
        shared = _shared[kind] = _sharing(_made(settings))
    shared.put_on(settings)
    shared.busy = True
    try:
        with _pushed(shared.app) as app:
            yield app
    finally:
        shared.busy = False


def _made(settings: Settings) -> Flask:
    app = create_app(settings)
    app.config.update(TESTING=True, WTF_CSRF_ENABLED=False, RATELIMIT_ENABLED=False)
    app.test_client_class = Client
    return app


@contextmanager
def _pushed(app: Flask) -> Iterator[Flask]:
    with app.app_context():
        try:
            yield app
        finally:
            db.session.rollback()
            db.session.remove()
            for engine in db.engines.values():
                engine.dispose()


def _sharing(app: Flask) -> Shared:
    with app.app_context():
        engine = db.engine

    @event.listens_for(engine, "do_connect")
    def connect_here(dialect: Dialect, _record: object, _arguments: object, _named: object) -> Any:
        """Statements stay compiled: the engine is the same, only where it connects to is not."""
        arguments, named = dialect.create_connect_args(engine.url)
        return dialect.connect(*arguments, **named)

    return Shared(app, engine, app.extensions["qms.house"], untouched=_state(app, engine))


def _state(app: Flask, engine: Engine) -> dict[str, Any]:
    """Everything of the application that a test could change, by name."""
    found: dict[str, Any] = {
        "the addresses": len(app.url_map._rules),
        "the way in (wsgi_app)": app.wsgi_app,
        "the class of its clients": app.test_client_class,
        "the templates' undefined": app.jinja_env.undefined,
        "the templates' loader": app.jinja_env.loader,
        "the errors": {(place, code, kind): handler for place, code, kind, handler in _error_handlers(app)},
        "what ends a context": tuple(app.teardown_appcontext_funcs),
        "the templates' globals": dict(app.jinja_env.globals),
        "the templates' filters": dict(app.jinja_env.filters),
    }
    for name in TABLES:
        found[name] = {key: value for key, value in getattr(app, name).items() if key not in SWAPPED}
    found["config"].pop("SQLALCHEMY_DATABASE_URI")
    for name in HOOKS:
        found[name] = {key: tuple(functions) for key, functions in getattr(app, name).items() if functions}
    for name in ENGINE_EVENTS:
        found[f"what listens to {name} of the database"] = tuple(getattr(engine.dispatch, name))
    return found


def _error_handlers(app: Flask) -> Iterator[tuple[Any, Any, type, Callable[..., Any]]]:
    for place, by_code in app.error_handler_spec.items():
        for code, by_class in by_code.items():
            for kind, handler in by_class.items():
                yield place, code, kind, handler


def _differences(before: Mapping[str, Any], after: Mapping[str, Any]) -> Iterator[str]:
    for name, old in before.items():
        new = after[name]
        if not isinstance(old, dict):
            if old != new:
                yield name
            continue
        changed = sorted(str(key) for key in {*old, *new} if key not in old or key not in new or old[key] != new[key])
        if changed:
            yield f"{name} ({', '.join(changed)})"


def refuse_a_changed_application() -> None:
    """Fails when a test that has ended left the shared application otherwise than it found it; the next one gets a new one."""
    for kind, shared in list(_shared.items()):
        changed = list(_differences(shared.untouched, _state(shared.app, shared.engine)))
        if changed:
            if not shared.busy:
                del _shared[kind]
            pytest.fail(
                f"the test left the application changed for all that follow: {'; '.join(changed)}. "
                "Change it by monkeypatch, or mark the test with fresh_app.",
                pytrace=False,
            )
