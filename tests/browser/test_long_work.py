"""Long work in a browser: how far it is moves by itself, the page may be left, the result is found, and it can be taken back.

The job process is the test itself, so that it goes on only when it is let.
"""

import shutil
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from threading import Event, Semaphore

import pytest
from flask import Flask
from playwright.sync_api import Browser, BrowserContext, Locator, Page, expect
from sqlalchemy import func, select

from qms.accounts.permissions import Role
from qms.evaluation.models import Run
from qms.kernel.db import db
from qms.scheduling import worker
from qms.scheduling.worker import Taken
from tests.browser.conftest import Server, Watch, serve
from tests.shared_app import application
from tests.threads import PATIENCE, beside

BEATS_A_SECOND = 10
STEPS = 100
"""More than any work has."""


@dataclass
class Held:
    """Work that stops each time it has said how far it is, until it is let go on."""

    app: Flask
    _steps: Semaphore = field(default_factory=lambda: Semaphore(0))

    def wait(self) -> None:
        """What the work does after it has said how far it is."""
        assert self._steps.acquire(timeout=PATIENCE)

    def go_on(self, steps: int = 1) -> None:
        """Lets it take so many steps."""
        self._steps.release(steps)

    def work_off(self) -> int:
        """What the job process does."""
        return worker.work_off(self.app, "test", Event())


@pytest.fixture(scope="module")
def alone(browser: Browser, evaluated_office: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[Server, Path]]:
    """The demo office without a job process, and its folder."""
    folder = tmp_path_factory.mktemp("demo")
    shutil.copytree(evaluated_office, folder, dirs_exist_ok=True)
    with serve(folder, f"sqlite:///{folder / 'qms.sqlite3'}") as running:
        yield running, folder


@pytest.fixture
def held(alone: tuple[Server, Path], monkeypatch: pytest.MonkeyPatch) -> Iterator[Held]:
    """The job process, which waits at each step."""
    server, folder = alone
    with application(folder, server.database_url) as app:
        held, tell = Held(app), Taken.__call__

        def tell_and_wait(taken: Taken, done: int, total: int) -> None:
            tell(taken, done, total)
            held.wait()
            tell(taken, done, total)  # hears whether it is wanted still

        monkeypatch.setattr(worker, "BEAT_SECONDS", 1 / BEATS_A_SECOND)
        monkeypatch.setattr(Taken, "__call__", tell_and_wait)
        yield held
        held.go_on(STEPS)  # a test that fails leaves nothing waiting


def started(page: Page, server: Server) -> Locator:
    """Starts an evaluation on its page; the card that shows how far it is."""
    server.sign_in(page, Role.QUALITY_OFFICER)
    page.goto(server.url + "/evaluation")
    page.click("form[action='/evaluation'] button[type=submit]")
    card = page.locator(".card.work")
    expect(card).to_contain_text("Sẽ bắt đầu trong giây lát.")
    return card


def runs() -> int:
    db.session.rollback()
    return db.session.scalar(select(func.count(Run.id))) or 0


def test_progress_moves_by_itself_the_page_is_left_and_the_result_found_afterwards(
    alone: tuple[Server, Path], held: Held, desktop: BrowserContext, watched: Watch
) -> None:
    server, _folder = alone
    before, page = runs(), watched(desktop)
    card = started(page, server)
    with beside(held.app, held.work_off) as process:
        bar = card.locator("progress")
        expect(card).to_contain_text("0 trên 2")
        expect(bar).to_have_attribute("value", "0")
        held.go_on()
        expect(card).to_contain_text("1 trên 2")
        expect(bar).to_have_attribute("value", "1")
        page.close()
        assert runs() == before, "nothing is written before the work is done"
        held.go_on()
        assert process.end() == 1
    assert runs() == before + 1
    back = watched(desktop)
    back.goto(server.url + "/")
    back.locator("header a.top-link", has_text="thông báo").click()
    back.locator("main a.what-title", has_text="Đánh giá").first.click()
    expect(back.locator(".card.work progress")).to_have_count(0)
    back.locator(".card.work a.btn-primary").click()
    expect(back.locator(".heat-map")).to_be_visible()


def test_work_that_is_taken_back_stops_and_leaves_nothing(
    alone: tuple[Server, Path], held: Held, desktop: BrowserContext, watched: Watch
) -> None:
    server, _folder = alone
    before, page = runs(), watched(desktop)
    card = started(page, server)
    with beside(held.app, held.work_off) as process:
        expect(card).to_contain_text("0 trên 2")
        card.locator("button", has_text="Hủy yêu cầu").click()
        expect(card).to_contain_text("Đang dừng lại.")
        expect(card.locator("button")).to_have_count(0)
        page.wait_for_timeout(3_000 / BEATS_A_SECOND)  # it is heard at the next beat
        held.go_on()
        assert process.end() == 1
    expect(card).not_to_contain_text("Đang dừng lại.")
    expect(card.locator("progress")).to_have_count(0)
    assert runs() == before
