"""Every benchmark still runs: in a short form here, whole by ``make bench``."""

import re
import subprocess
import sys
from pathlib import Path

import pytest

from tests.program import ROOT

SHORT = ("evaluation.py", "exports.py", "mapping.py", "pages.py", "takeover.py", "verification.py")
"""Those that take the word "small"; the others are called with small numbers by the tests of what they measure."""
WHOLE_PROGRAM = {"startup.py": "tests/cli/test_start.py", "throughput.py": "tests/cli/test_run.py"}
"""Those that start the served program, which these tests do already: twenty seconds each would say nothing more."""


@pytest.mark.parametrize("script", SHORT)
def test_the_short_form_runs_to_its_end(script: str) -> None:
    command = [sys.executable, ROOT / "benchmarks" / script, "small"]
    run = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=False)
    assert run.returncode == 0, run.stdout + run.stderr
    assert re.search(r"\d", run.stdout), "it measured nothing"


def test_every_benchmark_runs_with_the_tests() -> None:
    here = {path.name for path in (ROOT / "benchmarks").glob("*.py")}
    tests = [path.read_text(encoding="utf-8") for path in (ROOT / "tests").rglob("test_*.py") if path != Path(__file__)]
    imported = {name for name in here if any(re.search(rf"benchmarks(\.| import ){Path(name).stem}\b", text) for text in tests)}
    assert here == set(SHORT) | imported | set(WHOLE_PROGRAM)
    assert all((ROOT / name).is_file() for name in WHOLE_PROGRAM.values())
