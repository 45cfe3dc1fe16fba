"""People who come in by the directory of the province (OpenID Connect), through a real provider on this machine."""

import base64
import json
import time
from collections.abc import Callable, Iterator, Mapping
from dataclasses import replace
from typing import Any
from urllib.parse import parse_qs, urlsplit

import pytest
import requests
from flask import Flask
from flask.testing import FlaskClient
from joserfc import jwt
from joserfc.jwk import RSAKey
from sqlalchemy import select

from qms.accounts.directory import service as directory
from qms.accounts.directory.provider import Provider
from qms.accounts.directory.views import PLACE
from qms.accounts.models import DirectoryIdentity, Grant, Person, Session
from qms.accounts.permissions import Role
from qms.accounts.service import find
from qms.config import DirectorySettings
from qms.kernel.db import db
from qms.trail.models import TrailEntry
from qms.units.models import Unit
from tests.accounts.directory import CLIENT, grants, link_of
from tests.accounts.provider import RunningProvider, back_to_us, come_in, running_provider
from tests.office import Office, past_the_trail


@pytest.fixture(scope="module")
def provider() -> Iterator[RunningProvider]:
    """A provider for all tests of this module."""
    with running_provider() as running:
        yield running


Configure = Callable[..., DirectorySettings]


@pytest.fixture
def configured(app: Flask, provider: RunningProvider, monkeypatch: pytest.MonkeyPatch) -> Configure:
    """Sets the directory of the application; called again it changes single settings."""

    def configure(**fields: Any) -> DirectorySettings:
        settings = DirectorySettings(**{"issuer": provider.issuer, **CLIENT, **fields})
        app.extensions["qms.settings"] = replace(app.extensions["qms.settings"], directory=settings)
        monkeypatch.setitem(app.extensions, PLACE, Provider(settings))
        return settings

    configure()
    return configure


@pytest.fixture
def ward(office: Office) -> Unit:
    """A ward with one division."""
    unit = office.agency("P1", name="Phường Một")
    office.unit("P1-VH", parent=unit)
    return unit


def lan(provider: RunningProvider, **claims: Any) -> str:
    """Makes somebody known to the provider; answers with the subject."""
    subject = f"lan-{time.monotonic_ns()}"
    told = {"preferred_username": "lan", "name": "Nguyễn Thị Lan", "email": "lan@example.vn", "qms_unit": "P1", **claims}
    provider.knows(subject, **{name: value for name, value in told.items() if value is not None})
    return subject


def deeds() -> list[str]:
    """What the trail tells."""
    return list(db.session.scalars(select(TrailEntry.deed).order_by(TrailEntry.id)))


def is_in(client: FlaskClient) -> bool:
    """Whether somebody is signed in, whatever the role."""
    return client.get("/account").status_code == 200


@pytest.mark.usefixtures("configured", "ward")
def test_somebody_new_gets_an_account_with_unit_and_roles(client: FlaskClient, provider: RunningProvider) -> None:
    subject = lan(provider, qms_roles=["staff", "auditor@P1-VH"])
    answer = come_in(client, provider, subject, "/units?q=phuong")
    assert answer.headers["Location"] == "/units?q=phuong"
    assert client.get("/units").status_code == 200
    person = find("lan")
    assert person is not None
    assert (person.full_name, person.email, person.unit.code, person.password_hash) == (
        "Nguyễn Thị Lan",
        "lan@example.vn",
        "P1",
        None,
    )
    assert grants("lan") == {("staff", "P1"), ("auditor", "P1-VH")}
    assert deeds() == ["create", "link_directory", "give_role", "give_role", "sign_in"]
    way = db.session.scalars(select(TrailEntry.changes).where(TrailEntry.deed == "sign_in")).one()
    assert way == {"way": [None, "directory"]}


@pytest.mark.usefixtures("configured", "ward")
def test_the_way_there_is_guarded(client: FlaskClient) -> None:
    asked = parse_qs(urlsplit(client.get("/sign-in/directory").headers["Location"]).query)
    assert asked["response_type"] == ["code"]
    assert asked["code_challenge_method"] == ["S256"]
    assert len(asked["code_challenge"][0]) == 43
    assert asked["state"][0]
    assert asked["nonce"][0]
    assert asked["redirect_uri"] == ["http://127.0.0.1:5000/sign-in/directory/return"]


@pytest.mark.usefixtures("configured", "ward")
def test_the_same_person_is_known_by_issuer_and_subject_whatever_the_name(client: FlaskClient, provider: RunningProvider) -> None:
    subject = lan(provider)
    come_in(client, provider, subject)
    client.post("/sign-out")
    provider.knows(subject, preferred_username="lan.moi", qms_unit="P1")
    come_in(client, provider, subject)
    assert is_in(client)
    assert find("lan.moi") is None
    assert len(db.session.scalars(select(DirectoryIdentity)).all()) == 1


@pytest.mark.usefixtures("configured")
def test_an_account_of_the_same_user_name_is_linked_once(
    app: Flask, client: FlaskClient, office: Office, ward: Unit, provider: RunningProvider
) -> None:
    known = office.person("lan", unit=ward, role=Role.UNIT_HEAD)
    come_in(client, provider, lan(provider))
    assert db.session.scalars(select(Session.person_id)).one() == known.id
    stranger = app.test_client()
    refused = come_in(stranger, provider, lan(provider))
    assert refused.status_code == 403
    assert not is_in(stranger)


@pytest.mark.usefixtures("configured")
def test_the_same_mail_address_proves_nothing(client: FlaskClient, office: Office, ward: Unit, provider: RunningProvider) -> None:
    victim = office.person("giamdoc", unit=ward, role=Role.UNIT_HEAD, email="giamdoc@example.vn")
    come_in(client, provider, lan(provider, preferred_username="ke.gian", email="giamdoc@example.vn", email_verified=True))
    assert victim.id not in db.session.scalars(select(DirectoryIdentity.person_id)).all()
    client.post("/sign-out")
    assert come_in(client, provider, lan(provider, preferred_username=None, email="giamdoc@example.vn")).status_code == 403
    assert victim.id not in db.session.scalars(select(Session.person_id)).all()


@pytest.mark.usefixtures("configured")
@pytest.mark.parametrize(
    "claims",
    [{"qms_unit": None}, {"qms_unit": "P9"}, {"preferred_username": None}, {"preferred_username": "lan@tinh"}, {"qms_unit": 7}],
    ids=["no unit", "unknown unit", "no user name", "no user name of ours", "a number for a unit"],
)
def test_no_account_is_made_for_somebody_without_a_place_here(
    client: FlaskClient, ward: Unit, provider: RunningProvider, claims: dict[str, object], caplog: pytest.LogCaptureFixture
) -> None:
    refused = come_in(client, provider, lan(provider, **claims))
    assert refused.status_code == 403
    assert not is_in(client)
    assert db.session.scalars(select(Person)).all() == []
    assert deeds() == []
    assert "not admitted" in caplog.text


@pytest.mark.usefixtures("configured")
def test_a_closed_account_stays_closed(client: FlaskClient, office: Office, ward: Unit, provider: RunningProvider) -> None:
    person = office.person("lan", unit=ward, disabled=True)
    subject = lan(provider, qms_roles=["staff"])
    assert come_in(client, provider, subject).status_code == 403
    with past_the_trail():
        person.disabled = False
    come_in(client, provider, subject)
    assert is_in(client)
    client.post("/sign-out")
    with past_the_trail():
        person.disabled = True
    provider.knows(subject, preferred_username="lan", qms_unit="P1", qms_roles=["auditor"])
    assert come_in(client, provider, subject).status_code == 403
    assert not is_in(client)
    assert grants("lan") == {("staff", "P1")}


@pytest.mark.usefixtures("configured")
def test_roles_follow_the_directory_at_each_sign_in_and_others_are_left_alone(
    client: FlaskClient, office: Office, ward: Unit, provider: RunningProvider
) -> None:
    person = office.person("lan", unit=ward, role=Role.READER)
    subject = lan(provider, qms_roles="staff; auditor@P1-VH")
    come_in(client, provider, subject)
    client.post("/sign-out")
    assert grants("lan") == {("staff", "P1"), ("auditor", "P1-VH")}
    provider.knows(subject, preferred_username="lan", qms_unit="P1-VH", qms_roles=["Staff@P1", "unit_head"])
    come_in(client, provider, subject)
    client.post("/sign-out")
    assert grants("lan") == {("staff", "P1"), ("unit_head", "P1-VH")}
    assert office.again(person).unit.code == "P1-VH"
    provider.knows(subject, preferred_username="lan", qms_roles=[])
    come_in(client, provider, subject)
    assert grants("lan") == set()
    own = db.session.scalars(select(Grant).where(Grant.by_directory.is_(False))).one()
    assert (own.role, own.revoked_at) == (Role.READER, None)
    assert office.again(person).unit.code == "P1-VH", "a claim that is missing moves nobody"


@pytest.mark.usefixtures("configured", "ward")
def test_what_means_nothing_here_is_ignored_and_told(
    client: FlaskClient, provider: RunningProvider, caplog: pytest.LogCaptureFixture
) -> None:
    come_in(client, provider, lan(provider, qms_roles=["staff", "king", "auditor@P9", {"a": 1}, "", "administrator"]))
    assert grants("lan") == {("staff", "P1")}
    told = db.session.scalars(select(TrailEntry.changes).where(TrailEntry.deed == "ignore_directory_claims")).one()
    assert told == {"ignored": [None, ["king", "auditor@P9", "administrator"]]}
    assert "auditor@P9" in caplog.text


@pytest.mark.usefixtures("ward")
def test_the_directory_makes_administrators_only_when_the_operator_says_so(
    client: FlaskClient, provider: RunningProvider, configured: Configure
) -> None:
    configured(may_grant_administrator=True)
    come_in(client, provider, lan(provider, qms_roles=["administrator"], amr=["pwd", "otp"]))
    assert grants("lan") == {("administrator", "P1")}
    assert is_in(client)


@pytest.mark.usefixtures("configured")
def test_the_directory_takes_no_account_of_an_administrator_over(
    client: FlaskClient, office: Office, ward: Unit, provider: RunningProvider
) -> None:
    office.person("lan", unit=ward, role=Role.ADMINISTRATOR)
    assert come_in(client, provider, lan(provider, amr=["mfa"])).status_code == 403
    assert not is_in(client)


@pytest.mark.usefixtures("ward")
def test_groups_of_the_directory_are_mapped_by_a_table(
    client: FlaskClient, provider: RunningProvider, configured: Configure
) -> None:
    configured(groups={"iso-p1": "staff@P1", "iso-vh": "auditor@P1-VH", "admins": "administrator"})
    come_in(client, provider, lan(provider, groups=["iso-p1", "iso-vh", "mail-users", "admins"]))
    assert grants("lan") == {("staff", "P1"), ("auditor", "P1-VH")}


@pytest.mark.usefixtures("ward")
def test_claims_may_have_other_names(client: FlaskClient, provider: RunningProvider, configured: Configure) -> None:
    configured(username_claim="tai_khoan", unit_claim="don_vi", roles_claim="vai_tro")
    come_in(client, provider, lan(provider, tai_khoan="lan.p1", don_vi="P1-VH", vai_tro=["staff"]))
    person = find("lan.p1")
    assert person is not None
    assert person.unit.code == "P1-VH"
    assert grants("lan.p1") == {("staff", "P1-VH")}


@pytest.mark.usefixtures("ward")
@pytest.mark.parametrize(
    ("claims", "strong"),
    [
        ({}, False),
        ({"amr": ["pwd"]}, False),
        ({"amr": ["pwd", "mfa"]}, True),
        ({"amr": ["hwk"]}, True),
        ({"acr": "1"}, False),
        ({"acr": "https://refeds.org/profile/mfa"}, True),
        ({"acr": "gold"}, True),
    ],
)
def test_our_own_second_step_follows_unless_the_directory_saw_one(
    client: FlaskClient, provider: RunningProvider, configured: Configure, claims: dict[str, object], strong: bool
) -> None:
    configured(strong_acr=frozenset({"gold"}))
    answer = come_in(client, provider, lan(provider, qms_roles=["quality_officer"], **claims), "/units")
    assert (answer.headers["Location"] == "/units") is strong
    assert (client.get("/units").status_code == 200) is strong


def test_nonsense_for_methods_is_no_second_factor(configured: Configure) -> None:
    settings = configured()
    assert not directory.is_strong({"amr": "mfa", "acr": ["phr"]}, settings)
    assert not directory.is_strong({"amr": {"mfa": True}, "acr": None}, settings)


@pytest.mark.usefixtures("configured", "ward")
@pytest.mark.parametrize(
    "claims",
    [
        {"aud": "another client"},
        {"aud": "another client", "azp": "qms"},
        {"aud": ["qms", "another client"]},
        {"iss": "https://evil.example"},
        {"exp": 1},
        {"nonce": "of another browser"},
        {"nonce": None},
        {"iat": "yesterday"},
    ],
    ids=[
        "for another client",
        "for another client by us",
        "for others, too",
        "of another issuer",
        "expired",
        "another nonce",
        "empty nonce",
        "no instant",
    ],
)
def test_a_token_that_is_not_meant_for_us_now_is_refused(
    client: FlaskClient, provider: RunningProvider, claims: dict[str, Any], caplog: pytest.LogCaptureFixture
) -> None:
    subject = f"wrong-{time.monotonic_ns()}"
    provider.knows(subject, preferred_username="lan", qms_unit="P1", **claims)
    refused = come_in(client, provider, subject)
    assert refused.status_code == 400
    assert not is_in(client)
    assert find("lan") is None
    assert "not confirmed" in caplog.text


def tampered(monkeypatch: pytest.MonkeyPatch, change: Callable[[dict[str, Any]], None]) -> None:
    """Changes what the token endpoint answers on its way to us."""
    real = requests.Session.request

    def request(self: requests.Session, method: str, url: str, *args: Any, **kwargs: Any) -> requests.Response:
        answer = real(self, method, url, *args, **kwargs)
        if url.endswith("/token"):
            told = answer.json()
            change(told)
            monkeypatch.setattr(answer, "json", lambda: told)
        return answer

    monkeypatch.setattr(requests.Session, "request", request)


@pytest.mark.usefixtures("configured", "ward")
@pytest.mark.parametrize("forgery", ["another key", "no signature", "a shared secret", "no token", "rubbish"])
def test_a_forged_token_is_refused(
    client: FlaskClient, provider: RunningProvider, forgery: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    def forge(told: dict[str, Any]) -> None:
        header, body, _signature = told["id_token"].split(".")
        claims = jwt_claims(body)
        if forgery == "another key":
            told["id_token"] = jwt.encode({"alg": "RS256"}, claims, RSAKey.generate_key(2048))
        elif forgery == "no signature":
            told["id_token"] = f"eyJhbGciOiJub25lIn0.{body}."
        elif forgery == "a shared secret":
            told["id_token"] = f"eyJhbGciOiJIUzI1NiJ9.{body}.AAAA"
        elif forgery == "no token":
            del told["id_token"]
        else:
            told["id_token"] = f"{header}.{body}"

    there = client.get("/sign-in/directory").headers["Location"]
    back = back_to_us(provider.confirm(there, lan(provider)))
    tampered(monkeypatch, forge)
    assert client.get(back).status_code == 400
    assert not is_in(client)


def jwt_claims(body: str) -> dict[str, Any]:
    """The claims of a token, not checked."""
    claims: dict[str, Any] = json.loads(base64.urlsafe_b64decode(body + "=="))
    return claims


@pytest.mark.usefixtures("configured", "ward")
def test_the_way_back_belongs_to_the_browser_that_went_there_and_works_once(
    app: Flask, client: FlaskClient, provider: RunningProvider
) -> None:
    there = client.get("/sign-in/directory").headers["Location"]
    back = back_to_us(provider.confirm(there, lan(provider)))
    other = app.test_client()
    assert other.get(back).status_code == 400
    assert not is_in(other)
    assert client.get("/sign-in/directory/return?code=x&state=y").status_code == 400
    assert client.get(back + "&iss=https://evil.example").status_code == 400
    assert client.get(back).status_code == 302
    client.post("/sign-out")
    assert client.get(back).status_code == 400
    assert not is_in(client)


@pytest.mark.usefixtures("configured", "ward")
def test_whoever_goes_away_from_the_provider_hears_it(client: FlaskClient, provider: RunningProvider) -> None:
    there = client.get("/sign-in/directory").headers["Location"]
    answer = client.get(back_to_us(provider.deny(there)))
    assert answer.status_code in {400, 403}
    assert CLIENT["title"] in answer.text
    assert not is_in(client)


@pytest.mark.usefixtures("configured", "ward")
@pytest.mark.parametrize("address", ["https://evil.example/", "//evil.example"])
def test_the_directory_never_leads_out_of_the_house(client: FlaskClient, provider: RunningProvider, address: str) -> None:
    assert come_in(client, provider, lan(provider), address).headers["Location"] == "/"


def test_while_the_provider_is_down_the_password_still_opens(
    client: FlaskClient,
    office: Office,
    ward: Unit,
    configured: Configure,
    sign_in: Callable[..., object],
    caplog: pytest.LogCaptureFixture,
) -> None:
    configured(issuer="http://127.0.0.1:9")
    office.person("lan", unit=ward, role=Role.STAFF)
    assert CLIENT["title"] in client.get("/sign-in").text
    answer = client.get("/sign-in/directory")
    assert answer.status_code == 503
    assert CLIENT["title"] in answer.text
    assert "down" in caplog.text
    sign_in(client, "lan")
    assert is_in(client)


def test_without_a_directory_its_pages_do_not_exist(client: FlaskClient) -> None:
    assert client.get("/sign-in/directory").status_code == 404
    assert client.get("/sign-in/directory/return?code=a&state=b").status_code == 404
    assert "/sign-in/directory" not in client.get("/sign-in").text


@pytest.mark.usefixtures("configured", "ward")
def test_a_redirect_of_the_provider_is_not_followed(client: FlaskClient, monkeypatch: pytest.MonkeyPatch) -> None:
    seen: list[Mapping[str, Any]] = []
    real = requests.Session.request

    def request(self: requests.Session, method: str, url: str, *args: Any, **kwargs: Any) -> requests.Response:
        seen.append({"url": url, **kwargs})
        return real(self, method, url, *args, **kwargs)

    monkeypatch.setattr(requests.Session, "request", request)
    client.get("/sign-in/directory")
    assert seen
    assert all(one["allow_redirects"] is False and one["timeout"] for one in seen)


def test_whoever_is_somebody_else_in_the_directory_now_is_unlinked_by_an_administrator(
    client: FlaskClient,
    office: Office,
    ward: Unit,
    provider: RunningProvider,
    configured: Configure,
    sign_in: Callable[..., object],
) -> None:
    configured(groups={"iso": "staff"})
    person = office.person("lan", unit=ward)
    office.person("quan-tri", unit=ward, role=Role.ADMINISTRATOR)
    come_in(client, provider, lan(provider))
    assert "groups" in caught(client, sign_in, person.id), "the page says what was not told"
    assert come_in(client, provider, lan(provider)).status_code == 403, "the account belongs to the old subject"
    sign_in(client, "quan-tri")
    assert client.post(f"/people/{person.id}/unlink-directory").status_code == 303
    assert link_of(person.id) is None
    assert not db.session.scalars(select(Session).where(Session.person_id == person.id, Session.ended_at.is_(None))).all()
    assert "unlink_directory" in deeds()
    client.post("/sign-out")
    assert come_in(client, provider, lan(provider, groups=["iso"])).status_code == 302
    assert grants("lan") == {("staff", "P1")}


def caught(client: FlaskClient, sign_in: Callable[..., object], person_id: int) -> str:
    """The page of a person as the administrator sees it; nobody is signed in afterwards."""
    client.post("/sign-out")
    sign_in(client, "quan-tri")
    text = client.get(f"/people/{person_id}").text
    client.post("/sign-out")
    return text


def test_the_way_back_writes_one_line_into_the_log_whatever_its_address_says(
    configured: Configure, client: FlaskClient, caplog: pytest.LogCaptureFixture
) -> None:
    client.get("/sign-in/directory/return?error=x&error_description=a%0AWARNING%20forged")
    told = [one.getMessage() for one in caplog.records if "directory:" in one.getMessage()]
    assert told
    assert not any("\n" in one for one in told)
