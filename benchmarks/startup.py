"""What a start costs: CPU of ``qms --help``, and of everything ``qms run`` has begun by its first answer.

Seconds of CPU of all processes together, best of several, on an instance that has been started before; beside them that of
Python with Flask and SQLAlchemy alone, which nobody can go below.

    python benchmarks/startup.py [small]
"""

import os
import resource
import shutil
import signal
import socket
import subprocess
import sys
import tempfile
import time
import urllib.error
import urllib.request
from pathlib import Path

QMS = Path(sys.executable).with_name("qms")
FLOOR = "import flask, flask_sqlalchemy, sqlalchemy.orm"
TIMES = 1 if "small" in sys.argv else 3
PATIENCE = 120


def of_command(command: list[str]) -> float:
    """Seconds of CPU of a command that ends by itself."""
    before = resource.getrusage(resource.RUSAGE_CHILDREN)
    subprocess.run(command, check=True, capture_output=True)
    after = resource.getrusage(resource.RUSAGE_CHILDREN)
    return after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime


def of_run() -> tuple[float, float]:
    """Seconds of CPU of the server with its workers and clock, and seconds that passed, until somebody gets an answer."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    begun = time.monotonic()
    server = subprocess.Popen([QMS, "run", "--port", str(port)], stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    try:
        while not _answers(port):
            assert server.poll() is None, "the server has ended"
            assert time.monotonic() - begun < PATIENCE, "the server does not answer"
            time.sleep(0.02)
        return _of_tree(server.pid), time.monotonic() - begun
    finally:
        server.send_signal(signal.SIGTERM)
        server.wait(PATIENCE)


def _answers(port: int) -> bool:
    try:
        with urllib.request.urlopen(f"http://127.0.0.1:{port}/sign-in", timeout=30) as page:
            return bool(page.status == 200)
    except (urllib.error.URLError, ConnectionError, TimeoutError):
        return False


def _of_tree(root: int) -> float:
    """CPU of a process and all below it, from /proc: each with what its ended children took."""
    found: dict[int, tuple[int, float]] = {}
    for path in Path("/proc").glob("[0-9]*/stat"):
        try:
            fields = path.read_text(encoding="utf-8").rpartition(")")[2].split()
        except OSError:  # it has ended meanwhile
            continue
        found[int(path.parent.name)] = int(fields[1]), sum(map(int, fields[11:15])) / os.sysconf("SC_CLK_TCK")
    tree = {root}
    while below := {number for number, (parent, _seconds) in found.items() if parent in tree} - tree:
        tree |= below
    return sum(found[number][1] for number in tree if number in found)


def main() -> None:
    """Prints a line for each."""
    folder = tempfile.mkdtemp(prefix="qms-start-")
    os.environ["QMS_INSTANCE"] = folder
    try:
        of_run()  # the first start makes the demo office
        floor = min(of_command([sys.executable, "-c", FLOOR]) for _ in range(TIMES))
        print(f"{'Flask and SQLAlchemy alone':34}{floor:>7.2f} s of CPU")
        print(f"{'qms --help':34}{min(of_command([str(QMS), '--help']) for _ in range(TIMES)):>7.2f} s of CPU")
        cpu, passed = min(of_run() for _ in range(TIMES))
        print(f"{'qms run until the first answer':34}{cpu:>7.2f} s of CPU, {passed:.2f} s passed")
    finally:
        shutil.rmtree(folder)


if __name__ == "__main__":
    main()
