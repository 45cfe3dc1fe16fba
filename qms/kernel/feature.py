"""What a feature brings to the house; app.py collects it, the floors below read it."""

from collections import Counter
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime
from enum import StrEnum
from typing import Any

from flask import Blueprint, current_app
from flask_babel import LazyString
from sqlalchemy import Row, Select

from qms.kernel.charts import Chart
from qms.kernel.evidence import Evidence
from qms.kernel.figures import CauseSelect, YearFigure
from qms.kernel.moment import Moment
from qms.kernel.panels import Card, Panel, Shown, cards
from qms.kernel.refusal import Refusal
from qms.kernel.stored import Stored
from qms.kernel.work import LongWork
from qms.kernel.workflow import Workflow


@dataclass(frozen=True)
class WorkItem:
    """Something that waits for a person: what, whose, until when, what stands in the way, the one next step.

    ``asked_by`` names who asks, a person or an office, never the source of the record. ``kind`` and ``code`` name the record;
    ``owed_by`` says who has to do it in words, ``owed_ids`` are those people, so that they can be reminded.
    """

    due_on: date | None
    title: str
    context: str
    asked_by: str
    url: str
    step: str
    obstacle: str | None = None
    kind: str = ""
    code: str = ""
    owed_by: str = ""
    owed_ids: tuple[int, ...] = ()


@dataclass(frozen=True)
class Coming:
    """Something that happens on a day ahead: an audit, a review, the yearly evaluation."""

    day: date
    title: str
    url: str


def _no_items(_moment: Moment) -> list[WorkItem]:
    return []


def _not_owed(_kind: str, _code: str, _moment: Moment) -> WorkItem | None:
    return None


def _nothing_comes(_moment: Moment, _until: date) -> list[Coming]:
    return []


@dataclass(frozen=True)
class Work:
    """What a feature asks of people, seen from every side; every list stays within what the person may see.

    ``mine`` waits for the person who looks, as the one (or one of the nearest) who has to act. ``count`` is how many these are:
    one scalar select, gathered with those of the other features into one statement for the menu; None counts the items, which
    is slow. ``awaited`` is what the person asked for or needs next and others owe. ``unit`` is everything open in the units the
    person answers for, whoever owes it. ``owed`` is the one thing of a kind and code that stands in these two, however long they
    are. ``decisions`` is what somebody who leads must decide or push now. ``coming`` is handed the last day looked at.
    """

    mine: Callable[[Moment], list[WorkItem]] = _no_items
    count: Callable[[Moment], Select[Any]] | None = None
    awaited: Callable[[Moment], list[WorkItem]] = _no_items
    unit: Callable[[Moment], list[WorkItem]] = _no_items
    owed: Callable[[str, str, Moment], WorkItem | None] = _not_owed
    decisions: Callable[[Moment], list[WorkItem]] = _no_items
    coming: Callable[[Moment, date], list[Coming]] = _nothing_comes


LastStep = Callable[[], str]
"""The last step of a job: writes what was found, inside the transaction that tells the ledger, and says what it was."""


@dataclass(frozen=True)
class Job:
    """Work that runs by the clock. ``period`` names what is owed at an instant ("2026"), or None when nothing is.

    ``run`` reads and computes, and answers with the step that writes: it runs within ``writing()``, together with the entry in
    the ledger, so a process that dies leaves both or neither. A job whose parts are transactions of their own, each harmless
    when done again, is made by ``by_parts``.
    """

    name: str
    title: LazyString
    period: Callable[[datetime], str | None]
    run: Callable[[str, Moment], LastStep]


def by_parts(run: Callable[[str, Moment], str]) -> Callable[[str, Moment], LastStep]:
    """A job that writes in steps and knows from the records themselves what is done already: being told last costs nothing."""

    def run_and_tell(period: str, moment: Moment) -> LastStep:
        outcome = run(period, moment)
        return lambda: outcome

    return run_and_tell


@dataclass(frozen=True)
class Chore:
    """Work that never ends (sealing the trail, sending letters): done every few seconds by whoever is the clock.

    ``run`` answers how many things were done and must be harmless when it is called again.
    """

    name: str
    run: Callable[[Moment], int]


@dataclass(frozen=True)
class Deadline:
    """What a feature asks of people until a day, for reminders and digests.

    ``title`` says what is asked ("Report the action as completed"). ``select`` is handed today, whose grants and deputies
    count, and the last day looked at; it gives, set-based, a row for each open thing due by then: ``person_id``, ``code`` of
    the record, ``unit_id``, ``due_on``, ``text``. ``kind`` is the kind of record, so that its page can be found.
    """

    name: str
    title: LazyString
    kind: str
    select: Callable[[date, date], Select[Any]]


@dataclass(frozen=True)
class Holding:
    """Something a person holds that must be given over before leaving; ``url`` is its page, when it has one."""

    title: str
    context: str
    due_on: date | None = None
    url: str | None = None


@dataclass(frozen=True)
class Estate:
    """What a feature knows of the things a person holds, and how they are given over in one step.

    ``select`` is handed the id of a person and gives a row for each thing: ``kind`` and ``code`` of the record, ``text`` (words
    or a code, for ``tell``), ``unit`` (its name), ``due_on`` and ``record_id``. Those of all features are listed, and counted,
    in one statement; ``tell`` puts a row into words and reads nothing.
    ``give_over`` is handed giver, receiver and the moment, goes through the feature's own verbs or writes the trail itself,
    and answers how many things changed hands.
    """

    select: Callable[[int], Select[*tuple[Any, ...]]]
    tell: Callable[[Row[Any]], Holding]
    give_over: Callable[[Any, Any, Moment], int]


@dataclass(frozen=True)
class Preparable:
    """A form that somebody may fill in for the person who answers for it; it counts once that person confirms.

    ``kind`` and ``step`` name it. ``permission`` is what the one who confirms must hold in the unit of the record.
    ``describe`` gives the filled fields as (label, text) for people; ``perform`` does the verbs with what was filled in,
    under the moment of the person who confirms, and raises ``Refused`` or ``ChangedMeanwhile``. ``hindrances`` says without
    changing anything what stands in its way by now, for the button. ``about`` gives what whoever confirms has to know of the
    record (by its code), in the same form as ``describe``.
    """

    kind: str
    step: str
    title: LazyString
    permission: StrEnum
    describe: Callable[[Mapping[str, str]], Sequence[tuple[str, str]]]
    perform: Callable[[str, Mapping[str, str], Moment], None]
    hindrances: Callable[[str, Mapping[str, str], Moment], Sequence[Refusal]]
    about: Callable[[str], Sequence[tuple[str, str]]]


@dataclass(frozen=True)
class RecordKind:
    """How a ``Reference`` of this kind is shown: code → address of its page, or None when there is no such record."""

    kind: str
    title: LazyString
    url: Callable[[str], str | None]
    address: Callable[[int], str] | None = None
    """Address of the page of a record that is known by its id; asks nobody."""


class Phase(StrEnum):
    """How far a phase of the year is: the dot of the rail full, half or empty."""

    DONE = "done"
    RUNNING = "running"
    AHEAD = "ahead"


@dataclass(frozen=True)
class Told:
    """What the menu says beside a place."""

    text: str | None
    phase: Phase = Phase.RUNNING


@dataclass(frozen=True)
class Figure:
    """The figure beside a place of the menu, and how far its phase is.

    ``counts`` are scalar selects within what the person may see; the layout asks those of all places in one statement and hands
    the numbers back to ``tell``, which reads nothing. A ``fresh`` one is counted on every page: what it counts changes without
    an entry in the trail.
    """

    counts: Callable[[Moment], Sequence[Select[Any]]]
    tell: Callable[[Sequence[int], Moment], Told]
    fresh: bool = False


@dataclass(frozen=True)
class MenuEntry:
    """A place in the side navigation. ``section``: top, year (the officer's year), foot, admin (behind one entry), or bell."""

    title: LazyString
    endpoint: str
    icon: str
    section: str
    order: int
    permission: StrEnum | None = None
    figure: Figure | None = None


@dataclass(frozen=True)
class Alarm:
    """What whoever runs the installation must not overlook: sentences, empty while all is well; ``permission`` says for whom."""

    permission: StrEnum
    tell: Callable[[Moment], Sequence[str]]


@dataclass(frozen=True)
class Picture:
    """A chart of the feature for the page of charts; ``draw`` reads within what the person may see, None draws nothing.

    ``counted`` says what a number counts, for the heads of the table behind it.
    """

    title: LazyString
    counted: LazyString
    permission: StrEnum
    draw: Callable[[Moment], Chart | None]


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
    work: Work | None = None
    evidence: tuple[Evidence, ...] = ()
    entered: tuple[Select[Any], ...] = ()
    """``unit_id`` and ``entered_on`` of every dated fact, so that the evaluation knows when an agency started."""
    figures: tuple[YearFigure, ...] = ()
    """What the yearly report tells of the year beside the verdicts."""
    causes: CauseSelect | None = None
    listeners: Mapping[type, Callable[[Any], None]] = field(default_factory=dict)
    jobs: tuple[Job, ...] = ()
    records: tuple[RecordKind, ...] = ()
    lists: tuple[Any, ...] = ()
    """The lists of records: values of ``qms.pages.lists.RecordList``."""
    sheets: tuple[Any, ...] = ()
    """The registers of this feature in the workbook: values of ``qms.sheets.sheet.Sheet``."""
    not_in_sheets: tuple[Any, ...] = ()
    """What it keeps beside them and the workbook does not hold: values of ``qms.sheets.contents.NotContained``."""
    search: Callable[[str, Moment], list[SearchHit]] | None = None
    called: LazyString | None = None
    """What people call the records that ``search`` finds, separated by commas: such words narrow a search to them."""
    chores: tuple[Chore, ...] = ()
    deadlines: tuple[Deadline, ...] = ()
    notices: Mapping[str, LazyString] = field(default_factory=dict)
    """What people can be told: name → sentence, filled with the values of the notice."""
    words: Mapping[str, LazyString] = field(default_factory=dict)
    """Titles for the journal: "kind.deed" for deeds that no workflow names, "kind" for records without a page of their own."""
    estate: Estate | None = None
    pictures: tuple[Picture, ...] = ()
    preparables: tuple[Preparable, ...] = ()
    checks: tuple[Any, ...] = ()
    """What the nightly check holds against seals and hashes of the feature's own (``qms.trail.findings.Check``)."""
    alarms: tuple[Alarm, ...] = ()
    long_work: tuple[LongWork, ...] = ()
    panels: tuple[Panel, ...] = ()
    """What this feature adds to the pages of records that others show."""
    personal: Callable[[int], Sequence[Stored]] | None = None
    """What is stored about a person (id), for the export that the law on personal data asks for."""


def _names(feature: Feature) -> Iterable[tuple[str, str]]:
    """Everything of a feature that others find by its name: what it is, and the name."""
    yield "feature", feature.name
    yield from (("permission", permission) for kind in feature.permissions for permission in kind)
    yield from (("workflow", workflow.kind) for workflow in feature.workflows)
    yield from (("evidence", one.key) for one in feature.evidence)
    yield from (("figure", one.key) for one in feature.figures)
    yield from (("kind of record", record.kind) for record in feature.records)
    yield from (("list", one.name) for one in feature.lists)
    yield from (("sheet", sheet.name) for sheet in feature.sheets)
    yield from (("job", job.name) for job in feature.jobs)
    yield from (("chore", chore.name) for chore in feature.chores)
    yield from (("deadline", deadline.name) for deadline in feature.deadlines)
    yield from (("notice", name) for name in feature.notices)
    yield from (("word", name) for name in feature.words)
    yield from (("form", f"{form.kind}.{form.step}") for form in feature.preparables)
    yield from (("long work", kind.name) for kind in feature.long_work)


@dataclass(frozen=True)
class House:
    """All features of a running application, in the order of the floors.

    Raises ``RuntimeError`` when two things have one name: whoever asks for it would silently be given one of them.
    """

    features: Sequence[Feature]

    def __post_init__(self) -> None:
        brought = Counter(name for feature in self.features for name in _names(feature))
        twice = [f"{what} {name}" for (what, name), times in brought.items() if times > 1]
        if twice:
            raise RuntimeError(f"brought more than once: {', '.join(twice)}")

    def record_url(self, kind: str, code: str) -> str | None:
        """Address of the page that shows a reference; None when nobody can show it."""
        for feature in self.features:
            for record in feature.records:
                if record.kind == kind:
                    return record.url(code)
        return None

    def cards(self, shown: Shown, moment: Moment) -> list[Card]:
        """What all features add to the page of a record."""
        return cards((panel for feature in self.features for panel in feature.panels), shown, moment)

    def record_address(self, kind: str, record_id: int) -> str | None:
        """Address of the page of a record known by its id, without asking whether there is one; None when no kind has pages."""
        for feature in self.features:
            for record in feature.records:
                if record.kind == kind and record.address is not None:
                    return record.address(record_id)
        return None

    @property
    def evidence(self) -> dict[str, Evidence]:
        """What the features can prove, by key."""
        return {one.key: one for feature in self.features for one in feature.evidence}

    @property
    def entered(self) -> list[Select[Any]]:
        """When the dated facts of all features were entered."""
        return [select for feature in self.features for select in feature.entered]

    @property
    def figures(self) -> dict[str, YearFigure]:
        """What the report tells of a year, by key, in the order of its parts."""
        return {one.key: one for feature in reversed(self.features) for one in feature.figures}

    @property
    def causes(self) -> list[CauseSelect]:
        """Who can say why something was not as it should be."""
        return [feature.causes for feature in self.features if feature.causes is not None]


def house() -> House:
    """The features of the current application."""
    found: House = current_app.extensions["qms.house"]
    return found
