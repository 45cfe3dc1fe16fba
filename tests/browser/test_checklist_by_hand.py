"""The whole checklist by hand, on a phone, on a tablet and by keyboard; and every way of leaving it with something just typed."""

import logging
import re
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from typing import Any

import pytest
from playwright.sync_api import Browser, BrowserContext, Locator, Page, expect

from audits.models import Answer
from tests.browser.conftest import DESKTOP, PHONE, Server, Watch

LOG = logging.getLogger(__name__)
"""``--log-cli-level=INFO`` shows strokes and seconds."""
OFFICER = "thu.ky.iso"
QUESTIONS = 49
TABLET = {"width": 820, "height": 1180}
TOUCH: dict[str, Any] = {"is_mobile": True, "has_touch": True}
WAYS: dict[str, dict[str, Any]] = {
    "phone": {"viewport": PHONE, **TOUCH},
    "tablet": {"viewport": TABLET, **TOUCH},
    "keyboard": {"viewport": DESKTOP},
}
MOST_STROKES = QUESTIONS + 8
"""One for each answer, one for the evidence of all, one from each of the seven chapters onward."""


@pytest.fixture
def door(browser: Browser) -> Iterator[Callable[[str], BrowserContext]]:
    """A function that opens a browser of one of the ways."""
    opened: list[BrowserContext] = []

    def context(way: str) -> BrowserContext:
        opened.append(browser.new_context(locale="vi-VN", timezone_id="Asia/Ho_Chi_Minh", **WAYS[way]))
        return opened[-1]

    yield context
    for one in opened:
        one.close()


def begin(page: Page, server: Server) -> str:
    """Plans an audit of all clauses through the page and starts it; the address of its checklist."""
    server.sign_in_as(page, OFFICER)
    page.goto(server.url + "/audits/new")
    page.select_option("[name=lead_auditor_id]", label="Thư ký ISO")
    unit = page.locator("[name=unit_id] option", has_text="Trạm Y tế").first.get_attribute("value")
    with page.expect_response(re.compile(r"/audits/new\?")):
        page.select_option("[name=unit_id]", unit)
    expect(page.locator("[name=lead_auditor_id] option:checked")).to_have_text("Thư ký ISO")
    page.check("[name=all_clauses]")
    page.click("main form.card button[type=submit]")
    page.wait_for_url(re.compile(r"/audits/\d+$"))
    address = page.url
    page.locator(".next-steps form button").first.click()
    expect(page.locator("#checklist-form")).to_be_visible()
    return address


def stored(page: Page, audit: str, number: int) -> dict[str, Any]:
    """What the server holds of a question."""
    reply = page.request.get(f"{audit}/questions/{number}", headers={"Accept": "application/json"})
    assert reply.ok, reply.status
    found: dict[str, Any] = reply.json()
    return found


def expect_stored(page: Page, audit: str, number: int, answer: Answer, finding: str = "") -> None:
    """Waits until the server holds an answer: what a closing page sends arrives a moment after it is gone."""
    patience = time.monotonic() + 5
    while (found := stored(page, audit, number)) and (found["answer"], found["finding"]) != (answer.value, finding):
        assert time.monotonic() < patience, found
        time.sleep(0.1)


def card(page: Page, number: int) -> Locator:
    return page.locator(f"#question-{number}")


def tile(page: Page, number: int, answer: Answer) -> Locator:
    return card(page, number).locator(f"label.tile:has(input.is-{answer.value})")


@dataclass
class Hand:
    """Who answers, by taps or by keys, and how often that was."""

    page: Page
    keys: bool
    strokes: int = field(default=0)

    def press(self, target: Locator, key: str = "Enter") -> None:
        """One tap, or one key on what has the focus."""
        self.strokes += 1
        if self.keys:
            self.page.keyboard.press(key)
        else:
            target.tap()

    def answer(self, number: int, answer: Answer) -> None:
        """One stroke."""
        if self.keys:
            expect(card(self.page, number).locator("input:focus")).to_have_count(1)
        self.press(tile(self.page, number, answer), str(list(Answer).index(answer) + 1))


def add_evidence(page: Page, number: int, text: str) -> None:
    """A record seen, added at a question without leaving the page; then chosen for every conforming answer."""
    card(page, number).locator("[data-evidence-add]").click()
    page.fill("#evidence-dialog [name=record_text]", text)
    page.click("#evidence-dialog button[type=submit]")
    page.locator("#common-evidence input[type=checkbox]").first.check()


@pytest.mark.parametrize("way", WAYS)
def test_the_whole_checklist_is_answered_with_one_stroke_a_question(
    door: Callable[[str], BrowserContext],
    server: Server,
    watched: Watch,
    assert_fits: Callable[[Page], None],
    way: str,
) -> None:
    page = watched(door(way))
    audit = begin(page, server)
    tile(page, 1, Answer.CONFORMS).click()
    add_evidence(page, 1, "Sổ theo dõi năm nay")
    assert_fits(page)
    hand = Hand(page, keys=way == "keyboard", strokes=1)  # the tick for all
    if hand.keys:
        card(page, 1).locator("input:checked").first.focus()
    began, number = time.monotonic(), 0
    while number < QUESTIONS:
        for number in page.locator("[data-question]").evaluate_all("cards => cards.map(card => Number(card.dataset.question))"):
            hand.answer(number, Answer.CONFORMS)
        hand.press(page.locator(".btn-next"))
        if number < QUESTIONS:
            expect(card(page, number + 1)).to_be_visible()
    page.wait_for_url(re.compile(r"/report$"))
    seconds = time.monotonic() - began
    assert {stored(page, audit, each)["answer"] for each in range(1, QUESTIONS + 1)} == {Answer.CONFORMS.value}
    LOG.info("%s: %s questions, %s strokes, %.1f s by machine", way, QUESTIONS, hand.strokes, seconds)
    assert hand.strokes <= MOST_STROKES


def test_what_was_just_typed_is_stored_whichever_way_the_page_is_left(
    door: Callable[[str], BrowserContext], server: Server
) -> None:
    phone = door("phone")
    page = phone.new_page()
    audit = begin(page, server)

    def write(there: Page, number: int) -> str:
        tile(there, number, Answer.OBSERVATION).tap()
        text = f"thấy tại câu {number}"
        card(there, number).locator("[data-field=finding]").fill(text)
        return text

    text = write(page, 1)
    page.locator(".btn-next").tap()
    expect(card(page, 7)).to_be_visible()
    expect_stored(page, audit, 1, Answer.OBSERVATION, text)

    text = write(page, 7)
    page.go_back()
    expect(card(page, 1)).to_be_visible()
    expect_stored(page, audit, 7, Answer.OBSERVATION, text)

    closed = phone.new_page()
    closed.goto(audit + "?chapter=4")
    text = write(closed, 2)
    closed.close(run_before_unload=True)
    expect_stored(page, audit, 2, Answer.OBSERVATION, text)


def test_without_the_network_answers_are_kept_counted_and_sent_when_it_is_back(
    door: Callable[[str], BrowserContext], server: Server
) -> None:
    phone = door("phone")
    page = phone.new_page()
    audit = begin(page, server)
    cut = phone.new_page()
    cut.goto(audit + "?chapter=5")
    phone.set_offline(True)
    tile(page, 1, Answer.CONFORMS).tap()
    card(page, 1).locator("[data-field=finding]").fill("20/20 hồ sơ")
    tile(page, 2, Answer.NOT_APPLICABLE).tap()
    expect(card(page, 1).locator("[data-state]")).to_contain_text("Chưa gửi")
    expect(page.locator("#foot-state")).to_contain_text("2 câu chưa gửi")
    expect(page.locator("#unsent")).to_contain_text("gửi khi có mạng")
    page.locator(".btn-next").tap()
    expect(card(page, 1), "the page is left with something unsent").to_be_visible()
    tile(cut, 7, Answer.MAJOR).tap()
    expect(cut.locator("#foot-state")).to_contain_text("chưa gửi")
    cut.close()

    phone.set_offline(False)
    expect(card(page, 1).locator("[data-state] .saved")).to_be_visible()
    expect(card(page, 2).locator("[data-state] .saved")).to_be_visible()
    expect_stored(page, audit, 1, Answer.CONFORMS, "20/20 hồ sơ")
    expect_stored(page, audit, 2, Answer.NOT_APPLICABLE)
    # what a page left behind that was closed meanwhile is sent by the next one
    expect_stored(page, audit, 7, Answer.MAJOR)
    expect(page.locator("#foot-state")).to_be_empty()


def test_when_the_session_is_lost_the_answer_is_kept_and_sent_after_signing_in_again(
    door: Callable[[str], BrowserContext], server: Server
) -> None:
    phone = door("phone")
    page = phone.new_page()
    audit = begin(page, server)
    phone.clear_cookies(name="qms_session")
    tile(page, 1, Answer.MINOR).tap()
    expect(page.locator("#unsent [data-unsent-sign-in]")).to_be_visible()
    expect(page.locator("#foot-state")).to_contain_text("1 câu chưa gửi")
    second = phone.new_page()
    server.sign_in_as(second, OFFICER)
    page.bring_to_front()
    page.evaluate("dispatchEvent(new Event('focus'))")  # a browser without a window tells nobody that it came to the front
    expect(card(page, 1).locator("[data-state] .saved")).to_be_visible(timeout=15_000)
    expect_stored(page, audit, 1, Answer.MINOR)
