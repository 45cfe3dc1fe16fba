"""The components of lists say what the macros said, and escape what somebody typed."""

from datetime import date, timedelta

import pytest
from flask import Flask
from markupsafe import Markup

from audits.models import AuditState
from qms.kernel import components
from qms.kernel.share import Share

DAY = date(2026, 11, 30)
TYPED = '<img src=x onerror="alert(1)">'


@pytest.mark.parametrize(
    "drawn",
    [
        lambda: components.chip(AuditState.REPORTED, TYPED),
        lambda: components.word("bad", TYPED),
        lambda: components.obstacle(TYPED),
        lambda: components.share(Share(1, 2), TYPED),
        lambda: components.verdict({"tone": "good", "title": TYPED}),
    ],
)
def test_what_somebody_typed_is_escaped(app: Flask, drawn: object) -> None:
    with app.test_request_context():
        markup = drawn()  # type: ignore[operator]
    assert isinstance(markup, Markup)
    assert "<img" not in markup
    assert "&lt;img" in markup


@pytest.mark.parametrize(
    ("days", "tone", "told"),
    [
        (-3, "distance-bad", "3 days overdue"),
        (0, "distance-attention", "due today"),
        (7, "distance-attention", "7 days left"),
        (8, '"distance"', "8 days left"),
    ],
)
def test_a_due_day_says_how_far_it_is(app: Flask, days: int, tone: str, told: str) -> None:
    with app.test_request_context(headers={"Accept-Language": "en"}):
        markup = components.due(DAY + timedelta(days=days), DAY)
    assert told in markup
    assert tone in markup


def test_a_chip_has_the_icon_of_its_state_or_of_its_tone(app: Flask) -> None:
    with app.test_request_context():
        assert f"#{AuditState.REPORTED.icon}" in components.chip(AuditState.REPORTED)
        assert "#alert-octagon" in components.word("bad", "muộn")
        assert "#circle-dashed" in components.word("neutral", "chưa")
        assert components.chip(None) == ""
