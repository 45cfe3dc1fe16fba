"""What people are told, in their language: the sentences that the features brought, filled with the values of a notice."""

from collections.abc import Mapping
from datetime import date
from typing import Any

from flask_babel import LazyString

from qms.kernel.feature import house
from qms.kernel.language import _
from qms.kernel.text import nfc, without_controls
from qms.kernel.web import day_text

BRIEF = 160
SOON, OVERDUE = "soon", "overdue"
"""Stages of a deadline that people are told of; ``qms.notices.models.Reminder`` knows both."""
ENDED_WELL, ENDED_BADLY = "ended_well", "ended_badly"
"""How long work ended."""


def stage_name(stage: str, deadline: str) -> str:
    """Name of the notice that tells of a deadline: it needs no sentence of its own, the deadline has one."""
    return f"{stage}.{deadline}"


def ended_name(kind: str, *, well: bool) -> str:
    """Name of the notice that long work is over: like a deadline it needs no sentence of its own, its kind has a title."""
    return f"{ENDED_WELL if well else ENDED_BADLY}.{kind}"


def sentence_of(name: str, values: Mapping[str, Any]) -> str:
    """The sentence in the language of now. Raises ``KeyError`` for a name that no feature brought, or a value it lacks."""
    stage, dot, deadline = name.partition(".")
    if dot and stage in {SOON, OVERDUE}:
        return f"{_deadline_title(deadline)}: {values['text']}" if values.get("text") else str(_deadline_title(deadline))
    if dot and stage == ENDED_WELL:
        return str(_("%(work)s: ready", work=_work_title(deadline)))
    if dot and stage == ENDED_BADLY:
        return str(_("%(work)s: could not be done", work=_work_title(deadline)))
    return str(_brought(name)) % values


def sentence_or_name(name: str, values: Mapping[str, Any]) -> str:
    """The same for reading what was once written: a sentence that has gone since is said to be so, the page still opens."""
    try:
        return sentence_of(name, values)
    except (KeyError, ValueError, TypeError):
        return str(_("A message of an older version (%(name)s)", name=name))


def _brought(name: str) -> LazyString:
    for feature in house().features:
        if name in feature.notices:
            return feature.notices[name]
    raise KeyError(f"no feature brings the notice “{name}”")


def _deadline_title(name: str) -> LazyString:
    for feature in house().features:
        for deadline in feature.deadlines:
            if deadline.name == name:
                return deadline.title
    raise KeyError(f"no feature brings the deadline “{name}”")


def _work_title(name: str) -> LazyString:
    for feature in house().features:
        for kind in feature.long_work:
            if kind.name == name:
                return kind.title
    raise KeyError(f"no feature brings the long work “{name}”")


def one_line(text: str) -> str:
    """A value as it may stand in a sentence or a header: one line, no control characters, nothing that turns writing round."""
    visible = "".join(letter for letter in without_controls(nfc(text)) if letter not in _INVISIBLE)
    return " ".join(visible.split())


def brief(text: str) -> str:
    """The same, cut where a sentence would become a paragraph; the record has the whole of it."""
    line = one_line(text)
    return line if len(line) <= BRIEF else line[: BRIEF - 1].rstrip() + "…"


_INVISIBLE = frozenset("\u200b\u200e\u200f\u2028\u2029\u202a\u202b\u202c\u202d\u202e\u2060\u2066\u2067\u2068\u2069\ufeff")
"""Characters that change how the rest of a line is shown, or hide in it."""


def kept_values(values: Mapping[str, Any] | None) -> dict[str, Any]:
    """Values as they are stored with a notice: plain text and numbers, so that any language can be made of them later.

    Raises ``TypeError`` for anything else; a sentence already translated would stay in one language.
    """
    return {name: _kept(name, value) for name, value in (values or {}).items()}


def _kept(name: str, value: Any) -> str | int:
    if isinstance(value, bool) or value is None:
        raise TypeError(f"the value “{name}” of a notice is {value!r}; it must be text, a number or a day")
    if isinstance(value, int):
        return value
    if isinstance(value, date):
        return day_text(value)
    if isinstance(value, str):
        return one_line(str(value))
    raise TypeError(f"the value “{name}” of a notice is a {type(value).__name__}; it must be text, a number or a day")
