"""Letters: a folder with a subject and a body in plain text, from which the HTML is made.

The text follows three habits: an empty line ends a paragraph; a line that begins with "- " is an item of a list, and lines
below it that are indented belong to it; a line that is only an address of this installation is a link. Values come in as one
line each, so none of them can make a paragraph, an item, a link or a header of its own.
"""

import secrets
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date
from typing import Any
from urllib.parse import urlsplit

from flask import current_app
from flask_babel import LazyString

from qms.config import present_settings
from qms.kernel.language import LANGUAGES, force_locale
from qms.kernel.web import public_link
from qms.notices.sentences import one_line

FOLDER = "letters"
LONGEST_SUBJECT = 200


@dataclass(frozen=True)
class Rendered:
    """A letter as it will be sent."""

    subject: str
    text: str
    html: str


@dataclass
class Line:
    """A line of a paragraph or an item: text, or an address to be shown as a link."""

    text: str
    link: bool = False


@dataclass
class Block:
    """A paragraph (one item) or a list; each item has its lines."""

    listed: bool
    items: list[list[Line]] = field(default_factory=list)


def new_message_id() -> str:
    """A Message-ID that no other letter has; made once, so that a second delivery can be told apart from a second letter."""
    return f"<{secrets.token_hex(16)}@{urlsplit(present_settings().public_url).hostname}>"


def render(template: str, language: str, values: Mapping[str, Any]) -> Rendered:
    """The letter in a language. The templates are asked past the pages' surroundings: a letter has no request.

    Raises ``TemplateNotFound`` for a letter that has no folder and ``TypeError`` for a value that is neither text nor number.
    """
    if language not in LANGUAGES:
        raise ValueError(f"a letter cannot be written in “{language}”")
    pages = current_app.jinja_env
    with force_locale(language):
        given = _lines_of(values)
        subject = one_line(pages.get_template(f"{FOLDER}/{template}/subject.txt").render(given))
        body = pages.get_template(f"{FOLDER}/{template}/body.txt").render(given)
        text = _tidy(body)
        html = pages.get_template(f"{FOLDER}/_letter.html").render(
            subject=subject, blocks=blocks_of(text), language=language, open_label=given.get("link_label")
        )
    return Rendered(subject if len(subject) <= LONGEST_SUBJECT else subject[: LONGEST_SUBJECT - 1].rstrip() + "…", text, html)


def blocks_of(text: str) -> list[Block]:
    """The paragraphs and lists of a plain text."""
    blocks: list[Block] = []
    fresh = True
    for line in text.split("\n"):
        if not line.strip():
            fresh = True
        elif line.startswith("- "):
            if fresh or not blocks[-1].listed:
                blocks.append(Block(listed=True))
            blocks[-1].items.append([_line(line[2:])])
            fresh = False
        elif not fresh and blocks[-1].listed == line.startswith("  "):
            blocks[-1].items[-1].append(_line(line))
        else:
            blocks.append(Block(listed=False, items=[[_line(line)]]))
            fresh = False
    return blocks


def _line(text: str) -> Line:
    text = text.strip()
    return Line(text, link=text.startswith(public_link("/")) and " " not in text)


def _tidy(body: str) -> str:
    """Lines without space at their end and never two empty ones together: what loops of a template leave behind."""
    kept: list[str] = []
    for line in (each.rstrip() for each in body.strip("\n").split("\n")):
        if line or (kept and kept[-1]):
            kept.append(line)
    return "\n".join(kept).strip("\n") + "\n"


def _lines_of(value: Any) -> Any:
    if isinstance(value, str):
        return one_line(str(value))
    if isinstance(value, LazyString):
        return one_line(str(value))
    if value is None or isinstance(value, int | date):
        return value
    if isinstance(value, Mapping):
        return {key: _lines_of(each) for key, each in value.items()}
    if isinstance(value, list | tuple):
        return [_lines_of(each) for each in value]
    raise TypeError(f"a letter cannot be filled with a {type(value).__name__}")
