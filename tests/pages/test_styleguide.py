"""Every component is shown once, in tests and in development only."""

import re

import pytest
from flask import Flask
from flask.testing import FlaskClient

from tests.conftest import SignIn
from tests.office import Office
from tests.program import ROOT

TEMPLATES = ROOT / "templates"
INSIDE_OTHERS = {"tone_icon", "next_steps", "cards"}
"""Cards of their own, and the icon that a chip draws."""


def test_the_styleguide_shows_every_component_beside_its_name(client: FlaskClient, office: Office, sign_in: SignIn) -> None:
    office.person("doc", unit=office.agency("P1"))
    sign_in(client, "doc")
    text = client.get("/styleguide").text
    named = set(re.findall(r"\w+", " ".join(re.findall(r"<code>(.*?)</code>", text))))
    for file in ("_components.html", "_charts.html"):
        source = (TEMPLATES / file).read_text(encoding="utf-8")
        made = set(re.findall(r"macro (\w+)", source)) | set(re.findall(r"set (\w+) = component_", source))
        assert not (left := made - named - INSIDE_OTHERS), f"show these in templates/pages/styleguide.html: {left}"
    assert "stepper-current" in text
    assert text.count("is-invalid") >= 3


def test_it_does_not_exist_in_service(
    app: Flask, client: FlaskClient, office: Office, sign_in: SignIn, monkeypatch: pytest.MonkeyPatch
) -> None:
    office.person("doc", unit=office.agency("P1"))
    sign_in(client, "doc")
    monkeypatch.setitem(app.config, "TESTING", False)
    assert client.get("/styleguide").status_code == 404
    monkeypatch.setitem(app.config, "DEBUG", True)
    assert client.get("/styleguide").status_code == 200
