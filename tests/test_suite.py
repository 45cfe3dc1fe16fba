"""The suite itself: one application for all, nobody leaves it changed, and a thread's fault is the test's."""

import ast
import time
from pathlib import Path
from threading import Event

import pytest
from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy import event

from qms.accounts.models import Person
from qms.kernel.db import db
from qms.limits import ENABLED
from tests import threads
from tests.office import Office
from tests.shared_app import refuse_a_changed_application
from tests.sources import parse
from tests.threads import Beside, at_once, beside

TESTS = Path(__file__).parent
STARTERS = {"Thread", "Barrier", "ThreadPoolExecutor", "Timer"}
before: list[int] = []


@pytest.mark.parametrize("time_", ["first", "second"])
def test_tests_share_an_application_and_no_record(any_app: Flask, office: Office, time_: str) -> None:
    assert db.session.query(Person).count() == 0
    office.person("an", unit=office.agency("P1"))
    before.append(id(any_app))
    assert len(set(before)) <= 2, "one for each kind of database"


@pytest.mark.fresh_app
def test_whoever_asks_for_a_fresh_application_has_one(app: Flask) -> None:
    assert id(app) not in before
    app.add_url_rule("/anything", "anything", lambda: "")
    refuse_a_changed_application()


def test_an_application_that_was_left_changed_fails_the_test_that_changed_it(app: Flask, monkeypatch: pytest.MonkeyPatch) -> None:
    def heard(*_given: object) -> None:
        """Nothing."""

    def left(part: str) -> None:
        with pytest.raises(pytest.fail.Exception, match=part):
            refuse_a_changed_application()

    refuse_a_changed_application()
    with monkeypatch.context() as patch:
        patch.setitem(app.config, ENABLED, True)
        left(r"config \(RATELIMIT_ENABLED\)")
    with monkeypatch.context() as patch:
        patch.setitem(app.extensions, "something", 1)
        left(r"extensions \(something\)")
    with monkeypatch.context() as patch:
        patch.setitem(app.view_functions, "static", heard)
        left(r"view_functions \(static\)")
    with monkeypatch.context() as patch:
        patch.setitem(app.before_request_funcs, None, [*app.before_request_funcs[None], heard])
        left("before_request_funcs")
    with monkeypatch.context() as patch:
        patch.setitem(app.jinja_env.globals, "asset", heard)
        left(r"the templates' globals \(asset\)")
    event.listen(db.engine, "before_cursor_execute", heard)
    left("before_cursor_execute")
    event.remove(db.engine, "before_cursor_execute", heard)
    refuse_a_changed_application()


def test_what_limits_counted_in_one_test_is_forgotten_in_the_next(client: FlaskClient, app: Flask) -> None:
    assert app.config[ENABLED] is False
    (limiter,) = app.extensions["limiter"]
    assert not limiter.storage.storage, "counted in another test"


def test_a_fault_in_a_thread_is_raised_by_the_test_that_started_it(app: Flask) -> None:
    def fall() -> None:
        raise ArithmeticError("in a thread")

    began = time.monotonic()
    with pytest.raises(ArithmeticError, match="in a thread"):
        at_once(app, [fall, lambda: None, lambda: None])
    with pytest.raises(ArithmeticError), beside(app, fall):
        pass
    thread = Beside(app, fall)
    time.sleep(0.1)
    with pytest.raises(ArithmeticError):
        thread.running()
    assert time.monotonic() - began < threads.PATIENCE / 4, "it was waited for instead of told"


def test_threads_answer_in_their_order_and_a_stuck_one_is_shown_where_it_waits(
    app: Flask, monkeypatch: pytest.MonkeyPatch
) -> None:
    assert at_once(app, [lambda: "a", lambda: "b"]) == ["a", "b"]
    monkeypatch.setattr(threads, "PATIENCE", 0.2)
    released = Event()

    def wait_for_ever() -> None:
        released.wait(30)

    thread = Beside(app, wait_for_ever)
    with pytest.raises(pytest.fail.Exception, match="wait_for_ever"):
        thread.end()
    released.set()
    monkeypatch.undo()
    thread.end()


def test_only_one_module_of_the_tests_starts_threads() -> None:
    culprits = [
        f"{path.relative_to(TESTS)}:{node.lineno}"
        for path in sorted(TESTS.rglob("*.py"))
        if path != TESTS / "threads.py"
        for node in ast.walk(parse(path.read_text(encoding="utf-8")))
        if isinstance(node, ast.Call) and ast.unparse(node.func).rpartition(".")[2] in STARTERS
    ]
    assert not culprits, f"tests.threads raises what a thread raised; these would hang: {culprits}"
