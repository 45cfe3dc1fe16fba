"""The settings of the mail server: what is taken, what is refused, and that the password is never said."""

from pathlib import Path

import pytest

from qms.config import MailServer, SettingsError, load_settings


def settings(folder: Path, **given: str) -> object:
    return load_settings({"QMS_INSTANCE": str(folder), **{"QMS_" + name.upper(): value for name, value in given.items()}})


@pytest.mark.parametrize(
    ("url", "server"),
    [
        ("smtp://mail.phuong.example", MailServer("mail.phuong.example", 587, "starttls")),
        ("smtp://mail.phuong.example:2525?starttls=no", MailServer("mail.phuong.example", 2525, "none")),
        (
            "smtp://an:b%40%2F1@mail.phuong.example:587?starttls=yes",
            MailServer("mail.phuong.example", 587, "starttls", "an", "b@/1"),
        ),
        ("smtps://an:b@mail.phuong.example", MailServer("mail.phuong.example", 465, "tls", "an", "b")),
        ("smtp://localhost", MailServer("localhost", 25, "none")),
        ("smtp://an:b@127.0.0.1:1025", MailServer("127.0.0.1", 1025, "none", "an", "b")),
        ("smtp://an:b@[::1]:1025", MailServer("::1", 1025, "none", "an", "b")),
    ],
)
def test_an_address_of_a_mail_server(tmp_path: Path, url: str, server: MailServer) -> None:
    loaded = settings(tmp_path, smtp_url=url, mail_from="Hệ thống ISO <qms@phuong.example>")
    assert loaded.mail_server == server  # type: ignore[attr-defined]
    assert str(loaded.mail_from) == "Hệ thống ISO <qms@phuong.example>"  # type: ignore[attr-defined]


@pytest.mark.parametrize(
    "url",
    [
        "http://mail.phuong.example",
        "smtp://",
        "smtp://an@mail.phuong.example",
        "smtp://mail.phuong.example:99999",
        "smtp://mail.phuong.example/inbox",
        "smtp://mail.phuong.example?starttls=maybe",
        "smtp://mail.phuong.example?tls=yes",
        "smtp://an:geheim@mail.phuong.example?starttls=no",
        "smtp://an:geheim@mail.phuong.example?nonsense",
        "smtp://an:geheim@[mail",
    ],
)
def test_another_address_is_refused_without_repeating_it(tmp_path: Path, url: str) -> None:
    with pytest.raises(SettingsError) as refused:
        settings(tmp_path, smtp_url=url, mail_from="qms@phuong.example")
    assert "geheim" not in str(refused.value)
    assert refused.value.__cause__ is None


@pytest.mark.parametrize("sender", ["", "qms", "qms@phuong.example\nBcc: x@y.example", "a@b@c", "ISO <>", "qms @phuong.example"])
def test_a_mail_server_needs_a_sender(tmp_path: Path, sender: str) -> None:
    (tmp_path / "settings.toml").write_text(f"mail_from = {sender!r}".replace("'", '"'), encoding="utf-8")
    with pytest.raises(SettingsError, match="QMS_MAIL_FROM"):
        settings(tmp_path, smtp_url="smtp://localhost")


def test_without_a_mail_server_nothing_else_is_needed(tmp_path: Path) -> None:
    loaded = settings(tmp_path)
    assert (loaded.mail_server, loaded.mail_from, loaded.digest_hour) == (None, None, 7)  # type: ignore[attr-defined]


def test_the_password_is_not_shown(tmp_path: Path) -> None:
    assert "geheim" not in repr(settings(tmp_path, smtp_url="smtps://an:geheim@mail.example", mail_from="qms@phuong.example"))


@pytest.mark.parametrize("hour", ["6", "18", "-1", "seven", "7.5"])
def test_the_digest_comes_in_office_hours(tmp_path: Path, hour: str) -> None:
    with pytest.raises(SettingsError, match="QMS_DIGEST_HOUR"):
        settings(tmp_path, digest_hour=hour)
