"""What the served program gets through: one worker and two, one client and eight, and eight beside 64 connections that never end.

The real ``qms run`` on an office of its own. Every client keeps its connection and asks for the next page as soon as it has one.
Pages in a second count, and the seconds of CPU that workers and clock had meanwhile: on a machine that others use, two workers
cannot have twice of what is left, so believe pages for each second of CPU, and the ratio of the rates only on a quiet machine.

    python benchmarks/throughput.py [small]
"""

import http.client
import os
import shutil
import signal
import socket
import subprocess
import sys
import tempfile
import threading
import time
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager, suppress
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from statistics import quantiles

from large.office import SMALL, Volume, grow, signed_in

from qms.app import create_app
from qms.config import load_settings
from qms.kernel import schema
from qms.kernel.days import local_day
from qms.kernel.db import db

QMS = Path(sys.executable).with_name("qms")
PAGE = "/nonconformities"
CLIENTS, SLOW = 8, 64
MIDDLE = Volume(units=50, audits=50, questions=40, nonconformities=4_000, entries=4_000)
NEVER_WHOLE = (
    b"",
    b"GET /sign-in HTTP/1.1\r\nHost: qms\r\nX-More: ",
    b"POST /sign-in HTTP/1.1\r\nHost: qms\r\nContent-Length: 1000\r\n\r\nusername=",
)
"""Nothing, a head without an end, a body without an end."""
PATIENCE = 120


@dataclass(frozen=True)
class Rate:
    """What was got through in a time."""

    pages: float
    each_cpu: float
    slowest: float

    def __str__(self) -> str:
        return f"{self.pages:>8.1f}{self.each_cpu:>10.1f}{self.slowest * 1000:>10.0f}"


class Load:
    """Clients that ask without a pause."""

    def __init__(self, port: int, cookie: str, clients: int, seconds: float) -> None:
        self._port, self._cookie, self._until = port, cookie, time.monotonic() + seconds
        self.times: list[float] = []
        self.faults: list[str] = []
        self._threads = [threading.Thread(target=self._ask) for _ in range(clients)]

    def _ask(self) -> None:
        connection = http.client.HTTPConnection("127.0.0.1", self._port, timeout=PATIENCE)
        headers = {"Cookie": self._cookie, "Accept-Encoding": "gzip"}
        while time.monotonic() < self._until:
            begun = time.monotonic()
            connection.request("GET", PAGE, headers=headers)
            answer = connection.getresponse()
            answer.read()
            if answer.status != 200:
                self.faults.append(f"{answer.status}")
                return
            self.times.append(time.monotonic() - begun)
        connection.close()

    def run(self) -> None:
        """Asks until the time is over."""
        for thread in self._threads:
            thread.start()
        for thread in self._threads:
            thread.join()
        if self.faults:
            raise SystemExit(f"the server answered {self.faults[0]}")


def measured(port: int, cookie: str, clients: int, seconds: float, server: int) -> Rate:
    """What some clients get through, after a page each to warm up."""
    Load(port, cookie, clients, 1.0).run()
    load, before, begun = Load(port, cookie, clients, seconds), _cpu(server), time.monotonic()
    load.run()
    passed, cpu = time.monotonic() - begun, _cpu(server) - before
    slowest = quantiles(load.times, n=20)[-1] if len(load.times) > 1 else load.times[0]
    return Rate(len(load.times) / passed, len(load.times) / max(cpu, 0.01), slowest)


def _cpu(server: int) -> float:
    """What the workers had so far: everything below the server, and what of it has ended."""
    ticks = sum(_fields(server)[12:14])
    for child in _children(server):
        with suppress(FileNotFoundError):  # it ended in between
            ticks += sum(_fields(child)[10:12])
    return ticks / os.sysconf("SC_CLK_TCK")


def _fields(process: int) -> list[int]:
    """What the system keeps of a process, from its state on."""
    return [int(field) for field in Path(f"/proc/{process}/stat").read_text(encoding="utf-8").rpartition(")")[2].split()[1:]]


def _children(server: int) -> list[int]:
    return list(map(int, Path(f"/proc/{server}/task/{server}/children").read_text(encoding="utf-8").split()))


@contextmanager
def served(workers: int) -> Iterator[tuple[int, int]]:
    """The program on a free port; answers the port and the number of the process."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    command = [QMS, "run", "--no-demo", "--workers", str(workers), "--port", str(port)]
    server = subprocess.Popen(command, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    try:
        patience = time.monotonic() + PATIENCE
        while True:
            try:
                socket.create_connection(("127.0.0.1", port), timeout=1).close()
                break
            except OSError:
                assert time.monotonic() < patience, "the server does not answer"
                time.sleep(0.1)
        time.sleep(1)
        yield port, server.pid
    finally:
        server.send_signal(signal.SIGTERM)
        server.wait(PATIENCE)


def main(seconds: float, volume: Volume) -> None:
    """Prints a line for each number of workers and clients."""
    folder = tempfile.mkdtemp(prefix="qms-throughput-")
    os.environ |= {"QMS_INSTANCE": folder, "QMS_SECRET_KEY": "benchmark"}
    try:
        app = create_app(load_settings())
        with app.app_context():
            schema.upgrade()
            grow(volume, local_day(datetime.now(UTC)))
            db.session.remove()
            client = signed_in(app, "officer")
            db.engine.dispose()
        kept = client.get_cookie("qms_session")
        assert kept is not None
        cookie = f"qms_session={kept.value}"
        print(f"{'workers':>8}{'clients':>8}{'pages/s':>8}{'per CPU s':>10}{'p95 ms':>10}")
        rates: dict[tuple[int, int], Rate] = {}
        for workers in (1, 2):
            with served(workers) as (port, server):
                for clients in (1, CLIENTS):
                    rates[workers, clients] = measured(port, cookie, clients, seconds, server)
                    print(f"{workers:>8}{clients:>8}{rates[workers, clients]}")
                if workers == 2:
                    with ExitStack() as silent:
                        for number in range(SLOW):
                            one = silent.enter_context(socket.create_connection(("127.0.0.1", port)))
                            one.sendall(NEVER_WHOLE[number % len(NEVER_WHOLE)])
                        beside = measured(port, cookie, CLIENTS, seconds, server)
                        print(f"{workers:>8}{CLIENTS:>8}{beside}  beside {SLOW} that never end")
        one, two = rates[1, CLIENTS].pages, rates[2, CLIENTS].pages
        print(f"two workers get {two / one:.2f} times through of one; beside slow ones {beside.pages / two:.2f} of alone")
    finally:
        shutil.rmtree(folder)


if __name__ == "__main__":
    if "small" in sys.argv:
        main(1.0, SMALL)
    else:
        main(8.0, MIDDLE)
