"""What people type is text and stays text: on every page, in every paper, sheet and letter."""

import csv
import re
from html.parser import HTMLParser
from io import BytesIO
from typing import Any

import pytest
from flask import Flask
from flask.testing import FlaskClient
from openpyxl import load_workbook

from tests.office import Office
from tests.security.planting import fill, plant
from tests.security.reading import read, read_everything, with_every_role
from tests.security.world import World, come_in, open_every_door

HEADER = "\r\nSet-Cookie: bird=1\r\n\r\n"
SCRIPT = "'\"><script>alert(1)</script><img src=x onerror=alert(2)></textarea></title><svg onload=alert(3)>{{7*7}}${7*7}"
ADDRESS = "javascript:alert(4)"
MARKUP = '<img src="/etc/passwd"/><b><para><font size=99>&bogus; ]]> <a href="file:///etc/passwd">'
FORMULAS = ("=1+1", "+1+1", "-1+1", "@SUM(A1)", "\t=1+1", "\r=1+1", '=HYPERLINK("http://x")')
TYPED = ("q=%22%3E%3Cscript%3Ealert(5)%3C/script%3E", "unit=%27%22%3E%3Csvg%20onload=x%3E&text=%22%20onfocus=x")
"""What stands in the address of a list comes back in its filters."""
RUNS_IN_A_CELL = "=+-@\t\r"


class Dangers(HTMLParser):
    """Everything in a page that would run: a script of its own, an event handler, an address that is a program."""

    def __init__(self) -> None:
        super().__init__()
        self.found: list[str] = []

    def handle_starttag(self, tag: str, attributes: list[tuple[str, str | None]]) -> None:
        for name, value in attributes:
            if name.startswith("on") or name == "style":
                self.found.append(f"<{tag} {name}={value!r}>")
            if name in {"href", "src", "action", "formaction", "hx-get", "hx-post", "xlink:href", "data"}:
                target = re.sub(r"[\s\x00-\x1f]", "", value or "").casefold()
                picture = tag == "img" and target.startswith("data:image/")
                if target.startswith(("javascript:", "data:", "vbscript:")) and not picture:
                    self.found.append(f"<{tag} {name}={value!r}>")
        if tag == "script" and not dict(attributes).get("src"):
            self.found.append("<script> without a source")

    def handle_data(self, data: str) -> None:
        if self.lasttag == "script" and data.strip():
            self.found.append(f"script text {data[:60]!r}")


def _dangers(page: str) -> list[str]:
    reader = Dangers()
    reader.feed(page)
    return reader.found


@pytest.fixture
def world(client: FlaskClient, office: Office) -> World:
    """An agency full of records."""
    open_every_door(client.application)
    made = World(office)
    fill(office, made.own)
    return made


@pytest.mark.timeout(300)
def test_no_text_becomes_markup_on_any_page_or_paper(app: Flask, world: World) -> None:
    """ReportLab too reads <img> from the disk, and stumbles over a tag that is not closed: text reaches it escaped."""
    person = with_every_role(world)
    assert len(plant(ADDRESS + HEADER + SCRIPT + MARKUP)) > 80
    wrong, pages, papers = [], 0, 0
    for answer in read_everything(app, world, person, *TYPED):
        if answer.response.status_code >= 500:
            wrong.append(f"{answer.address}: {answer.response.status_code}")
        if "bird=1" in " ".join(answer.response.headers.getlist("Set-Cookie")):
            wrong.append(f"{answer.address}: a header of its own")
        if answer.is_page:
            pages += "alert(1)" in answer.text
            wrong += [f"{answer.address}: {danger}" for danger in _dangers(answer.text)]
            if "alert(1)" in answer.text and "{{7*7}}" not in answer.text:
                wrong.append(f"{answer.address}: a template in the text was run")
        if answer.response.mimetype == "application/pdf":
            papers += "alert(" in answer.text
            if "root:" in answer.text:
                wrong.append(f"{answer.address} shows a file of the machine")
    assert not wrong, "\n".join(sorted(set(wrong)))
    assert pages > 20
    assert papers >= 3


def test_the_parser_sees_what_would_run() -> None:
    assert len(_dangers(f"<p>{SCRIPT}</p><a href=' java\tscript:x'>")) >= 4
    assert _dangers('<script src="/static/app.js" defer></script><a href="/units">x</a>') == []


@pytest.mark.timeout(300)
def test_no_text_is_a_formula_in_any_export(app: Flask, world: World) -> None:
    person = with_every_role(world)
    sheets = [one.address for one in read_everything(app, world, person) if "spreadsheetml" in one.response.mimetype]
    lines = [one.address for one in read_everything(app, world, person) if one.response.mimetype == "text/csv"]
    assert len(sheets) >= 4
    assert len(lines) >= 3
    client, wrong = come_in(app, person), []
    for formula in FORMULAS:
        plant(formula)
        for address in sheets:
            wrong += [f"{address} {cell}" for cell in _formulas(read(client, address).response.get_data())]
        for address in lines:
            wrong += [f"{address}: {field!r}" for field in _fields(read(client, address).text) if field[:1] in RUNS_IN_A_CELL]
    assert not wrong, "\n".join(sorted(set(wrong)))


def _formulas(content: bytes) -> list[str]:
    book = load_workbook(BytesIO(content))
    cells: list[Any] = [cell for sheet in book for row in sheet.iter_rows() for cell in row]
    return [f"{cell.coordinate} is a formula: {cell.value!r}" for cell in cells if cell.data_type == "f"]


def _fields(text: str) -> list[str]:
    """The fields of a CSV file that are not empty, as a spreadsheet reads them; numbers are no formulas."""
    rows = csv.reader(text.lstrip("\ufeff").splitlines(), delimiter=";" if ";" in text.splitlines()[0] else ",")
    return [field for row in rows for field in row if field and not re.fullmatch(r"[+-]?[\d.,/%]+", field)]
