"""The tables of the documentation say what the program says."""

import pytest

from docs.make_tables import FOLDER, tables


@pytest.mark.parametrize("name", sorted(tables()))
def test_the_tables_of_the_documentation_equal_what_the_program_prints(name: str) -> None:
    written = (FOLDER / name).read_text(encoding="utf-8")
    assert written == tables()[name], "run .venv/bin/python docs/make_tables.py"


def test_each_page_has_a_generator() -> None:
    assert sorted(path.name for path in FOLDER.iterdir()) == sorted(tables())


def test_the_clauses_that_matter_most_are_served() -> None:
    rows = [line.split(" | ") for line in tables()["clauses.md"].splitlines() if line.startswith("| ")]
    served = {row[0].removeprefix("| ") for row in rows}
    assert {"4.3", "7.5", "8.1", "9.2.2", "9.3", "10.2"} <= served
    assert all(len(row) == 4 for row in rows)
