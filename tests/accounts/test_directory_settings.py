"""The settings of the directory: their defaults, and what is refused with its name."""

from typing import Any

import pytest

from qms.accounts.directory import service as directory
from qms.config import DirectorySettings, SettingsError, load_settings

ISSUER = {"QMS_OIDC_ISSUER": "https://id.example.vn/", "QMS_OIDC_CLIENT_ID": "qms", "QMS_OIDC_CLIENT_SECRET": "s3cret"}


def loaded(tmp_path: Any, **environment: str) -> DirectorySettings | None:
    """The settings of an environment."""
    return load_settings({"QMS_INSTANCE": str(tmp_path), **environment}).directory


def test_the_settings_have_defaults_and_hide_the_secret(tmp_path: Any) -> None:
    assert loaded(tmp_path) is None
    settings = loaded(tmp_path, **ISSUER)
    assert settings is not None
    assert (settings.issuer, settings.title) == ("https://id.example.vn", "id.example.vn")
    assert (settings.username_claim, settings.unit_claim, settings.roles_claim) == ("preferred_username", "qms_unit", "qms_roles")
    assert not settings.may_grant_administrator
    assert "s3cret" not in repr(settings)
    (tmp_path / "settings.toml").write_text('[oidc.groups]\n"iso-p1" = "staff@P1"\n', encoding="utf-8")
    assert not settings.roles_named
    assert settings.expects_roles, "nothing else gives roles"
    wider = loaded(
        tmp_path,
        **ISSUER,
        QMS_OIDC_USERNAME_DOMAINS="MinhAn.gov.vn",
        QMS_OIDC_HOSTS="a.example, B.example",
        QMS_OIDC_MAY_GRANT_ADMINISTRATOR="yes",
    )
    assert wider is not None
    assert wider.groups == {"iso-p1": "staff@P1"}
    assert wider.hosts == {"a.example", "b.example"}
    assert wider.may_grant_administrator
    assert wider.username_domains == {"minhan.gov.vn"}
    assert not wider.expects_roles


@pytest.mark.parametrize(
    ("change", "word"),
    [
        ({"QMS_OIDC_ISSUER": "http://id.example.vn"}, "QMS_OIDC_ISSUER"),
        ({"QMS_OIDC_ISSUER": "http://10.0.0.1"}, "QMS_OIDC_ISSUER"),
        ({"QMS_OIDC_ISSUER": "file:///etc"}, "QMS_OIDC_ISSUER"),
        ({"QMS_OIDC_ISSUER": "https://id.example.vn?x=1"}, "QMS_OIDC_ISSUER"),
        ({"QMS_OIDC_CLIENT_SECRET": ""}, "QMS_OIDC_CLIENT_SECRET"),
        ({"QMS_OIDC_CLIENT_ID": ""}, "QMS_OIDC_CLIENT_ID"),
        ({"QMS_OIDC_MAY_GRANT_ADMINISTRATOR": "perhaps"}, "MAY_GRANT"),
        ({"QMS_OIDC_USERNAME_DOMAINS": "@minhan.gov.vn"}, "USERNAME_DOMAINS"),
    ],
)
def test_settings_that_cannot_be_used_are_refused_with_their_name(tmp_path: Any, change: dict[str, str], word: str) -> None:
    with pytest.raises(SettingsError, match=word):
        loaded(tmp_path, **(ISSUER | change))


def test_a_group_that_gives_no_role_stops_the_start(tmp_path: Any) -> None:
    (tmp_path / "settings.toml").write_text('[oidc.groups]\n"iso-p1" = "king@P1"\n', encoding="utf-8")
    settings = loaded(tmp_path, **ISSUER)
    assert settings is not None
    assert directory.unknown_groups(settings) == ["iso-p1"]


@pytest.mark.parametrize("issuer", ["http://127.0.0.1:9400", "http://[::1]:9400", "http://localhost:9400"])
def test_on_this_very_machine_http_is_enough(tmp_path: Any, issuer: str) -> None:
    assert loaded(tmp_path, **(ISSUER | {"QMS_OIDC_ISSUER": issuer})) is not None
