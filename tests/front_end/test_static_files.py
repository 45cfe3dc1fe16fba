"""The front end keeps its promises: known foreign files, icons that exist, no inline code, colours that can be read."""

import gzip
import hashlib
import re
from itertools import product
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
STATIC = ROOT / "qms" / "static"
VENDOR = STATIC / "vendor"
TEMPLATES = sorted((ROOT / "templates").rglob("*.html"))
STYLE = (STATIC / "app.css").read_text(encoding="utf-8")
TOKEN = re.compile(r"--([\w-]+): (#[0-9A-F]{6})")
FIRST_PAGE_BYTES = 150_000
PAGE_TEXT_BYTES = 6_000  # what the HTML of a list weighs when it is packed
TEXT_CONTRAST, PART_CONTRAST = 4.5, 3.0  # WCAG 2.2, 1.4.3 and 1.4.11


def tokens(selector: str) -> dict[str, str]:
    """The colours that the first rule of a selector sets."""
    start = STYLE.index(selector + " {")
    return dict(TOKEN.findall(STYLE[start : STYLE.index("}", start)]))


def luminance(colour: str) -> float:
    """Relative luminance of "#RRGGBB" as WCAG defines it."""
    parts = [int(colour[at : at + 2], 16) / 255 for at in (1, 3, 5)]
    red, green, blue = (part / 12.92 if part <= 0.04045 else ((part + 0.055) / 1.055) ** 2.4 for part in parts)
    return 0.2126 * red + 0.7152 * green + 0.0722 * blue


def contrast(one: str, other: str) -> float:
    """Contrast of two colours, 1 to 21."""
    low, high = sorted((luminance(one), luminance(other)))
    return (high + 0.05) / (low + 0.05)


def test_every_foreign_file_is_listed_with_its_digest() -> None:
    table = (VENDOR / "README.md").read_text(encoding="utf-8")
    listed = dict(re.findall(r"\| `([^`]+)` \| `([0-9a-f]{64})` \|", table))
    present = {
        path.relative_to(VENDOR).as_posix(): path for path in VENDOR.rglob("*") if path.is_file() and path.name != "README.md"
    }
    present["../icons.svg"] = STATIC / "icons.svg"
    assert listed == {name: hashlib.sha256(path.read_bytes()).hexdigest() for name, path in present.items()}


def test_every_icon_that_a_template_draws_is_in_the_sprite() -> None:
    sprite = set(re.findall(r'<symbol id="([\w-]+)"', (STATIC / "icons.svg").read_text(encoding="utf-8")))
    drawn = {
        name
        for path in TEMPLATES
        for name in re.findall(r'(?:ui\.|\b)(?:icon|empty)\("([\w-]+)"', path.read_text(encoding="utf-8"))
    }
    assert drawn
    assert drawn <= sprite


@pytest.mark.parametrize("path", TEMPLATES, ids=lambda path: path.relative_to(ROOT).as_posix())
def test_no_template_carries_inline_style_or_code(path: Path) -> None:
    text = path.read_text(encoding="utf-8")
    assert not re.search(r"\sstyle=|<style|\son[a-z]+=|hx-on|javascript:|<script(?![^>]*\ssrc=)", text)


def test_no_page_loads_anything_from_another_server() -> None:
    for path in [*TEMPLATES, STATIC / "app.css", STATIC / "app.js"]:
        assert not re.search(
            r"""(?:src=|href=|url\(|@import|fetch\()\s*["']?(?:https?:)?//""", path.read_text(encoding="utf-8")
        ), path


def test_the_first_page_weighs_less_than_150_kilobytes() -> None:
    packed = [STATIC / "app.css", STATIC / "app.js", STATIC / "icons.svg", *VENDOR.glob("*/*.css"), *VENDOR.glob("*/*.js")]
    fonts = sum(path.stat().st_size for path in VENDOR.glob("*/*.woff2"))
    assert fonts + sum(len(gzip.compress(path.read_bytes(), 9)) for path in packed) + PAGE_TEXT_BYTES < FIRST_PAGE_BYTES


@pytest.mark.parametrize("theme", [":root", ':root[data-bs-theme="dark"]'])
def test_text_can_be_read_on_every_ground(theme: str) -> None:
    colour = tokens(theme)
    pairs = [
        *product(("text", "second", "third", "accent"), ("ground", "surface", "side")),
        *((tone, ground) for tone in ("good", "attention", "bad") for ground in (f"{tone}-soft", "surface", "ground", "side")),
        *((text, "accent-soft") for text in ("text", "second", "accent")),
        *((text, "attention-row") for text in ("text", "second", "third", "accent", "attention")),
        ("second", "neutral-soft"),
        ("off-text", "neutral-soft"),
        ("on-accent", "accent"),
        ("on-accent", "accent-hover"),
    ]
    weak = {
        pair: round(contrast(colour[pair[0]], colour[pair[1]]), 2)
        for pair in pairs
        if contrast(colour[pair[0]], colour[pair[1]]) < TEXT_CONTRAST
    }
    assert weak == {}
    assert contrast("#FFFFFF", colour["bad-cell"]) >= TEXT_CONTRAST


@pytest.mark.parametrize("theme", [":root", ':root[data-bs-theme="dark"]'])
def test_the_edge_of_a_field_can_be_seen(theme: str) -> None:
    colour = tokens(theme)
    assert contrast(colour["field-line"], colour["surface"]) >= PART_CONTRAST


def test_a_dark_system_gets_the_same_colours_as_a_chosen_dark_theme() -> None:
    assert tokens(":root:not([data-bs-theme])") == tokens(':root[data-bs-theme="dark"]')
