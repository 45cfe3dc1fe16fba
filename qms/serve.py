"""Serving: gunicorn in this process, the clock in one process beside it.

Workers and clock are forks of the process that was started, after the application was made: nothing is imported or put together
twice.
"""

import errno
import os
import signal
import socket
import sys
import threading
import time
import traceback
from contextlib import suppress
from typing import Any

import click
from flask import Flask
from gunicorn.app.base import BaseApplication

from qms.config import present_settings
from qms.scheduling.clock import run_clock
from qms.whole_requests import WholeRequests

SignIns = list[tuple[str, str, str]]


CLOCK_SECONDS = 30
"""How long the clock may take to finish what it does after the web server has stopped. Killed between the mail server's answer
and the mark in the database, it would leave a letter that went out and seems to wait."""


class PortTaken(Exception):
    """The address cannot be listened on, mostly because another program does already; the message is one sentence."""


class _Server(BaseApplication):
    def __init__(self, app: Flask, options: dict[str, Any]) -> None:
        self.app = app
        self.options = options
        super().__init__()

    def load_config(self) -> None:
        for name, value in self.options.items():
            self.cfg.set(name, value)

    def load(self) -> Flask:
        return self.app


def serve(app: Flask, host: str, port: int, workers: int, sign_ins: SignIns) -> None:
    """Serves until a signal comes, with the clock beside it; both have ended when this returns.

    Nobody may hold a connection to the database here: the forks would share it. Raises ``PortTaken`` at once when the address is
    in use.
    """
    check_port(host, port)
    with app.app_context():
        settings = present_settings()
    click.echo(f"QMS: http://{host}:{port}")
    if settings.public_url != f"http://{host}:{port}":
        click.echo(f"Links on papers and in letters: {settings.public_url}")
    for username, password, shows in sign_ins:
        click.echo(f"  {username:<20} {password:<22} {shows}")
    sys.stdout.flush()
    server = os.getpid()
    clock = _begin_clock(app, server)
    try:
        _Server(
            app,
            {
                "bind": f"{host}:{port}",
                "workers": workers,
                "worker_class": WholeRequests,
                "threads": 4,
                "timeout": 120,
                "graceful_timeout": 20,
                "errorlog": "-",
                "loglevel": "warning",
                "proc_name": "qms",
                "control_socket_disable": True,
            },
        ).run()
    finally:
        if os.getpid() == server:  # a forked worker that ends comes by here too and has no clock to stop
            _stop(clock)


def _begin_clock(app: Flask, server: int) -> int:
    """Forks the process of the clock; answers its number. There is one thread only, so the fork is a whole process."""
    number = os.fork()
    if number:
        return number
    status = 1
    try:
        clock_process(app, server)
        status = 0
    except BaseException:  # noqa: BLE001 - nothing may get back into what the server was about to do
        traceback.print_exc()
    finally:
        sys.stdout.flush()
        sys.stderr.flush()
        os._exit(status)


def _stop(clock: int) -> None:
    patience = time.monotonic() + CLOCK_SECONDS
    with suppress(ProcessLookupError, ChildProcessError):  # it has ended, and gunicorn may have heard of it first
        os.kill(clock, signal.SIGTERM)
        while os.waitpid(clock, os.WNOHANG) == (0, 0):
            if time.monotonic() > patience:
                os.kill(clock, signal.SIGKILL)
                os.waitpid(clock, 0)
                return
            time.sleep(0.05)


def check_port(host: str, port: int) -> None:
    """Raises ``PortTaken`` when nobody could listen there; asked before anything slow is begun."""
    with socket.socket(socket.AF_INET6 if ":" in host else socket.AF_INET) as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind((host, port))
        except OSError as error:
            if error.errno != errno.EADDRINUSE:
                raise PortTaken(f"Nothing can listen on {host}, port {port}: {error.strerror}.") from error
            raise PortTaken(
                f"Port {port} on {host} is taken by another program; stop it or choose another one with --port."
            ) from error


def clock_process(app: Flask, parent: int) -> None:
    """The clock's own process: stops on a signal, and when the web server is gone."""
    stop = threading.Event()
    signal.signal(signal.SIGTERM, lambda *_: stop.set())
    signal.signal(signal.SIGINT, lambda *_: stop.set())

    def watch() -> None:
        while not stop.wait(2):
            if os.getppid() != parent:
                stop.set()

    threading.Thread(target=watch, daemon=True).start()
    run_clock(app, stop)
