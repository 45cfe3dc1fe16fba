#!/usr/bin/env python3
"""Checks the audit trail of QMS. One file, no key, nothing but Python 3.9 or newer.

    python3 verify_trail.py DATABASE.sqlite3|trail.jsonl [heads.jsonl] [--language vi|en]

``heads.jsonl`` holds the daily heads as they were mailed or shown on the public page /trail-heads, one a line, without holes.
Exit code 0: everything holds; 1: something was changed or is missing; 2: it cannot be read.

The rules. Every row of the trail has a place in the chain of its agency: a number, and the SHA-256 of the JSON array
[hash before, chain, number, id, at, person_id, kind, code, unit_id, deed, changes, reason, request_id, personal] (UTF-8, no
spaces; texts as they are stored; the hash before number 1 is 64 zeros). ``personal`` names the SHA-256 of "salt:value" for
each value that stands beside the row; a person is forgotten by emptying salt and value together. A daily head lists every
chain with its last number and hash, and the SHA-256 of the body of the head before it.
"""

from __future__ import annotations

import argparse
import hashlib
import json
import re
import sqlite3
import sys
from collections.abc import Callable, Iterable, Iterator
from contextlib import closing
from dataclasses import dataclass, field
from itertools import chain as one_after_another
from pathlib import Path
from typing import Any, NamedTuple

FORMAT = 1
BEGINNING = "0" * 64
"""The hash before number 1 of a chain."""
COLUMNS = ("id", "at", "person_id", "kind", "code", "unit_id", "deed", "changes", "reason", "request_id", "personal")
HEAD_KIND, HEAD_DEED = "trail_head", "make"
PERSON_KIND, FORGET_DEED = "person", "forget"
"""The entry that tells of a daily head; its ``changes`` hold the digest of the head."""
MOST_FAULTS = 1_000
"""So many faults are named; further ones are only counted."""


class Row(NamedTuple):
    """An entry with its seal and what stands beside it. ``chain`` None: not sealed yet; ``entry`` None: it is gone."""

    chain: Any
    number: Any
    entry_id: Any
    hash: Any
    entry: tuple[Any, ...] | None
    beside: list[tuple[Any, Any, Any]]
    """(field, salt, value)"""


class Head(NamedTuple):
    """A daily head as it is stored."""

    day: str
    made_at: str
    body: str
    key_id: str
    seal: str


class Fault(NamedTuple):
    """Something that is not as it was sealed, and where."""

    what: str
    chain: Any = None
    number: Any = None
    entry_id: Any = None
    detail: str = ""

    def text(self, language: str) -> str:
        """The fault as one line."""
        english = language == "en"
        place = []
        if self.chain is not None:
            place.append(f"chain {self.chain}" if english else f"chuỗi {self.chain}")
        if self.number is not None:
            place.append(f"number {self.number}" if english else f"số {self.number}")
        if self.entry_id is not None:
            place.append(f"entry {self.entry_id}" if english else f"bản ghi {self.entry_id}")
        sentence = WORDS[self.what][english] + (f" ({self.detail})" if self.detail else "")
        return f"{', '.join(place)}: {sentence}" if place else sentence


WORDS: dict[str, tuple[str, str]] = {
    "row_changed": ("dòng không còn đúng như khi chốt", "the row is not what was sealed"),
    "row_missing": ("dòng đã chốt không còn", "a sealed row is gone"),
    "row_unknown": ("một dòng không thuộc về nhật ký này", "a row that does not belong to this trail"),
    "number_gap": ("thiếu dòng trước số này", "rows before this number are missing"),
    "beside_changed": ("giá trị cá nhân đã bị sửa", "a personal value was changed"),
    "beside_missing": ("giá trị cá nhân bị mất", "a personal value is missing"),
    "beside_emptied": (
        "giá trị cá nhân bị xóa mà không có quyết định xóa",
        "personal values were emptied, and no entry tells of it",
    ),
    "beside_unknown": ("giá trị cá nhân không thuộc dòng này", "a personal value that the row does not know"),
    "chain_missing": ("cả chuỗi không còn", "the whole chain is missing"),
    "chain_cut": ("phần cuối chuỗi đã bị cắt", "the end of the chain was cut off"),
    "chain_rewritten": ("chuỗi không khớp với mốc chốt ngày", "the chain is not the one of the daily head"),
    "head_unreadable": ("mốc chốt ngày không đọc được", "a daily head cannot be read"),
    "head_changed": ("mốc chốt ngày đã bị sửa", "a daily head was changed"),
    "head_missing": ("thiếu mốc chốt ngày", "a daily head is missing"),
    "head_unknown": ("nhật ký không ghi nhận mốc chốt ngày này", "the trail does not tell of this daily head"),
    "head_order": ("mốc chốt ngày không nối tiếp mốc trước nó", "a daily head does not follow the one before it"),
    "head_seal": ("mã xác thực của mốc chốt ngày không đúng với khóa", "the seal of a daily head does not fit its key"),
    "head_key": ("không có khóa của mốc chốt ngày", "the key of a daily head is not known"),
}
"""What can be wrong, in Vietnamese and English."""


def canonical(value: Any, odd: Callable[[Any], Any] | None = None) -> str:
    """The one JSON text of a value: sorted keys, no spaces, letters as they are."""
    return json.dumps(value, ensure_ascii=False, sort_keys=True, separators=(",", ":"), allow_nan=False, default=odd)


def sha256(text: str) -> str:
    """Of the UTF-8 bytes; bytes that are no UTF-8 were kept by the reader and count too."""
    return hashlib.sha256(text.encode("utf-8", "surrogateescape")).hexdigest()


def row_hash(before: str, chain: Any, number: Any, entry: Iterable[Any]) -> str:
    """The seal of an entry (values in the order of ``COLUMNS``) at its place in a chain."""
    return sha256(canonical([before, chain, number, *entry], _odd))


def _odd(value: Any) -> dict[str, str]:
    """A value that no column should hold, such as raw bytes: unlike anything that was ever sealed."""
    return {"odd": repr(value)}


def salted_hash(salt: str, value: str) -> str:
    """What the chain knows of a personal value: SHA-256 of salt, colon, value."""
    return sha256(f"{salt}:{value}")


def head_digest(head: Head) -> str:
    """What the trail keeps of a daily head: covers the body, the name of the key and the seal."""
    return sha256(f"{head.body}\n{head.key_id}\n{head.seal}")


def head_line(head: Head) -> str:
    """A head as it is mailed and shown: its body with ``key`` and ``seal``."""
    return canonical({**json.loads(head.body), "key": head.key_id, "seal": head.seal})


def head_of_line(line: str) -> Head:
    """The head of such a line. Raises ``ValueError`` or ``KeyError``."""
    body = json.loads(line)
    key_id, seal = body.pop("key"), body.pop("seal")
    return Head(body["day"], body["made_at"], canonical(body), key_id, seal)


@dataclass
class Report:
    """What was found."""

    sealed: int = 0
    unsealed: int = 0
    forgotten: int = 0
    after_head: int = 0
    """Sealed rows that no daily head covers yet."""
    chains: dict[str, int] = field(default_factory=dict)
    heads: int = 0
    newest_head: str | None = None
    found: int = 0
    faults: list[Fault] = field(default_factory=list)

    def add(self, fault: Fault) -> None:
        """Counts a fault and keeps it while there is room."""
        self.found += 1
        if len(self.faults) < MOST_FAULTS:
            self.faults.append(fault)

    def as_dict(self) -> dict[str, Any]:
        """For programs."""
        return {
            "intact": not self.found,
            "sealed": self.sealed,
            "not_sealed_yet": self.unsealed,
            "after_newest_head": self.after_head,
            "forgotten_values": self.forgotten,
            "chains": self.chains,
            "heads": self.heads,
            "newest_head": self.newest_head,
            "faults_found": self.found,
            "faults": [fault._asdict() for fault in self.faults],
        }

    def lines(self, language: str, elsewhere: int = 0) -> Iterator[str]:
        """For people: the faults first, then what was looked at. ``elsewhere`` counts what was found beside the trail."""
        english = language == "en"
        yield from (fault.text(language) for fault in self.faults)
        if self.found > len(self.faults):
            more = self.found - len(self.faults)
            yield f"… and {more} more faults." if english else f"… và {more} lỗi nữa."
        sums = (
            ("Dòng đã chốt", "Rows sealed", self.sealed),
            ("Dòng chưa chốt", "Rows not sealed yet", self.unsealed),
            ("Số chuỗi", "Chains", len(self.chains)),
            ("Số mốc chốt ngày", "Daily heads", self.heads),
            ("Mốc chốt mới nhất", "Newest head", self.newest_head or "–"),
            ("Dòng chốt sau mốc chốt mới nhất", "Rows sealed after the newest head", self.after_head),
            ("Giá trị cá nhân đã xóa", "Personal values forgotten", self.forgotten),
        )
        yield from (f"{words[english]}: {words[2]}" for words in sums)
        if self.found + elsewhere:
            yield f"FAULTS FOUND: {self.found + elsewhere}." if english else f"PHÁT HIỆN LỖI: {self.found + elsewhere}."
        else:
            yield "Everything holds." if english else "Nhật ký nguyên vẹn."


def check(heads: Iterable[Head], rows: Iterable[Row], published: Iterable[Head] | None = None) -> Report:
    """Checks a whole trail: its heads, then its rows in the order of chain and number, in memory that does not grow with them.

    ``published`` are heads from outside the database, without holes; with them a rewritten database is found too.
    """
    examination = _Examination(list(heads), None if published is None else list(published))
    for row in rows:
        examination.look_at(row)
    return examination.finish()


class _Examination:
    def __init__(self, heads: list[Head], published: list[Head] | None) -> None:
        self.report = Report(heads=len(heads))
        self.told: dict[str, str] = {}
        self.heads = {head.day: head for head in heads}
        self.expected: dict[str, dict[int, dict[str, str]]] = {}
        """Chain → number → hash → the first day whose head says so."""
        self.chain: Any = None
        self.number = self.confirmed = self.covered = 0
        self.before = BEGINNING
        self.also = BEGINNING
        self.emptied = 0
        self._look_at_heads(heads, whole=True)
        if heads:
            self.report.newest_head = max(self.heads)
        if published is not None:
            self._look_at_heads(published, whole=False)
            for head in published:
                stored = self.heads.get(head.day)
                if stored is None:
                    self._head("head_missing", head.day)
                elif stored != head:
                    self._head("head_changed", head.day)

    def _head(self, what: str, day: str, detail: str = "") -> None:
        self.report.add(Fault(what, detail=f"{day}: {detail}" if detail else str(day)))

    def _look_at_heads(self, heads: list[Head], *, whole: bool) -> None:
        """Whether each can be read, follows the one before, and lost no chain since; remembers what they say of the chains."""
        before: Head | None = None
        reached: dict[str, int] = {}
        for head in heads:
            try:
                body = json.loads(head.body)
                chains = {one["chain"]: (int(one["number"]), str(one["hash"])) for one in body["chains"]}
                as_made = canonical(body) == head.body and (body["format"], body["day"]) == (FORMAT, head.day)
                as_made = (
                    as_made and body["made_at"] == head.made_at and body["entries"] == sum(one[0] for one in chains.values())
                )
                follows = body["previous"] == (None if before is None else sha256(before.body)) or (before is None and not whole)
            except (ValueError, KeyError, TypeError):
                self._head("head_unreadable", head.day)
                before = head
                continue
            if not as_made:
                self._head("head_changed", head.day)
            if not follows or (before is not None and head.day <= before.day):
                self._head("head_order", head.day)
            for name in (name for name, number in reached.items() if name not in chains or chains[name][0] < number):
                self._head("head_order", head.day, name)
            reached = {name: number for name, (number, _hash) in chains.items()}
            for name, (number, value) in chains.items():
                self.expected.setdefault(name, {}).setdefault(number, {}).setdefault(value, head.day)
            before = head

    def look_at(self, row: Row) -> None:
        """One row; rows of a chain come together, by number."""
        if row.entry is not None:
            self._look_beside(row)
            self._listen(row.entry)
        if row.chain is None:
            if row.entry is None:
                self.report.add(Fault("row_unknown", entry_id=row.entry_id))
            else:
                self.report.unsealed += 1
            return
        self.report.sealed += 1
        if row.chain != self.chain:
            self._end_chain()
            self.chain, self.number, self.confirmed, self.before, self.also = row.chain, 0, 0, BEGINNING, BEGINNING
            self.covered = max(self.expected.get(row.chain, {}), default=0)
        made = row.hash if row.entry is None else row_hash(self.before, row.chain, row.number, row.entry)
        follows = row.number == self.number + 1
        if not follows:
            self.report.add(Fault("number_gap", row.chain, row.number, row.entry_id, f"{self.number + 1}…"))
        if row.entry is None:
            self.report.add(Fault("row_missing", row.chain, row.number, row.entry_id))
        elif row.entry[0] != row.entry_id or (follows and not self._fits(row, made)):  # after a gap the hash before is not known
            self.report.add(Fault("row_changed", row.chain, row.number, row.entry_id))
        self.before, self.also = row.hash, made
        self.number = row.number if isinstance(row.number, int) else self.number + 1
        self.report.after_head += self.number > self.covered
        self._compare_with_heads(row)

    def _fits(self, row: Row, made: str) -> bool:
        """Whether the seal is that of the row; when only the hash before was changed, its own row is to blame, not this one."""
        return bool(row.hash == made or row.hash == row_hash(self.also, row.chain, row.number, row.entry or ()))

    def _compare_with_heads(self, row: Row) -> None:
        said = self.expected.get(row.chain, {}).pop(self.number, {})
        wrong = [day for value, day in said.items() if value != row.hash]
        if wrong:
            self.report.add(
                Fault("chain_rewritten", row.chain, row.number, row.entry_id, f"{min(wrong)}; {self.confirmed + 1}…{row.number}")
            )
        elif said:
            self.confirmed = self.number

    def _look_beside(self, row: Row) -> None:
        assert row.entry is not None
        try:
            hashes = dict(json.loads(row.entry[-1]))
        except (ValueError, TypeError):
            hashes = {}  # the row itself is found to be changed
        for name, salt, value in row.beside:
            known = hashes.pop(name, None)
            if known is None:
                what = "beside_unknown"
            elif salt is None and value is None:
                self.report.forgotten += 1
                continue
            elif isinstance(salt, str) and isinstance(value, str) and salted_hash(salt, value) == known:
                continue
            else:
                what = "beside_changed"
            self.report.add(Fault(what, row.chain, row.number, row.entry_id, str(name)))
        for name in hashes:
            self.report.add(Fault("beside_missing", row.chain, row.number, row.entry_id, str(name)))

    def _listen(self, entry: tuple[Any, ...]) -> None:
        """The trail itself tells of every head that was made, and how many values were emptied when a person was forgotten."""
        if entry[3] == PERSON_KIND and entry[6] == FORGET_DEED:
            try:
                self.emptied += int(json.loads(entry[7])["values"][0])
            except (ValueError, KeyError, TypeError, IndexError):
                return
        if entry[3] == HEAD_KIND and entry[6] == HEAD_DEED:
            try:
                self.told[entry[4]] = json.loads(entry[7])["digest"][1]
            except (ValueError, KeyError, TypeError, IndexError):
                self.told[entry[4]] = ""

    def _end_chain(self) -> None:
        left = {number: days for number, days in self.expected.pop(self.chain, {}).items() if number > self.number}
        if left:
            last = max(left)
            day = min(left[last].values())
            self.report.add(Fault("chain_cut", self.chain, self.number, None, f"{day}: {last}"))
        if self.chain is not None:
            self.report.chains[str(self.chain)] = self.number

    def finish(self) -> Report:
        """What is only known at the end: chains that never came, heads that nobody tells of."""
        self._end_chain()
        for name, numbers in sorted(self.expected.items()):
            last = max(numbers, default=0)
            if last:
                self.report.add(Fault("chain_missing", name, None, None, f"{min(numbers[last].values())}: {last}"))
        if self.report.forgotten > self.emptied:
            self.report.add(Fault("beside_emptied", detail=str(self.report.forgotten - self.emptied)))
        for day, digest in sorted(self.told.items()):
            if day not in self.heads:
                self._head("head_missing", day)
            elif head_digest(self.heads[day]) != digest:
                self._head("head_changed", day)
        for day in sorted(set(self.heads) - set(self.told)):
            self._head("head_unknown", day)
        return self.report


def merged(rows: Iterable[Row], beside: Iterable[tuple[Any, ...]]) -> Iterator[Row]:
    """Rows with what stands beside them: both come in one order; (key, field, salt, value), the key as ``_key`` makes it."""
    waiting = iter(beside)
    one = next(waiting, None)
    for row in rows:
        key = row.entry_id if row.chain is None else (row.chain, row.number)
        found = []
        while one is not None and one[0] == key:
            found.append(one[1:])
            one = next(waiting, None)
        yield row._replace(beside=found)


SEALED = "trail_seals AS s LEFT JOIN trail AS t ON t.id = s.entry_id"
SEALED_BESIDE = "trail_seals AS s JOIN trail AS t ON t.id = s.entry_id JOIN trail_personal AS p ON p.entry_id = t.id"
UNSEALED = "trail AS t LEFT JOIN trail_seals AS s ON s.entry_id = t.id"
UNSEALED_BESIDE = f"{UNSEALED} JOIN trail_personal AS p ON p.entry_id = t.id"
WAITING = "WHERE s.entry_id IS NULL"

Query = Callable[[str], Iterable[Any]]


def rows_of(query: Query, at: Callable[[Any], str]) -> Iterator[Row]:
    """All rows of a database: sealed ones by chain and number, then those not sealed yet, then what belongs to no entry.

    ``query`` runs a statement and gives its rows one after the other; ``at`` makes the one text of a stored instant.
    """
    entry = ", ".join(f"t.{name}" for name in COLUMNS)

    def entry_of(found: Any) -> tuple[Any, ...] | None:
        return None if found[0] is None else (found[0], at(found[1]), *found[2:])

    ordered = "ORDER BY s.chain, s.number"
    sealed = (
        Row(one[0], one[1], one[2], one[3], entry_of(one[4:]), [])
        for one in query(f"SELECT s.chain, s.number, s.entry_id, s.hash, {entry} FROM {SEALED} {ordered}")
    )
    beside = query(f"SELECT s.chain, s.number, p.field, p.salt, p.value FROM {SEALED_BESIDE} {ordered}, p.field")
    yield from merged(sealed, (((one[0], one[1]), *one[2:]) for one in beside))
    unsealed = (
        Row(None, None, one[0], None, entry_of(one), [])
        for one in query(f"SELECT {entry} FROM {UNSEALED} {WAITING} ORDER BY t.id")
    )
    beside = query(f"SELECT t.id, p.field, p.salt, p.value FROM {UNSEALED_BESIDE} {WAITING} ORDER BY t.id, p.field")
    yield from merged(unsealed, map(tuple, beside))
    orphans = "SELECT p.entry_id FROM trail_personal AS p LEFT JOIN trail AS t ON t.id = p.entry_id WHERE t.id IS NULL"
    yield from (Row(None, None, one[0], None, None, []) for one in query(orphans))


def heads_of(query: Query, at: Callable[[Any], str]) -> list[Head]:
    """The heads of a database, oldest first."""
    found = query("SELECT day, made_at, body, key_id, seal FROM trail_heads ORDER BY day")
    return [Head(str(day), at(made_at), str(body), str(key_id), str(seal)) for day, made_at, body, key_id, seal in found]


_STORED_INSTANT = re.compile(r"(\d{4}-\d\d-\d\d) (\d\d:\d\d:\d\d\.\d{6})")


def sqlite_instant(stored: Any) -> str:
    """UTC with microseconds and Z; anything that is not stored as this program stores it gets a mark that fits no hash."""
    found = _STORED_INSTANT.fullmatch(stored) if isinstance(stored, str) else None
    return f"{found[1]}T{found[2]}Z" if found else f"?{stored!r}"


def open_sqlite(path: Path) -> sqlite3.Connection:
    """The file for reading only, in one transaction; bytes that are no text are kept as they are."""
    connection = sqlite3.connect(f"{path.resolve().as_uri()}?mode=ro", uri=True, isolation_level=None)
    connection.text_factory = lambda stored: stored.decode("utf-8", "surrogateescape")
    connection.execute("BEGIN")
    return connection


def export_lines(heads: Iterable[Head], rows: Iterable[Row]) -> Iterator[str]:
    """A whole trail as JSON lines: what it is, the heads, the rows."""
    yield canonical({"trail": FORMAT})
    for head in heads:
        yield canonical({"head": head})
    for row in rows:
        yield canonical({"row": row})


def read_export(lines: Iterable[str]) -> tuple[list[Head], Iterator[Row]]:
    """Such lines again, the rows one after the other. Raises ``ValueError``."""
    read = iter(lines)
    if json.loads(next(read, "null")) != {"trail": FORMAT}:
        raise ValueError("no export of a trail")
    heads: list[Head] = []
    first: list[dict[str, Any]] = []
    for line in read:
        found = json.loads(line)
        if "head" not in found:
            first.append(found)
            break
        heads.append(Head(*map(str, found["head"])))
    return heads, (_row_of(found) for found in one_after_another(first, map(json.loads, read)))


def _row_of(found: dict[str, Any]) -> Row:
    chain, number, entry_id, value, entry, beside = found["row"]
    return Row(chain, number, entry_id, value, None if entry is None else tuple(entry), [tuple(one) for one in beside])


def read_heads(text: str) -> list[Head]:
    """The heads of a file with one a line, put into order. Raises ``ValueError`` or ``KeyError``."""
    return sorted(head_of_line(line) for line in text.splitlines() if line.strip())


def check_file(trail: Path, published: list[Head] | None) -> Report:
    """Checks a SQLite database or an export. Raises ``OSError``, ``ValueError``, ``sqlite3.Error``."""
    with trail.open("rb") as file:
        is_database = file.read(16) == b"SQLite format 3\0"
    if is_database:
        with closing(open_sqlite(trail)) as connection:
            heads = heads_of(connection.execute, sqlite_instant)
            return check(heads, rows_of(connection.execute, sqlite_instant), published)
    with trail.open(encoding="utf-8", errors="surrogateescape") as lines:
        heads, rows = read_export(lines)
        return check(heads, rows, published)


def main(arguments: list[str] | None = None) -> int:
    """The command; answers with its exit code."""
    parser = argparse.ArgumentParser(description="Checks the audit trail of QMS without any key.")
    parser.add_argument("trail", type=Path, help="the SQLite database, or what `qms trail export` wrote")
    parser.add_argument("heads", type=Path, nargs="?", help="daily heads from outside the database, one a line")
    parser.add_argument("--language", choices=("vi", "en"), default="vi")
    chosen = parser.parse_args(arguments)
    try:
        published = None if chosen.heads is None else read_heads(chosen.heads.read_text(encoding="utf-8"))
        report = check_file(chosen.trail, published)
    except (OSError, ValueError, KeyError, TypeError, sqlite3.Error) as error:
        print(f"{chosen.trail}: {type(error).__name__}: {error}", file=sys.stderr)
        return 2
    for line in report.lines(chosen.language):
        print(line)
    return 1 if report.found else 0


if __name__ == "__main__":
    sys.exit(main())
