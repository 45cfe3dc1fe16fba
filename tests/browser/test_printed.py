"""Pages on paper, by the browser's own print: lists keep columns that can be read, records stand in one column."""

from io import BytesIO

from playwright.sync_api import BrowserContext, Page
from pypdf import PdfReader

from qms.accounts.permissions import Role
from tests.browser.conftest import Server, Watch

LEFTS = "[...new Set([...document.querySelectorAll('main .card')].filter(c => c.offsetParent).map(c => c.offsetLeft))]"


def printed(page: Page, address: str) -> list[str]:
    """The text of each sheet."""
    page.goto(address)
    return [sheet.extract_text() for sheet in PdfReader(BytesIO(page.pdf(prefer_css_page_size=True))).pages]


def test_a_list_begins_on_its_first_sheet_and_takes_as_few_as_its_names_need(
    desktop: BrowserContext, server: Server, watched: Watch
) -> None:
    page = watched(desktop)
    server.sign_in(page, Role.QUALITY_OFFICER)
    sheets = printed(page, server.url + "/procedures")
    assert len(sheets) <= 3, "41 procedures in a column of one word a line were five sheets"
    rows = [sheet.count("QT-") for sheet in sheets]
    assert rows[0] >= 5 and rows[-1] >= 2, rows


def test_the_cards_of_a_record_stand_under_each_other(desktop: BrowserContext, server: Server, watched: Watch) -> None:
    page = watched(desktop)
    server.sign_in(page, Role.QUALITY_OFFICER)
    page.goto(server.url + "/nonconformities")
    page.locator("tbody a[href^='/nonconformities/']").first.click()
    page.wait_for_load_state()
    assert len(page.evaluate(LEFTS)) > 1, "on the screen they stand beside each other"
    page.emulate_media(media="print")
    assert len(page.evaluate(LEFTS)) == 1
    page.emulate_media(media="screen")
