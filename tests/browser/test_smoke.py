"""The demo office in a real browser: every main page, at the desk and on the phone, accessible and without a complaint."""

import re
from collections.abc import Callable
from pathlib import Path

import pytest
from playwright.sync_api import BrowserContext, Page, expect

from qms.accounts.permissions import Role
from tests.browser.conftest import Server, Watch, clock, serve
from tests.databases import PostgreSQL
from tests.ready_made import let_everybody_in, load_demo

Check = Callable[[Page], None]

SECTIONS = ("units", "procedures", "audits", "nonconformities", "evaluation")
PLACES = (
    "/",
    *(f"/{section}" for section in SECTIONS),
    "/audits/new",
    "/nonconformities/new",
    "/reviews",
    "/registers/take-over",
    "/jobs",
    "/standard",
    "/standard/2026",
    "/password",
    "/account",
    "/account/second-factor",
    "/account/second-factor/remove",
    "/account/recovery-codes",
    "/confirm-identity",
)


def navigation(page: Page) -> list[str]:
    """The addresses in the side navigation of a signed-in person."""
    links = page.locator("nav a[href^='/']").evaluate_all("links => links.map(link => link.getAttribute('href'))")
    return sorted(set(links))


def first_record(page: Page, place: str) -> list[str]:
    """The address of the first record in the list that the page shows, if it is the list of a section."""
    section = place.strip("/")
    if section not in SECTIONS:
        return []
    links = page.locator(f"main a[href^='/{section}/']").evaluate_all("links => links.map(link => link.getAttribute('href'))")
    return [link for link in links if link.rpartition("/")[2].isdigit()][:1]


def visit(page: Page, address: str, assert_accessible: Check, assert_fits: Check) -> None:
    """Opens a page and looks for what no page may have."""
    answer = page.goto(address)
    assert answer is not None and answer.status == 200, f"{address}: {answer and answer.status}"
    expect(page.locator("h1")).to_have_count(1)
    assert_fits(page)
    assert_accessible(page)


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
def test_every_page_opens_fits_and_is_accessible(
    request: pytest.FixtureRequest, device: str, server: Server, assert_accessible: Check, assert_fits: Check
) -> None:
    page: Page = request.getfixturevalue(device)
    server.sign_in(page, Role.QUALITY_OFFICER)
    places = sorted({*PLACES, *(place.rstrip("/") or "/" for place in navigation(page))})
    records: list[str] = []
    for place in places:
        visit(page, server.url + place, assert_accessible, assert_fits)
        records += first_record(page, place)
    assert len(records) == len(SECTIONS), f"the demo office has too few records: {records}"
    for record in records:
        visit(page, server.url + record, assert_accessible, assert_fits)
        if record.startswith("/evaluation/"):
            verdict = page.locator(".heat-map th a").first.get_attribute("href")
    visit(page, f"{server.url}{verdict}", assert_accessible, assert_fits)


def test_the_pages_speak_english_when_asked_and_vietnamese_again(page: Page, server: Server) -> None:
    server.sign_in(page, Role.QUALITY_OFFICER)
    expect(page.locator("html")).to_have_attribute("lang", "vi")
    for language in ("en", "vi"):  # the choice stays with the person, so it is taken back
        page.locator(f"form[action$='/language'] button[value={language}]").first.click()
        expect(page.locator("html")).to_have_attribute("lang", language)


def test_a_unit_head_sees_what_waits(page: Page, server: Server, assert_accessible: Check) -> None:
    server.sign_in(page, Role.UNIT_HEAD)
    expect(page.locator("h1")).to_have_count(1)
    assert_accessible(page)


def test_the_same_office_runs_on_postgresql(
    desktop: BrowserContext, watched: Watch, postgresql: PostgreSQL, tmp_path: Path
) -> None:
    name = postgresql.make()
    url = postgresql.url(name)
    load_demo(tmp_path, QMS_DATABASE_URL=url)
    let_everybody_in(tmp_path, url)
    with serve(tmp_path, url) as running, clock(tmp_path, url):
        page = watched(desktop)
        running.sign_in(page, Role.QUALITY_OFFICER)
        expect(page.locator("main a.what-title").first).to_be_visible()
        page.goto(running.url + "/evaluation")
        page.click("form[action='/evaluation'] button[type=submit]")
        page.locator(".work a.btn-primary").click(timeout=60_000)  # it waits its turn, then tells where its result is
        page.wait_for_url(re.compile(r"/evaluation/\d+$"))
        expect(page.locator(".heat-map")).to_be_visible()
    postgresql.drop(name)
