"""A full page of a list on a phone: it is a few screens high, and nothing of it lies beside the screen."""

from collections.abc import Callable

from playwright.sync_api import Page

from qms.accounts.permissions import Role
from tests.browser.conftest import Server

ROWS, HIGHEST = 50, 6_000
FILL = """rows => {
  const body = document.querySelector("table.table-tight tbody"), first = [...body.rows];
  for (let number = 0; body.rows.length < rows; number++) body.append(first[number % first.length].cloneNode(true));
  return document.documentElement.scrollHeight;
}"""
"""The demo office has fewer: its rows are repeated until the page is full."""


def test_a_full_list_of_nonconformities_fits_a_phone(
    server: Server, phone_page: Page, assert_fits: Callable[[Page], None]
) -> None:
    server.sign_in(phone_page, Role.QUALITY_OFFICER)
    phone_page.goto(server.url + "/nonconformities")
    assert phone_page.evaluate(FILL, ROWS) < HIGHEST
    assert_fits(phone_page)
