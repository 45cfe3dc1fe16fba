"""The verbs of kept mappings."""

from collections.abc import Iterable
from dataclasses import replace

from qms.imports.mapping.value import Fill, Mapping, Source, as_json
from qms.imports.taking import rules
from qms.imports.taking.models import KeptMapping
from qms.imports.taking.queries import keeper, kept_mappings
from qms.kernel.db import db
from qms.kernel.moment import Moment
from qms.kernel.refusal import refuse_if
from qms.sheets.columns import Column, Kind
from qms.sheets.sheet import Sheet

_PEOPLE = "people"


def keep(name: str, mapping: Mapping, sheets: Iterable[Sheet], moment: Moment) -> KeptMapping:
    """Keeps a mapping for the agency; one of the same name is replaced.

    Raises ``Refused``: mapping_unnamed, too_many_mappings.
    """
    name = name.strip()
    kept = {one.name: one for one in kept_mappings(moment.person)}
    refuse_if(rules.named(name), None if name in kept else rules.not_too_many(len(kept)))
    unit_id, person_id = keeper(moment.person), moment.person.person_id
    assert unit_id is not None
    assert person_id is not None
    one = kept.get(name) or KeptMapping(unit_id=unit_id, name=name)
    one.register, one.content = mapping.register, as_json(without_names(mapping, sheets))
    one.kept_by_id, one.kept_at = person_id, moment.instant
    db.session.add(one)
    return one


def drop_kept(kept: KeptMapping) -> None:
    """Forgets one."""
    db.session.delete(kept)


def without_names(mapping: Mapping, sheets: Iterable[Sheet]) -> Mapping:
    """The mapping without words and values that name people: those are proposed anew from the register of people each time.

    So nothing of a person stays here when the person is forgotten (Law 91/2025: no more than the purpose needs).
    """
    personal = {f"{sheet.name}.{column.name}" for sheet in sheets for column in sheet.columns if _names_people(column)}

    def bare(fill: Fill) -> Fill:
        value = "" if fill.source is Source.SAME else fill.value
        return replace(fill, value=value, words={}, otherwise=None if fill.otherwise is None else bare(fill.otherwise))

    fills = {
        name: bare(fill) if (name if "." in name else f"{mapping.register}.{name}") in personal else fill
        for name, fill in mapping.fills.items()
    }
    return replace(mapping, fills=fills)


def _names_people(column: Column) -> bool:
    refers = column.refers_to is not None and column.refers_to.sheet == _PEOPLE
    return column.personal or column.kind is Kind.USERNAME or column.names == _PEOPLE or refers
