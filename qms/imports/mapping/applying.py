"""A mapping applied: the rows of any workbook as rows of registers, the same ``Reading`` as of our own workbook.

What follows (what is asked of the records, the preview, the writing) knows no difference. What is passed over is said with its
count: rows that somebody left out, rows without what was asked for, lines that only divide the table.
"""

import re
from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from collections.abc import Mapping as Mappings
from dataclasses import dataclass, field

from qms.imports.cells import Unreadable, folded, is_blank
from qms.imports.grid import Grid
from qms.imports.headers import Header, called
from qms.imports.layout import notes_of
from qms.imports.mapping.filling import Cells, Filling, LeftOut, Wrong
from qms.imports.mapping.numbers import MappedReading, RowNumber
from qms.imports.mapping.proposing import STATE
from qms.imports.mapping.rows import Line, divides, lines, repeats_header, taken_tables
from qms.imports.mapping.tables import Table
from qms.imports.mapping.value import Mapping, Source
from qms.imports.row_checks import required, row_problems
from qms.imports.workbook import Reading
from qms.kernel.language import _, ngettext
from qms.sheets.columns import Kind
from qms.sheets.problems import Note, Problem, quote
from qms.sheets.sheet import Row, Sheet
from qms.sheets.taking import State

_PARTS_OF_CODE = re.compile(r"(\d+)\.(\d+)")
_SHAPE = 3
"""Digits behind the point from which on they are a shape and no numbering ("1.9" stands before "1.10")."""
_MOST = 0.5
"""Part of the codes of a column that has the shape of all; of two codes one may have lost its zeros."""


def read_mapped(grids: Sequence[Grid], mapping: Mapping, sheets: Mappings[str, Sheet]) -> Reading:
    """Everything the workbook says by the mapping, and everything that is wrong with it without asking the database."""
    return _Applying(grids, mapping, sheets).reading()


@dataclass
class _Beside:
    """A register whose records stand in the rows of another one."""

    filling: Filling
    subject: str | None
    """The column without which there is no record; None: the mapping does not read it, so there are none."""
    numbers: Counter[object] = field(default_factory=Counter)


class _Applying:
    """One mapping applied to one workbook."""

    def __init__(self, grids: Sequence[Grid], mapping: Mapping, sheets: Mappings[str, Sheet]) -> None:
        self._grids, self._mapping = grids, mapping
        sheet = sheets[mapping.register]
        taking = sheet.taking
        states = () if taking is None else taking.states
        own = {name: fill for name, fill in mapping.fills.items() if name in sheet.by_name}
        self._main = Filling(sheet, own, states, mapping.fills.get(STATE))
        self._beside = {name: self._stands(sheets[name]) for name in (() if taking is None else taking.beside)}
        self._reading = MappedReading(main=sheet.name, places={}, titled=self._called())
        self._first: dict[tuple[object, ...], Row] = {}
        self._left_out: list[RowNumber] = []
        self._dividing: list[RowNumber] = []
        self._lacking: dict[str, frozenset[str]] = {}

    def reading(self) -> Reading:
        """Reads all rows."""
        reading, sheet = self._reading, self._main.sheet
        reading.register[sheet.name] = []
        for name, one in self._beside.items():
            if one.subject is not None:
                reading.register[name] = []
        found = taken_tables(self._grids, self._mapping)
        turn = {table.sheet: place for place, (_grid, table) in enumerate(found)}
        for _grid, table in found:
            self._locate(table)
        self._say_what_lacks([table for _grid, table in found])
        taken: dict[str, list[int]] = {name: [] for name in turn}
        for line in lines(self._grids, self._mapping):
            number = RowNumber.of(turn[line.table.sheet], line.number, line.table.sheet, several=len(found) > 1)
            taken[line.table.sheet].append(line.number)
            self._take(line, number)
        self._shorter_codes()
        reading.given[sheet.name] = sheet.key[-1], self._main.numbers
        for grid, table in found:
            self._say_of_sheet(grid, table, taken[table.sheet], turn[table.sheet], several=len(found) > 1)
        self._say_of_rows()
        return reading

    def _stands(self, sheet: Sheet) -> _Beside:
        before = f"{sheet.name}."
        fills = {name.removeprefix(before): fill for name, fill in self._mapping.fills.items() if name.startswith(before)}
        linked = set(self._links(sheet))
        subjects = (
            column.name
            for column in sheet.columns
            if column.required and column.kind in (Kind.TEXT, Kind.CODE) and column.name not in linked
        )
        subject = next((name for name in subjects if name in fills and fills[name].source is Source.COLUMN), None)
        return _Beside(Filling(sheet, fills), subject)

    def _links(self, beside: Sheet) -> dict[str, str]:
        """Columns of a register beside that name the record of the row: its column → that of the record's key."""
        links: dict[str, str] = {}
        for column in beside.columns:
            if column.refers_to is not None and column.refers_to.sheet == self._mapping.register and column.name in beside.key:
                names = column.refers_to.by or (column.name,)
                links.update(zip(names, self._main.sheet.key, strict=True))
        return links

    def _called(self) -> dict[str, str]:
        """What every column is called for people, until a title of the workbook takes the place."""
        beside = {f"{name}.{column.name}": column for name, one in self._beside.items() for column in one.filling.sheet.columns}
        return {name: called(column) for name, column in {**self._main.sheet.by_name, **beside}.items()}

    def _locate(self, table: Table) -> None:
        reading = self._reading
        places = {folded(title): column for column, title in enumerate(table.titles) if title}
        for name, fill in self._mapping.fills.items():
            if fill.source is Source.COLUMN and folded(fill.title) in places:
                assert reading.places is not None
                assert reading.titled is not None
                reading.places[table.sheet, name] = places[folded(fill.title)]
                reading.titled[name] = fill.title

    def _say_what_lacks(self, found: Sequence[Table]) -> None:
        """A title that stands in no sheet is a problem, as everything under it would be lost; one that a sheet lacks is noted."""
        sheet, several = self._main.sheet, len(found) > 1
        titles = {table.sheet: {folded(title) for title in table.titles if title} for table in found}
        read = {name: fill.title for name, fill in self._mapping.fills.items() if fill.source is Source.COLUMN}
        self._lacking = {
            table.sheet: frozenset(name for name, title in read.items() if folded(title) not in titles[table.sheet])
            for table in found
        }
        for title in dict.fromkeys([*read.values(), *(condition.title for condition in self._mapping.only)]):
            without = [place for place, table in enumerate(found) if folded(title) not in titles[table.sheet]]
            for place in without:
                header = RowNumber.of(place, found[place].header, found[place].sheet, several=several)
                if len(without) < len(found):
                    sentence = _('The sheet has no column "%(title)s".', title=quote(title))
                    self._reading.notes.append(Note(sheet.name, header, None, str(sentence)))
                    continue
                wrong = _('None of the sheets that are taken has the column "%(title)s".', title=quote(title))
                mend = _("Choose the column that it is now, or none.")
                self._reading.problems.append(Problem(sheet.name, header, None, wrong, mend))
                break

    def _take(self, line: Line, number: RowNumber) -> None:
        if repeats_header(line):
            return
        cells = {folded(title): shown for title, shown in line.cells.items() if not is_blank(shown)}
        if divides(line, self._mapping, self._main.sheet):
            self._dividing.append(number)
            return
        try:
            state, problems = self._state(cells, number)
            needed = self._needed_by_others(state)
            values, wrong = self._main.values(cells, {}, needed)
            row = Row(number, values, self._present(self._main, "", line.table, values))
            problems += self._checked(self._main, row, wrong)
            beside = [made for name in self._beside if (made := self._row_beside(name, line.table, cells, row, needed))]
        except LeftOut:
            self._left_out.append(number)
            return
        sheet = self._main.sheet
        problems += self._added(row)
        self._reading.problems.extend(problems)
        for name, one, found in beside:
            self._reading.register[name].append(one)
            self._reading.problems.extend(found)
        if state is not None and state.needs is not None and self._lacks_day(state, values, beside):
            sentence = _('Its state is "%(state)s", but no day says since when: it stays as its days say.', state=state.title)
            self._reading.notes.append(Note(sheet.name, number, STATE, str(sentence)))

    def _present(self, filling: Filling, before: str, table: Table, values: dict[str, object]) -> frozenset[str]:
        """The columns of which the row's sheet says something; of the others the register keeps what it holds."""
        empty = {name for name, value in values.items() if value == filling.sheet.by_name[name].empty}
        silent = {name for name in empty if before + name in self._lacking[table.sheet]}
        for name in silent:
            del values[name]
        return filling.present - silent

    def _needed_by_others(self, state: State | None) -> frozenset[str]:
        """Columns whose day another state asks for: a day that stands for all is not meant for this row."""
        if self._main.state is None:
            return frozenset()
        own = None if state is None else state.needs
        return frozenset(one.needs for one in self._main.states if one.needs is not None and one.needs != own)

    def _lacks_day(self, state: State, values: Mappings[str, object], beside: Iterable[tuple[str, Row, list[Problem]]]) -> bool:
        needs = str(state.needs)
        place, _dot, name = needs.rpartition(".")
        if not place:
            return values.get(name) is None
        return all(row.values.get(name) is None for sheet, row, _problems in beside if sheet == place)

    def _state(self, cells: Cells, number: RowNumber) -> tuple[State | None, list[Problem]]:
        try:
            return self._main.state_of(cells), []
        except Unreadable as unreadable:
            return None, [Problem(self._main.sheet.name, number, STATE, unreadable.wrong, unreadable.allowed or required())]

    def _checked(self, filling: Filling, row: Row, wrong: Sequence[Wrong]) -> list[Problem]:
        sheet = filling.sheet
        found = [Problem(sheet.name, row.number, one.column, one.wrong, one.allowed) for one in wrong]
        for column in sheet.columns:
            if not column.required or row.values.get(column.name, ()) not in (None, ()):
                continue
            empty = column.name in row.values
            row.values.pop(column.name, None)
            if empty and not (
                wrong and filling.computes(column.name)
            ):  # what cannot be computed follows from what is told already
                found.append(Problem(sheet.name, row.number, column.name, _("The cell is empty."), required()))
        return found + row_problems(sheet, row.number, row.values, row.present)

    def _added(self, row: Row) -> list[Problem]:
        """Keeps the row; a further row of a record that has several beside it must say the same of the record."""
        sheet = self._main.sheet
        key = row.key(sheet)
        first = None if key is None else self._first.setdefault(key, row)
        if first is None or first is row:
            self._reading.register[sheet.name].append(row)
            return []
        wrong = _(
            "The row has the same %(key)s as row %(row)s.",
            key=", ".join(called(sheet.by_name[name]) for name in sheet.key),
            row=first.number,
        )
        if not any(one.subject for one in self._beside.values()):
            return [Problem(sheet.name, row.number, sheet.key[-1], wrong, _("Each key stands once in a sheet."))]
        other = [name for name, value in row.values.items() if value not in (None, (), first.values.get(name))]
        allowed_ = _("What it says of the record is what that row says, or it has a code of its own.")
        return [Problem(sheet.name, row.number, name, wrong, allowed_) for name in other]

    def _row_beside(
        self, name: str, table: Table, cells: Cells, main: Row, needed: frozenset[str]
    ) -> tuple[str, Row, list[Problem]] | None:
        one = self._beside[name]
        if one.subject is None or folded(one.filling.fills[one.subject].title) not in cells:
            return None
        sheet = one.filling.sheet
        before = f"{name}."
        quiet = frozenset(column.removeprefix(before) for column in needed if column.startswith(before))
        values, wrong = one.filling.values(cells, main.values, quiet)
        present = self._present(one.filling, before, table, values)
        links = self._links(sheet)
        values |= {column: main.values[own] for column, own in links.items() if own in main.values}
        key = tuple(main.values.get(own) for own in self._main.sheet.key)
        one.numbers[key] += 1
        counted = [column.name for column in sheet.columns if column.kind is Kind.NUMBER and column.name in sheet.key]
        values |= {column: str(one.numbers[key]) for column in counted if column not in one.filling.fills}
        row = Row(main.number, values, present | links.keys() | set(counted))
        return name, row, self._checked(one.filling, row, wrong)

    def _shorter_codes(self) -> None:
        """A code with fewer digits than most others of its column has lost zeros at its end to a spreadsheet."""
        sheet = self._main.sheet
        for column in sheet.columns:
            if column.kind not in (Kind.CODE, Kind.CODES) or column.refers_to is not None:
                continue
            coded = [(row, match) for row in self._reading.register[sheet.name] for match in _coded(row, column.name)]
            digits = Counter(len(match[2]) for _row, match in coded)
            usual = max(digits, key=lambda length: (digits[length], length), default=0)
            if usual < _SHAPE or digits[usual] < _MOST * len(coded):
                continue
            for row, match in coded:
                if len(match[2]) < usual:
                    wrong = _(
                        '"%(code)s" is shorter than the other codes: a spreadsheet drops zeros at the end.',
                        code=quote(match[0]),
                    )
                    mend = _("Format the column as text and type the code again.")
                    self._reading.problems.append(Problem(sheet.name, row.number, column.name, wrong, mend))

    def _say_of_sheet(self, grid: Grid, table: Table, rows: Sequence[int], place: int, *, several: bool) -> None:
        def number(row: int) -> RowNumber:
            return RowNumber.of(place, row, table.sheet, several=several)

        sheet, notes = self._main.sheet, self._reading.notes
        notes.extend(Note(sheet.name, number(note.row), None, note.sentence) for note in notes_of(Header(sheet), grid, rows))
        if table.foot:
            sentence = ngettext(
                "Row %(rows)s is taken for a line below the table (a total, a signature) and passed over.",
                "Rows %(rows)s are taken for lines below the table (totals, signatures) and passed over.",
                len(table.foot),
                rows=", ".join(map(str, table.foot)),
            )
            notes.append(Note(sheet.name, number(table.foot[0]), None, sentence))
        without = table.count - len(rows)
        if without > 0 and self._mapping.only:
            sentence = ngettext(
                "%(num)s row does not hold what was asked for and stays out.",
                "%(num)s rows do not hold what was asked for and stay out.",
                without,
            )
            notes.append(Note(sheet.name, number(table.header + table.depth), None, sentence))

    def _say_of_rows(self) -> None:
        name, notes = self._main.sheet.name, self._reading.notes
        first = next(iter(self._reading.register[name]), None)
        for one in self._beside.values():
            unread = [fill.title for fill in one.filling.fills.values() if fill.source is Source.COLUMN]
            if one.subject is None and unread and first is not None:
                titles = ", ".join(f'"{quote(title)}"' for title in unread)
                sentence = _("Nothing is taken over of %(titles)s: no column says what it belongs to.", titles=titles)
                notes.append(Note(name, first.number, None, str(sentence)))
        if self._left_out:
            sentence = ngettext(
                "%(num)s row stays out, as its word says that it is no record of this register: %(rows)s.",
                "%(num)s rows stay out, as their words say that they are no records of this register: %(rows)s.",
                len(self._left_out),
                rows=", ".join(map(str, self._left_out)),
            )
            notes.append(Note(name, self._left_out[0], None, sentence))
        if self._dividing:
            sentence = ngettext(
                "%(num)s line only divides the table and is passed over: %(rows)s.",
                "%(num)s lines only divide the table and are passed over: %(rows)s.",
                len(self._dividing),
                rows=", ".join(map(str, self._dividing)),
            )
            notes.append(Note(name, self._dividing[0], None, sentence))


def _coded(row: Row, name: str) -> Iterator[re.Match[str]]:
    """The codes of a cell that a spreadsheet would take for numbers."""
    value = row.values.get(name)
    for code in value if isinstance(value, tuple) else (value,):
        match = _PARTS_OF_CODE.fullmatch(str(code))
        if match is not None:
            yield match
