"""Long work: what a person starts, the job process does, and its owner fetches; queued by ``qms.scheduling.queue``."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from pathlib import Path
from typing import Any, Protocol

from flask_babel import LazyString

from qms.kernel.moment import Moment


@dataclass(frozen=True)
class Result:
    """What is left for the owner: a page to open, a file to fetch, a sentence in the owner's language, or several of these.

    ``endpoint`` and ``values`` name the page. ``file_name`` says that the content was written to ``Progress.file``, and what
    it is called.
    """

    sentence: str | None = None
    endpoint: str | None = None
    values: Mapping[str, Any] = field(default_factory=dict)
    file_name: str | None = None


class Progress(Protocol):
    """What a piece of work is handed to say how far it is."""

    @property
    def file(self) -> Path:
        """Where the content of a result that is a file is written; it lies in its folder, nothing stands there yet."""

    def __call__(self, done: int, total: int) -> None:
        """Says that so many of so many are done; costs nothing, so it may be called for every row.

        Raises ``WorkInterrupted`` when the owner took the work back, or this process must end: let it pass.
        """


class WorkInterrupted(BaseException):
    """The work is not wanted here any more. No ``Exception``, so that nothing on the way takes it for a failure."""


Finish = Callable[[], Result]
"""The last step of a work: writes what was computed, inside the transaction that enters the work as done."""


@dataclass(frozen=True)
class LongWork:
    """A kind of work that a page starts and does not wait for.

    ``run`` is handed the arguments (JSON), the owner as a person with the grants of now, and the progress. It reads, computes
    and renders, in the owner's language and outside any transaction, and answers with the step that writes: that step runs
    within ``writing()``, so it calls services and never ``writing()`` itself. Both happen or neither, however the process
    ends. ``Refused`` becomes the sentence of a failure; anything else is a fault with a number.
    ``permission`` is asked again when the work begins: who lost it meanwhile gets nothing.
    """

    name: str
    title: LazyString
    permission: StrEnum
    run: Callable[[Mapping[str, Any], Moment, Progress], Finish]
