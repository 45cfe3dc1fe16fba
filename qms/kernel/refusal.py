"""Why something is not allowed: a stable code for programs, a sentence for people."""

from collections.abc import Sequence
from dataclasses import dataclass

from flask_babel import LazyString

from qms.kernel.language import _l


@dataclass(frozen=True)
class Refusal:
    """One reason, with what is wrong and what is allowed."""

    code: str
    sentence: LazyString | str

    def __str__(self) -> str:
        return str(self.sentence)


class Refused(Exception):
    """Raised by a verb that may not happen; answered as 409 with its reasons."""

    def __init__(self, refusals: Sequence[Refusal]) -> None:
        super().__init__("; ".join(refusal.code for refusal in refusals))
        self.refusals = tuple(refusals)


def refuse_if(*refusals: Refusal | None) -> None:
    """Raises ``Refused`` with every given reason that is not None."""
    found = [refusal for refusal in refusals if refusal is not None]
    if found:
        raise Refused(found)


_WHY = _l("Give the reason.")


def reason_given(reason: str | None, sentence: LazyString | str = _WHY) -> Refusal | None:
    """Whoever takes something back, turns it down, judges it or makes an exception says why (10.2.2, 7.5.3)."""
    return None if reason and reason.strip() else Refusal("reason_missing", sentence)
