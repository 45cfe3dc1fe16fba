"""The command line as a person at a terminal meets it: a fresh instance, the demo office to copy."""

import os
import shutil
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import pytest

from qms.cli import main

Qms = Callable[..., "Answer"]


@dataclass(frozen=True)
class Answer:
    """What one call printed, and its exit code."""

    code: int
    out: str
    err: str

    def refuses(self, code: int, *words: str) -> None:
        """One sentence on standard error, nothing on standard output, no traceback."""
        assert (self.code, self.out) == (code, ""), self
        assert len(self.err.strip().splitlines()) == 1, self.err
        assert "Traceback" not in self.err
        for word in words:
            assert word in self.err


@pytest.fixture
def instance(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """The folder of a fresh instance; nothing of the machine's own settings is left."""
    for name in [name for name in os.environ if name.startswith("QMS_")]:
        monkeypatch.delenv(name)
    folder = tmp_path / "instance"
    monkeypatch.setenv("QMS_INSTANCE", str(folder))
    return folder


@pytest.fixture
def qms(capfd: pytest.CaptureFixture[str]) -> Qms:
    """``qms("evaluate", "--store")`` in this process."""

    def call(*arguments: object) -> Answer:
        capfd.readouterr()
        try:
            code = main([str(argument) for argument in arguments])
        except SystemExit as end:
            code = end.code
        told = capfd.readouterr()
        return Answer(int(code or 0), told.out, told.err)

    return call


@pytest.fixture
def demo(instance: Path, demo_office: Path) -> Path:
    """A copy of the demo office for this test alone."""
    shutil.copytree(demo_office, instance)
    return instance
