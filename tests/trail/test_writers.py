"""Four writers and a sealer at once: no row is lost and every chain holds. How fast, `make bench` measures."""

from pathlib import Path

import pytest

from benchmarks.trail import CHAINED, PLAIN, order, run
from tests.databases import PostgreSQL


@pytest.mark.timeout(300)
@pytest.mark.parametrize("database", ["sqlite", "postgresql"])
def test_no_row_is_lost_and_every_chain_holds(request: pytest.FixtureRequest, tmp_path: Path, database: str) -> None:
    places = []
    for name in ("plain", "chained"):
        folder = tmp_path / name
        folder.mkdir()
        if database == "sqlite":
            places.append((folder, f"sqlite:///{folder / 'qms.sqlite3'}"))
        else:
            server: PostgreSQL = request.getfixturevalue("postgresql")
            places.append((folder, server.url(server.make())))
    plain, chained = run(places, 2.0, 1.0)
    for result in (plain, chained):
        assert result.written >= 8, "every writer wrote in every slice"
        assert (result.kept, result.unsealed, result.faults) == (result.written, 0, 0)


def test_the_slices_take_turns_so_that_neither_is_wronged() -> None:
    assert order(10) == [PLAIN, CHAINED, CHAINED, PLAIN, PLAIN, CHAINED, CHAINED, PLAIN, PLAIN, CHAINED]
    assert order(10).count(PLAIN) == order(10).count(CHAINED)
