"""From a draft to what would change: the file read, the mapping applied, the same check as of our own workbook."""

from collections.abc import Sequence

from qms.drafts import files
from qms.drafts.models import Draft
from qms.imports import takeover
from qms.imports.cells import folded
from qms.imports.files import open_file, open_pasted
from qms.imports.grid import Grid
from qms.imports.house import LATER, house_sheets
from qms.imports.mapping.applying import read_mapped
from qms.imports.mapping.proposing import propose
from qms.imports.mapping.tables import tables
from qms.imports.mapping.value import Mapping, as_json, from_json
from qms.imports.old_excel import MAGIC_OLE
from qms.imports.package import MAGIC_ZIP
from qms.imports.refused import WorkbookRefused
from qms.imports.taking.looking import Looking
from qms.kernel.language import _, _l
from qms.kernel.moment import Moment
from qms.kernel.refusal import Refusal, refuse_if

KIND = "take_over"
"""The kind of these drafts."""
FILE_GONE = Refusal(
    "draft_file_gone", _l("The file of this draft is not here any more. Please choose it again; nothing was written.")
)
_MAPPING, _PASTED = "mapping", "pasted"


def grids_of(data: bytes, name: str, *, pasted: bool = False) -> Sequence[Grid]:
    """Every sheet of a file, or the one table that was pasted. Raises ``WorkbookRefused``."""
    return open_pasted(data.decode()) if pasted else open_file(data, name)


def content_of(mapping: Mapping, *, pasted: bool) -> dict[str, object]:
    """What a draft keeps."""
    return {_MAPPING: as_json(mapping), _PASTED: pasted}


def is_pasted(draft: Draft) -> bool:
    """Whether the draft is of a table that was pasted, and of no file."""
    return bool(draft.content.get(_PASTED))


def is_our_own(data: bytes, grids: Sequence[Grid]) -> bool:
    """Whether a workbook has a sheet of the register workbook; every other file is asked about."""
    if not data.startswith((MAGIC_ZIP, MAGIC_OLE)):
        return False  # a table as text is called as its file, whatever that is
    own = {folded(title) for sheet in house_sheets() for title in (sheet.name, sheet.title_vi)}
    names = {folded(grid.name) for grid in grids}
    return not own.isdisjoint(names) or not LATER.isdisjoint(names)


def proposed(grids: Sequence[Grid], register: str | None = None) -> Mapping:
    """What is recognised of a file before anybody has said a word. Raises ``WorkbookRefused``: no_table."""
    if not tables(grids):
        raise WorkbookRefused("no_table", _("The file holds no table: two columns or more under their titles."))
    return propose(grids, house_sheets(), register)


def looking_at(draft: Draft, moment: Moment) -> Looking:
    """The draft as the steps see it. Raises ``Refused``: draft_file_gone."""
    data = files.load(draft.sha256, draft.person_id)
    refuse_if(FILE_GONE if data is None else None)
    assert data is not None
    return looking(draft, grids_of(data, draft.name, pasted=is_pasted(draft)), moment)


def looking(draft: Draft, grids: Sequence[Grid], moment: Moment) -> Looking:
    """The same with the cells of its file, where they were read already."""
    said = draft.content.get(_MAPPING)
    mapping = proposed(grids) if said is None else from_json(said)
    return Looking(draft, grids, mapping, {sheet.name: sheet for sheet in house_sheets()}, moment)


def plan(looking: Looking) -> takeover.Plan:
    """What would change. Raises ``Problems``."""
    reading = read_mapped(looking.grids, looking.mapping, looking.sheets)
    return takeover.check_reading(reading, looking.draft.sha256, looking.moment)
