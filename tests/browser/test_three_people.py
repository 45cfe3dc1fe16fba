"""The issue's main line in the browser: three people bring one finding of an audit to its end, and the year is evaluated.

The steps are one test each and build on each other; they run in the order of this file.
"""

import re
from collections.abc import Callable
from datetime import datetime, timedelta
from pathlib import Path

import pytest
from playwright.sync_api import Browser, BrowserContext, Locator, Page, expect

from audits.models import Answer
from qms.accounts.permissions import Role
from qms.kernel.days import LOCAL
from tests.browser.conftest import DESKTOP, Server, Watch

Check = Callable[[Page], None]

HEAD = "truong.ttpvhcc"
REPRESENTATIVE = "pho.chu.tich"
STATEMENT = "Bảng niêm yết thủ tục hành chính chưa được cập nhật theo quyết định mới."


@pytest.fixture(scope="module")
def raised() -> dict[str, str]:
    """The address of the nonconformity, from the test that raised it to those that go on with it."""
    return {}


def open_audit(page: Page) -> str:
    """Goes from my work to the audit under way and returns its address without a question."""
    page.locator("main a.what-title[href*='/audits/']").first.click()
    page.wait_for_url(re.compile(r"/audits/\d+"))
    return page.url.split("?")[0].split("#")[0]


def open_questions(page: Page) -> list[int]:
    """Numbers of the questions nobody has asked yet, read from the page chapter by chapter."""
    clauses = page.locator(".clause-tabs a").evaluate_all("links => links.map(link => link.href.split('#')[0])")
    found: set[int] = set()
    for chapter in dict.fromkeys(clauses):
        page.goto(chapter)
        still_open = page.locator(f"[data-question]:has(input.is-{Answer.OPEN.value}:checked)")
        found.update(map(int, still_open.evaluate_all("cards => cards.map(card => card.dataset.question)")))
    return sorted(found)


def open_question(page: Page, audit: str, number: int) -> Locator:
    """Goes to the chapter of a question and returns its card."""
    page.goto(f"{audit}?question={number}#question-{number}")
    return page.locator(f"#question-{number}")


def choose(card: Locator, answer: Answer) -> None:
    """Taps the tile of an answer."""
    card.locator(f"label.tile:has(input.is-{answer.value})").click()


def expect_saved(card: Locator) -> None:
    """Waits until the question says that its answer is stored."""
    expect(card.locator("[data-state] .saved")).to_be_visible()


def step(page: Page, record: str, name: str, fields: dict[str, str], choice: str = "") -> None:
    """Takes a step of the nonconformity by its link under next steps, and lands on the record again."""
    page.goto(record)
    page.locator(f".next-steps a.btn[href*='/{name}']").first.click()
    page.wait_for_url(re.compile(rf"/{name}"))
    for field, text in fields.items():
        page.fill(f"[name={field}]", text)
    if choice:
        page.check(f"input[name=effective][value={choice}]")
    page.click("main form button[type=submit]")
    page.wait_for_url(record)


def later(days: int) -> str:
    """A day from today on, as people write it."""
    return (datetime.now(LOCAL) + timedelta(days=days)).strftime("%d/%m/%Y")


def test_the_quality_officer_answers_every_question_raises_and_reports(
    page: Page, server: Server, raised: dict[str, str], assert_accessible: Check
) -> None:
    server.sign_in(page, Role.QUALITY_OFFICER)
    audit = open_audit(page)
    remaining = open_questions(page)
    assert len(remaining) >= 3, f"the demo audit is nearly finished: {remaining}"

    page.goto(audit)
    expect(page.locator(".next-steps .why")).to_contain_text(f"Còn {len(remaining)} câu hỏi chưa trả lời")
    answered = page.goto(f"{audit}/report")
    assert answered is not None and answered.status == 200
    expect(page.locator("main form button[type=submit]")).to_have_count(0)
    assert_accessible(page)

    for number in remaining[:-2]:
        card = open_question(page, audit, number)
        page.locator("#common-evidence input[type=checkbox]").first.check()
        choose(card, Answer.CONFORMS)
        expect_saved(card)
        expect(card.locator("[data-lacking]")).to_be_hidden()

    card = open_question(page, audit, remaining[-2])
    choose(card, Answer.NOT_APPLICABLE)
    expect_saved(card)
    expect(card.locator("[data-lacking]")).to_contain_text("không áp dụng")
    card.locator("[data-field=reason]").fill("Đơn vị không thực hiện hoạt động này.")
    expect(card.locator("[data-lacking]")).to_be_hidden()

    card = open_question(page, audit, remaining[-1])
    choose(card, Answer.MINOR)
    card.locator("[data-field=finding]").fill("03/20 thủ tục niêm yết theo quyết định đã hết hiệu lực.")
    card.locator("[data-field=requirement]").fill("Tài liệu bên ngoài phải được nhận biết và kiểm soát.")
    card.locator("[data-field=statement]").fill(STATEMENT)
    assert_accessible(page)
    card.locator("button[name=raise]").click()
    link = card.locator("a[href*='/nonconformities/']")
    expect(link).to_be_visible()
    raised["url"] = server.url + str(link.get_attribute("href"))

    page.goto(f"{audit}/report")
    page.fill("[name=conclusion]", "Hệ thống được duy trì; 01 sự không phù hợp nhẹ.")
    page.check("[name=understood]")
    page.click("main form button[type=submit]")
    page.wait_for_url(audit)
    expect(open_question(page, audit, remaining[0]).locator("input, textarea")).to_have_count(0)
    assert_accessible(page)

    page.goto(raised["url"])
    for carried in (STATEMENT, "03/20 thủ tục", "nhận biết và kiểm soát"):
        expect(page.locator("main")).to_contain_text(carried)


def test_the_unit_head_answers_and_completes_the_action(
    phone_page: Page, server: Server, raised: dict[str, str], assert_accessible: Check, assert_fits: Check
) -> None:
    page, record = phone_page, raised["url"]
    server.sign_in_as(page, HEAD)
    expect(page.locator("main")).to_contain_text(STATEMENT)
    assert_fits(page)
    assert_accessible(page)

    page.goto(record)
    assert_fits(page)
    expect(page.locator(".next-steps .why").first).to_be_visible()
    step(page, record, "analysis", {"correction": "Đã thay bảng niêm yết.", "root_cause": "Không ai được giao theo dõi."})
    action = {"description": "Giao công chức một cửa rà soát hằng tháng.", "owner": HEAD, "due_on": later(10)}
    step(page, record, "actions/new", action)
    step(page, record, "submit", {"effect_due_on": later(30)})
    step(page, record, "complete", {"result": "Phân công tại thông báo nội bộ; rà soát lần đầu đã xong."})
    expect(page.locator("main")).to_contain_text("Chờ kiểm tra hiệu lực")
    assert page.locator(".next-steps a.btn[href$='/verify']").count() == 0, "the unit verifies its own actions"
    assert_fits(page)
    assert_accessible(page)


def test_an_ineffective_plan_goes_back_and_its_verdict_is_forgotten_then_the_effective_one_is_closed(
    page: Page, browser: Browser, server: Server, raised: dict[str, str], watched: Watch, assert_accessible: Check
) -> None:
    record = raised["url"]
    server.sign_in_as(page, REPRESENTATIVE)
    step(page, record, "verify", {"note": "Kiểm tra lại vẫn còn 02 thủ tục cũ."}, "no")
    expect(page.locator("[aria-current=step]")).to_contain_text("Nguyên nhân và kế hoạch")
    # the history still tells; the record itself no longer has a verdict
    expect(page.locator("main .grid-2")).not_to_contain_text("Người kiểm tra hiệu lực")
    assert page.locator(".next-steps a.btn[href$='/close']").count() == 0

    unit = browser.new_context(viewport=DESKTOP, locale="vi-VN")
    head = watched(unit)
    server.sign_in_as(head, HEAD)
    step(head, record, "analysis", {"correction": "Đã thay toàn bộ bảng.", "root_cause": "Quy trình không nêu người cập nhật."})
    action = {"description": "Sửa quy trình, nêu rõ người cập nhật.", "owner": HEAD, "due_on": later(5)}
    step(head, record, "actions/new", action)
    step(head, record, "submit", {"effect_due_on": later(20)})
    step(head, record, "complete", {"result": "Đã ban hành quy trình sửa đổi."})
    unit.close()

    step(page, record, "verify", {"note": "20/20 thủ tục đúng quyết định hiện hành."}, "yes")
    expect(page.locator("main .grid-2")).to_contain_text("Người kiểm tra hiệu lực")
    expect(page.locator("main .grid-2")).to_contain_text("20/20 thủ tục")
    assert_accessible(page)
    step(page, record, "close", {})
    expect(page.locator("h1")).to_contain_text("Đã đóng")
    assert_accessible(page)


def test_the_quality_officer_evaluates_yesterday_and_downloads_the_report(
    page: Page, server: Server, tmp_path: Path, assert_accessible: Check
) -> None:
    server.sign_in(page, Role.QUALITY_OFFICER)
    page.goto(server.url + "/evaluation")
    page.fill("main [name=day]", later(-1))
    page.click("form[action='/evaluation'] button[type=submit]")
    page.locator(".work a.btn-primary").click(timeout=60_000)  # it waits its turn, then tells where its result is
    page.wait_for_url(re.compile(r"/evaluation/\d+$"))
    expect(page.locator("main")).to_contain_text(re.compile(r"\d+/\d+\s*đơn vị \(\d+,\d%\)"))
    assert_accessible(page)
    page.locator("form[action*='report.pdf'] button").click()
    ready = page.locator("a[href*='report.pdf'], .work a[download]").first
    ready.wait_for(timeout=60_000)
    with page.expect_download() as download:
        ready.click()
    file = tmp_path / "report.pdf"
    download.value.save_as(file)
    assert file.read_bytes().startswith(b"%PDF")

    failing = page.locator(".heat-map tr").filter(has=page.locator(".chip", has_text="Chưa đạt"))
    failing.locator("th a").first.click()
    expect(page.locator("h1")).to_contain_text("Chưa đạt")
    assert_accessible(page)
    reason = page.locator("tr.missed a.code").first
    code = reason.inner_text()
    reason.click()
    expect(page.locator("main")).to_contain_text(code)


def test_an_audit_is_planned_started_and_answered_in_english_without_scripts(
    browser: Browser, server: Server, watched: Watch
) -> None:
    context: BrowserContext = browser.new_context(viewport=DESKTOP, locale="vi-VN", java_script_enabled=False)
    page = watched(context)
    server.sign_in(page, Role.QUALITY_OFFICER)
    page.locator("form[action$='/language'] button[value=en]").first.click()
    expect(page.locator("html")).to_have_attribute("lang", "en")
    page.goto(server.url + "/audits/new")
    expect(page.locator("h1")).to_have_text("Plan the audit")
    unit = page.locator("[name=unit_id] option", has_text="Trạm Y tế").first.get_attribute("value")
    page.select_option("[name=unit_id]", unit)
    lead = page.locator("[name=lead_auditor_id] option", has_text="Thư ký ISO").first.get_attribute("value")
    page.select_option("[name=lead_auditor_id]", lead)
    page.fill("[name=planned_on]", later(0))
    page.check("[name=clauses][value='7.5']")
    page.click("main form button[type=submit]")
    page.wait_for_url(re.compile(r"/audits/\d+$"))
    page.locator(".next-steps form button", has_text="Start").click()
    card = page.locator(".question").first
    choose(card, Answer.CONFORMS)
    page.locator(".clause-save").first.click()
    expect(card.locator(".saved")).to_be_visible()
    expect(card.locator("[data-lacking]")).to_contain_text("choose evidence")
    card.locator("[data-evidence-add]").click()
    page.fill("[name=record_text]", "Sổ quản lý tài liệu, trang 3")
    page.click("main form button[type=submit]")
    page.wait_for_url(re.compile(r"#question-\d+$"))
    expect(card.locator(".evidence-item input:checked")).to_have_count(1)
    expect(card.locator("[data-lacking]")).to_be_hidden()
    expect(card.locator(f"input.is-{Answer.CONFORMS.value}")).to_be_checked()
    # the choice of language stays with the person
    page.locator("form[action$='/language'] button[value=vi]").first.click()
    expect(page.locator("html")).to_have_attribute("lang", "vi")
    context.close()
