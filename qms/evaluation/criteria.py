"""Criteria sets: which evidence is asked, by which rule, with which weight. Data, dated and versioned."""

import hashlib
import tomllib
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date
from enum import StrEnum
from functools import cache
from importlib.resources import files
from typing import Any


class RuleKind(StrEnum):
    """How items become a result."""

    SOME = "some"
    EVERY = "every"
    SHARE = "share"
    NONE_FAILING = "none_failing"


@dataclass(frozen=True)
class Criterion:
    """One row of the set. ``percent`` only with the rule share; ``weight`` 0 for mandatory ones.

    ``evidence`` is the key of the proof it asks for, the code itself unless the set says otherwise: two criteria may rest on
    one proof with two thresholds.
    """

    code: str
    evidence: str
    clause: str
    rule: RuleKind
    weight: int
    mandatory: bool
    percent: int
    new_unit_exempt: bool
    agency_wide: bool
    titles: tuple[str, str]
    advices: tuple[str, str]

    def title(self, language: str) -> str:
        """The title in "vi" or "en"."""
        return self.titles[0] if language == "vi" else self.titles[1]

    def advice(self, language: str) -> str:
        """What a unit can do about it, in "vi" or "en"."""
        return self.advices[0] if language == "vi" else self.advices[1]


@dataclass(frozen=True)
class CriteriaSet:
    """A set with its pass mark, for days from ``valid_from`` on; ``content_hash`` is the SHA-256 of its file."""

    code: str
    valid_from: date
    content_hash: str
    pass_percent: int
    least_weight: int
    criteria: tuple[Criterion, ...]

    @property
    def version(self) -> tuple[int, ...]:
        """What stands behind the slash of the code, as numbers: 0.10 is newer than 0.2."""
        return tuple(int(part) for part in self.code.rpartition("/")[2].split("."))

    def criterion(self, code: str) -> Criterion:
        """The criterion of that code; KeyError when the set has none."""
        for criterion in self.criteria:
            if criterion.code == code:
                return criterion
        raise KeyError(code)


def _criterion(row: dict[str, Any]) -> Criterion:
    rule = RuleKind(row["rule"])
    mandatory = bool(row.get("mandatory", False))
    if mandatory == ("weight" in row) or (rule is RuleKind.SHARE) != ("percent" in row):
        raise ValueError(f"criterion {row['code']}: a weight unless mandatory, a percent exactly with the rule share")
    return Criterion(
        code=row["code"],
        evidence=row.get("evidence", row["code"]),
        clause=row["clause"],
        rule=rule,
        weight=int(row.get("weight", 0)),
        mandatory=mandatory,
        percent=int(row.get("percent", 100)),
        new_unit_exempt=bool(row.get("new_unit_exempt", False)),
        agency_wide=bool(row.get("agency_wide", False)),
        titles=(row["title_vi"], row["title_en"]),
        advices=(row["advice_vi"], row["advice_en"]),
    )


def read_set(content: bytes) -> CriteriaSet:
    """The set in the bytes of a file. Raises ValueError for one that contradicts itself."""
    table = tomllib.loads(content.decode("utf-8"))
    criteria = tuple(_criterion(row) for row in table["criteria"])
    twice = {one.code for one in criteria if [other.code for other in criteria].count(one.code) > 1}
    if twice:
        raise ValueError(f"{table['code']} names {', '.join(sorted(twice))} twice")
    return CriteriaSet(
        code=table["code"],
        valid_from=table.get("valid_from", date.min),
        content_hash=hashlib.sha256(content).hexdigest(),
        pass_percent=int(table["pass_percent"]),
        least_weight=int(table["least_weight"]),
        criteria=criteria,
    )


@cache
def shipped_sets() -> dict[str, CriteriaSet]:
    """All sets that came with this version, by code, the oldest first. Raises ValueError for a set that contradicts itself."""
    entries = [entry for entry in files("qms.evaluation").joinpath("sets").iterdir() if entry.name.endswith(".toml")]
    found = sorted((read_set(entry.read_bytes()) for entry in entries), key=lambda one: (one.valid_from, one.version))
    return {one.code: one for one in found}


def set_of(day: date, sets: Iterable[CriteriaSet] | None = None) -> CriteriaSet:
    """The set that holds on a day: of those valid by then the one that came last, and of these the newest version."""
    valid = [one for one in (shipped_sets().values() if sets is None else sets) if one.valid_from <= day]
    return max(valid, key=lambda one: (one.valid_from, one.version))


def check_evidence(known: frozenset[str]) -> None:
    """Raises ``RuntimeError`` when a criterion asks for evidence that no feature brings: at start, not in December."""
    for one in shipped_sets().values():
        missing = [criterion.evidence for criterion in one.criteria if criterion.evidence not in known]
        if missing:
            raise RuntimeError(f"no feature brings the evidence for {', '.join(missing)} of the criteria set {one.code}")
