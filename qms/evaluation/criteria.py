"""Criteria sets: which evidence is asked, by which rule, with which weight. Data, dated and versioned."""

import hashlib
import tomllib
from dataclasses import dataclass
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
    """One row of the set. ``percent`` only with the rule share; ``weight`` 0 for mandatory ones."""

    code: str
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
    """A set with its pass mark; ``content_hash`` is the SHA-256 of its file."""

    code: str
    content_hash: str
    pass_percent: int
    least_weight: int
    criteria: tuple[Criterion, ...]

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


@cache
def shipped_sets() -> dict[str, CriteriaSet]:
    """All sets that came with this version, by code. Raises ValueError for a set that contradicts itself."""
    found = {}
    for entry in sorted(files("qms.evaluation").joinpath("sets").iterdir(), key=lambda entry: entry.name):
        if not entry.name.endswith(".toml"):
            continue
        content = entry.read_bytes()
        table = tomllib.loads(content.decode("utf-8"))
        one = CriteriaSet(
            code=table["code"],
            content_hash=hashlib.sha256(content).hexdigest(),
            pass_percent=int(table["pass_percent"]),
            least_weight=int(table["least_weight"]),
            criteria=tuple(_criterion(row) for row in table["criteria"]),
        )
        found[one.code] = one
    return found


def current_set() -> CriteriaSet:
    """The set that new runs use: the newest shipped one."""
    return list(shipped_sets().values())[-1]


def check_evidence(known: frozenset[str]) -> None:
    """Raises ``RuntimeError`` when a criterion asks for evidence that no feature brings: at start, not in December."""
    for one in shipped_sets().values():
        missing = [criterion.code for criterion in one.criteria if criterion.code not in known]
        if missing:
            raise RuntimeError(f"no feature brings the evidence for {', '.join(missing)} of the criteria set {one.code}")
