"""Codes that people take for one another: other case, another hyphen, a space, a letter that only looks the same.

Codes are compared exactly; so what is almost the same is a record of its own, and is pointed out. Where a code leads nowhere, the
one that may be meant is offered.
"""

import re
import unicodedata
from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping
from typing import Any

from qms.imports.cells import folded
from qms.imports.world import Office
from qms.kernel.language import _
from qms.sheets.columns import Column, Kind
from qms.sheets.problems import Note, Problem, quote
from qms.sheets.sheet import Page, Sheet, World

_HYPHENS = dict.fromkeys(map(ord, "‐‑‒–—―−﹘﹣－"), "-")
# Cyrillic and Greek letters, and the two of Icelandic and Ewe, that print like Latin and Vietnamese ones
_LETTERS = str.maketrans("ÐðƉɖАВЕЅКМНОРСТХУІЈавеѕкмнорстхуіјΑΒΕΖΗΙΚΜΝΟΡΤΥΧο", "ĐđĐđABESKMHOPCTXYIJabeskmhopctxyijABEZHIKMNOPTYXo")
_NAMES = ("name", "title", "full_name")
_JOINED = (
    re.compile(r","),
    re.compile(r"\svà\s", re.IGNORECASE),
    re.compile(r"\s[-–—]\s|^\d+\.\d+[-–—]\d+\.\d+$"),
    re.compile(r"\n"),
    re.compile(r"[.,:]$"),
)
"""What people put between codes, or behind the last one, instead of a semicolon."""


def look(code: str) -> str:
    """What a code looks like at a glance: one case, one hyphen, no spaces, Latin letters."""
    plain = unicodedata.normalize("NFC", code.translate(_LETTERS)).translate(_HYPHENS)
    return "".join(plain.split()).casefold()


def alike_notes(office: Office) -> Iterator[Note]:
    """New records whose code looks like that of another one."""
    for page in (office[name] for name in office.brought):
        sheet = page.sheet
        own = [column for column in sheet.columns if _is_own_code(sheet, column)]
        if not own or not page.new:
            continue
        place = sheet.key.index(own[0].name)
        groups: dict[tuple[Any, ...], list[tuple[Any, ...]]] = defaultdict(list)
        for key in page.after:
            groups[(*key[:place], look(str(key[place])), *key[place + 1 :])].append(key)
        numbers = {key: row.number for row, key, _values in page.rows if key is not None}
        new = set(page.new)
        for same in (group for group in groups.values() if len(group) > 1):
            for key in (key for key in same if key in new):
                others = [other for other in same if other != key]
                yield _almost(sheet, own[0], numbers[key], others[0][place], numbers.get(others[0]))


def joined_codes(office: Office) -> Iterator[Problem | Note]:
    """Cells for several codes in which something else stands between them: noted, or refused where no code looks so."""
    for page in (office[name] for name in office.brought):
        touched = set(page.touched)
        for column in page.sheet.columns:
            if column.kind is not Kind.CODES:
                continue
            for row, key, values in page.rows:
                suspect = [code for code in values[column.name] or () if any(mark.search(code) for mark in _JOINED)]
                if suspect and (key is None or key in touched):
                    yield from _joined(page, row.number, column, suspect, _codes_of(office, column))


class Meant:
    """What may be meant by a code that leads nowhere: the one that looks the same, or the record of that name."""

    def __init__(self, world: World) -> None:
        self._world = world
        self._known: dict[str, Mapping[str, set[str]]] = {}

    def by(self, sheet: str, code: str) -> str | None:
        """The one code that may be meant; None when there is none, or more than one."""
        if sheet not in self._known:
            self._known[sheet] = self._read(self._world[sheet])
        found = self._known[sheet].get(look(code)) or self._known[sheet].get(folded(code)) or set()
        return next(iter(found)) if len(found) == 1 else None

    def _read(self, page: Page) -> Mapping[str, set[str]]:
        found: dict[str, set[str]] = defaultdict(set)
        if len(page.sheet.key) > 1:
            return found
        for (code,), values in page.after.items():
            for word in (look(str(code)), *(folded(str(values[name])) for name in _NAMES if values.get(name))):
                found[word].add(str(code))
        return found


def _is_own_code(sheet: Sheet, column: Column) -> bool:
    return column.name in sheet.key and column.kind is Kind.CODE and column.refers_to is None


def _almost(sheet: Sheet, column: Column, row: int, other: str, other_row: int | None) -> Note:
    if other_row is None:
        sentence = _(
            'The code looks like "%(other)s", which is already here, and is another one: case, hyphen, spaces or letters differ.',
            other=quote(other),
        )
    else:
        sentence = _(
            'The code looks like "%(other)s" in row %(row)s, and is another one: case, hyphen, spaces or letters differ.',
            other=quote(other),
            row=other_row,
        )
    return Note(sheet.name, row, column.name, str(sentence))


def _codes_of(office: Office, column: Column) -> frozenset[str]:
    """The codes that such a cell may name, as far as the register knows any."""
    sheet = column.names or (column.refers_to.sheet if column.refers_to is not None else None)
    if sheet is None or sheet not in office:
        return frozenset()
    return frozenset(str(values["code"]) for values in office[sheet].after.values())


def _joined(page: Page, row: int, column: Column, codes: Iterable[str], known: frozenset[str]) -> Iterator[Problem | Note]:
    for code in codes:
        if code in known:
            continue
        marks = [mark for mark in _JOINED if mark.search(code)]
        if any(mark.search(one) for mark in marks for one in known):
            sentence = _('"%(code)s" is taken as one code; several are separated by semicolons.', code=quote(code))
            yield Note(page.sheet.name, row, column.name, str(sentence))
        else:
            wrong = _('"%(code)s" looks like several codes, or like a code with something behind it.', code=quote(code))
            yield Problem(page.sheet.name, row, column.name, wrong, _("Values separated by semicolons."))
