"""The wheel: everything the program needs is in it, and it runs from an empty folder."""

import os
import subprocess
import sys
import sysconfig
import venv
from pathlib import Path
from zipfile import ZipFile

import pytest

ROOT = Path(__file__).resolve().parent.parent
NEEDED = (
    "qms/templates/base.html",
    "qms/static/icons.svg",
    "qms/translations/vi/LC_MESSAGES/messages.mo",
    "qms/migrations/env.py",
    "qms/reports/fonts/Tinos_400Regular.ttf",
    "qms/standard/catalogues/iso-9001-2015.tsv",
    "audits/checklists/tcvn-iso-9001-2015.toml",
    "procedures/models.py",
    "nonconformities/models.py",
)


@pytest.fixture(scope="module")
def wheel(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The wheel of this checkout, built with what the lock file brings."""
    folder = tmp_path_factory.mktemp("wheel")
    run(
        sys.executable,
        "-m",
        "pip",
        "wheel",
        "--quiet",
        "--no-build-isolation",
        "--no-deps",
        "--wheel-dir",
        folder,
        ROOT,
        cwd=folder,
    )
    (built,) = folder.glob("qms-*.whl")
    return built


def run(*command: str | Path, cwd: Path, **environment: str) -> str:
    """What a command prints; fails the test with what it says when it does not succeed."""
    inherited = {name: value for name, value in os.environ.items() if name != "PYTHONPATH"}
    done = subprocess.run(
        command,
        cwd=cwd,
        env={**inherited, "PIP_DISABLE_PIP_VERSION_CHECK": "1", "PIP_ROOT_USER_ACTION": "ignore", **environment},
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stdout + done.stderr
    return done.stdout


def test_the_wheel_holds_everything_that_is_read_at_run_time(wheel: Path) -> None:
    with ZipFile(wheel) as archive:
        names = set(archive.namelist())
    assert not (missing := set(NEEDED) - names), f"the wheel lacks {missing}"
    on_disk = {
        f"qms/templates/{path.relative_to(ROOT / 'templates').as_posix()}" for path in (ROOT / "templates").rglob("*.html")
    }
    assert on_disk <= names
    assert any(name.startswith("qms/migrations/versions/") and name.endswith(".py") for name in names)
    assert not [name for name in names if name.startswith(("tests/", "instance/", "benchmarks/", "docs/"))]


@pytest.mark.timeout(300)
def test_the_command_runs_from_the_wheel_in_an_empty_folder(wheel: Path, tmp_path: Path) -> None:
    # the libraries come from the .venv of the tests; the wheel stands before its editable install
    home = tmp_path / "installed"
    venv.create(home, with_pip=False, symlinks=True)
    python = home / "bin" / "python"
    here = Path(sysconfig.get_path("purelib", vars={"base": str(home), "platbase": str(home)}))
    run(sys.executable, "-m", "pip", "--python", python, "install", "--quiet", "--no-deps", "--no-index", wheel, cwd=tmp_path)
    (here / "libraries.pth").write_text(sysconfig.get_path("purelib") + "\n")
    empty = tmp_path / "empty"
    empty.mkdir()
    assert "Usage" in run(home / "bin" / "qms", "--help", cwd=empty)
    assert not list(empty.iterdir()), "asking for help leaves something behind"
    where = run(python, "-c", "import qms, audits; print(qms.__file__); print(audits.__file__)", cwd=empty)
    assert all(line.startswith(str(here)) for line in where.split()), where
    run(home / "bin" / "qms", "init", cwd=empty, QMS_INSTANCE=str(tmp_path / "instance"))
    assert (tmp_path / "instance" / "qms.sqlite3").exists()
