"""Which record a word means: by its code, its name, or the name as it is shortened in an office ("P. VHXH", "VHXH").

Only what the person may see is asked (``World`` holds nothing else), and a name that two records may have means neither.
"""

import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import Any

from qms.imports.cells import folded

_SIGNS = re.compile(r"[^\w]+")
_SHORT = {"p": "phong", "tt": "trung tam", "vp": "van phong", "bql": "ban quan ly", "tyt": "tram y te"}
"""How the kind of a unit is shortened before its name."""
_KINDS = frozenset(_SHORT.values()) | {"ban", "truong", "tram"}
_JOINING = frozenset({"va"})


def meanings_of(rows: Iterable[Mapping[str, Any]], key: str, names: Sequence[str], *, shortened: bool) -> dict[str, str]:
    """Folded word → key of the record that it means: codes and whole names, then names that are shortened, then beginnings."""
    every = list(rows)
    found = _only_one((_words((row.get(name) for name in (key, *names))), str(row[key])) for row in every)
    if shortened:
        short = _only_one(({way for name in names for way in _ways(row.get(name))}, str(row[key])) for row in every)
        begun = _only_one(({way for name in names for way in _beginnings(row.get(name))}, str(row[key])) for row in every)
        found = {**begun, **short, **found}
    return found


def plain(word: str) -> str:
    """A word without signs and spaces, and with the kind of the unit written out: "P. VH-XH" and "Phòng VH XH" are alike."""
    return _parted(word).replace(" ", "")


def _parted(word: str) -> str:
    parts = _SIGNS.sub(" ", folded(word)).split()
    if len(parts) > 1 and parts[0] in _SHORT:
        parts[0] = _SHORT[parts[0]]
    return " ".join(part for part in parts if part not in _JOINING)


def _words(names: Iterable[object]) -> set[str]:
    return {folded(str(name)) for name in names if name} - {""}


def _ways(name: object) -> Iterator[str]:
    """A name as ``plain`` has it, and by the first letters of what follows its kind, with the kind and alone."""
    whole = _parted(str(name or ""))
    if not whole:
        return
    yield whole.replace(" ", "")
    kind = next((one for one in sorted(_KINDS, key=len, reverse=True) if whole.startswith(f"{one} ")), None)
    if kind is not None:
        letters = "".join(part[0] for part in whole.removeprefix(kind).split())
        if len(letters) > 1:
            yield letters
            yield kind.replace(" ", "") + letters


def _beginnings(name: object) -> Iterator[str]:
    """The first two words of a name or more, as ``plain`` has them: "Văn phòng" of "Văn phòng HĐND và UBND"."""
    words = _parted(str(name or "")).split()
    return ("".join(words[:count]) for count in range(2, len(words)))


def _only_one(named: Iterable[tuple[set[str], str]]) -> dict[str, str]:
    """Words that mean one record alone."""
    found: dict[str, str] = {}
    twice = set[str]()
    for words, code in named:
        for word in words:
            if found.setdefault(word, code) != code:
                twice.add(word)
    return {word: code for word, code in found.items() if word not in twice}
