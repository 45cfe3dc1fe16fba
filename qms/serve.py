"""Serving: gunicorn in this process, the clock in one process beside it."""

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

SignIns = list[tuple[str, str, str]]


class PortTaken(Exception):
    """Another program listens on the address already."""


class _Server(BaseApplication):  # type: ignore[misc]  # gunicorn ships no types
    def __init__(self, options: dict[str, Any]) -> None:
        self.options = options
        super().__init__()

    def load_config(self) -> None:
        for name, value in self.options.items():
            self.cfg.set(name, value)

    def load(self) -> Flask:
        return create_app(load_settings())


def serve(host: str, port: int, workers: int, sign_ins: SignIns) -> None:
    """Serves until a signal comes. Raises ``PortTaken`` at once when the address is in use."""
    _check_port(host, port)
    settings = load_settings()
    click.echo(f"QMS: http://{host}:{port}")
    if settings.public_url != f"http://{host}:{port}":
        click.echo(f"Links on papers and in letters: {settings.public_url}")
    for username, password, shows in sign_ins:
        click.echo(f"  {username:<20} {password:<22} {shows}")
    sys.stdout.flush()
    clock = subprocess.Popen([sys.executable, "-m", "qms.cli", "clock", "--parent", str(os.getpid())])
    try:
        _Server(
            {
                "bind": f"{host}:{port}",
                "workers": workers,
                "worker_class": "gthread",
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
        clock.terminate()


def _check_port(host: str, port: int) -> None:
    with socket.socket(socket.AF_INET6 if ":" in host else socket.AF_INET) as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind((host, port))
        except OSError as error:
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
