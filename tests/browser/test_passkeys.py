"""Passkeys in a real browser, with an authenticator that the browser itself pretends to have."""

import re
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import pytest
from playwright.sync_api import BrowserContext, CDPSession, Page, Route, expect

from qms.accounts.permissions import Role
from tests.browser.conftest import Server, Watch
from tests.office import PASSWORD

Check = Callable[[Page], None]


@dataclass
class Device:
    """A virtual authenticator; ``verifies`` is whether PIN, finger or face succeed."""

    line: CDPSession
    number: str

    def credentials(self) -> list[dict[str, Any]]:
        """What is stored on it."""
        found: list[dict[str, Any]] = self.line.send("WebAuthn.getCredentials", {"authenticatorId": self.number})["credentials"]
        return found

    def verify(self, verifies: bool) -> None:
        """From now on the person is recognised, or is not."""
        self.line.send("WebAuthn.setUserVerified", {"authenticatorId": self.number, "isUserVerified": verifies})


def device_of(page: Page) -> Device:
    """Plugs an authenticator into the browser of the page."""
    line = page.context.new_cdp_session(page)
    line.send("WebAuthn.enable")
    options = {
        "protocol": "ctap2",
        "transport": "internal",
        "hasResidentKey": True,
        "hasUserVerification": True,
        "isUserVerified": True,
        "automaticPresenceSimulation": True,
    }
    number = line.send("WebAuthn.addVirtualAuthenticator", {"options": options})["authenticatorId"]
    return Device(line, number)


def make_passkey(page: Page, server: Server, title: str) -> None:
    """Adds a passkey on the account page of whoever is signed in."""
    page.goto(server.url + "/account/passkeys/new")
    page.fill("input[name=title]", title)
    with page.expect_navigation():
        page.click("form[data-passkey] button")
    expect(page.locator("#passkeys")).to_contain_text(title)


def sign_out(page: Page) -> None:
    """Ends the session."""
    page.context.clear_cookies(name="qms_session")


def sign_in_by_passkey(page: Page, server: Server) -> None:
    """Presses the button of the sign-in page."""
    page.goto(server.url + "/sign-in?next=/units")
    with page.expect_navigation():
        page.click("form[action='/sign-in/passkey'] button")


def remove_all(page: Page, server: Server) -> None:
    """Takes the passkeys of whoever is signed in away again, as other tests use the same office."""
    page.goto(server.url + "/account")
    while page.locator("#passkeys .act a").count():
        page.click("#passkeys .act a >> nth=0")
        with page.expect_navigation():
            page.click("main form[action*='/remove'] button")


def test_a_passkey_is_made_used_and_removed(page: Page, server: Server, assert_accessible: Check, assert_fits: Check) -> None:
    device = device_of(page)
    server.sign_in(page, Role.UNIT_HEAD)
    page.goto(server.url + "/account/passkeys/new")
    assert_accessible(page)
    make_passkey(page, server, "Máy tính cơ quan")
    assert_accessible(page)
    assert_fits(page)
    assert [one["rpId"] for one in device.credentials()] == ["localhost"]
    assert device.credentials()[0]["isResidentCredential"]

    sign_out(page)
    sign_in_by_passkey(page, server)
    assert page.url == server.url + "/units", "signed in without a user name, and where one wanted to go"

    page.goto(server.url + "/account/passkeys/new")
    page.fill("input[name=title]", "Lần nữa")
    page.click("form[data-passkey] button")
    expect(page.locator("[data-passkey-note]")).to_be_visible()
    assert page.locator("[data-passkey-note]").inner_text().strip() == page.locator("form[data-passkey]").get_attribute(
        "data-known"
    )

    remove_all(page, server)
    sign_out(page)
    sign_in_by_passkey(page, server)
    assert "/sign-in" in page.url, "a removed passkey opens nothing"
    expect(page.locator(".note-bad")).to_be_visible()
    assert_accessible(page)


def test_the_sign_in_page_offers_it_first_where_it_was_used(page: Page, server: Server) -> None:
    device_of(page)
    server.sign_in(page, Role.UNIT_HEAD)
    make_passkey(page, server, "Máy tính cơ quan")
    sign_out(page)
    page.goto(server.url + "/sign-in")
    button, password = page.locator("form[data-passkey] button"), page.locator("input[name=password]")
    expect(button).to_have_class(re.compile("btn-primary"))
    above, below = button.bounding_box(), password.bounding_box()
    assert above and below and above["y"] < below["y"]
    sign_in_by_passkey(page, server)
    remove_all(page, server)


def test_a_passkey_is_the_second_step_of_an_officer(page: Page, server: Server) -> None:
    device_of(page)
    server.sign_in(page, Role.QUALITY_OFFICER)
    make_passkey(page, server, "Điện thoại")
    sign_out(page)
    page.goto(server.url + "/sign-in?next=/units")
    page.fill("input[name=username]", server.usernames[Role.QUALITY_OFFICER])
    page.fill("input[name=password]", PASSWORD)
    with page.expect_navigation():
        page.press("input[name=password]", "Enter")
    assert "/sign-in/second-step" in page.url
    with page.expect_navigation():
        page.click("form[data-passkey] button")
    assert page.url == server.url + "/units"
    sign_out(page)
    sign_in_by_passkey(page, server)
    assert page.url == server.url + "/units", "with PIN, finger or face it is both factors"
    remove_all(page, server)


def ask_without_verifying(page: Page) -> None:
    """From now on the browser is told not to ask for PIN, finger or face, as a changed page could."""

    def change(route: Route) -> None:
        answer = route.fetch()
        route.fulfill(response=answer, json=answer.json() | {"userVerification": "discouraged"})

    page.route("**/passkey/challenge", change)


def test_an_answer_without_pin_finger_or_face_lets_no_officer_in_alone(page: Page, server: Server) -> None:
    device_of(page)
    server.sign_in(page, Role.QUALITY_OFFICER)
    make_passkey(page, server, "Khóa USB")
    sign_out(page)
    ask_without_verifying(page)
    sign_in_by_passkey(page, server)
    assert "/sign-in" in page.url
    expect(page.locator(".note-bad")).to_be_visible()
    page.goto(server.url + "/units")
    assert "/sign-in" in page.url
    page.unroute_all()
    sign_in_by_passkey(page, server)
    assert page.url == server.url + "/units"
    remove_all(page, server)


def test_an_answer_without_pin_finger_or_face_is_enough_for_a_unit_head(page: Page, server: Server) -> None:
    device_of(page)
    server.sign_in(page, Role.UNIT_HEAD)
    make_passkey(page, server, "Khóa USB")
    sign_out(page)
    ask_without_verifying(page)
    sign_in_by_passkey(page, server)
    assert page.url == server.url + "/units"
    remove_all(page, server)


def test_a_finger_that_is_not_recognised_is_told_in_words(page: Page, server: Server) -> None:
    device = device_of(page)
    server.sign_in(page, Role.UNIT_HEAD)
    make_passkey(page, server, "Máy tính cơ quan")
    sign_out(page)
    device.verify(False)
    page.goto(server.url + "/sign-in")
    page.click("form[data-passkey] button")
    expect(page.locator("[data-passkey-note]")).to_be_visible(timeout=20_000)
    assert page.locator("[data-passkey-note]").inner_text().strip()
    device.verify(True)
    sign_in_by_passkey(page, server)
    assert page.url == server.url + "/units"
    remove_all(page, server)


@pytest.mark.parametrize("address", ["/sign-in"])
def test_without_javascript_nothing_is_offered_that_cannot_work(
    browser: Any, server: Server, watched: Watch, address: str
) -> None:
    context: BrowserContext = browser.new_context(java_script_enabled=False)
    plain = watched(context)
    plain.goto(server.url + address)
    expect(plain.locator("form[data-passkey]")).to_be_hidden()
    expect(plain.locator("input[name=password]")).to_be_visible()
    context.close()


def test_the_phone_shows_the_same(phone_page: Page, server: Server, assert_accessible: Check, assert_fits: Check) -> None:
    device_of(phone_page)
    server.sign_in(phone_page, Role.UNIT_HEAD)
    make_passkey(phone_page, server, "Điện thoại của tôi")
    assert_fits(phone_page)
    assert_accessible(phone_page)
    sign_out(phone_page)
    phone_page.goto(server.url + "/sign-in")
    assert_fits(phone_page)
    assert_accessible(phone_page)
    sign_in_by_passkey(phone_page, server)
    remove_all(phone_page, server)
