"""Threads of a test: a fault in one of them fails the test at once and with that fault, instead of leaving others waiting for it.

Threads of the tests share the application. None makes one of its own: CPython 3.11 counts the depth of a syntax tree once for
all threads, so two that make an application at the same moment (its addresses are compiled) may end in a ``SystemError``.
"""

import sys
import traceback
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from threading import Barrier, BrokenBarrierError, Thread
from typing import Any, Generic, TypeVar

import pytest
from flask import Flask

from qms.kernel.db import db

Result = TypeVar("Result")

PATIENCE = 60
"""Seconds after which a thread counts as stuck; less than a test may take, so that it is told which one."""


class Beside(Generic[Result]):
    """Work in a thread, in a context of the application of its own; what it answers or raises is asked for by ``end``."""

    def __init__(self, app: Flask, work: Callable[[], Result]) -> None:
        self._app = app
        self._work = work
        self._answers: list[Result] = []
        self.fault: BaseException | None = None
        self._thread = Thread(target=self._run, daemon=True)
        self._thread.start()

    def _run(self) -> None:
        try:
            with self._app.app_context():
                try:
                    self._answers.append(self._work())
                finally:
                    db.session.remove()
        except BaseException as fault:  # noqa: BLE001 - whatever it is, the test raises it again
            self.fault = fault

    def running(self) -> bool:
        """Whether it goes on; raises the fault when it ended by one."""
        if self.fault is not None:
            raise self.fault
        return self._thread.is_alive()

    def wait(self) -> None:
        """Waits until it has ended in whatever way; fails with the place where it is stuck."""
        self._thread.join(PATIENCE)
        if self._thread.is_alive():
            frame = sys._current_frames().get(self._thread.ident or 0)
            pytest.fail(f"a thread is stuck after {PATIENCE} s:\n" + "".join(traceback.format_stack(frame)))

    def end(self) -> Result:
        """Waits for its end and answers what it answered; raises what it raised."""
        self.wait()
        if self.fault is not None:
            raise self.fault
        return self._answers[0]


@contextmanager
def beside(app: Flask, work: Callable[[], Result]) -> Iterator[Beside[Result]]:
    """Work that goes on beside the block; at the end of the block it is waited for, and its fault raised."""
    thread = Beside(app, work)
    yield thread
    thread.end()


def at_once(app: Flask, works: Sequence[Callable[[], Result]]) -> list[Result]:
    """Does all of it at the same moment, each in a thread; answers in their order, or raises the first fault."""
    together = Barrier(len(works), timeout=PATIENCE)

    def with_the_others(work: Callable[[], Result]) -> Callable[[], Result]:
        def start() -> Result:
            together.wait()
            return work()

        return start

    threads: list[Beside[Any]] = [Beside(app, with_the_others(work)) for work in works]
    for thread in threads:
        thread.wait()
    faults = [thread.fault for thread in threads if thread.fault is not None]
    for fault in sorted(faults, key=lambda one: isinstance(one, BrokenBarrierError)):
        raise fault
    return [thread.end() for thread in threads]
