"""Workbooks as other offices keep them, taken over through the pages by somebody who answers only what is asked."""

import shutil
from collections.abc import Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Browser, Page, expect

from qms.accounts.permissions import Role
from tests.browser.conftest import Server, serve
from tests.imports.offices import lists, logs, offices

CONFIRM = "form[action$='/confirm'] button[type=submit]"
STEP = "form[action*='/registers/take-over/'] button.btn-primary"

UNITS = {"Văn phòng": "VP", "Phòng Kinh tế": "KTHTDT", "Trung tâm Phục vụ hành chính công": "TTPVHCC"}
"""Names of the workbook that the demo office does not know, and its codes for them."""


@pytest.fixture(scope="module")
def demo(browser: Browser, evaluated_office: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    """The demo office of its own: what is taken over here would change the lists of other tests."""
    folder = tmp_path_factory.mktemp("demo")
    shutil.copytree(evaluated_office, folder, dirs_exist_ok=True)
    with serve(folder, f"sqlite:///{folder / 'qms.sqlite3'}") as running:
        yield running


def choose(page: Page, demo: Server, data: bytes, folder: Path) -> None:
    """Signs in and chooses the file; the page asks what its columns mean."""
    path = folder / "so.xlsx"
    path.write_bytes(data)
    demo.sign_in(page, Role.QUALITY_OFFICER)
    page.goto(demo.url + "/registers/take-over")
    page.set_input_files("input[type=file]", str(path))
    with page.expect_navigation():
        page.click("form[enctype] button[type=submit]")


def at(page: Page) -> str:
    """The step on which the page stands."""
    return page.url.rsplit("/", 1)[-1]


def walk(page: Page, *, means: dict[str, str], answers: dict[str, str]) -> list[str]:
    """Goes on until the preview: words that are not known and what is missing are answered, all else stays as proposed."""
    steps = []
    while at(page) != "preview":
        steps.append(at(page))
        for word, meaning in means.items() if at(page) == "words" else ():
            row = page.locator("tbody tr").filter(has=page.locator("b", has_text=word)).first
            row.locator("select").select_option(f"means:{meaning}")
        for column, value in answers.items() if at(page) == "gaps" else ():
            asked = page.locator("fieldset").filter(has=page.locator("legend", has_text=column))
            asked.locator("input[value=same]").check()
            box = asked.locator("[name$=_same]").first
            if box.evaluate("box => box.tagName") == "SELECT":
                box.select_option(value)
            else:
                box.fill(value)
        with page.expect_navigation():
            page.click(STEP)
        assert len(steps) < 5, steps
    return steps


def confirm(page: Page) -> str:
    """Takes over what was shown; answers what the page says of it."""
    with page.expect_navigation():
        page.click(CONFIRM)
    return page.locator("body").inner_text()


def test_a_log_of_four_years_goes_in_with_meanings_for_three_units_and_no_renaming(
    page: Page, demo: Server, tmp_path: Path
) -> None:
    choose(page, demo, logs.log_of_four_years(), tmp_path)
    steps = walk(page, means=UNITS, answers={})
    assert steps == ["sheets", "columns", "words", "gaps"]
    expect(page.locator(CONFIRM)).to_be_visible()
    assert "146 mới, 0 thay đổi" in confirm(page)
    page.goto(demo.url + "/nonconformities?q=KPH-2026-18&state=all")
    expect(page.locator("main")).to_contain_text("KPH-2026-18")


def test_a_list_of_documents_goes_in_with_one_answer(page: Page, demo: Server, tmp_path: Path) -> None:
    choose(page, demo, lists.list_of_documents(), tmp_path)
    steps = walk(page, means={}, answers={"Mã đơn vị chủ trì": "VP"})
    assert steps[-1] == "gaps"
    assert "7 mới, 0 thay đổi" in confirm(page)


def test_codes_that_excel_has_cut_are_refused_with_their_cells_and_nothing_is_written(
    page: Page, demo: Server, tmp_path: Path
) -> None:
    choose(page, demo, lists.list_of_376_cut_by_excel(), tmp_path)
    walk(page, means={}, answers={"Mã đơn vị": "VP"})
    expect(page.locator("main")).to_contain_text("Không ghi gì: tệp có 376 lỗi.")
    expect(page.locator("main")).to_contain_text("Excel lưu mã này thành số 1.010001")
    expect(page.locator(CONFIRM)).to_have_count(0)


def test_whoever_has_no_address_is_told_and_the_others_wait(page: Page, demo: Server, tmp_path: Path) -> None:
    choose(page, demo, offices.list_of_people(), tmp_path)
    walk(page, means={}, answers={})
    expect(page.locator("main")).to_contain_text("Tên đăng nhập")
    expect(page.locator(CONFIRM)).to_have_count(0)
