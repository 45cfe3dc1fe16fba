"""The acts a report implements, as dated data: a new decree is a new entry in legal_bases.toml, not a new program."""

import tomllib
from datetime import date
from functools import cache
from pathlib import Path


@cache
def _entries() -> list[dict[str, str | date]]:
    with Path(__file__).with_name("legal_bases.toml").open("rb") as source:
        entries: list[dict[str, str | date]] = tomllib.load(source)["basis"]
    return entries


def legal_bases(day: date, language: str) -> tuple[str, ...]:
    """The acts in force on a day, each as a sentence names it: type, number, day and who issued it."""
    return tuple(str(entry[language]) for entry in _entries() if _in_force(entry, day))


def _in_force(entry: dict[str, str | date], day: date) -> bool:
    start, end = entry["issued_on"], entry.get("in_force_to", date.max)
    return isinstance(start, date) and isinstance(end, date) and start <= day <= end
