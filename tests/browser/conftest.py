"""A real browser on a real server with the demo office; what the console complains about fails the test."""

import contextlib
import os
import shutil
import socket
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from urllib.request import urlopen

import pytest
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Browser, BrowserContext, ConsoleMessage, Page, Response, sync_playwright
from playwright.sync_api import Error as BrowserError
from sqlalchemy import create_engine, select, update

from qms.accounts.models import Grant, Person
from qms.accounts.permissions import Role
from qms.accounts.second_factor.service import code_at, step_at
from qms.kernel.db import db
from tests.office import PASSWORD, TOTP_SECRET
from tests.shared_app import SECRET_KEY, application

NO_BROWSER = "The browser is missing"
ROOT = Path(__file__).resolve().parents[2]
DESKTOP = {"width": 1440, "height": 900}
PHONE = {"width": 390, "height": 844}
PHONE_NAME = "Mozilla/5.0 (Linux; Android 15) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/140.0.0.0 Mobile Safari/537.36"
"""How a phone calls itself: lists give it shorter pages."""
ACCESSIBLE = {"resultTypes": ["violations"], "runOnly": ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa"]}

Watch = Callable[[BrowserContext], Page]


@dataclass(frozen=True)
class Server:
    """A running application: where it is, and who can sign in (with ``tests.office.PASSWORD``)."""

    url: str
    usernames: dict[Role, str]
    database_url: str

    def sign_in(self, page: Page, role: Role) -> None:
        """Goes through the sign-in page as somebody with the role; ends on the first page."""
        self.sign_in_as(page, self.usernames[role])

    def sign_in_as(self, page: Page, username: str) -> None:
        """The same as one certain person."""
        page.goto(self.url + "/sign-in")
        page.fill("input[name=username]", username)
        page.fill("input[name=password]", PASSWORD)
        with page.expect_navigation():
            page.press("input[name=password]", "Enter")
        if "/sign-in/second-step" in page.url:
            page.fill("input[name=code]", self.code(username))
            with page.expect_navigation():
                page.press("input[name=code]", "Enter")
        assert "/sign-in" not in page.url, f"{username} could not sign in"

    def code(self, username: str) -> str:
        """The present code of the person's app; counted as unused, as the tests sign in more often than people do."""
        engine = create_engine(self.database_url)
        with engine.begin() as connection:
            connection.execute(update(Person).where(Person.username == username).values(totp_counter=None))
        engine.dispose()
        return code_at(TOTP_SECRET, step_at(datetime.now(UTC)))


def _free_port() -> int:
    with socket.socket() as listener:
        listener.bind(("127.0.0.1", 0))
        port: int = listener.getsockname()[1]
        return port


def _wait_for(url: str, server: subprocess.Popen[bytes], log: Path) -> None:
    patience = time.monotonic() + 60
    while server.poll() is None and time.monotonic() < patience:
        with contextlib.suppress(OSError), urlopen(url, timeout=10):
            return
        time.sleep(0.1)
    pytest.fail(f"the server does not answer:\n{log.read_text()}")


@contextlib.contextmanager
def serve(folder: Path, database_url: str) -> Iterator[Server]:
    """Serves an instance that holds the demo office, with gunicorn, as in service; long work waits for a ``clock``."""
    port = _free_port()
    url = f"http://localhost:{port}"  # a name: browsers make passkeys for no number
    environment = {
        **os.environ,
        "QMS_INSTANCE": str(folder),
        "QMS_DATABASE_URL": database_url,
        "QMS_PUBLIC_URL": url,
        "QMS_SECRET_KEY": SECRET_KEY,
    }
    usernames: dict[Role, str] = {}
    with application(folder, database_url):
        for role, username in db.session.execute(select(Grant.role, Person.username).join(Grant.person).order_by(Grant.id)):
            usernames.setdefault(role, username)
        assert usernames, "the demo office has nobody who may do anything"
    log = folder / "gunicorn.log"
    with log.open("wb") as output:
        server = subprocess.Popen(
            [sys.executable, "-m", "gunicorn", "--bind", f"127.0.0.1:{port}", "--threads", "4", "qms.app:create_app()"],
            env=environment,
            cwd=ROOT,
            stdout=output,
            stderr=output,
        )
    try:
        _wait_for(url + "/sign-in", server, log)
        yield Server(url, usernames, database_url)
    finally:
        server.terminate()
        server.wait(20)


@contextlib.contextmanager
def clock(folder: Path, database_url: str) -> Iterator[None]:
    """The job process of a served instance."""
    environment = {**os.environ, "QMS_INSTANCE": str(folder), "QMS_DATABASE_URL": database_url, "QMS_SECRET_KEY": SECRET_KEY}
    command = [sys.executable, "-m", "qms.cli", "clock", "--parent", str(os.getpid())]
    process = subprocess.Popen(command, env=environment, cwd=ROOT)
    try:
        yield
    finally:
        process.terminate()
        process.wait(20)


@pytest.fixture(scope="session")
def browser() -> Iterator[Browser]:
    """Chromium of the distribution, else Playwright's own; skips when there is none."""
    installed = next(filter(None, map(shutil.which, ("chromium", "chromium-browser", "google-chrome"))), None)
    with sync_playwright() as playwright:
        try:
            started = playwright.chromium.launch(executable_path=installed)
        except BrowserError as error:
            pytest.skip(f"{NO_BROWSER}: {str(error).splitlines()[0]}")
        yield started
        started.close()


@pytest.fixture(scope="session")
def server(browser: Browser, evaluated_office: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    """The demo office on SQLite; a test that only looks must not care which records another one moved on."""
    folder = tmp_path_factory.mktemp("demo")
    shutil.copytree(evaluated_office, folder, dirs_exist_ok=True)
    url = f"sqlite:///{folder / 'qms.sqlite3'}"
    with serve(folder, url) as running, clock(folder, url):
        yield running


@pytest.fixture
def watched() -> Iterator[Watch]:
    """A function that opens a page and remembers its complaints; any of them fails the test at its end."""
    complaints: list[str] = []

    def console(message: ConsoleMessage) -> None:
        # a refusal (409, 422) is an answer, though the console calls every 4xx an error
        if message.type == "error" and "status of 409" not in message.text and "status of 422" not in message.text:
            complaints.append(f"{message.location.get('url')}: {message.text}")

    def answered(response: Response) -> None:
        if response.status >= 500:
            complaints.append(f"{response.url}: {response.status}")

    def open_page(context: BrowserContext) -> Page:
        page = context.new_page()
        page.set_default_timeout(10_000)
        page.on("console", console)
        page.on("response", answered)
        page.on("pageerror", lambda error: complaints.append(str(error)))
        return page

    yield open_page
    assert not complaints, "the browser complains:\n" + "\n".join(complaints)


@pytest.fixture
def desktop(browser: Browser) -> Iterator[BrowserContext]:
    """A desk: nobody is signed in."""
    context = browser.new_context(viewport=DESKTOP, locale="vi-VN", timezone_id="Asia/Ho_Chi_Minh")
    yield context
    context.close()


@pytest.fixture
def phone(browser: Browser) -> Iterator[BrowserContext]:
    """A phone: nobody is signed in."""
    context = browser.new_context(
        viewport=PHONE, locale="vi-VN", timezone_id="Asia/Ho_Chi_Minh", is_mobile=True, has_touch=True, user_agent=PHONE_NAME
    )
    yield context
    context.close()


@pytest.fixture
def page(desktop: BrowserContext, watched: Watch) -> Page:
    """A page on the desk."""
    return watched(desktop)


@pytest.fixture
def phone_page(phone: BrowserContext, watched: Watch) -> Page:
    """A page on the phone."""
    return watched(phone)


@pytest.fixture
def assert_accessible() -> Callable[[Page], None]:
    """A function that fails with axe's report when the page breaks WCAG 2.2 A or AA."""

    def check(page: Page) -> None:
        results = Axe().run(page, options=ACCESSIBLE)
        if results.violations_count:
            pytest.fail(f"{page.url}\n{results.generate_report()}")

    return check


@pytest.fixture
def assert_fits() -> Callable[[Page], None]:
    """A function that fails when the page has to be pushed sideways to be read."""

    def check(page: Page) -> None:
        wide, seen = page.evaluate("[document.documentElement.scrollWidth, document.documentElement.clientWidth]")
        assert wide <= seen, f"{page.url} is {wide} wide on a screen of {seen}"

    return check
