"""A full page of every list on a phone: it is a few screens high, and nothing of it lies beside the screen."""

from collections.abc import Callable

from playwright.sync_api import Page

from qms.accounts.permissions import Role
from qms.dashboard.views import ON_PHONE
from tests.browser.conftest import Server

ROWS, HIGHEST = 25, 4_000
LISTS = ("audits", "journal", "nonconformities", "people", "procedures", "reviews", "units")
FILL = """rows => {
  const table = document.querySelector("table.table-tight, table.work");
  const first = [...table.querySelectorAll("tbody tr:not(.group)")], body = first[0].parentNode;
  for (let number = first.length; number < rows; number++) body.append(first[number % first.length].cloneNode(true));
  return [document.documentElement.scrollHeight, table.querySelectorAll("tbody tr:not(.group)").length];
}"""
"""The demo office has fewer of some: its rows are repeated until the page is full."""


def test_a_full_page_of_every_list_fits_a_phone(server: Server, phone_page: Page, assert_fits: Callable[[Page], None]) -> None:
    server.sign_in(phone_page, Role.QUALITY_OFFICER)
    for name in LISTS:
        phone_page.goto(f"{server.url}/{name}")
        height, rows = phone_page.evaluate(FILL, ROWS)
        assert rows == ROWS, f"{name} gives a phone a page of {rows} rows"
        assert height < HIGHEST, f"{name} is {height} high"
        assert_fits(phone_page)


def test_a_full_page_of_my_work_fits_a_phone(server: Server, phone_page: Page, assert_fits: Callable[[Page], None]) -> None:
    server.sign_in(phone_page, Role.QUALITY_OFFICER)
    phone_page.goto(f"{server.url}/my-work?view=unit")
    height, rows = phone_page.evaluate(FILL, ON_PHONE)
    assert rows == ON_PHONE and height < HIGHEST, height
    assert_fits(phone_page)


def test_the_clauses_of_both_editions_fit_a_phone_too(
    server: Server, phone_page: Page, assert_fits: Callable[[Page], None]
) -> None:
    server.sign_in(phone_page, Role.QUALITY_OFFICER)
    for address in ("/standard", "/standard/2026"):
        phone_page.goto(server.url + address)
        assert phone_page.evaluate("document.documentElement.scrollHeight") < HIGHEST, address
        assert_fits(phone_page)
