"""What a browser keeps belongs to whoever typed it: through a lost session, past the next person, until signing out."""

import json
from typing import Any

from playwright.sync_api import BrowserContext, Page, expect

from audits.models import Answer
from tests.browser.conftest import Server
from tests.browser.test_checklist_by_hand import OFFICER, begin, card, expect_stored, stored, tile

REPRESENTATIVE = "pho.chu.tich"
TEXT = "chỉ thư ký thấy điều này"


def kept(page: Page) -> dict[str, Any]:
    """Everything of ours the browser and this tab keep but who is signed in."""
    found: dict[str, Any] = json.loads(page.evaluate("JSON.stringify({ ...localStorage, ...sessionStorage })"))
    return {name: value for name, value in found.items() if name.startswith("qms.") and name != "qms.here"}


def unsent(context: BrowserContext, page: Page) -> None:
    """Leaves an answer behind that the server never got, and a draft of a review in the same tab."""
    address = page.url
    page.goto(address.split("/audits")[0] + "/reviews/new")
    page.fill("[name=minutes]", TEXT)
    page.goto(address)
    context.set_offline(True)
    tile(page, 1, Answer.OBSERVATION).click()
    card(page, 1).locator("[data-field=finding]").fill(TEXT)
    expect(page.locator("#foot-state")).to_contain_text("1 câu chưa gửi")


def test_after_a_lost_session_the_next_person_neither_sees_nor_sends_what_was_kept(
    desktop: BrowserContext, server: Server
) -> None:
    page = desktop.new_page()
    audit = begin(page, server)
    unsent(desktop, page)
    desktop.clear_cookies(name="qms_session")
    second = desktop.new_page()
    desktop.set_offline(False)
    server.sign_in_as(second, REPRESENTATIVE)
    expect(page.locator(".side-foot")).to_contain_text("Đại diện lãnh đạo")  # the page of the first became one of the second
    for address in (audit, f"{server.url}/reviews/new"):
        page.goto(address)
        page.evaluate("dispatchEvent(new Event('focus'))")
        expect(page.locator("main")).not_to_contain_text(TEXT)
        assert TEXT not in page.locator("textarea").evaluate_all("fields => fields.map(field => field.value)")
    assert stored(page, audit, 1)["answer"] == Answer.OPEN.value
    assert len(kept(page)) >= 2, "a lost session takes nothing away"
    assert not [name for name in kept(page) if "thu" in name or OFFICER in name]

    page.locator('.side-foot form[action="/sign-out"] button').click()
    page.wait_for_url("**/sign-in*")
    server.sign_in_as(page, OFFICER)
    page.goto(f"{server.url}/reviews/new")
    expect(page.locator("[name=minutes]")).to_have_value(TEXT)
    page.goto(audit)
    expect_stored(page, audit, 1, Answer.OBSERVATION, TEXT)


def test_signing_out_anywhere_asks_about_unsent_answers_and_then_clears_every_tab(
    desktop: BrowserContext, server: Server
) -> None:
    page = desktop.new_page()
    begin(page, server)
    unsent(desktop, page)
    page.route("**/questions/*", lambda route: route.abort())  # this page alone stays without a network
    desktop.set_offline(False)
    second = desktop.new_page()
    second.goto(f"{server.url}/units")
    leave = second.locator('.side-foot form[action="/sign-out"] button')
    dialog = second.locator("[data-confirm-dialog]")

    leave.click()
    expect(dialog).to_contain_text("1 câu trả lời")
    dialog.locator("button[value=no]").click()
    assert TEXT in str(kept(page)) and "/units" in second.url

    leave.click()
    dialog.locator("button[value=yes]").click()
    second.wait_for_url("**/sign-in*")
    page.wait_for_url("**/sign-in?next=*")
    assert kept(page) == {} and kept(second) == {}
