"""The life of a record as one table: page, API, import and job ask the same rows."""

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from enum import StrEnum
from typing import Any, Protocol

from flask_babel import LazyString

from qms.kernel.language import _l
from qms.kernel.moment import Moment
from qms.kernel.refusal import Refusal, reason_given, refuse_if


class Tone(StrEnum):
    """How a state is shown; always together with its word and an icon."""

    GOOD = "good"
    ATTENTION = "attention"
    BAD = "bad"
    NEUTRAL = "neutral"
    ACCENT = "accent"


class State(StrEnum):
    """Base of all states: each member carries its own title and tone."""

    title: LazyString
    tone: Tone
    icon: str

    def __new__(cls, value: str, title: LazyString | str = "", tone: Tone = Tone.NEUTRAL, icon: str = "") -> "State":
        member = str.__new__(cls, value)
        member._value_ = value
        member.title = title
        member.tone = tone
        member.icon = icon
        return member


class Living(Protocol):
    """A record with a state, in a unit."""

    state: Any

    @property
    def unit_id(self) -> Any: ...


Rule = Callable[[Any, Moment], Refusal | None]
Ids = Callable[[Any], Iterable[int | None]]


def _nobody(_thing: Any) -> tuple[int, ...]:
    return ()


@dataclass(frozen=True)
class Apart:
    """Who does not take a step: not the same person as these, not a deputy of one of them, nobody of these units.

    ``people`` and ``units`` answer with ids, of which a record may lack some.
    """

    refusal: Refusal
    people: Ids = _nobody
    units: Ids = _nobody

    def refuses(self, thing: Any, moment: Moment) -> Refusal | None:
        """The reason, when whoever acts is one of them."""
        person = moment.person
        if person.identities.isdisjoint(self.people(thing)) and person.home_units.isdisjoint(self.units(thing)):
            return None
        return self.refusal


@dataclass(frozen=True)
class Reserved:
    """Who alone takes a step, once a record names somebody; nobody stands in for them. ``people`` answers with ids."""

    refusal: Refusal
    people: Ids

    def refuses(self, thing: Any, moment: Moment) -> Refusal | None:
        """The reason, when somebody is named and whoever acts is somebody else."""
        named = [person_id for person_id in self.people(thing) if person_id is not None]
        return None if not named or moment.person.person_id in named else self.refusal


@dataclass(frozen=True)
class Step:
    """One row: from which states to which, who may, and which rules must be silent. ``target`` None: the state stays.

    ``rules`` hold whoever acts; ``apart`` says who does not act, though the role would allow it. ``needs_reason``: whoever takes
    the step says why. ``onward``: the step by which the life goes on from these states. ``settles``: the refusals of other steps
    that this one removes, so that a list can name the one next step.
    """

    name: str
    title: LazyString
    sources: tuple[StrEnum, ...]
    target: StrEnum | None
    permission: StrEnum
    rules: tuple[Rule, ...] = ()
    apart: tuple[Apart | Reserved, ...] = ()
    needs_reason: bool = False
    onward: bool = False
    settles: frozenset[str] = frozenset()


@dataclass(frozen=True)
class OpenStep:
    """A step that leaves the present state, with what still stands in its way."""

    name: str
    title: LazyString
    refusals: tuple[Refusal, ...]
    needs_reason: bool = False


@dataclass(frozen=True)
class Workflow:
    """All steps of one kind of record. There is no general "set status"."""

    kind: str
    states: type[State]
    steps: tuple[Step, ...]

    def step(self, name: str) -> Step:
        """The row of that name; KeyError when the table has none."""
        for step in self.steps:
            if step.name == name:
                return step
        raise KeyError(f"{self.kind} has no step {name}")

    def hindrances(self, thing: Living, name: str, moment: Moment) -> list[Refusal]:
        """Everything that stands in the way of a step now; empty when it may happen."""
        step = self.step(name)
        if thing.state not in step.sources:
            return [
                Refusal(
                    "wrong_state",
                    _l(
                        "“%(step)s” is not possible while the record is “%(state)s”.",
                        step=step.title,
                        state=thing.state.title,
                    ),
                )
            ]
        found = [*(one.refuses(thing, moment) for one in step.apart), *(rule(thing, moment) for rule in step.rules)]
        if not moment.person.may(step.permission, thing.unit_id):
            found.insert(0, Refusal("not_permitted", _l("Your role does not allow “%(step)s” in this unit.", step=step.title)))
        return [refusal for refusal in found if refusal is not None]

    def perform(self, thing: Living, name: str, moment: Moment, *also: Refusal | None, reason: str | None = None) -> None:
        """Moves the record along the step, or raises ``Refused`` with every reason; ``also`` are those of what was typed."""
        step = self.step(name)
        refuse_if(*self.hindrances(thing, name, moment), *also, reason_given(reason) if step.needs_reason else None)
        if step.target is not None:
            thing.state = step.target

    def holding(self, thing: Living, moment: Moment) -> list[Refusal]:
        """What holds the record in its state whoever acts: the rules of the step by which its life goes on."""
        found = [rule(thing, moment) for step in self._onward(thing) for rule in step.rules]
        return [refusal for refusal in found if refusal is not None]

    def next_step(self, thing: Living, moment: Moment) -> Step | None:
        """The one step to name in a list: the one by which life goes on, or first the one that settles what stands in its way."""
        onward = next(iter(self._onward(thing)), None)
        for refusal in self.holding(thing, moment):
            for step in self.steps:
                if refusal.code in step.settles and thing.state in step.sources:
                    return step
        return onward

    def _onward(self, thing: Living) -> list[Step]:
        return [step for step in self.steps if step.onward and thing.state in step.sources]

    def led_to(self, state: StrEnum, names: Iterable[str]) -> StrEnum:
        """The state after these steps of the past, in their order, such as a register tells.

        Who and why is not asked again; a step that its state did not allow has had no effect.
        """
        for step in map(self.step, names):
            if state in step.sources and step.target is not None:
                state = step.target
        return state

    def next_steps(self, thing: Living, moment: Moment, names: Iterable[str] | None = None) -> list[OpenStep]:
        """The steps that leave the present state, each with its hindrances, for the buttons of the page."""
        wanted = None if names is None else set(names)
        return [
            OpenStep(step.name, step.title, tuple(self.hindrances(thing, step.name, moment)), step.needs_reason)
            for step in self.steps
            if thing.state in step.sources and (wanted is None or step.name in wanted)
        ]
