"""Which chain of the trail a unit's entries belong to: that of its agency."""

from collections.abc import Collection, Mapping

from qms.units.queries import agencies_of


def chain_of(unit_ids: Collection[int]) -> Mapping[int, str]:
    """Unit ids → code of the agency each belongs to; units without one are left out."""
    return {unit_id: agency.code for unit_id, agency in agencies_of(unit_ids).items()}
