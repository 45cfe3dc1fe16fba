"""Where the tests keep their files: in memory when there is room, because a database is hundreds of small files.
And what Python compiles is kept beside its source, because the tests start the program a hundred times.

On a disc, making a PostgreSQL database from a template costs a third of a second of CPU, in memory a hundredth.
"""

import os
import shutil
import sys
import tempfile
from pathlib import Path

MEMORY = Path("/dev/shm")
ENOUGH = 2 * 2**30
"""Bytes that have to be free: several times what a whole run has at once. Containers often give it 64 MB only."""


def keep_in_memory() -> None:
    """Makes the disc in memory the place of temporary files, for this process and those it starts; else nothing changes.

    Whoever has chosen a place by ``TMPDIR`` keeps it.
    """
    if "TMPDIR" not in os.environ and os.access(MEMORY, os.W_OK) and shutil.disk_usage(MEMORY).free >= ENOUGH:
        os.environ["TMPDIR"] = str(MEMORY)
        tempfile.tempdir = None  # looked up anew


def compile_once() -> None:
    """Lets the processes that tests start keep what they compile, though the machine may forbid it: a third of each start."""
    os.environ.pop("PYTHONDONTWRITEBYTECODE", None)
    sys.dont_write_bytecode = False
