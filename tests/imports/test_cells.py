"""One cell of each kind: what is taken, as which value, and what is told about the rest."""

import unicodedata
from datetime import date, timedelta
from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st
from openpyxl.utils.datetime import WINDOWS_EPOCH

from qms.accounts.register import PEOPLE
from qms.imports.cells import Unreadable, allowed, clean, folded, quote, read_cell
from qms.imports.grid import PICTURE, Fault, Shown
from qms.imports.number_formats import NumberFormat
from qms.sheets.columns import Column, GivenRole, Kind
from tests.imports.registers_of_an_office import SHEETS


def column(kind: Kind, **rest: object) -> Column:
    return Column("x", "x", "x", kind, **rest)  # type: ignore[arg-type]  # a title needs no translation here


def read(kind: Kind, shown: Shown | None, **rest: object) -> object:
    return read_cell(column(kind, **rest), shown)


def wrong(kind: Kind, shown: Shown, **rest: object) -> str:
    with pytest.raises(Unreadable) as caught:
        read(kind, shown, **rest)
    return caught.value.wrong


@pytest.mark.parametrize(
    "text", ["2026-09-18", "18/9/2026", "18/09/2026", "2026-9-18", "  18/9/2026 ", "18.9.2026", "18-09-2026", "18/9/2026\u00a0"]
)
def test_a_day_is_text_in_the_written_forms(text: str) -> None:
    assert read(Kind.DAY, text) == date(2026, 9, 18)


def test_a_day_is_an_excel_date() -> None:
    assert read(Kind.DAY, date(2026, 9, 18)) == date(2026, 9, 18)


@pytest.mark.parametrize("text", ["2026-02-29", "31/4/2026", "0/1/2026", "2026-13-01", "29/02/1900"])
def test_a_day_that_the_calendar_has_not_is_told_as_such(text: str) -> None:
    assert wrong(Kind.DAY, text) == f"The day {text} does not exist."


@pytest.mark.parametrize("shown", ["18.9/2026", "18/9/26", "tomorrow", "2026-09-18 07:00", "٢٠٢٦-٠٩-١٨", 46283.5, 462.0, True])
def test_nothing_else_is_a_day(shown: Shown) -> None:
    assert "is not a day" in wrong(Kind.DAY, shown)


@pytest.mark.parametrize("shown", [46283.0, "46283"])
def test_a_number_that_excel_would_show_as_a_day_is_asked_back(shown: Shown) -> None:
    assert wrong(Kind.DAY, shown) == "The number 46283 may be the day 18/09/2026 as Excel keeps it."


@pytest.mark.parametrize("shown", ["1899-12-31", "1/1/2201", date(9999, 12, 31), "0001-01-01"])
def test_a_day_lies_between_1900_and_2200(shown: Shown) -> None:
    assert "out of range" in wrong(Kind.DAY, shown)


@pytest.mark.parametrize(
    "shown", ["yes", "Yes", "1", "true", "TRUE", "có", "CÓ", unicodedata.normalize("NFD", "Có"), "co", "x", "X", "✓", True, 1.0]
)
def test_yes_is_said_in_these_ways(shown: Shown) -> None:
    assert read(Kind.YES_NO, shown) is True


@pytest.mark.parametrize(
    "shown", ["no", "0", "false", "không", "Không", unicodedata.normalize("NFD", "không"), "khong", False, 0.0]
)
def test_no_is_said_in_these_ways(shown: Shown) -> None:
    assert read(Kind.YES_NO, shown) is False


@pytest.mark.parametrize("shown", ["xx", "đúng", "2", 2.0, date(2026, 1, 1)])
def test_nothing_else_is_yes_or_no(shown: Shown) -> None:
    assert "neither yes nor no" in wrong(Kind.YES_NO, shown)


@pytest.mark.parametrize(
    ("shown", "number"),
    [("1,5", "1.5"), ("1.5", "1.5"), (1.5, "1.5"), (0.1 + 0.2, "0.3"), ("-3", "-3"), ("007", "7"), (20.0, "20"), (1e-12, "0")],
)
def test_a_number_has_a_comma_or_a_point(shown: Shown, number: str) -> None:
    assert read(Kind.DECIMAL, shown) == Decimal(number)


@pytest.mark.parametrize("shown", ["1.234,5", "1 000", "1e3", "", "ba", "½", "1,", True, date(2026, 1, 1), 1e300, "9" * 13])
def test_nothing_else_is_a_number(shown: Shown) -> None:
    if shown == "":
        assert read(Kind.DECIMAL, shown) is None
    else:
        assert "is not a number" in wrong(Kind.DECIMAL, shown)


def test_a_number_stays_in_its_range() -> None:
    assert read(Kind.WHOLE, 5.0, minimum=1, maximum=5) == 5
    assert "out of range" in wrong(Kind.WHOLE, 6.0, minimum=1, maximum=5)
    assert "out of range" in wrong(Kind.WHOLE, "-1", minimum=0)


@pytest.mark.parametrize(("shown", "number"), [(3.0, 3), ("3", 3), ("3.0", 3), ("3,0", 3)])
def test_a_whole_number_may_carry_empty_decimals(shown: Shown, number: int) -> None:
    value = read(Kind.WHOLE, shown)
    assert value == number and isinstance(value, int)


def test_half_a_day_is_no_whole_number() -> None:
    assert "not a whole number" in wrong(Kind.WHOLE, 0.5)


@pytest.mark.parametrize("kind", [Kind.CODE, Kind.NUMBER, Kind.CLAUSE, Kind.TEXT])
@pytest.mark.parametrize(("shown", "text"), [(1.0, "1"), ("01", "01"), ("1.0", "1.0"), (1012817.0, "1012817")])
def test_a_whole_number_in_a_code_loses_its_decimals_and_text_stays_as_it_is(kind: Kind, shown: Shown, text: str) -> None:
    assert read(kind, shown) == text


@pytest.mark.parametrize("kind", [Kind.CODE, Kind.NUMBER, Kind.CLAUSE, Kind.USERNAME, Kind.CODES, Kind.CLAUSES, Kind.ROLES])
def test_a_code_of_which_excel_made_a_day_or_lost_digits_is_an_error(kind: Kind) -> None:
    assert "01/04/2026" in wrong(kind, date(2026, 4, 1))
    assert "15 digits" in wrong(kind, 1234567890123456.0)


@pytest.mark.parametrize("kind", [Kind.CODE, Kind.CODES, Kind.USERNAME])
@pytest.mark.parametrize("number", [1.00008, 2.5, 0.1])
def test_a_code_of_which_excel_dropped_zeros_is_an_error_that_says_why(kind: Kind, number: float) -> None:
    with pytest.raises(Unreadable) as caught:
        read(kind, number)
    assert "drops zeros" in caught.value.wrong and "as text" in str(caught.value.allowed)


@pytest.mark.parametrize(
    ("number", "code", "text"),
    [
        (1.00008, "0.000000", "1.000080"),
        (2.00242, "0.000000", "2.002420"),
        (7.0, '"QT-"00', "QT-07"),
        (1.0, '"Lần "00', "Lần 01"),
        (3.0, "\\Q\\T\\-00", "QT-03"),
        (123456.0, "000-000", "123-456"),
        (7.0, "[$-42A]000", "007"),
        (1.5, "0.00;[Red]-0.00", "1.50"),
        (123.0, "00", "123"),
        (15.0, '0" ngày"', "15 ngày"),
    ],
)
def test_a_number_is_the_code_that_its_format_shows(number: float, code: str, text: str) -> None:
    shown = NumberFormat(code, WINDOWS_EPOCH).show(number)
    assert [read(kind, shown) for kind in (Kind.CODE, Kind.NUMBER, Kind.CLAUSE, Kind.TEXT)] == [text] * 4
    assert read(Kind.CODES, shown) == (text,)
    assert read(Kind.DECIMAL, shown) == Decimal(str(number)).normalize(), "a number stays the number"


@pytest.mark.parametrize("code", ["General", "0", "0.00", "#,##0", "0%", "@", "0.0E+00", "# ?/?", "[>1]0.00000;0", "0.0.0"])
def test_a_format_that_does_not_show_all_digits_shows_no_code(code: str) -> None:
    shown = NumberFormat(code, WINDOWS_EPOCH).show(1.00008)
    assert "drops zeros" in wrong(Kind.CODE, shown)


def test_clauses_are_numbers_as_well() -> None:
    assert read(Kind.CLAUSE, 9.1) == "9.1" and read(Kind.CLAUSES, 8.5) == ("8.5",)


def test_a_code_that_could_not_stand_in_a_list_is_an_error() -> None:
    assert "semicolon" in wrong(Kind.CODE, "A;B")
    assert read(Kind.NUMBER, "15/QĐ-UBND; 16/QĐ-UBND") == "15/QĐ-UBND; 16/QĐ-UBND"


def test_a_text_shows_days_and_truth_as_excel_does() -> None:
    assert read(Kind.TEXT, date(2026, 9, 8)) == "08/09/2026"
    assert read(Kind.TEXT, True) == "TRUE"


def test_a_text_longer_than_its_place_is_an_error() -> None:
    assert read(Kind.TEXT, "x" * 40, longest=40) == "x" * 40
    assert "41 characters" in wrong(Kind.TEXT, "x" * 41, longest=40)
    assert "41 characters" in wrong(Kind.CODES, "a; " + "x" * 41, longest=40)


def test_values_of_a_list_stand_between_semicolons_once_each() -> None:
    assert read(Kind.CODES, " 1.0; 1.1 ;;1.0;") == ("1.0", "1.1")
    assert read(Kind.CLAUSES, 8.0) == ("8",)


def test_a_role_names_its_unit_after_the_at_sign() -> None:
    roles = PEOPLE.by_name["roles"]

    assert read_cell(roles, "auditor; Staff@TH-1;auditor") == (GivenRole("auditor", None), GivenRole("staff", "TH-1"))
    with pytest.raises(Unreadable, match="boss"):
        read_cell(roles, "auditor; boss@TH-1")


def test_a_choice_is_one_of_its_words_in_any_case() -> None:
    assert read(Kind.CHOICE, "Major", choices=("major", "minor")) == "major"
    assert "not among" in wrong(Kind.CHOICE, "nặng", choices=("major", "minor"))


@pytest.mark.parametrize("name", ["a b", "a;b", "a@b", "a:b", "x" * 81, "a\nb"])
def test_a_user_name_has_no_spaces_semicolons_at_signs_and_colons(name: str) -> None:
    assert "not a user name" in wrong(Kind.USERNAME, name)


def test_a_user_name_may_have_80_letters_of_any_language() -> None:
    assert read(Kind.USERNAME, "trưởng-phòng.vhxh") == "trưởng-phòng.vhxh"
    assert read(Kind.USERNAME, "x" * 80) == "x" * 80


@pytest.mark.parametrize("kind", list(Kind))
@pytest.mark.parametrize("shown", [None, "", "  ", "\u00a0", "\n", "\ufeff"])
def test_a_cell_of_spaces_is_empty_in_every_kind(kind: Kind, shown: str | None) -> None:
    assert read(kind, shown) in (None, ())


def test_an_empty_cell_means_the_default() -> None:
    assert read(Kind.YES_NO, None, default=False) is False


@pytest.mark.parametrize("kind", list(Kind))
def test_error_cells_and_formulas_without_result_are_errors_in_every_kind(kind: Kind) -> None:
    assert "#REF!" in wrong(kind, Fault("#REF!"))
    assert "no stored result" in wrong(kind, Fault(""))
    assert "picture" in wrong(kind, PICTURE)


def test_text_is_kept_composed_and_trimmed_with_plain_line_ends() -> None:
    assert clean(unicodedata.normalize("NFD", " Quyết định\r\nsố 1 \t")) == "Quyết định\nsố 1"
    assert clean("a\x00b\x0bc\ufeff\ud800") == "abc"


@pytest.mark.parametrize(
    "typed",
    ["QT-02\u00a0", "QT\u00ad-02", "Q\u200bT-\u200e02", "\u2068QT-02\u2069", "\u202aQT-02\u202c", "\ufeffQT-02\u2060"],
)
def test_marks_that_nobody_sees_make_no_other_code(typed: str) -> None:
    assert read(Kind.CODE, typed) == "QT-02"


def test_spaces_inside_become_one_and_lines_stay() -> None:
    assert clean("Sổ \u00a0 theo\tdõi\n  hai   dòng") == "Sổ theo dõi\n hai dòng"
    assert clean("a  b") == "a b"


@given(st.text())
def test_cleaning_twice_is_cleaning_once(text: str) -> None:
    once = clean(text)
    assert clean(once) == once
    assert once.encode("utf-8").decode("utf-8") == once
    assert "\x00" not in once


@given(st.dates(date(1900, 1, 1), date(2200, 12, 31)))
def test_every_day_is_read_from_all_its_forms(day: date) -> None:
    for shown in (day, day.isoformat(), f"{day.day}/{day.month}/{day.year}", f"{day:%d/%m/%Y}"):
        assert read(Kind.DAY, shown) == day


@given(st.from_regex(r"\d{1,2}/\d{1,2}/\d{4}", fullmatch=True))
def test_no_impossible_day_is_bent_into_another(text: str) -> None:
    try:
        day = read(Kind.DAY, text)
    except Unreadable:
        return
    assert isinstance(day, date)
    assert [day.day, day.month, day.year] == [int(part) for part in text.split("/")]
    assert (day + timedelta(days=1)) > day


@given(
    st.sampled_from(list(Kind)), st.one_of(st.text(max_size=20), st.floats(allow_nan=False, allow_infinity=False), st.booleans())
)
def test_every_cell_is_read_or_told_wrong_in_words(kind: Kind, shown: Shown) -> None:
    try:
        read(kind, shown, choices=("a", "b"))
    except Unreadable as unreadable:
        assert unreadable.wrong.endswith(".")


def test_every_column_says_what_it_takes() -> None:
    for sheet in SHEETS:
        for each in sheet.columns:
            assert allowed(each).endswith(".")


def test_headers_are_compared_without_case_and_the_star_of_a_required_column() -> None:
    assert folded(" Mã  ĐƠN vị *") == folded("mã đơn vị")


def test_a_quoted_value_stays_on_one_line() -> None:
    assert quote("a\nb") == "a b"
    assert len(quote("x" * 500)) == 80
