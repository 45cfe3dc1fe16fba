"""What a provider of identities says of itself is kept only as far as it stays with its own hosts."""

from dataclasses import replace
from typing import Any

import pytest

from qms.accounts.directory.provider import ProviderDown, checked_metadata, may_be_asked
from tests.accounts.directory import SETTINGS

METADATA = {
    "issuer": "https://id.example.vn",
    "authorization_endpoint": "https://id.example.vn/authorize",
    "token_endpoint": "https://id.example.vn/token",
    "jwks_uri": "https://id.example.vn/keys",
    "userinfo_endpoint": "https://evil.example/me",
    "id_token_signing_alg_values_supported": ["none", "HS256", "RS256"],
    "token_endpoint_auth_methods_supported": ["client_secret_post"],
}


@pytest.mark.parametrize(
    ("change", "word"),
    [
        ({"issuer": "https://evil.example"}, "issuer"),
        ({"token_endpoint": "http://169.254.169.254/latest/meta-data"}, "token_endpoint"),
        ({"token_endpoint": "https://evil.example/token"}, "token_endpoint"),
        ({"token_endpoint": "http://id.example.vn/token"}, "token_endpoint"),
        ({"authorization_endpoint": "javascript:alert(1)"}, "authorization_endpoint"),
        ({"jwks_uri": "file:///etc/passwd"}, "jwks_uri"),
        ({"jwks_uri": None}, "jwks_uri"),
    ],
)
def test_a_provider_that_points_elsewhere_is_not_followed(change: dict[str, Any], word: str) -> None:
    with pytest.raises(ProviderDown, match=word):
        checked_metadata(METADATA | change, SETTINGS)


def test_of_what_a_provider_says_of_itself_only_the_safe_part_is_kept() -> None:
    kept = checked_metadata(METADATA, SETTINGS)
    assert kept["id_token_signing_alg_values_supported"] == ["RS256"]
    assert kept["token_endpoint_auth_method"] == "client_secret_post"
    assert "userinfo_endpoint" not in kept
    wider = replace(SETTINGS, hosts=frozenset({"evil.example"}))
    assert checked_metadata(METADATA, wider)["userinfo_endpoint"] == "https://evil.example/me"
    for rubbish in (None, [], "x", {}):
        with pytest.raises(ProviderDown):
            checked_metadata(rubbish, SETTINGS)


@pytest.mark.parametrize(
    "address",
    [
        "http://id.example.vn/",
        "https://id.example.vn.evil.example/",
        "https://id.example.vn@evil.example/",
        "https://user:secret@id.example.vn/",
        "ftp://id.example.vn/",
        "https://id.example.vn\n.evil.example/",
        "https://[::1/",
        "https://id.example.vn:nine/",
        "",
    ],
)
def test_nobody_but_the_provider_is_asked(address: str) -> None:
    assert not may_be_asked(address, SETTINGS)
    assert may_be_asked("https://id.example.vn/keys?x=1", SETTINGS)
