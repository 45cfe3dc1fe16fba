"""What is worth a second look in one row, for the sheets of several features."""

from collections.abc import Callable, Iterator

from qms.kernel.language import _
from qms.sheets.problems import Note
from qms.sheets.sheet import World


def ended_and_cancelled(name: str, ended: str) -> Callable[[World], Iterator[Note]]:
    """Both a completion and a cancelling: history as it stands, though one of them had no effect."""

    def find(world: World) -> Iterator[Note]:
        for row, _key, values in world[name].rows:
            if values.get(ended) is not None and values.get("cancelled_on") is not None:
                yield Note(name, row.number, "cancelled_on", _("Both a completion and a cancelling are given."))

    return find
