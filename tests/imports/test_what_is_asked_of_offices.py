"""What is proposed for workbooks of nine offices without a word from anybody, and all that a person still has to answer."""

from collections.abc import Callable
from datetime import date
from typing import NamedTuple

import pytest
from flask import Flask

from qms.imports.grid import read_grids
from qms.imports.mapping.distinct import words_of
from qms.imports.mapping.missing import gaps
from qms.imports.mapping.proposing import propose
from qms.imports.mapping.value import LEFT_OUT
from qms.imports.world import Office as World
from tests.imports.offices import lists, logs, offices
from tests.imports.registers_of_an_office import BY_NAME, SHEETS
from tests.office import Office


class Asked(NamedTuple):
    """The register that is recognised, the rows of its headers, titles that nobody knows, words and columns to be answered."""

    register: str
    headers: tuple[int, ...]
    unknown: frozenset[str]
    words: frozenset[str]
    columns: frozenset[str]


def asked(register: str, headers: tuple[int, ...], *, unknown: str = "", words: str = "", columns: str = "") -> Asked:
    def each(text: str) -> frozenset[str]:
        return frozenset(filter(None, text.split("; ")))

    return Asked(register, headers, each(unknown), each(words), each(columns))


OWNERS = "Văn thư; Chánh Văn phòng; Chuyên viên; Bộ phận một cửa"
OFFICES: tuple[tuple[Callable[[], bytes], Asked], ...] = (
    (
        logs.log_of_four_years,
        asked(
            "nonconformities",
            (4, 4, 4, 4),
            unknown="TT",
            words="Công chức phụ trách hồ sơ",
            columns="response_due_on; actions.due_on",
        ),
    ),
    (
        logs.log_of_findings,
        asked(
            "nonconformities",
            (3,),
            words=f"đã khắc phục tháng 4; {OWNERS}",
            columns="response_due_on; due_on; actions.due_on",
        ),
    ),
    (lists.list_of_376_shown_whole, asked("services", (3,), unknown="STT", columns="unit_code")),
    (lists.list_of_525, asked("services", (1,), columns="valid_from")),
    (lists.list_of_documents, asked("procedures", (4,), unknown="STT", columns="unit_code; effective_on")),
    (offices.list_of_people, asked("people", (3,), unknown="TT", columns="username")),
    (offices.list_of_units, asked("units", (1,))),
    (offices.programme_of_audits, asked("audits", (3,), unknown="TT", words="tháng 3/2026; tháng 9/2026", columns="code")),
    (offices.list_of_announcements, asked("announcements", (1,))),
)


@pytest.mark.parametrize(("make", "expected"), OFFICES, ids=lambda one: getattr(one, "__name__", ""))
def test_of_each_office_only_this_is_asked(app: Flask, office: Office, make: Callable[[], bytes], expected: Asked) -> None:
    agency = office.agency("MAU", name="UBND phường Mẫu")
    for code, name in logs.UNITS:
        office.unit(code, parent=agency, name=name)
    grids = read_grids(make(), lambda _name: True)
    mapping = propose(grids, SHEETS)
    world = World({}, SHEETS, date(2026, 11, 1), None)
    titles = {fill.title for fill in mapping.fills.values()}
    row = mapping.parts[0].header
    header = {str(shown) for number, cells in grids[0].rows for shown in cells.values() if number == row}
    unread = {title for title in header if not any(title in one for one in titles)}
    words = {word.text for one in words_of(grids, mapping, BY_NAME, world) for word in one.words if word.meaning is None}
    needed = {gap.fill for gap in gaps(grids, mapping, BY_NAME)}
    headers = tuple(part.header for part in mapping.parts)
    assert Asked(mapping.register, headers, frozenset(unread), frozenset(words), frozenset(needed)) == expected


def test_findings_that_are_no_nonconformities_are_proposed_to_stay_out(app: Flask, office: Office) -> None:
    office.agency("MAU")
    grids = read_grids(logs.log_of_findings(), lambda _name: True)
    mapping = propose(grids, SHEETS)
    found = words_of(grids, mapping, BY_NAME, World({}, SHEETS, date(2026, 11, 1), None))
    grades = {word.text: word.meaning for one in found if one.fill == "grade" for word in one.words}
    assert grades == {"Nhỏ": "minor", "Lớn": "major", "OFI": LEFT_OUT, "Phù hợp": LEFT_OUT}
