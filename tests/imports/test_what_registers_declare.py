"""What registers declare for any workbook: every word is one that a cell can be compared with, and leads to one meaning."""

from collections import defaultdict
from datetime import date

import pytest
from flask import Flask

from nonconformities.models import Grade
from nonconformities.rules import limits
from qms.imports.cells import folded
from qms.kernel.language import force_locale
from qms.sheets.columns import Kind
from qms.sheets.sheet import Sheet
from qms.sheets.taking import Taking
from qms.workdays.queries import calendar
from tests.imports.registers_of_an_office import BY_NAME, SHEETS

OFFERED = [sheet for sheet in SHEETS if sheet.taking is not None]

offered = pytest.mark.parametrize("sheet", OFFERED, ids=lambda sheet: sheet.name)


def taking_of(sheet: Sheet) -> Taking:
    assert sheet.taking is not None
    return sheet.taking


def test_every_register_that_an_office_keeps_by_itself_is_offered() -> None:
    assert {sheet.name for sheet in SHEETS} - {sheet.name for sheet in OFFERED} == {"nonconformity_events"}


@offered
def test_titles_and_words_are_folded_and_belong_to_columns_and_choices(sheet: Sheet) -> None:
    taking = taking_of(sheet)
    state = {"state"} if taking.states else set()
    assert taking.titles.keys() <= sheet.by_name.keys() | state
    assert taking.rules.keys() <= sheet.by_name.keys()
    for name, words in taking.words.items():
        assert set(words.values()) <= set(sheet.by_name[name].choices)
    said = [title for titles in taking.titles.values() for title in titles]
    said += [word for words in taking.words.values() for word in words]
    said += [word for state in taking.states for word in state.words]
    said += taking.left_out
    assert [word for word in said if word != folded(word)] == []


@offered
def test_no_title_is_claimed_by_two_columns_of_one_register(sheet: Sheet) -> None:
    claims: dict[str, set[str]] = defaultdict(set)
    for column in sheet.columns:
        for title in (column.name, column.title_vi):
            claims[folded(title)].add(column.name)
    for name, titles in taking_of(sheet).titles.items():
        assert len(set(titles)) == len(titles)
        for title in titles:
            claims[title].add(name)
    assert {title: names for title, names in claims.items() if len(names) > 1} == {}


@offered
def test_no_word_means_two_things(app: Flask, sheet: Sheet) -> None:
    taking = taking_of(sheet)
    for name, words in taking.words.items():
        column = sheet.by_name[name]
        for language in ("vi", "en"):
            with force_locale(language):
                own = {folded(str(said)): choice for choice in column.choices for said in (str(choice), column.word(choice))}
            assert {word: choice for word, choice in words.items() if own.get(word, choice) != choice} == {}
    meanings = [word for state in taking.states for word in state.words]
    assert len(set(meanings)) == len(meanings)
    assert set(taking.left_out).isdisjoint(word for words in taking.words.values() for word in words)


@offered
def test_a_state_needs_the_day_of_a_column_and_what_stands_beside_is_a_register(sheet: Sheet) -> None:
    taking = taking_of(sheet)
    assert set(taking.beside) <= {other.name for other in OFFERED}
    for state in taking.states:
        if state.needs is not None:
            place, _dot, name = state.needs.rpartition(".")
            assert place in ("", *taking.beside)
            assert BY_NAME[place or sheet.name].by_name[name].kind is Kind.DAY


@pytest.mark.parametrize("grade", list(Grade))
def test_deadlines_that_nobody_kept_are_those_of_a_nonconformity_raised_here(app: Flask, grade: Grade) -> None:
    raised_on = date(2025, 4, 28)
    expected = limits(grade, raised_on, calendar())
    rules = taking_of(BY_NAME["nonconformities"]).rules
    values = {"grade": grade.value, "raised_on": raised_on}
    assert rules["response_due_on"].compute(values) == expected.response_due_on
    assert rules["due_on"].compute(values) == expected.due_on


@pytest.mark.parametrize("known", [{"grade": "minor"}, {"raised_on": date(2025, 4, 28)}, {}], ids=str)
def test_a_deadline_is_not_computed_from_half_of_what_it_follows_from(app: Flask, known: dict[str, object]) -> None:
    rules = taking_of(BY_NAME["nonconformities"]).rules
    assert [rules[name].compute(known) for name in ("response_due_on", "due_on")] == [None, None]


@pytest.mark.parametrize(
    ("email", "username"),
    [("vp.01@minhan.example", "vp.01"), ("VP.01@minhan.example", "vp.01"), ("vp.01", None), ("", None), (None, None)],
)
def test_a_user_name_is_what_stands_before_the_at_sign(email: str | None, username: str | None) -> None:
    assert taking_of(BY_NAME["people"]).rules["username"].compute({"email": email}) == username
