"""The real program as a process of its own: serving, a taken port, the end."""

import os
import signal
import socket
import sqlite3
import subprocess
import sys
import time
import urllib.error
import urllib.request
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path

import pytest
from waitress.adjustments import Adjustments

from qms.whole_requests import HEAD_SECONDS, WHOLE_SECONDS, Connection, Request, close_slow

QMS = Path(sys.executable).with_name("qms")
PATIENCE = 90
"""Seconds until a process that does not answer counts as broken; says nothing about how fast it should be."""

NEVER_WHOLE = (
    b"",
    b"GET /sign-in HTTP/1.1\r\nHost: qms\r\nX-More: ",
    b"POST /sign-in HTTP/1.1\r\nHost: qms\r\nContent-Length: 1000\r\n\r\nusername=",
)


@pytest.fixture
def free_port() -> int:
    """A port nobody listens on at the moment."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port: int = probe.getsockname()[1]
    return port


def children(process: int) -> set[int]:
    """The processes that a process has started, from /proc."""
    found = set()
    for status in Path("/proc").glob("[0-9]*/stat"):
        try:
            after_name = status.read_text(encoding="utf-8").rpartition(")")[2].split()
        except OSError:  # it has ended meanwhile
            continue
        if int(after_name[1]) == process and after_name[0] != "Z":
            found.add(int(status.parent.name))
    return found


def alive(process: int) -> bool:
    try:
        return Path(f"/proc/{process}/stat").read_text(encoding="utf-8").rpartition(")")[2].split()[0] != "Z"
    except OSError:
        return False


def wait_for(what: str, ready: Callable[[], bool]) -> None:
    end = time.monotonic() + PATIENCE
    while not ready():
        assert time.monotonic() < end, f"waited in vain: {what}"
        time.sleep(0.05)


def answers(port: int) -> bool:
    try:
        with urllib.request.urlopen(f"http://127.0.0.1:{port}/sign-in", timeout=5) as page:
            return bool(page.status == 200)
    except (urllib.error.URLError, ConnectionError, TimeoutError):
        return False


@contextmanager
def running(port: int) -> Iterator[subprocess.Popen[str]]:
    """The server until the end of the block; never left behind."""
    server = subprocess.Popen(
        [QMS, "run", "--port", str(port)], stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True, env=os.environ
    )
    begun = time.monotonic()
    try:
        wait_for("an answer", lambda: server.poll() is not None or answers(port))
        assert server.poll() is None, server.stdout and server.stdout.read()
        sys.stdout.write(f"qms run answered after {time.monotonic() - begun:.2f} s\n")
        yield server
    finally:
        if server.poll() is None:
            server.terminate()
            server.wait(PATIENCE)
        if server.stdout is not None:
            server.stdout.close()


@pytest.mark.skipif(not Path("/proc/self/stat").exists(), reason="needs /proc to see the processes")
def test_it_serves_and_on_a_signal_ends_with_everything_it_has_started(demo: Path, free_port: int) -> None:
    before = trail(demo)
    with running(free_port) as server:
        wait_for("the clock and two workers", lambda: len(children(server.pid)) == 3)
        started = children(server.pid)
        server.send_signal(signal.SIGTERM)
        assert server.wait(PATIENCE) == 0
        wait_for("no orphan", lambda: not any(alive(one) for one in started))
        told = server.stdout.read() if server.stdout is not None else ""
    assert f"http://127.0.0.1:{free_port}" in told
    assert "thu.ky.iso" in told
    assert "Traceback" not in told
    assert trail(demo) >= before > 0, "an office that is there is kept"


def test_connections_that_never_send_a_whole_request_hold_nobody_up(demo: Path, free_port: int) -> None:
    with running(free_port), ExitStack() as silent:
        for number in range(64):  # two workers have four threads each
            connection = silent.enter_context(socket.create_connection(("127.0.0.1", free_port)))
            connection.sendall(NEVER_WHOLE[number % len(NEVER_WHOLE)])
        for _ in range(20):
            assert answers(free_port), "nobody is answered beside connections that say nothing"


def test_a_request_whose_length_is_told_twice_is_refused() -> None:
    request = Request(Adjustments())
    request.received(b"POST / HTTP/1.1\r\nHost: qms\r\nContent-Length: 3\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n")
    assert request.completed
    assert request.error.code == 400


class Reading:
    """A request of which not everything has come."""

    def __init__(self, headers_finished: bool) -> None:
        self.headers_finished = headers_finished


@pytest.mark.parametrize(("headers_finished", "limit"), [(False, HEAD_SECONDS), (True, WHOLE_SECONDS)])
def test_a_request_that_arrives_byte_by_byte_is_cut_off(headers_finished: bool, limit: int) -> None:
    connection = Connection.__new__(Connection)  # without the socket: only its sense of time is asked
    connection.request, connection.since, connection.will_close = Reading(headers_finished), 1000.0, False
    close_slow([connection], 1000.0 + limit)
    assert not connection.will_close
    close_slow([connection], 1001.0 + limit)
    assert connection.will_close
    connection.request, connection.will_close = None, False
    close_slow([connection], 1e9)
    assert not connection.will_close, "between two requests another limit holds"


@pytest.mark.skipif(not Path("/proc/self/stat").exists(), reason="needs /proc to see the processes")
def test_the_clock_ends_by_itself_when_the_server_is_killed(demo: Path, free_port: int) -> None:
    with running(free_port) as server:
        wait_for("the clock and two workers", lambda: len(children(server.pid)) == 3)
        started = children(server.pid)
        server.kill()
        server.wait(PATIENCE)
        wait_for("no orphan", lambda: not any(alive(one) for one in started))


def test_an_empty_instance_gets_the_demo(instance: Path, free_port: int) -> None:
    with running(free_port):
        pass
    assert trail(instance) > 0


def trail(instance: Path) -> int:
    with sqlite3.connect(instance / "qms.sqlite3") as connection:
        found: int = connection.execute("select count(*) from trail").fetchone()[0]
    connection.close()
    return found


def test_a_taken_port_is_said_at_once_and_nothing_is_begun(instance: Path) -> None:
    with socket.socket() as other:
        other.bind(("127.0.0.1", 0))
        other.listen()
        port = other.getsockname()[1]
        told = subprocess.run([QMS, "run", "--port", str(port)], capture_output=True, text=True, check=False)
    assert (told.returncode, told.stdout) == (1, "")
    assert str(port) in told.stderr
    assert len(told.stderr.strip().splitlines()) == 1
    assert not (instance / "qms.sqlite3").exists()


def test_the_installed_command_helps_and_refuses_like_a_program(instance: Path) -> None:
    helped = subprocess.run([QMS, "--help"], capture_output=True, text=True, check=False)
    assert (helped.returncode, helped.stderr) == (0, "")
    assert "evaluate" in helped.stdout
    refused = subprocess.run([QMS, "import", "missing.xlsx"], capture_output=True, text=True, check=False)
    assert (refused.returncode, refused.stdout) == (2, "")
    assert len(refused.stderr.strip().splitlines()) == 1
