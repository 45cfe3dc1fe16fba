"""The step that asks what the words of the workbook mean: each once, with how often it stands there."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Any

from werkzeug.datastructures import MultiDict

from qms.imports.cells import folded
from qms.imports.mapping.distinct import Words, words_of
from qms.imports.mapping.value import LEFT_OUT, Mapping
from qms.imports.reach import seen_codes
from qms.imports.taking.looking import Looking
from qms.imports.world import Office

AS_IT_STANDS, EMPTY, OUT = "as-it-stands", "empty", "out"
MEANS = "means:"
"""What is sent for a word: one of the three, or this and the value."""
_SHOWN = 300
"""Words of one column that a page asks about; whoever has more makes them fewer in the workbook."""


@dataclass(frozen=True)
class Asked:
    """One column with its words."""

    title: str
    column: str
    words: Words
    choices: Sequence[tuple[str, str]]


def asks(looking: Looking) -> bool:
    """Only where words stand whose meaning can be asked."""
    return any(words.words for words in _words(looking))


def shown(looking: Looking) -> dict[str, Any]:
    """The columns with words, each word with what was said of it or is proposed."""
    asked = [
        Asked(looking.mapping.fills[words.fill].title, looking.title_of(words.fill), words, words.choices)
        for words in _words(looking)
        if words.words
    ]
    return {"asked": asked, "shown": _SHOWN, "chosen": chosen, "means": MEANS}


def taken(looking: Looking, form: MultiDict[str, str]) -> tuple[Mapping, list[str]]:
    """The mapping with the meanings that were chosen; whatever is not among the choices stays as it was proposed."""
    fills = dict(looking.mapping.fills)
    for number, words in enumerate(one for one in _words(looking) if one.words):
        meanings = dict(fills[words.fill].words)
        allowed = {value for value, _label in words.choices}
        for place, word in enumerate(words.words):
            sent = form.get(f"word_{number}_{place}") if place < _SHOWN else chosen(word.meaning)
            key = folded(word.text)
            if sent == AS_IT_STANDS:
                meanings.pop(key, None)
            elif sent == EMPTY:
                meanings[key] = ""
            elif sent == OUT:
                meanings[key] = LEFT_OUT
            elif sent is not None and sent.removeprefix(MEANS) in allowed:
                meanings[key] = sent.removeprefix(MEANS)
        fills[words.fill] = replace(fills[words.fill], words=meanings)
    return replace(looking.mapping, fills=fills), []


def chosen(meaning: str | None) -> str:
    """A meaning as the form sends it."""
    if meaning is None:
        return AS_IT_STANDS
    return {"": EMPTY, LEFT_OUT: OUT}.get(meaning, MEANS + meaning)


def _words(looking: Looking) -> Sequence[Words]:
    office = Office({}, list(looking.sheets.values()), looking.moment.today, seen_codes(looking.moment.person))
    return words_of(looking.grids, looking.mapping, looking.sheets, office)
