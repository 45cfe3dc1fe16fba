"""Passkeys: what is accepted as proof of who somebody is, and everything that is not."""

import json
from datetime import timedelta

import pytest
from flask_babel import force_locale
from sqlalchemy import select

from qms.accounts.models import Passkey, Person
from qms.accounts.passkeys import service as passkeys
from qms.accounts.passkeys.service import Challenge, Proof, Purpose
from qms.accounts.permissions import Role
from qms.kernel.db import db, writing
from qms.kernel.moment import Moment
from qms.kernel.refusal import Refusal, Refused
from qms.trail.models import TrailEntry
from tests.accounts.authenticator import Authenticator
from tests.office import Office, past_the_trail

HERE = passkeys.site("https://qms.example.vn")


@pytest.fixture
def head(office: Office) -> Person:
    """A unit head."""
    return office.person("truongphong", unit=office.agency("P1", name="Phường Một"), role=Role.UNIT_HEAD)


@pytest.fixture
def phone() -> Authenticator:
    """A phone with a fingerprint reader."""
    return Authenticator("https://qms.example.vn", "qms.example.vn")


def later(moment: Moment, **parts: int) -> Moment:
    """The same person some time later."""
    return Moment(moment.person, moment.instant + timedelta(**parts), moment.address)


def registered(person: Person, device: Authenticator, moment: Moment, title: str = "Điện thoại") -> Passkey:
    """A passkey of the device, made as the account page makes it."""
    challenge = passkeys.new_challenge(Purpose.REGISTER, moment.instant, person)
    answer = device.make(passkeys.registration_options(person, challenge, HERE, "Phường Một"))
    with writing():
        return passkeys.add(person, answer, challenge, HERE, title, moment)


def proven(answer: str, challenge: Challenge | None, moment: Moment, purpose: Purpose = Purpose.SIGN_IN) -> Proof | Refusal:
    """The verb in a transaction of its own."""
    with writing():
        return passkeys.prove(answer, challenge, purpose, HERE, moment)


def asked(moment: Moment, purpose: Purpose = Purpose.SIGN_IN, person: Person | None = None) -> Challenge:
    """A challenge that was just given."""
    return passkeys.new_challenge(purpose, moment.instant, person)


def deeds() -> list[str]:
    """What the trail tells."""
    return list(db.session.scalars(select(TrailEntry.deed).order_by(TrailEntry.id)))


@pytest.mark.usefixtures("any_app")
def test_a_passkey_proves_who_somebody_is(office: Office, head: Person, phone: Authenticator) -> None:
    made_at = office.moment(head)
    kept = registered(head, phone, made_at)
    assert kept.transports == ["internal"]
    assert deeds() == ["add_passkey"]
    moment = later(made_at, hours=1)
    challenge = asked(moment)
    outcome = proven(phone.sign(passkeys.request_options(challenge, HERE)), challenge, moment)
    assert isinstance(outcome, Proof)
    assert outcome.person.id == head.id
    assert outcome.verified
    assert office.again(kept).used_at == moment.instant
    assert office.again(kept).sign_count == 1
    entry = db.session.scalars(select(TrailEntry).order_by(TrailEntry.id.desc())).first()
    assert entry is not None
    assert (entry.deed, entry.person_id, entry.changes) == ("use_passkey", head.id, {"purpose": [None, "sign_in"]})


def test_a_device_that_does_not_check_the_person_says_so(office: Office, head: Person, phone: Authenticator) -> None:
    phone.verifies = False
    registered(head, phone, office.moment(head))
    challenge = asked(office.moment())
    outcome = proven(phone.sign(passkeys.request_options(challenge, HERE)), challenge, office.moment())
    assert isinstance(outcome, Proof)
    assert not outcome.verified
    assert not outcome.weak, "a unit head can do little harm"
    office.grant(head, Role.QUALITY_OFFICER, head.unit)
    again = asked(later(office.moment(), seconds=1))
    outcome = proven(phone.sign(passkeys.request_options(again, HERE)), again, later(office.moment(), seconds=1))
    assert isinstance(outcome, Proof)
    assert outcome.weak


def test_the_authenticator_learns_nothing_that_names_the_person(office: Office, head: Person, phone: Authenticator) -> None:
    first = registered(head, phone, office.moment(head))
    stick = Authenticator(phone.origin, phone.rp_id, credential_id=b"another")
    second = registered(head, stick, office.moment(head), "Khóa USB")
    assert first.user_handle == second.user_handle == stick.handle
    assert len(first.user_handle) == 43
    other = office.person("nguoikhac", unit=head.unit)
    third = registered(other, Authenticator(phone.origin, phone.rp_id, credential_id=b"third"), office.moment(other))
    assert third.user_handle != first.user_handle


def test_options_ask_for_a_key_the_browser_can_offer_and_no_second_one(
    office: Office, head: Person, phone: Authenticator
) -> None:
    kept = registered(head, phone, office.moment(head))
    options = passkeys.registration_options(head, asked(office.moment(), Purpose.REGISTER, head), HERE, "Phường Một")
    assert options["rp"] == {"name": "Phường Một", "id": "qms.example.vn"}
    assert options["attestation"] == "none"
    assert options["authenticatorSelection"]["residentKey"] == "required"
    assert [one["id"] for one in options["excludeCredentials"]] == [kept.credential_id]
    assert passkeys.request_options(asked(office.moment()), HERE)["allowCredentials"] == []


@pytest.mark.parametrize(
    "client_data",
    [
        {"origin": "https://qms.example.vn.evil.example"},
        {"origin": "http://qms.example.vn"},
        {"challenge": "AAAA"},
        {"type": "webauthn.create"},
        {"crossOrigin": True},
    ],
    ids=["another site", "not https", "another challenge", "another ceremony", "inside another page"],
)
def test_an_answer_made_for_something_else_is_refused(
    office: Office, head: Person, phone: Authenticator, client_data: dict[str, object]
) -> None:
    registered(head, phone, office.moment(head))
    challenge = asked(office.moment())
    answer = phone.sign(passkeys.request_options(challenge, HERE), **client_data)
    assert proven(answer, challenge, office.moment()) is passkeys.NOT_ACCEPTED


def test_a_key_of_another_site_is_refused(office: Office, head: Person, phone: Authenticator) -> None:
    registered(head, phone, office.moment(head))
    phone.rp_id = "evil.example"
    challenge = asked(office.moment())
    assert proven(phone.sign(passkeys.request_options(challenge, HERE)), challenge, office.moment()) is passkeys.NOT_ACCEPTED


def test_an_answer_is_accepted_once(office: Office, head: Person, phone: Authenticator) -> None:
    phone.counter = None  # such as passkeys that are the same on several devices: they count nothing
    registered(head, phone, office.moment(head))
    challenge = asked(office.moment())
    answer = phone.sign(passkeys.request_options(challenge, HERE))
    assert isinstance(proven(answer, challenge, office.moment()), Proof)
    assert proven(answer, challenge, later(office.moment(), seconds=1)) is passkeys.NOT_ACCEPTED
    again = asked(later(office.moment(), seconds=2))
    fresh = phone.sign(passkeys.request_options(again, HERE))
    assert isinstance(proven(fresh, again, later(office.moment(), seconds=3)), Proof)


@pytest.mark.parametrize("seconds", [301, -1])
def test_a_challenge_counts_for_five_minutes(office: Office, head: Person, phone: Authenticator, seconds: int) -> None:
    registered(head, phone, office.moment(head))
    challenge = asked(office.moment())
    answer = phone.sign(passkeys.request_options(challenge, HERE))
    assert proven(answer, challenge, later(office.moment(), seconds=seconds)) is passkeys.TOO_LATE
    assert proven(answer, None, office.moment()) is passkeys.TOO_LATE


def test_a_challenge_counts_for_one_purpose(office: Office, head: Person, phone: Authenticator) -> None:
    registered(head, phone, office.moment(head))
    challenge = asked(office.moment(), Purpose.CONFIRM, head)
    answer = phone.sign(passkeys.request_options(challenge, HERE))
    assert proven(answer, challenge, office.moment(), Purpose.SIGN_IN) is passkeys.TOO_LATE
    with pytest.raises(Refused) as refused, writing():
        passkeys.add(head, answer, challenge, HERE, "Điện thoại", office.moment())
    assert refused.value.refusals == (passkeys.TOO_LATE,)


def test_the_second_step_of_one_person_is_not_taken_by_another(office: Office, head: Person, phone: Authenticator) -> None:
    registered(head, phone, office.moment(head))
    colleague = office.person("dongnghiep", unit=head.unit)
    challenge = asked(office.moment(), Purpose.SECOND_STEP, colleague)
    answer = phone.sign(passkeys.request_options(challenge, HERE))
    assert proven(answer, challenge, office.moment(), Purpose.SECOND_STEP) is passkeys.NOT_ACCEPTED


def test_unknown_removed_foreign_and_disabled_sound_alike(office: Office, head: Person, phone: Authenticator) -> None:
    kept = registered(head, phone, office.moment(head))
    challenge = asked(office.moment())
    options = passkeys.request_options(challenge, HERE)
    stranger = Authenticator(phone.origin, phone.rp_id, credential_id=b"stranger", handle=phone.handle)
    forger = Authenticator(phone.origin, phone.rp_id, credential_id=phone.credential_id, handle=phone.handle)
    answers = [proven(one.sign(options), challenge, office.moment()) for one in (stranger, forger)]
    phone.handle = "c29tZWJvZHkgZWxzZQ"
    answers.append(proven(phone.sign(options), challenge, office.moment()))
    phone.handle = kept.user_handle
    with past_the_trail():
        head.disabled = True
    answers.append(proven(phone.sign(options), challenge, office.moment()))
    with past_the_trail():
        head.disabled = False
    with writing():
        passkeys.remove(db.session.get(Passkey, kept.id), office.moment(head))  # type: ignore[arg-type]
    answers.append(proven(phone.sign(options), challenge, office.moment()))
    assert answers == [passkeys.NOT_ACCEPTED] * 5


@pytest.mark.usefixtures("any_app")
def test_a_copied_key_is_told_by_its_counter_and_opens_nothing_any_more(
    office: Office, head: Person, phone: Authenticator
) -> None:
    phone.counter = 7
    kept = registered(head, phone, office.moment(head))
    copy = Authenticator(phone.origin, phone.rp_id, counter=3, key=phone.key, handle=phone.handle)
    challenge = asked(office.moment())
    assert proven(copy.sign(passkeys.request_options(challenge, HERE)), challenge, office.moment()) is passkeys.DOUBTED
    assert office.again(kept).doubted_at is not None
    assert deeds() == ["add_passkey", "doubt_passkey"]
    assert proven(phone.sign(passkeys.request_options(challenge, HERE)), challenge, office.moment()) is passkeys.DOUBTED
    assert deeds() == ["add_passkey", "doubt_passkey"]
    assert passkeys.usable(head.id) == []


def test_a_wrong_signature_casts_no_doubt_on_a_passkey(office: Office, head: Person, phone: Authenticator) -> None:
    phone.counter = 7
    kept = registered(head, phone, office.moment(head))
    forger = Authenticator(phone.origin, phone.rp_id, counter=1, handle=phone.handle)
    challenge = asked(office.moment())
    assert proven(forger.sign(passkeys.request_options(challenge, HERE)), challenge, office.moment()) is passkeys.NOT_ACCEPTED
    assert office.again(kept).doubted_at is None


def test_a_broken_answer_is_refused_whatever_is_broken(office: Office, head: Person, phone: Authenticator) -> None:
    registered(head, phone, office.moment(head))
    challenge = asked(office.moment())
    right = json.loads(phone.sign(passkeys.request_options(challenge, HERE)))
    broken = ["", "null", "[]", "{}", "[" * 9000, "x" * 20_000, '{"id": 1}', json.dumps(right | {"type": "password"})]
    for name in right["response"]:
        for value in (None, 7, "", "é", "AAAA", "%%%", right["response"][name][:-9]):
            broken.append(json.dumps(right | {"response": right["response"] | {name: value}}))
    for answer in broken:
        assert proven(answer, challenge, office.moment()) is passkeys.NOT_ACCEPTED, answer[:200]


def test_a_broken_new_passkey_is_refused_whatever_is_broken(office: Office, head: Person, phone: Authenticator) -> None:
    challenge = asked(office.moment(), Purpose.REGISTER, head)
    right = json.loads(phone.make(passkeys.registration_options(head, challenge, HERE, "Phường Một")))
    whole = right["response"]["attestationObject"]
    broken = ["", "{}", "[" * 9000, json.dumps(right | {"rawId": "AAAA"})]
    for value in ("", "AAAA", "%", whole[:-9], whole[:60] + "AAAA" + whole[64:], whole[:-40] + "A" * 40):
        broken.append(json.dumps(right | {"response": right["response"] | {"attestationObject": value}}))
    for answer in broken:
        with pytest.raises(Refused) as refused, writing():
            passkeys.add(head, answer, challenge, HERE, "Điện thoại", office.moment())
        assert refused.value.refusals == (passkeys.NO_KEY,), answer[:200]


def test_the_same_key_is_kept_once(office: Office, head: Person, phone: Authenticator) -> None:
    registered(head, phone, office.moment(head))
    with pytest.raises(Refused) as refused:
        registered(head, phone, office.moment(head))
    assert refused.value.refusals == (passkeys.NO_KEY,)


@pytest.mark.parametrize(("title", "code"), [("  ", "passkey_title_empty"), ("x" * 101, "passkey_title_long")])
def test_a_passkey_has_a_name_that_fits(office: Office, head: Person, phone: Authenticator, title: str, code: str) -> None:
    with pytest.raises(Refused) as refused:
        registered(head, phone, office.moment(head), title)
    assert [refusal.code for refusal in refused.value.refusals] == [code]


def test_nobody_has_more_passkeys_than_twenty(office: Office, head: Person, phone: Authenticator) -> None:
    for number in range(passkeys.MOST):
        registered(head, Authenticator(phone.origin, phone.rp_id, credential_id=bytes([number + 1])), office.moment(head))
    with pytest.raises(Refused) as refused:
        registered(head, phone, office.moment(head))
    assert [refusal.code for refusal in refused.value.refusals] == ["passkey_too_many"]


def test_the_last_second_step_of_somebody_who_needs_one_stays(office: Office, head: Person, phone: Authenticator) -> None:
    kept = registered(head, phone, office.moment(head))
    office.grant(head, Role.QUALITY_OFFICER, head.unit)
    with past_the_trail():
        head.totp_secret = None
    moment = office.moment(head)
    with pytest.raises(Refused) as refused, writing():
        passkeys.remove(db.session.get(Passkey, kept.id), moment)  # type: ignore[arg-type]
    assert refused.value.refusals == (passkeys.LAST_FACTOR,)
    stick = registered(head, Authenticator(phone.origin, phone.rp_id, credential_id=b"stick"), moment, "Khóa USB")
    with writing():
        passkeys.remove(db.session.get(Passkey, kept.id), moment)  # type: ignore[arg-type]
    assert [one.id for one in passkeys.of_person(head.id)] == [stick.id]
    with past_the_trail():
        head.totp_secret = "something"
    with writing():
        passkeys.remove(db.session.get(Passkey, stick.id), moment)  # type: ignore[arg-type]
    assert passkeys.of_person(head.id) == []


def test_what_a_passkey_is_called_stands_beside_the_chain(office: Office, head: Person, phone: Authenticator) -> None:
    registered(head, phone, office.moment(head), "Điện thoại của Lan")
    entry = db.session.scalars(select(TrailEntry)).one()
    assert "Lan" not in json.dumps(entry.changes)
    assert {value.field for value in entry.personal_values} >= {"passkey"}


@pytest.mark.parametrize(
    ("address", "rp_id", "origin"),
    [
        ("https://qms.example.vn", "qms.example.vn", "https://qms.example.vn"),
        ("https://QMS.example.vn:443", "qms.example.vn", "https://qms.example.vn"),
        ("https://qms.example.vn:8443/qms", "qms.example.vn", "https://qms.example.vn:8443"),
        ("http://localhost:5000", "localhost", "http://localhost:5000"),
        ("http://localhost:80", "localhost", "http://localhost"),
    ],
)
def test_the_site_is_what_the_settings_say(address: str, rp_id: str, origin: str) -> None:
    assert passkeys.why_off(address) is None
    assert passkeys.site(address) == passkeys.Site(rp_id, origin)


@pytest.mark.usefixtures("app")
@pytest.mark.parametrize(
    ("address", "word"),
    [("http://127.0.0.1:5000", "127.0.0.1"), ("https://[::1]:5000", "::1"), ("http://qms.example.vn", "https")],
)
def test_where_browsers_make_no_passkeys_a_sentence_says_why(address: str, word: str) -> None:
    with force_locale("en"):
        assert word in str(passkeys.why_off(address))
