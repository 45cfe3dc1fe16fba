"""The clause catalogue: numbers and titles of each edition, and which of the 28 clauses a list of clauses covers.

Titles only; the requirement texts of the standard are copyright.
"""

import csv
from collections.abc import Iterable
from dataclasses import dataclass
from functools import cache
from importlib.resources import files

EDITION = "TCVN ISO 9001:2015"
"""The edition the law refers to; findings keep the edition beside the clause."""


@dataclass(frozen=True)
class Clause:
    """A clause: ``number`` such as "8.5.1", its titles, its depth (1 for a chapter)."""

    number: str
    title_en: str
    title_vi: str

    @property
    def depth(self) -> int:
        """1 for a chapter, 2 for x.y, 3 and more below."""
        return self.number.count(".") + 1

    def title(self, language: str) -> str:
        """The title in "vi" or "en"."""
        return self.title_vi if language == "vi" else self.title_en


@dataclass(frozen=True)
class EditionChange:
    """How a clause of the 2026 edition maps to 2015 (clauses joined by "+")."""

    clause_2026: str
    title: str
    clause_2015: str
    change: str
    note: str


def _table(name: str) -> list[dict[str, str]]:
    text = files("qms.standard").joinpath("catalogues", name).read_text(encoding="utf-8")
    return list(csv.DictReader(text.splitlines(), delimiter="\t", quoting=csv.QUOTE_NONE))


@cache
def clauses() -> dict[str, Clause]:
    """All clauses of ISO 9001:2015 in their order, by number."""
    rows = _table("iso-9001-2015.tsv")
    return {row["clause"]: Clause(row["clause"], row["english_title"], row["vietnamese_title"]) for row in rows}


@cache
def changes_2026() -> tuple[EditionChange, ...]:
    """The mapping of the 2026 edition to 2015."""
    return tuple(
        EditionChange(row["clause_2026"], row["title_or_label"], row["clause_2015"], row["change"], row["note"] or "")
        for row in _table("iso-9001-2026-mapping.tsv")
    )


@cache
def audited_clauses() -> tuple[str, ...]:
    """The 28 clauses x.y that an audit cycle has to reach (9.2.2), in the order of the standard."""
    return tuple(number for number, clause in clauses().items() if clause.depth == 2)


def covers(listed: str, clause: str) -> bool:
    """Whether an audit that lists ``listed`` reaches ``clause`` (x.y): the clause, its chapter, or a clause under it."""
    return listed == clause or clause.startswith(listed + ".") or listed.startswith(clause + ".")


def clause_mask(listed: Iterable[str]) -> int:
    """The 28 clauses reached by a list, as bits in the order of ``audited_clauses`` (bit 0 is 4.1)."""
    wanted = tuple(listed)
    return sum(1 << bit for bit, clause in enumerate(audited_clauses()) if any(covers(one, clause) for one in wanted))


def exclusion_mask(not_applicable: Iterable[str]) -> int:
    """The 28 clauses that are declared not applicable: themselves or by their chapter; 8.3.1 does not drop 8.3."""
    declared = set(not_applicable)
    return sum(1 << bit for bit, clause in enumerate(audited_clauses()) if clause in declared or clause.split(".")[0] in declared)


def sort_key(number: str) -> tuple[int, ...]:
    """Orders 4.2 before 10.1."""
    return tuple(int(part) for part in number.split("."))


def split_codes(text: str | None) -> list[str]:
    """The values of a cell that are separated by ";"."""
    return [part.strip() for part in (text or "").split(";") if part.strip()]
