"""Pages go out compressed, and their length tells no secret."""

import gzip
import re

import pytest
from flask import Flask
from flask.testing import FlaskClient

from qms.kernel import packing

GZIP = {"Accept-Encoding": "gzip, br"}
TOKEN = re.compile(r'(?:name="csrf_token"[^>]* value|name="csrf-token" content)="([^"]+)"')


def without_tokens(page: str) -> str:
    return TOKEN.sub("", page)


def tokens(client: FlaskClient) -> set[str]:
    """The tokens of a page: of its head, of a form of its own and of forms in the layout."""
    return set(TOKEN.findall(client.get("/sign-in").text))


def test_a_page_goes_out_compressed_to_whoever_can_read_it(client: FlaskClient) -> None:
    plain, sent = client.get("/sign-in"), client.get("/sign-in", headers=GZIP)
    assert sent.headers["Content-Encoding"] == "gzip"
    assert sent.headers["Content-Length"] == str(len(sent.data))
    assert without_tokens(gzip.decompress(sent.data).decode()) == without_tokens(plain.text)
    assert len(sent.data) < len(plain.data) / 2
    for answer in (plain, sent):
        assert "Accept-Encoding" in answer.headers["Vary"], "a store between must not mix them up"
    for none in ({}, {"Accept-Encoding": "gzip;q=0"}, {"Accept-Encoding": "identity"}):
        assert "Content-Encoding" not in client.get("/sign-in", headers=none).headers


def test_what_is_short_or_compressed_already_is_left_alone(client: FlaskClient) -> None:
    assert "Content-Encoding" not in client.get("/", headers=GZIP).headers, "a redirect"
    font = client.get("/static/vendor/be-vietnam-pro-5.3.0/be-vietnam-pro-latin-400-normal.woff2", headers=GZIP)
    assert font.status_code == 200
    assert "Content-Encoding" not in font.headers


def test_the_same_page_has_many_lengths() -> None:
    page = "<p>Mã xác thực: 123456</p>".encode() * 100
    assert len({len(packing.packed(page)) for _ in range(50)}) > 20
    assert gzip.decompress(packing.packed(page)) == page


def test_the_token_is_another_text_in_every_answer_and_each_of_them_counts(
    app: Flask, client: FlaskClient, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setitem(app.config, "WTF_CSRF_ENABLED", True)
    seen = [tokens(client) for _ in range(3)]
    assert all(len(page) == 1 for page in seen), "one answer has one token"
    given = [token for page in seen for token in page]
    assert len(set(given)) == 3
    ends = {token[-20:] for token in given}
    assert len(ends) == 3, "no part of it stays as it is"
    for token in given:
        sent = client.post("/sign-in", data={"csrf_token": token, "username": "ai", "password": "sai"})
        assert sent.status_code != 400, "an older page can still be sent"
    assert client.post("/language", headers={"X-CSRFToken": given[0]}, data={"language": "en"}).status_code == 302


def test_a_token_without_its_mask_or_of_another_session_is_refused(
    app: Flask, client: FlaskClient, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setitem(app.config, "WTF_CSRF_ENABLED", True)
    (other,) = tokens(app.test_client())
    (own,) = tokens(client)
    flipped = own[:30] + ("A" if own[30] != "A" else "B") + own[31:]
    for wrong in (other, flipped, own[:-8], "", "x", "đ", "A" * 16, "=" * 40):
        assert client.post("/language", data={"csrf_token": wrong, "language": "en"}).status_code == 400, wrong
