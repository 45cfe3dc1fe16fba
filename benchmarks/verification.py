"""How long it takes to hold everything against the trail on the volume of a large office, and how much memory.

What ``qms verify`` and the clock of the night do: every row against what its writer told, the chains, the schema, runs,
papers and files. It may take a minute for 343,000 entries.

    python benchmarks/verification.py [small]
"""

import resource
import sys
import time
from collections.abc import Callable
from datetime import date
from typing import TypeVar

from large.office import LARGE, SMALL, Volume, databases, get_server, grow

from qms.app import create_app
from qms.config import load_settings
from qms.journal.heads import seal_trail
from qms.journal.verification import findings_of_all
from qms.kernel import schema
from qms.kernel.moment import system_moment
from qms.trail.reading import verify

MOST_SECONDS = 60

T = TypeVar("T")


def timed(what: str, work: Callable[[], T]) -> tuple[T, float]:
    """Does something, prints what it took, and answers with both."""
    began, used = time.monotonic(), time.process_time()
    found = work()
    took, cpu = time.monotonic() - began, time.process_time() - used
    most = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss // 1024
    print(f"  {what:44} {took:7.1f} s {cpu:7.1f} s of CPU, at most {most} MB")
    return found, took


def measure(name: str, volume: Volume) -> float:
    """Prints the table for one kind of database; answers with the seconds of the check."""
    print(f"{name}: {volume.entries} entries")
    with databases(name) as (folder, url):
        settings = load_settings({"QMS_INSTANCE": str(folder), "QMS_DATABASE_URL": url, "QMS_SECRET_KEY": "benchmark"})
        with create_app(settings).app_context():
            schema.upgrade()
            timed("writing it, with how every row stands", lambda: grow(volume, date.today()))  # noqa: DTZ011 - see pages.py
            timed("sealing it", lambda: seal_trail(system_moment()))
            report, chains = timed("chains and heads", verify)
            findings, rest = timed("rows, schema, runs, papers, files", lambda: list(findings_of_all(lambda _what, _count: None)))
            wrong = [*report.faults, *(one for one in findings if not one.what.startswith("schema"))]
            if wrong:
                sys.exit(f"something was found: {wrong[:5]}")
    return chains + rest


def main(size: str = "large") -> int:
    """Measures both databases; answers 1 when a check takes longer than it may."""
    volume = SMALL if size == "small" else LARGE
    names = ["SQLite"] if get_server is None or size == "small" else ["SQLite", "PostgreSQL"]
    took = {name: measure(name, volume) for name in names}
    over = [name for name, seconds in took.items() if seconds > MOST_SECONDS]
    print("".join(f"OVER: {name} took {took[name]:.0f} s\n" for name in over), end="")
    return 1 if over else 0


if __name__ == "__main__":
    sys.exit(main(*sys.argv[1:]))
