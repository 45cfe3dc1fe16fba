"""The demo office in a real browser: every main page, at the desk and on the phone, accessible and without a complaint."""

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from playwright.sync_api import Browser, BrowserContext, Page, expect

from qms.accounts.permissions import Role
from tests.browser.conftest import Server, Watch, serve
from tests.databases import PostgreSQL

Check = Callable[[Page], None]


def navigation(page: Page) -> list[str]:
    """The addresses in the side navigation of a signed-in person."""
    links = page.locator("nav a[href^='/']").evaluate_all("links => links.map(link => link.getAttribute('href'))")
    return sorted(set(links))


def test_nobody_sees_anything_before_signing_in(page: Page, server: Server, assert_accessible: Check) -> None:
    page.goto(server.url + "/")
    assert "/sign-in" in page.url
    assert_accessible(page)


def test_a_wrong_password_is_refused_in_words(page: Page, server: Server) -> None:
    page.goto(server.url + "/sign-in")
    page.fill("input[name=username]", server.usernames[Role.QUALITY_OFFICER])
    page.fill("input[name=password]", "sai mat khau")
    page.press("input[name=password]", "Enter")
    expect(page.locator("[role=alert]").first).to_be_visible()
    assert "/sign-in" in page.url


@pytest.mark.parametrize("device", ["page", "phone_page"])
@pytest.mark.timeout(240)
def test_the_quality_officer_walks_through_every_place_of_the_navigation(
    request: pytest.FixtureRequest, device: str, server: Server, assert_accessible: Check, assert_fits: Check
) -> None:
    page: Page = request.getfixturevalue(device)
    server.sign_in(page, Role.QUALITY_OFFICER)
    places = navigation(page)
    assert len(places) >= 7, f"the navigation is nearly empty: {places}"
    for place in places:
        answer = page.goto(server.url + place)
        assert answer is not None and answer.status == 200, f"{place}: {answer and answer.status}"
        expect(page.locator("h1")).to_have_count(1)
        assert_fits(page)
        assert_accessible(page)


@pytest.mark.parametrize("section", ["units", "procedures", "audits", "nonconformities", "evaluation"])
def test_the_first_record_of_a_list_opens(page: Page, server: Server, section: str, assert_accessible: Check) -> None:
    server.sign_in(page, Role.QUALITY_OFFICER)
    page.goto(f"{server.url}/{section}")
    records = page.locator(f"main a[href*='/{section}/']").evaluate_all("links => links.map(link => link.getAttribute('href'))")
    numbered = [address for address in records if any(part.isdigit() for part in address.split("/"))]
    assert numbered, f"the demo office has no record under {section}"
    answer = page.goto(server.url + numbered[0])
    assert answer is not None and answer.status == 200
    assert_accessible(page)


def test_the_pages_speak_english_when_asked(page: Page, server: Server) -> None:
    server.sign_in(page, Role.QUALITY_OFFICER)
    assert page.locator("html").get_attribute("lang") == "vi"
    button = page.locator("form[action$='/language'] button[value=en]").first
    button.evaluate("button => button.form.requestSubmit(button)")  # it may lie in a closed menu
    page.wait_for_load_state()
    expect(page.locator("html")).to_have_attribute("lang", "en")


def test_a_unit_head_sees_what_waits(page: Page, server: Server, assert_accessible: Check) -> None:
    server.sign_in(page, Role.UNIT_HEAD)
    expect(page.locator("h1")).to_have_count(1)
    assert_accessible(page)


@pytest.mark.timeout(240)
def test_the_same_office_runs_on_postgresql(
    browser: Browser, desktop: BrowserContext, watched: Watch, postgresql: PostgreSQL, tmp_path: Path
) -> None:
    name = postgresql.make()
    with serve(tmp_path, postgresql.url(name)) as running:
        page = watched(desktop)
        running.sign_in(page, Role.QUALITY_OFFICER)
        for place in navigation(page):
            answer: Any = page.goto(running.url + place)
            assert answer.status == 200, f"{place}: {answer.status}"
    postgresql.drop(name)
