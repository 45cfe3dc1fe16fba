"""What a feature brings to the house; app.py collects it, the floors below read it."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime
from enum import StrEnum
from typing import Any

from flask import Blueprint, current_app
from flask_babel import LazyString
from sqlalchemy import Select

from qms.kernel.moment import Moment
from qms.kernel.workflow import Workflow


@dataclass(frozen=True)
class WorkItem:
    """Something that waits for a person: what, whose, until when, what stands in the way, the one next step."""

    due_on: date | None
    title: str
    context: str
    asked_by: str
    url: str
    step: str
    obstacle: str | None = None


@dataclass(frozen=True)
class Job:
    """Work that runs by the clock. ``period`` names what is owed at an instant ("2026"), or None when nothing is."""

    name: str
    title: LazyString
    period: Callable[[datetime], str | None]
    run: Callable[[str, Moment], str]


@dataclass(frozen=True)
class RecordKind:
    """How a ``Reference`` of this kind is shown: code → address of its page, or None when there is no such record."""

    kind: str
    title: LazyString
    url: Callable[[str], str | None]


@dataclass(frozen=True)
class MenuEntry:
    """A place in the side navigation. ``section``: top, year (the officer's year) or foot."""

    title: LazyString
    endpoint: str
    icon: str
    section: str
    order: int
    permission: StrEnum | None = None
    figure: Callable[[Moment], str | None] | None = None


@dataclass(frozen=True)
class SearchHit:
    """One line of the search page."""

    title: str
    context: str
    url: str
    icon: str


@dataclass(frozen=True)
class Feature:
    """The table of contents of a package."""

    name: str
    blueprints: tuple[Blueprint, ...] = ()
    permissions: tuple[type[StrEnum], ...] = ()
    workflows: tuple[Workflow, ...] = ()
    menu: tuple[MenuEntry, ...] = ()
    work: Callable[[Moment], list[WorkItem]] | None = None
    evidence: Mapping[str, Callable[[Any], Select[Any]]] = field(default_factory=dict)
    listeners: Mapping[type, Callable[[Any], None]] = field(default_factory=dict)
    jobs: tuple[Job, ...] = ()
    records: tuple[RecordKind, ...] = ()
    takers: tuple[Any, ...] = ()
    search: Callable[[str, Moment], list[SearchHit]] | None = None


@dataclass(frozen=True)
class House:
    """All features of a running application, in the order of the floors."""

    features: Sequence[Feature]

    def record_url(self, kind: str, code: str) -> str | None:
        """Address of the page that shows a reference; None when nobody can show it."""
        for feature in self.features:
            for record in feature.records:
                if record.kind == kind:
                    return record.url(code)
        return None


def house() -> House:
    """The features of the current application."""
    found: House = current_app.extensions["qms.house"]
    return found
