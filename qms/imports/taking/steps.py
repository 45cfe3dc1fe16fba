"""The steps from a file to its preview, each a page of its own; one without a question is passed over."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from flask_babel import LazyString
from werkzeug.datastructures import MultiDict

from qms.imports.mapping.value import Mapping
from qms.imports.taking import columns_step, gaps_step, sheets_step, words_step
from qms.imports.taking.looking import Looking
from qms.kernel.language import _l

PREVIEW = "preview"


@dataclass(frozen=True)
class Step:
    """One page: whether it has a question, what it shows, and what is made of the answers (with what is wrong with them)."""

    name: str
    title: LazyString
    template: str
    asks: Callable[[Looking], bool]
    shown: Callable[[Looking], dict[str, Any]]
    taken: Callable[[Looking, MultiDict[str, str]], tuple[Mapping, list[str]]]


STEPS = {
    step.name: step
    for step in (
        Step(
            "sheets",
            _l("Sheets and header"),
            "imports/taking/sheets.html",
            sheets_step.asks,
            sheets_step.shown,
            sheets_step.taken,
        ),
        Step("columns", _l("Columns"), "imports/taking/columns.html", columns_step.asks, columns_step.shown, columns_step.taken),
        Step("words", _l("Words"), "imports/taking/words.html", words_step.asks, words_step.shown, words_step.taken),
        Step("gaps", _l("What is missing"), "imports/taking/gaps.html", gaps_step.asks, gaps_step.shown, gaps_step.taken),
    )
}


def first(looking: Looking) -> str:
    """Where a new draft begins."""
    return _from(list(STEPS), looking)


def after(name: str, looking: Looking) -> str:
    """The next page that has a question; the preview after the last."""
    names = list(STEPS)
    return _from(names[names.index(name) + 1 :], looking)


def _from(names: list[str], looking: Looking) -> str:
    return next((name for name in names if STEPS[name].asks(looking)), PREVIEW)


def line(current: str) -> list[dict[str, Any]]:
    """All steps for the head of a page, with how far the person is."""
    titles = [*((step.name, step.title) for step in STEPS.values()), (PREVIEW, _l("Preview"))]
    here = [name for name, _title in titles].index(current)
    status = ["done"] * here + ["current"] + ["ahead"] * len(titles)
    return [{"name": name, "title": title, "status": status[place]} for place, (name, title) in enumerate(titles)]
