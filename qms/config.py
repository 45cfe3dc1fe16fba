"""The settings of an installation: read once, checked at start, never changed while it runs.

An environment variable wins over ``settings.toml`` in the instance folder, which wins over the default.
"""

import os
import re
import secrets
import tomllib
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from difflib import get_close_matches
from email.headerregistry import Address
from email.utils import parseaddr
from ipaddress import ip_address
from pathlib import Path
from urllib.parse import parse_qs, unquote, urlsplit

from flask import current_app

STORED = frozenset(
    [
        "database_url",
        "secret_key",
        "public_url",
        "trusted_proxies",
        "evaluation_day",
        "report_to",
        "report_copies",
        "superior_name",
        "place",
        "smtp_url",
        "mail_from",
        "digest_hour",
        "results_days",
        "trail_head_to",
        "oidc_issuer",
        "oidc_client_id",
        "oidc_client_secret",
        "oidc_title",
        "oidc_username_claim",
        "oidc_username_domains",
        "oidc_unit_claim",
        "oidc_roles_claim",
        "oidc_groups_claim",
        "oidc_hosts",
        "oidc_strong_acr",
        "oidc_may_grant_administrator",
    ]
)
"""What may stand in ``settings.toml``, and with ``QMS_`` before it in the environment."""
ENVIRONMENT = frozenset({"instance", "language"})
"""What only the environment may say."""


class SettingsError(Exception):
    """A setting that cannot be used; the message is one sentence that says what is allowed."""


@dataclass(frozen=True)
class MailServer:
    """Where letters are handed over; the password is in no message, log or page. ``security``: none, starttls or tls."""

    host: str
    port: int
    security: str
    username: str | None = None
    password: str | None = field(default=None, repr=False)


@dataclass(frozen=True)
class DirectorySettings:
    """The identity provider of the organisation (OpenID Connect), and what its claims mean here.

    ``hosts``: names beside the issuer's own that its endpoints may have. ``groups``: value of the groups claim → ``role`` or
    ``role@unit``. ``strong_acr``: values of ``acr`` that mean more than one factor, beside those known everywhere.
    """

    issuer: str
    client_id: str
    client_secret: str = field(repr=False)
    title: str
    username_claim: str = "preferred_username"
    unit_claim: str = "qms_unit"
    roles_claim: str = "qms_roles"
    groups_claim: str = "groups"
    groups: Mapping[str, str] = field(default_factory=dict)
    roles_named: bool = False
    username_domains: frozenset[str] = frozenset()
    hosts: frozenset[str] = frozenset()
    strong_acr: frozenset[str] = frozenset()
    may_grant_administrator: bool = False

    @property
    def expects_roles(self) -> bool:
        """Whether every token has to hold the roles claim: it is named in the settings, or nothing else gives roles."""
        return self.roles_named or not self.groups


@dataclass(frozen=True)
class Settings:
    """Everything that differs between installations."""

    instance: Path
    database_url: str
    secret_key: str
    public_url: str
    trusted_proxies: int
    evaluation_month: int
    evaluation_day: int
    superior_name: str
    place: str
    report_to: str = ""
    report_copies: tuple[str, ...] = ()
    mail_server: MailServer | None = None
    mail_from: Address | None = None
    digest_hour: int = 7
    results_days: int = 7
    trail_head_to: str | None = None
    directory: DirectorySettings | None = None

    @property
    def secure(self) -> bool:
        """Whether people reach the application by https; cookies are Secure exactly then."""
        return self.public_url.startswith("https://")

    @property
    def files(self) -> Path:
        """Folder of uploaded files."""
        return self.instance / "files"

    @property
    def results(self) -> Path:
        """Folder of the files that long work leaves for its owner for a time."""
        return self.instance / "results"

    @property
    def drafts(self) -> Path:
        """Folder of the files that people began to work on."""
        return self.instance / "drafts"

    @property
    def is_sqlite(self) -> bool:
        """Whether the embedded database is used."""
        return self.database_url.startswith("sqlite")


def present_settings() -> Settings:
    """The settings of the application that answers now."""
    settings: Settings = current_app.extensions["qms.settings"]
    return settings


def load_settings(environment: Mapping[str, str] | None = None) -> Settings:
    """Reads the settings; makes the instance folder and the secret key (mode 0600) on the first start.

    Raises ``SettingsError`` for anything that cannot be used.
    """
    environment = os.environ if environment is None else environment
    instance = Path(environment.get("QMS_INSTANCE", "instance")).expanduser().resolve()
    try:
        instance.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise SettingsError(f"The instance folder {instance} cannot be made: {error.strerror}.") from error
    stored = _stored(instance / "settings.toml")
    _refuse_unknown(environment, stored)

    def value(name: str, default: str) -> str:
        return environment.get("QMS_" + name.upper(), str(stored.get(name, default))).strip()

    month, day = _yearly_day(value("evaluation_day", "12-01"))
    mail_server = _mail_server(value("smtp_url", ""))
    return Settings(
        instance=instance,
        database_url=_database_url(value("database_url", ""), instance),
        secret_key=value("secret_key", "") or _kept_key(instance / "secret_key"),
        public_url=_public_url(value("public_url", "http://127.0.0.1:5000").rstrip("/")),
        trusted_proxies=_whole("QMS_TRUSTED_PROXIES", value("trusted_proxies", "0")),
        evaluation_month=month,
        evaluation_day=day,
        superior_name=value("superior_name", ""),
        place=value("place", ""),
        report_to=value("report_to", ""),
        report_copies=tuple(filter(None, (one.strip() for one in value("report_copies", "").split(";")))),
        mail_server=mail_server,
        mail_from=_mail_from(value("mail_from", "")) if mail_server else None,
        digest_hour=_digest_hour(value("digest_hour", "7")),
        results_days=_results_days(value("results_days", "7")),
        trail_head_to=_trail_head_to(value("trail_head_to", "")),
        directory=_directory(value, stored.get("oidc")),
    )


def _stored(path: Path) -> dict[str, object]:
    if not path.exists():
        return {}
    try:
        return tomllib.loads(path.read_text(encoding="utf-8"))
    except (tomllib.TOMLDecodeError, UnicodeDecodeError, OSError) as error:
        raise SettingsError(f"{path} cannot be read as TOML: {error}.") from error


def _refuse_unknown(environment: Mapping[str, str], stored: Mapping[str, object]) -> None:
    """A setting with a slip in its name would be as if it had not been set, and nobody would hear of it."""
    told = {name for name in environment if name.startswith("QMS_")}
    known = {f"QMS_{name.upper()}" for name in STORED | ENVIRONMENT}
    table = stored.get("oidc", {})
    within = {f"oidc.{name}" for name in table} if isinstance(table, dict) else {"oidc"}
    for names, allowed in ((told, known), (set(stored) - {"oidc"}, STORED), (within, {"oidc.groups"})):
        for name in sorted(names - allowed):
            near = get_close_matches(name, allowed, 1)
            raise SettingsError(f"There is no setting {name}" + (f"; is {near[0]} meant?" if near else "."))


def _public_url(url: str) -> str:
    """The address people use; anything else would stand on papers and in letters, and in what passkeys are bound to."""
    wrong = SettingsError(f"QMS_PUBLIC_URL is “{url}”; it must be like https://qms.example.vn.")
    try:
        parts = urlsplit(url)
        host, _port = parts.hostname or "", parts.port
    except ValueError:
        raise wrong from None
    named = re.fullmatch(r"[A-Za-z0-9-]+(\.[A-Za-z0-9-]+)*|[0-9a-f:]+", host)
    if parts.scheme not in {"http", "https"} or named is None or "@" in parts.netloc or set(url) & set("?#\\ "):
        raise wrong
    return url


def _database_url(url: str, instance: Path) -> str:
    if not url:
        return f"sqlite:///{instance / 'qms.sqlite3'}"
    if url.startswith("postgres://"):
        url = "postgresql://" + url.removeprefix("postgres://")
    if not url.startswith(("sqlite:///", "postgresql://", "postgresql+psycopg://")):
        raise SettingsError("QMS_DATABASE_URL must begin with sqlite:/// or postgresql://.")
    if url.startswith("sqlite:///"):  # a relative path means the same to the server, to commands and to backups
        return f"sqlite:///{Path(url.removeprefix('sqlite:///')).expanduser().resolve()}"
    return url


def _kept_key(path: Path) -> str:
    if path.exists():
        return path.read_text(encoding="ascii").strip()
    key = secrets.token_urlsafe(48)
    try:
        descriptor = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    except FileExistsError:  # another process was faster
        return path.read_text(encoding="ascii").strip()
    with os.fdopen(descriptor, "w", encoding="ascii") as file:
        file.write(key)
    return key


def _whole(name: str, text: str) -> int:
    if not text.isdigit():
        raise SettingsError(f"{name} is “{text}”; it must be a whole number from 0.")
    return int(text)


def _yearly_day(text: str) -> tuple[int, int]:
    month, _, day = text.partition("-")
    if not (month.isdigit() and day.isdigit() and 1 <= int(month) <= 12 and 1 <= int(day) <= 28):
        raise SettingsError(f"QMS_EVALUATION_DAY is “{text}”; it must be month-day such as 12-01, the day at most 28.")
    return int(month), int(day)


def _mail_server(url: str) -> MailServer | None:
    """Reads smtp://user:password@host:587?starttls=yes or smtps://…; no message repeats the address, it holds the password."""
    if not url:
        return None
    wrong = SettingsError("QMS_SMTP_URL must be like smtp://user:password@mail.example.vn:587?starttls=yes or smtps://…:465.")
    try:
        parts, query = urlsplit(url), parse_qs(urlsplit(url).query, strict_parsing=bool(urlsplit(url).query))
        port = parts.port
    except ValueError:
        raise wrong from None
    if parts.scheme not in {"smtp", "smtps"} or not parts.hostname or parts.path.strip("/") or parts.fragment:
        raise wrong
    near = _is_this_machine(parts.hostname)
    chosen = query.pop("starttls", ["no" if near else "yes"])[-1]
    if query or chosen not in {"yes", "no"} or bool(parts.username) != bool(parts.password):
        raise wrong
    security = "tls" if parts.scheme == "smtps" else "starttls" if chosen == "yes" else "none"
    if security == "none" and parts.password and not near:
        raise SettingsError("QMS_SMTP_URL would send the password in the clear; use starttls=yes or smtps://.")
    return MailServer(
        host=parts.hostname,
        port=port or {"tls": 465, "starttls": 587, "none": 25}[security],
        security=security,
        username=unquote(parts.username) if parts.username else None,
        password=unquote(parts.password) if parts.password else None,
    )


def _is_this_machine(host: str) -> bool:
    try:
        return ip_address(host).is_loopback
    except ValueError:
        return host == "localhost"


def _mail_from(text: str) -> Address:
    wrong = SettingsError(f"QMS_MAIL_FROM is “{text}”; it must be like ISO 9001 <qms@example.vn>.")
    name, address = parseaddr(text)
    if not text.isprintable() or not re.fullmatch(r"[^@\s]+@[^@\s]+", address) or not text.rstrip(">").endswith(address):
        raise wrong
    try:
        return Address(display_name=name, addr_spec=address)
    except (ValueError, IndexError):
        raise wrong from None


def _trail_head_to(text: str) -> str | None:
    if not text:
        return None
    if not re.fullmatch(r"[!-?A-~]+@[A-Za-z0-9.-]+", text):
        raise SettingsError(f"QMS_TRAIL_HEAD_TO is “{text}”; it must be one mail address such as kiemtra@example.vn.")
    return text


def _digest_hour(text: str) -> int:
    if not (text.isdigit() and 7 <= int(text) <= 17):
        raise SettingsError(f"QMS_DIGEST_HOUR is “{text}”; it must be an hour from 7 to 17.")
    return int(text)


def _results_days(text: str) -> int:
    if not (text.isdigit() and 1 <= int(text) <= 90):
        raise SettingsError(f"QMS_RESULTS_DAYS is “{text}”; it must be a number of days from 1 to 90.")
    return int(text)


def _directory(value: Callable[[str, str], str], table: object) -> DirectorySettings | None:
    issuer = value("oidc_issuer", "")
    if not issuer:
        return None
    issuer = issuer.rstrip("/")
    if not is_safe_address(issuer) or urlsplit(issuer).query:
        raise SettingsError(f"QMS_OIDC_ISSUER is “{issuer}”; it must begin with https:// (http:// only on this very machine).")
    client_id, client_secret = value("oidc_client_id", ""), value("oidc_client_secret", "")
    if not client_id or not client_secret:
        raise SettingsError("QMS_OIDC_ISSUER needs QMS_OIDC_CLIENT_ID and QMS_OIDC_CLIENT_SECRET.")
    return DirectorySettings(
        issuer=issuer,
        client_id=client_id,
        client_secret=client_secret,
        title=value("oidc_title", "") or urlsplit(issuer).hostname or issuer,
        username_claim=value("oidc_username_claim", "preferred_username"),
        unit_claim=value("oidc_unit_claim", "qms_unit"),
        roles_claim=value("oidc_roles_claim", "") or "qms_roles",
        roles_named=bool(value("oidc_roles_claim", "")),
        groups_claim=value("oidc_groups_claim", "groups"),
        groups=_groups(table),
        username_domains=_domains(value("oidc_username_domains", "")),
        hosts=frozenset(value("oidc_hosts", "").lower().replace(",", " ").split()),
        strong_acr=frozenset(value("oidc_strong_acr", "").replace(",", " ").split()),
        may_grant_administrator=_yes("QMS_OIDC_MAY_GRANT_ADMINISTRATOR", value("oidc_may_grant_administrator", "no")),
    )


def _domains(text: str) -> frozenset[str]:
    named = frozenset(text.casefold().replace(",", " ").split())
    for domain in sorted(named):
        if not re.fullmatch(r"[a-z0-9-]+(\.[a-z0-9-]+)+", domain):
            raise SettingsError(f"QMS_OIDC_USERNAME_DOMAINS names “{domain}”; a domain is like minhan.gov.vn, without @.")
    return named


def is_safe_address(address: str) -> bool:
    """Whether nobody on the way can read or change what is sent there: https, or this very machine; no password in it."""
    try:
        parts = urlsplit(address)
        host = parts.hostname or ""
        parts.port  # noqa: B018 - raises for what is no port
    except ValueError:
        return False
    if not host or parts.username is not None or parts.fragment or any(ord(letter) <= 32 for letter in address):
        return False
    return parts.scheme == "https" or (parts.scheme == "http" and _is_loopback(host))


def _is_loopback(host: str) -> bool:
    try:
        return ip_address(host).is_loopback
    except ValueError:
        return host == "localhost"


def _groups(table: object) -> Mapping[str, str]:
    groups = table.get("groups", {}) if isinstance(table, dict) else {}
    if not isinstance(groups, dict) or not all(isinstance(role, str) for role in groups.values()):
        raise SettingsError('The table [oidc.groups] of settings.toml gives each group one role, such as "iso-p1" = "staff@P1".')
    return {str(group): role.strip() for group, role in groups.items()}


def _yes(name: str, text: str) -> bool:
    if text.lower() not in {"yes", "no"}:
        raise SettingsError(f"{name} is “{text}”; it must be yes or no.")
    return text.lower() == "yes"
