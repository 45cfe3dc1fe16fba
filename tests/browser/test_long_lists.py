"""A full page of every list on a phone: it is a few screens high, and nothing of it lies beside the screen."""

from collections.abc import Callable

from playwright.sync_api import Page

from qms.accounts.permissions import Role
from qms.dashboard.views import ON_PHONE
from tests.browser.conftest import Server

ROWS, HIGHEST = 25, 4_000
ROOM = 3_700
"""The journal stays below this whatever was written: what is long is cut at the edge of a phone."""
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


LENGTHEN = """words => {
  const first = document.querySelector("table.table-tight tbody tr"), below = first.querySelector(".one-line-each");
  below.querySelectorAll("small").forEach(line => line.remove());
  for (let line = 0; line < 2; line++) below.append(document.createElement("small"));
  const record = first.querySelector(".beside") ?? first.querySelector(".one-line > a > .code");
  for (const place of [...below.children, first.querySelector(".one-line > a") ?? first.querySelector(".one-line"), record])
    place.textContent = words;
  const rows = [...first.parentNode.children];
  rows.slice(1).forEach(row => row.replaceWith(first.cloneNode(true)));
}"""
"""Every entry becomes the highest there can be: two lines below the deed, and long words everywhere."""


def test_a_page_of_the_longest_entries_of_the_journal_fits_a_phone(
    server: Server, phone_page: Page, assert_fits: Callable[[Page], None]
) -> None:
    server.sign_in(phone_page, Role.QUALITY_OFFICER)
    phone_page.goto(f"{server.url}/journal")
    phone_page.evaluate(LENGTHEN, "Bộ phận tiếp nhận và trả kết quả giải quyết thủ tục hành chính " * 4)
    height, rows = phone_page.evaluate(FILL, ROWS)
    assert rows == ROWS and height < ROOM, height
    assert_fits(phone_page)


def test_the_year_of_working_days_fits_a_phone(server: Server, phone_page: Page, assert_fits: Callable[[Page], None]) -> None:
    server.sign_in(phone_page, Role.QUALITY_OFFICER)
    phone_page.goto(f"{server.url}/workdays")
    assert phone_page.evaluate("document.documentElement.scrollHeight") < ROOM
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
