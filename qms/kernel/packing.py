"""Answers go out compressed: a list of fifty rows is a tenth as long.

Tokens of forms differ in every answer (``qms.kernel.form_tokens``). Besides that a random number of letters is hidden in the head
of each compressed answer, so that its length says nothing exact about what stands in it (BREACH).
"""

import secrets
from gzip import GzipFile
from io import BytesIO

from flask import Flask, Response, request

PACKED = {"text/html", "text/csv", "application/json"}
SMALLEST = 1_000
"""Shorter answers fit into one packet anyway."""
LEVEL = 4
"""Of nine: the higher ones take twice the time for some hundredths less."""
MOST_LETTERS = 200


def build(app: Flask) -> None:
    """Compresses what is sent; to be called before anything else looks at the answers, as the first called acts last."""
    app.after_request(_pack)


def _pack(response: Response) -> Response:
    if response.mimetype not in PACKED or response.is_streamed or response.direct_passthrough or response.content_encoding:
        return response
    response.vary.add("Accept-Encoding")
    content = response.get_data()
    if len(content) < SMALLEST or not request.accept_encodings["gzip"]:
        return response
    response.set_data(packed(content))
    response.content_encoding = "gzip"
    return response


def packed(content: bytes) -> bytes:
    """The content compressed; the same twice gives two lengths."""
    target = BytesIO()
    letters = "x" * secrets.randbelow(MOST_LETTERS)
    with GzipFile(filename=letters, mode="wb", compresslevel=LEVEL, fileobj=target, mtime=0) as archive:
        archive.write(content)
    return target.getvalue()
