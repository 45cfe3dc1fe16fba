"""Serving: gunicorn in this process, the clock in one process beside it."""

import errno
import os
import signal
import socket
import subprocess
import sys
import threading
from typing import Any

import click
from flask import Flask
from gunicorn.app.base import BaseApplication

from qms.app import create_app
from qms.config import load_settings
from qms.scheduling.clock import run_clock
from qms.whole_requests import WholeRequests

SignIns = list[tuple[str, str, str]]


CLOCK_SECONDS = 30
"""How long the clock may take to finish what it does after the web server has stopped. Killed between the mail server's answer
and the mark in the database, it would leave a letter that went out and seems to wait."""


class PortTaken(Exception):
    """The address cannot be listened on, mostly because another program does already; the message is one sentence."""


class _Server(BaseApplication):
    def __init__(self, options: dict[str, Any]) -> None:
        self.options = options
        super().__init__()

    def load_config(self) -> None:
        for name, value in self.options.items():
            self.cfg.set(name, value)

    def load(self) -> Flask:
        return create_app(load_settings())


def serve(host: str, port: int, workers: int, sign_ins: SignIns) -> None:
    """Serves until a signal comes, with the clock beside it; both have ended when this returns.

    Raises ``PortTaken`` at once when the address is in use.
    """
    check_port(host, port)
    settings = load_settings()
    click.echo(f"QMS: http://{host}:{port}")
    if settings.public_url != f"http://{host}:{port}":
        click.echo(f"Links on papers and in letters: {settings.public_url}")
    for username, password, shows in sign_ins:
        click.echo(f"  {username:<20} {password:<22} {shows}")
    sys.stdout.flush()
    server = os.getpid()
    clock = subprocess.Popen([sys.executable, "-m", "qms.cli", "clock", "--parent", str(server)])
    try:
        _Server(
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
            }
        ).run()
    finally:
        if os.getpid() == server:  # a forked worker that ends comes by here too and has no clock to stop
            _stop(clock)


def _stop(clock: subprocess.Popen[bytes]) -> None:
    clock.terminate()
    try:
        clock.wait(CLOCK_SECONDS)
    except subprocess.TimeoutExpired:
        clock.kill()
        clock.wait()


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
