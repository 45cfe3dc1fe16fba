"""Every letter as it arrives, in both languages, beside the values it was made of.

``tests/notices/golden/<letter>/values.json`` is written by hand; the rest by ``QMS_WRITE_GOLDEN=1 pytest
tests/notices/test_golden.py``, to be read before it is kept. ``values.vi.json`` or ``values.en.json`` add to the values where a
sentence is handed in already translated. Days and instants are written as ISO text.
"""

import json
import os
import re
from datetime import date, datetime
from pathlib import Path
from typing import Any

import pytest
from flask import Flask
from jinja2 import StrictUndefined

from qms.kernel.language import LANGUAGES
from qms.notices.letters import render
from tests.notices.conftest import use_mail

GOLDEN = Path(__file__).parent / "golden"
TEMPLATES = Path(__file__).parent.parent.parent / "templates" / "letters"
LETTERS = sorted(folder.name for folder in TEMPLATES.iterdir() if folder.is_dir())


@pytest.fixture
def letters_app(app: Flask, monkeypatch: pytest.MonkeyPatch) -> Flask:
    """An application with the public address of the golden files, in which a value that is missing is an error."""
    use_mail(app, 25)
    monkeypatch.setattr(app, "jinja_env", app.jinja_env.overlay(undefined=StrictUndefined))
    return app


def values_of(letter: str, language: str) -> dict[str, Any]:
    values: dict[str, Any] = {}
    for name in ("values.json", f"values.{language}.json"):
        path = GOLDEN / letter / name
        if path.exists() or name == "values.json":
            values |= json.loads(path.read_text(encoding="utf-8"))
    return {name: dated(value) for name, value in values.items()}


def dated(value: Any) -> Any:
    if isinstance(value, str) and re.fullmatch(r"\d{4}-\d{2}-\d{2}", value):
        return date.fromisoformat(value)
    if isinstance(value, str) and re.fullmatch(r"\d{4}-\d{2}-\d{2}T[\d:]+\+\d{2}:\d{2}", value):
        return datetime.fromisoformat(value)
    return value


def test_every_letter_has_golden_files_and_every_golden_file_a_letter() -> None:
    assert {folder.name for folder in GOLDEN.iterdir()} == set(LETTERS), "each letter needs a folder with values.json; see above"


@pytest.mark.parametrize("language", LANGUAGES)
@pytest.mark.parametrize("letter", LETTERS)
def test_a_letter_is_written_as_its_golden_file_says(letters_app: Flask, letter: str, language: str) -> None:
    rendered = render(letter, language, values_of(letter, language))
    made = {f"{language}.txt": f"Subject: {rendered.subject}\n\n{rendered.text}", f"{language}.html": rendered.html + "\n"}
    for name, content in made.items():
        path = GOLDEN / letter / name
        if os.environ.get("QMS_WRITE_GOLDEN"):
            path.write_text(content, encoding="utf-8")
        assert path.exists(), f"{letter}/{name} is missing; QMS_WRITE_GOLDEN=1 writes it"
        assert content == path.read_text(encoding="utf-8"), f"{letter}/{name} has changed; read it, then QMS_WRITE_GOLDEN=1"


@pytest.mark.parametrize("letter", LETTERS)
def test_a_letter_has_a_subject_of_one_line_and_nothing_left_unfilled(letters_app: Flask, letter: str) -> None:
    for language in LANGUAGES:
        rendered = render(letter, language, values_of(letter, language))
        assert rendered.subject and "\n" not in rendered.subject
        assert not re.search(r"%\(|\{\{|\{%|\bNone\b|Undefined", rendered.text + rendered.html)
