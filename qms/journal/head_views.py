"""The one public page of the trail: its daily heads, and the program that checks everything with them.

Nothing here tells of a person: a head holds codes of agencies, numbers and hashes.
"""

from datetime import date
from pathlib import Path

from flask import Blueprint, Response, abort, render_template, stream_with_context
from flask.typing import ResponseReturnValue

from qms.accounts.gate import public
from qms.journal.heads import page_of_heads
from qms.kernel.db import db
from qms.kernel.download import as_file
from qms.kernel.web import page_number
from qms.trail import verify_trail
from qms.trail.heads import line_of, lines
from qms.trail.models import TrailHead

blueprint = Blueprint("trail_heads", __name__, url_prefix="/trail-heads")


@blueprint.get("")
@public
def listing() -> ResponseReturnValue:
    """The heads of all days, newest first."""
    return render_template("journal/heads.html", page=page_of_heads(page_number()))


@blueprint.get("/heads.jsonl")
@public
def download() -> ResponseReturnValue:
    """All heads, one a line, as verify_trail.py reads them."""
    return as_file(stream_with_context(lines()), "heads.jsonl")


@blueprint.get("/<day>.json")
@public
def head(day: str) -> ResponseReturnValue:
    """One head as its line."""
    try:
        found = db.session.get(TrailHead, date.fromisoformat(day))
    except ValueError:
        found = None
    if found is None:
        abort(404)
    return Response(line_of(found) + "\n", content_type="application/json")


@blueprint.get("/verify_trail.py")
@public
def program() -> ResponseReturnValue:
    """The program that checks a trail without any key, as it runs here too."""
    return as_file(Path(verify_trail.__file__).read_bytes(), "verify_trail.py")
