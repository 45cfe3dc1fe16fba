"""What an import did or would do, in lines for people and as values for programs."""

from dataclasses import dataclass
from typing import Any

from qms.imports.refused import Problems
from qms.kernel.language import _
from qms.sheets.problems import Note


@dataclass(frozen=True)
class Counts:
    """What an import does with the rows of one sheet, which people know by its title."""

    sheet: str
    title: str
    new: int
    changed: int
    unchanged: int


@dataclass(frozen=True)
class Result:
    """What an import did, or would do (``written`` is False): numbers by sheet, and the rows worth a second look."""

    counts: tuple[Counts, ...]
    notes: tuple[Note, ...]
    written: bool

    @property
    def new(self) -> int:
        """Records that were not there."""
        return sum(counts.new for counts in self.counts)

    @property
    def changed(self) -> int:
        """Records that were there with other values."""
        return sum(counts.changed for counts in self.counts)

    @property
    def unchanged(self) -> int:
        """Records that were there word for word."""
        return sum(counts.unchanged for counts in self.counts)

    def text(self) -> str:
        """The result in lines for people."""
        lines = [_counted(counts.title, counts) for counts in self.counts]
        lines.append(_counted(_("Together"), self))
        lines.extend(str(_("Note: %(note)s", note=note)) for note in self.notes)
        if not self.written and self.new + self.changed:
            lines.append(str(_("Nothing was written.")))
        return "\n".join(lines)

    def as_dict(self) -> dict[str, Any]:
        """The result for programs."""
        return {
            "written": self.written,
            "new": self.new,
            "changed": self.changed,
            "unchanged": self.unchanged,
            "sheets": {
                counts.sheet: {"new": counts.new, "changed": counts.changed, "unchanged": counts.unchanged}
                for counts in self.counts
            },
            "notes": [
                {
                    "sheet": note.sheet,
                    "row": note.row,
                    "column": note.column,
                    "cell": note.cell,
                    "sentence": str(note.sentence),
                }
                for note in self.notes
            ],
        }


def sentence_of(result: Result) -> str:
    """What was taken over, in one sentence."""
    return str(
        _(
            "The registers were taken over: %(new)s new, %(changed)s changed, %(unchanged)s unchanged.",
            new=result.new,
            changed=result.changed,
            unchanged=result.unchanged,
        )
    )


def problems_as_dict(problems: Problems) -> dict[str, Any]:
    """Every problem of a workbook for programs."""
    return {
        "written": False,
        "problems": [
            {
                "sheet": problem.sheet,
                "row": problem.row,
                "column": problem.column,
                "cell": problem.cell,
                "wrong": str(problem.wrong),
                "allowed": str(problem.allowed),
            }
            for problem in problems.found
        ],
    }


def _counted(name: str, counts: Counts | Result) -> str:
    return str(
        _(
            "%(name)s: %(new)s new, %(changed)s changed, %(unchanged)s unchanged",
            name=name,
            new=counts.new,
            changed=counts.changed,
            unchanged=counts.unchanged,
        )
    )
