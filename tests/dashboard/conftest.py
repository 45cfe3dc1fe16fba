"""The demo office as every test of the dashboard reads it: loaded once a module, on an ordinary day."""

import shutil
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path

import pytest

from qms.demo.service import load_demo
from qms.kernel.moment import Moment, System
from tests.shared_app import application


@pytest.fixture(scope="module")
def loaded(sqlite_template: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Moment]:
    """The demo office, at nine in the morning of Hanoi."""
    folder = tmp_path_factory.mktemp("demo")
    shutil.copyfile(sqlite_template, folder / "qms.sqlite3")
    moment = Moment(System(), datetime(2026, 11, 24, 2, tzinfo=UTC))
    with application(folder, f"sqlite:///{folder / 'qms.sqlite3'}"):
        load_demo(moment)
        yield moment
