"""Who stands above whom, from the parents alone."""

from collections.abc import Mapping


def ancestry(parents: Mapping[int, int | None]) -> set[tuple[int, int]]:
    """Each unit with itself and with everything above it, as ``UnitAncestry`` holds them."""
    return {(unit_id, above) for unit_id in parents for above in _above(unit_id, parents)}


def _above(unit_id: int, parents: Mapping[int, int | None]) -> list[int]:
    found: list[int] = []
    current: int | None = unit_id
    while current is not None and current not in found:
        found.append(current)
        current = parents.get(current)
    return found
