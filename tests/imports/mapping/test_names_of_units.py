"""Which unit a name in a workbook means: the one whose name begins so, where there is but one."""

import pytest

from qms.imports.mapping.called import meanings_of, plain

UNITS = (
    {"code": "VP", "name": "Văn phòng HĐND và UBND"},
    {"code": "KTHTDT", "name": "Phòng Kinh tế, Hạ tầng và Đô thị"},
    {"code": "TTPVHCC", "name": "Trung tâm Phục vụ hành chính công"},
    {"code": "TTVH", "name": "Trung tâm Văn hóa"},
)


def meaning(word: str, *more: dict[str, str]) -> str | None:
    return meanings_of((*UNITS, *more), "code", ("name",), shortened=True).get(plain(word))


@pytest.mark.parametrize(
    ("word", "code"),
    [
        ("Văn phòng", "VP"),
        ("VĂN PHÒNG HĐND", "VP"),
        ("Phòng Kinh tế", "KTHTDT"),
        ("P. Kinh tế", "KTHTDT"),
        ("TT Phục vụ", "TTPVHCC"),
    ],
)
def test_a_unit_is_meant_by_how_its_name_begins(word: str, code: str) -> None:
    assert meaning(word) == code


def test_a_beginning_of_two_names_means_neither() -> None:
    assert meaning("Trung tâm") is None
    assert meaning("Văn phòng", {"code": "VPDU", "name": "Văn phòng Đảng ủy"}) is None


def test_a_whole_name_comes_before_a_beginning() -> None:
    assert meaning("Văn phòng", {"code": "V", "name": "Văn phòng"}) == "V"


def test_one_word_alone_is_no_beginning() -> None:
    assert meaning("Phòng") is None
