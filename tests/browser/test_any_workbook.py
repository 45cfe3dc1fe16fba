"""A log of an office's own making taken over in a browser, at a desk and on a phone: a few clicks, nothing beside the screen."""

from collections.abc import Callable
from io import BytesIO

import openpyxl
import pytest
from playwright.sync_api import Page

from qms.accounts.permissions import Role
from tests.browser.conftest import Server

HEADER = ("Số phiếu", "Đơn vị", "Mức độ", "Nội dung sự không phù hợp", "Ngày phát hiện", "Ghi chú")
MOST_CLICKS = 4
"""From the file to its preview, where everything was recognised."""


def log_of(number: str) -> bytes:
    """A workbook with a title above its header, words in place of values, and no deadlines."""
    book = openpyxl.Workbook()
    page = book.worksheets[0]
    page.title = "Năm 2026"
    page.append(["SỔ THEO DÕI SỰ KHÔNG PHÙ HỢP"])
    page.append(HEADER)
    page.append([number, "VHXH", "nặng", "Thiếu phiếu kiểm soát quá trình giải quyết hồ sơ", "02/03/2026", "đã nhắc"])
    written = BytesIO()
    book.save(written)
    return written.getvalue()


@pytest.mark.parametrize("size", ["desk", "phone"])
def test_a_log_is_taken_over_with_a_few_clicks(
    server: Server,
    page: Page,
    phone_page: Page,
    size: str,
    assert_fits: Callable[[Page], None],
    assert_accessible: Callable[[Page], None],
) -> None:
    here = page if size == "desk" else phone_page
    server.sign_in(here, Role.QUALITY_OFFICER)
    here.goto(f"{server.url}/registers/take-over")
    assert_accessible(here)
    if size == "phone":
        assert_fits(here)
    here.set_input_files(
        "input[type=file][name=workbook]:not([capture])",
        {"name": "so-kph.xlsx", "mimeType": "", "buffer": log_of(f"KPH-{size}")},
    )
    here.click("main form[enctype] button[type=submit]")
    clicks = 1
    while not here.url.endswith("/preview"):
        assert_accessible(here)
        if size == "phone":
            assert_fits(here)
        here.click("main form[action*='/take-over/'] button.btn-primary")
        clicks += 1
    assert clicks <= MOST_CLICKS
    assert_accessible(here)
    here.fill("input[name=keep_as]", f"Sổ {size}")
    here.click("main form[action$='/confirm'] button.btn-primary")
    assert here.locator("text=1 mới").count(), here.inner_text("main")
