"""What a check of the whole installation finds: one thing that is not as it was told, and where."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass

from flask_babel import LazyString

from qms.kernel.language import _, _l

WHAT = {
    "row_changed": _l("the row is not as it was last told"),
    "row_gone": _l("the row is gone, and nothing tells that it was removed"),
    "row_foreign": _l("the program has never written this row"),
    "row_back": _l("the row was removed and stands there again"),
    "table_unreadable": _l("the table cannot be read"),
    "write_forged": _l("what a writer told does not fit its key"),
    "write_missing": _l("a writer told something here that is gone"),
    "write_moved": _l("what a writer told stands behind what was told after it"),
    "write_unreadable": _l("no writer tells in this form"),
    "writes_gone": _l("everything that was told of how rows stand is gone"),
    "key_unknown": _l("what was told under this key cannot be checked: the key is missing"),
    "schema_missing": _l("a part of the schema is missing"),
    "schema_changed": _l("a part of the schema is not that of the migrations"),
    "schema_foreign": _l("a part of the schema does not come from the migrations"),
    "schema_unknown": _l("the account of the database may not make a schema to compare with"),
    "run_changed": _l("the rows of the stored run do not give its seal"),
    "bytes_changed": _l("the bytes do not give the hash that stands beside them"),
    "ancestry_changed": _l("who stands above the unit is not as the parents say"),
    "work_forged": _l("what is queued is not what its person asked for"),
    "file_changed": _l("the bytes of the file do not give their hash"),
    "file_gone": _l("the bytes of the file are gone"),
}
"""Every thing that can be wrong, as people read it."""


@dataclass(frozen=True)
class Finding:
    """One thing that is wrong: what (a key of ``WHAT``), in which table or kind of thing, which one."""

    what: str
    place: str
    key: str = ""

    def __str__(self) -> str:
        where = _("%(place)s, %(key)s", place=self.place, key=self.key) if self.key else self.place
        return f"{where}: {WHAT[self.what]}"


Progress = Callable[[str, int], None]
"""Is told from time to time what is being looked at, and how many were looked at."""


@dataclass(frozen=True)
class Check:
    """What a feature can check of its own: a title, and everything that is wrong."""

    title: LazyString
    run: Callable[[], Iterator[Finding]]
