"""Adding a feature costs few lines: one with a table, a list, a form and a panel is added, as README says, and used."""

import subprocess
import sys
from pathlib import Path

from tests.program import ROOT

FEWER_THAN = 150
FEATURE = Path(__file__).with_name("small_feature")


def test_a_feature_with_a_table_a_list_and_a_form_takes_fewer_than_150_lines() -> None:
    files = [path for path in FEATURE.rglob("*") if path.suffix in {".py", ".html"}]
    lines = [line for path in files for line in path.read_text(encoding="utf-8").splitlines()]
    assert 100 < len(lines) < FEWER_THAN, "this is what README promises"


def test_the_small_feature_lists_files_saves_and_refuses_like_the_large_ones(tmp_path: Path) -> None:
    command = [sys.executable, "-m", "tests.pages.using_the_small_feature", tmp_path]
    run = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=False)
    assert run.returncode == 0, run.stdout + run.stderr
