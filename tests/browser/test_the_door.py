"""The door in a real browser: both steps, setting up, recovery codes, links, the lock; accessible, and usable without scripts."""

import json
import re
from collections.abc import Callable
from pathlib import Path

import pyotp
import pytest
from playwright.sync_api import Browser, Page, Route, expect
from sqlalchemy import select

from qms.accounts.links import service as links
from qms.accounts.models import Grant, Person
from qms.accounts.permissions import Role
from qms.kernel.db import writing
from qms.kernel.moment import system_moment
from tests.browser.conftest import DESKTOP, Server
from tests.office import PASSWORD, past_the_trail
from tests.shared_app import application

Check = Callable[[Page], None]
NEW = "bốn mươi con ngựa trắng"


def knock(page: Page, server: Server, username: str, password: str = PASSWORD) -> None:
    """The password alone."""
    page.goto(server.url + "/sign-in")
    page.fill("input[name=username]", username)
    page.fill("input[name=password]", password)
    with page.expect_navigation():
        page.press("input[name=password]", "Enter")


def link(server: Server, folder: Path, username: str, purpose: str, paths: list[str] | None = None) -> str:
    """The address of a new one-time link for somebody of the demo."""
    with application(folder, server.database_url):
        with writing() as session:
            person = session.scalars(select(Person).where(Person.username == username)).one()
            token = links.make(person, purpose, system_moment(), limited_to=paths)
        return f"{server.url}/link/{token}"


@pytest.mark.parametrize("device", ["page", "phone_page"])
def test_a_password_can_be_shown_and_the_second_step_is_accessible(
    request: pytest.FixtureRequest, device: str, server: Server, assert_accessible: Check, assert_fits: Check
) -> None:
    page: Page = request.getfixturevalue(device)
    page.goto(server.url + "/sign-in")
    field = page.locator("input[name=password]")
    field.fill("xem thử")
    page.locator("button.reveal").click()
    expect(field).to_have_attribute("type", "text")
    page.locator("button.reveal").click()
    expect(field).to_have_attribute("type", "password")
    knock(page, server, server.usernames[Role.QUALITY_OFFICER])
    assert "/sign-in/second-step" in page.url
    assert_accessible(page)
    assert_fits(page)


def test_an_invited_administrator_chooses_a_password_sets_the_app_up_and_keeps_the_codes(
    page: Page, server: Server, tmp_path: Path, assert_accessible: Check, assert_fits: Check
) -> None:
    with application(tmp_path, server.database_url), past_the_trail() as session:
        unit_id = session.scalars(select(Person.unit_id).where(Person.username == server.usernames[Role.QUALITY_OFFICER])).one()
        person = Person(username="quantri.moi", full_name="Quản trị mới", unit_id=unit_id, folded="quan tri moi")
        session.add(person)
        session.flush()
        session.add(Grant(person_id=person.id, role=Role.ADMINISTRATOR, unit_id=unit_id))
    page.goto(link(server, tmp_path, "quantri.moi", links.INVITATION))
    assert_accessible(page)
    page.fill("[name=new_password]", NEW)
    page.fill("[name=repeated_password]", NEW)
    page.click("main form button[type=submit], main form input[type=submit]")
    page.wait_for_url(re.compile("/sign-in/set-up"))
    assert_accessible(page)
    assert_fits(page)
    secret = page.locator(".secret").inner_text().replace(" ", "")
    page.fill("[name=code]", pyotp.TOTP(secret).now())
    page.press("[name=code]", "Enter")
    expect(page.locator(".recovery-codes li")).to_have_count(10)
    assert_accessible(page)
    assert_fits(page)
    page.click("main a.btn-primary")
    page.goto(server.url + "/account")
    expect(page.locator(".chip-good").first).to_be_visible()


def test_the_link_of_a_letter_opens_one_unit_without_scripts(browser: Browser, server: Server, tmp_path: Path) -> None:
    about = "/units/1"
    address = link(server, tmp_path, "truong.vhxh", links.LETTER, [about])
    context = browser.new_context(viewport=DESKTOP, locale="vi-VN", java_script_enabled=False)
    page = context.new_page()
    page.goto(address)
    page.click("main form button")
    page.wait_for_url(server.url + about)
    answer = page.goto(server.url + "/audits/")
    assert answer is not None and answer.status == 403
    expect(page.locator("main a.btn-primary")).to_have_attribute("href", "/sign-in?next=/audits/")
    context.close()


def test_a_page_left_alone_is_covered_until_somebody_signs_in_again(page: Page, server: Server, assert_accessible: Check) -> None:
    left: dict[str, object] = {"seconds": 0, "kept_under": ""}

    def answer(route: Route) -> None:
        route.fulfill(status=200, content_type="application/json", body=json.dumps(left))

    server.sign_in(page, Role.UNIT_HEAD)
    page.route("**/session", answer)
    page.clock.install()
    page.goto(server.url + "/account")
    page.clock.fast_forward("10:00:00")
    lock = page.locator("[data-session-lock]")
    expect(lock).to_be_visible()
    expect(page.locator("main h1")).to_be_hidden()
    assert_accessible(page)
    page.keyboard.press("Escape")
    expect(lock).to_be_visible()
    left.update(seconds=900, kept_under=page.locator("meta[name=kept-under]").get_attribute("content"))
    page.evaluate("window.dispatchEvent(new Event('focus'))")
    expect(lock).to_be_hidden()
    expect(page.locator("main h1")).to_be_visible()
