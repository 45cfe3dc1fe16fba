"""The life of a record as one table: page, API, import and job ask the same rows."""

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from enum import StrEnum
from typing import Any, Protocol

from flask_babel import LazyString

from qms.kernel.language import _l
from qms.kernel.moment import Moment
from qms.kernel.refusal import Refusal, Refused


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


@dataclass(frozen=True)
class Step:
    """One row: from which states to which, who may, and which rules must be silent. ``target`` None: the state stays."""

    name: str
    title: LazyString
    sources: tuple[StrEnum, ...]
    target: StrEnum | None
    permission: StrEnum
    rules: tuple[Rule, ...] = ()


@dataclass(frozen=True)
class OpenStep:
    """A step that leaves the present state, with what still stands in its way."""

    name: str
    title: LazyString
    refusals: tuple[Refusal, ...]


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
        found = [rule(thing, moment) for rule in step.rules]
        if not moment.person.may(step.permission, thing.unit_id):
            found.insert(0, Refusal("not_permitted", _l("Your role does not allow “%(step)s” in this unit.", step=step.title)))
        return [refusal for refusal in found if refusal is not None]

    def perform(self, thing: Living, name: str, moment: Moment) -> None:
        """Moves the record along the step, or raises ``Refused`` with every reason."""
        refusals = self.hindrances(thing, name, moment)
        if refusals:
            raise Refused(refusals)
        target = self.step(name).target
        if target is not None:
            thing.state = target

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
            OpenStep(step.name, step.title, tuple(self.hindrances(thing, step.name, moment)))
            for step in self.steps
            if thing.state in step.sources and (wanted is None or step.name in wanted)
        ]
