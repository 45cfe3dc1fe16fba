"""Heavy rooms, entered when somebody needs them: whoever answers pages does not wait at the start for what draws papers.

The import stands at the head of the module like any other, where mypy and the import contracts see it; only its running is put
off until something of it is used:

    if TYPE_CHECKING:
        from qms.reports import pdf
    else:
        pdf = later("qms.reports.pdf")
"""

from importlib import import_module
from typing import Any


class _Later:
    """A module that is imported at the first use of it. Python's own lock keeps two threads from doing so at once."""

    def __init__(self, name: str) -> None:
        self._name = name

    def __getattr__(self, attribute: str) -> Any:
        return getattr(import_module(self._name), attribute)


def later(name: str) -> Any:
    """The module of that name, to be used as it is: ``pdf.render_pdf(…)``."""
    return _Later(name)
