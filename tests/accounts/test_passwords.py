"""The rule for passwords: length and a list of what everybody tries first; nothing about signs, nothing about age."""

import pytest
from argon2 import Type

from qms.accounts import service
from qms.accounts.models import Person
from qms.accounts.passwords import check_strength, common_passwords, hash_password, matches
from qms.kernel.db import writing
from qms.kernel.refusal import Refused
from tests.conftest import REAL_HASHER
from tests.office import Office


def codes(password: str, shortest: int = 8, names: tuple[str, ...] = ()) -> list[str]:
    """The codes of what is wrong with a password."""
    try:
        check_strength(password, shortest=shortest, names=names)
    except Refused as refused:
        return [refusal.code for refusal in refused.refusals]
    return []


@pytest.mark.parametrize(
    ("password", "code"),
    [
        ("bảy chữ", "password_short"),
        ("a b " * 60, "password_long"),
        ("password1", "password_common"),
        ("P@ssw0rd", "password_common"),
        ("Mật khẩu 123", "password_common"),
        ("hà nội 2026", "password_common"),
        ("Matkhau@2026", "password_common"),
        ("ISO 9001:2015", "password_common"),
        ("QMS 20262026", "password_common"),
        ("aaaaaaaabbbb", "password_simple"),
        ("matkhoe matkhoe matkhoe", "password_simple"),
        ("qwertyuiopasdf", "password_simple"),
        ("87654321098765", "password_simple"),
        ("thuky là tôi đây nhé", "password_is_name"),
        ("chào Phường Minh An", "password_is_name"),
    ],
)
def test_a_weak_password_is_refused_with_its_reason(password: str, code: str) -> None:
    assert code in codes(password, names=("thuky", "Phường Minh An"))


@pytest.mark.parametrize(
    "password", ["bốn mươi con ngựa trắng", "correct horse battery", "tre già măng mọc 7", "áo dài xanh ngọc"]
)
def test_a_sentence_is_a_good_password_without_any_signs(password: str) -> None:
    assert codes(password, shortest=14, names=("an", "P1")) == []


def test_with_a_second_factor_eight_characters_are_enough(office: Office, officer: Person, head: Person) -> None:
    with writing():
        service.set_password(officer, "bàn gỗ lim", office.moment())
    with pytest.raises(Refused) as refused, writing():
        service.set_password(head, "bàn gỗ lim", office.moment())
    assert [refusal.code for refusal in refused.value.refusals] == ["password_short"]


def test_the_list_holds_what_is_tried_first_and_is_long_enough() -> None:
    assert len(common_passwords()) > 3000  # ASVS 6.2.4
    assert min(len(word) for word in common_passwords()) >= 8
    assert {"12345678", "matkhau123", "vietnam123"} <= common_passwords()


def test_hashing_is_argon2id_and_costs_more_than_a_guesser_likes() -> None:
    assert REAL_HASHER.type is Type.ID
    assert (REAL_HASHER.time_cost, REAL_HASHER.memory_cost) >= (2, 19 * 1024)  # OWASP: 19 MiB and two passes at least


def test_a_password_may_be_typed_on_another_keyboard() -> None:
    assert matches(hash_password("mật khẩu rất dài"), "mật khẩu rất dài")
    assert not matches(hash_password("mật khẩu rất dài"), "mat khau rat dai")
    assert not matches(None, "the password of nobody")
