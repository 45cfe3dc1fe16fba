"""The demo office, made once for a run of all tests: whoever needs it copies the folder, a hundredth of what loading it costs."""

import fcntl
import os
import shutil
from collections.abc import Callable
from pathlib import Path

import pytest
from sqlalchemy import select

from qms.accounts.models import Person
from qms.cli import main
from tests.office import PASSWORD_HASH, give_app, past_the_trail
from tests.shared_app import SECRET_KEY, application

Make = Callable[[Path], None]


def once(factory: pytest.TempPathFactory, name: str, make: Make) -> Path:
    """The folder that ``make`` fills, by the first of the run's test processes that asks; the others wait for it."""
    base = factory.getbasetemp()
    run = base.parent if "PYTEST_XDIST_WORKER" in os.environ else base
    folder, begun = run / f"ready-{name}", run / f"begun-{name}"
    with (run / f"lock-{name}").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        if not folder.exists():
            shutil.rmtree(begun, ignore_errors=True)  # somebody failed half-way
            begun.mkdir()
            make(begun)
            begun.rename(folder)
    return folder


def command(folder: Path, *arguments: str, **settings: str) -> None:
    """A command of the program on an instance; of the machine's own settings nothing is left."""
    with pytest.MonkeyPatch.context() as patch:
        for name in [name for name in os.environ if name.startswith("QMS_")]:
            patch.delenv(name)
        for name, value in {"QMS_INSTANCE": str(folder), **settings}.items():
            patch.setenv(name, value)
        assert main(list(arguments)) in (0, None)


def load_demo(folder: Path, **settings: str) -> None:
    """What ``qms demo`` leaves in a new instance, which the tests' own application can open."""
    key = folder / "secret_key"
    key.touch(mode=0o600)
    key.write_text(SECRET_KEY, encoding="ascii")
    command(folder, "demo", **settings)


def let_everybody_in(folder: Path, database_url: str) -> None:
    """Gives everybody of an office the password of the tests, and their app to who needs one."""
    with application(folder, database_url), past_the_trail() as session:
        for person in session.scalars(select(Person)):
            person.password_hash = PASSWORD_HASH
            if person.totp_secret is not None:
                give_app(person)


@pytest.fixture(scope="session")
def demo_office(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """An instance with the demo office, as ``qms demo`` leaves it; to be copied."""
    return once(tmp_path_factory, "demo", load_demo)


@pytest.fixture(scope="session")
def evaluated_office(tmp_path_factory: pytest.TempPathFactory, demo_office: Path) -> Path:
    """The same, evaluated; everybody signs in with the password of the tests. To be copied."""

    def evaluate(folder: Path) -> None:
        shutil.copytree(demo_office, folder, dirs_exist_ok=True)
        command(folder, "evaluate", "--store")
        let_everybody_in(folder, f"sqlite:///{folder / 'qms.sqlite3'}")

    return once(tmp_path_factory, "evaluated", evaluate)
