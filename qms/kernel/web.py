"""What every answer has: a number, safe headers, dated static files, and the filters of the templates."""

import gzip
import hashlib
import mimetypes
import secrets
from dataclasses import dataclass
from datetime import date, datetime
from functools import lru_cache
from pathlib import Path
from urllib.parse import quote, urlsplit

from flask import Flask, Response, abort, current_app, g, request
from werkzeug.datastructures import MultiDict
from werkzeug.routing import IntegerConverter, Map
from werkzeug.security import safe_join

from qms.config import Settings, present_settings
from qms.kernel.days import LOCAL
from qms.kernel.paging import SIZE
from qms.kernel.text import nfc, without_controls

CONTENT_SECURITY_POLICY = (
    "default-src 'self'; script-src 'self'; style-src 'self'; font-src 'self'; img-src 'self' data: blob:; "
    "connect-src 'self'; worker-src 'self'; manifest-src 'self'; media-src 'none'; frame-src 'none'; object-src 'none'; "
    "base-uri 'none'; form-action 'self'; frame-ancestors 'none'"
)
"""Nothing inline and nothing from elsewhere, each kind by name: one that is forgotten falls back to our own site."""
FILE_POLICY = "default-src 'none'; base-uri 'none'; object-src 'none'; form-action 'none'; frame-ancestors 'none'; sandbox"
"""For what is sent as a file: should a browser show it all the same, it may not run, load or send anything."""
PERMISSIONS_POLICY = (
    "camera=(self), publickey-credentials-create=(self), publickey-credentials-get=(self), display-capture=(), "
    "geolocation=(), hid=(), microphone=(), midi=(), payment=(), serial=(), usb=()"
)
"""The camera takes photos as evidence; passkeys are ours; nothing else of the machine is asked for."""
HEADERS = {
    "X-Content-Type-Options": "nosniff",
    "X-Frame-Options": "DENY",
    "Referrer-Policy": "same-origin",
    "Permissions-Policy": PERMISSIONS_POLICY,
    "Cross-Origin-Opener-Policy": "same-origin",
    "Cross-Origin-Resource-Policy": "same-origin",
}
HOST_ONLY = "__Host-"
TWO_YEARS = 63_072_000
ONE_YEAR = 31_536_000
HIGHEST_NUMBER = 2**31 - 1
"""The largest id a column holds; databases refuse to even look for a larger one."""
PACKED = {"text/css", "text/javascript", "application/javascript", "image/svg+xml"}

mimetypes.add_type("font/woff2", ".woff2")
mimetypes.add_type("text/javascript", ".js")


class RecordNumber(IntegerConverter):
    """``int`` in our addresses: a number that no record can have is no address of ours (404)."""

    def __init__(self, url_map: Map) -> None:
        super().__init__(url_map, max=HIGHEST_NUMBER)


@dataclass(frozen=True)
class StaticFile:
    """A file of the static folder as it is sent: bytes, the same packed (None when not worth it), type, short hash."""

    content: bytes
    packed: bytes | None
    media_type: str
    version: str


@lru_cache(maxsize=256)
def _read(path: Path, _changed: int) -> StaticFile:
    content = path.read_bytes()
    media_type = mimetypes.guess_type(path.name)[0] or "application/octet-stream"
    packed = gzip.compress(content, 9, mtime=0) if media_type in PACKED else None
    return StaticFile(content, packed, media_type, hashlib.sha256(content).hexdigest()[:12])


def static_file(name: str) -> StaticFile | None:
    """The static file of that name, read once and again when it changes on the disk; None when there is none."""
    joined = safe_join(str(Path(current_app.root_path, "static")), name)
    if joined is None or not Path(joined).is_file():
        return None
    path = Path(joined)
    return _read(path, path.stat().st_mtime_ns)


def asset(name: str) -> str:
    """Address of a static file with its content hash, so that browsers keep it for a year and still see a new one.

    The disk is asked once a request, not for every icon of a list.
    """
    known: dict[str, str] = g.setdefault("qms_assets", {})
    if name not in known:
        found = static_file(name)
        address = "/static/" + quote(name)
        known[name] = address if found is None else f"{address}?v={found.version}"
    return known[name]


def public_link(path: str) -> str:
    """Full address of a local path for letters and papers: from the settings, never from the Host header."""
    return present_settings().public_url + "/" + path.lstrip("/")


def cookie_name(name: str) -> str:
    """The name of a cookie as browsers see it. Under https it says ``__Host-``: no sibling site can set or read it."""
    return HOST_ONLY + name if present_settings().secure else name


def local_path(address: str | None) -> str:
    """The address when it is a path of this site, else "/": a link from outside must not send people elsewhere."""
    if not address or not address.startswith("/") or address.startswith(("//", "/\\")):
        return "/"
    parts = urlsplit(address)
    if parts.scheme or parts.netloc or any(ord(letter) < 32 for letter in address) or "\\" in address:
        return "/"
    return address


def is_fragment() -> bool:
    """Whether htmx asks for a part of a page."""
    return request.headers.get("HX-Request") == "true"


def wants_data() -> bool:
    """Whether a script asks for plain data (JSON), not for anything to be shown."""
    return request.accept_mimetypes.best == "application/json"


def page_number() -> int:
    """The page of a list that the address asks for; 1 for anything that is not a number."""
    return request.args.get("page", 1, type=int)


def page_size(on_phone: int = SIZE // 2) -> int:
    """How many rows a page of a list holds: fewer on a phone, which says in its name that it is one."""
    return on_phone if "Mobi" in request.user_agent.string else SIZE


def filter_number(name: str, asked: MultiDict[str, str] | None = None) -> int | None:
    """A number of the address, such as the id of a record; None for anything that no record can have. ``asked``: see there."""
    number = (request.args if asked is None else asked).get(name, type=int)
    return number if number is not None and 0 < number <= HIGHEST_NUMBER else None


def kept_filters() -> dict[str, str]:
    """The filters of the address, to be handed on to ``url_for``: nothing that would steer how the address is made."""
    steering = {"endpoint", "extension", "page"}
    return {name: value for name, value in request.args.items() if name not in steering and not name.startswith("_")}


def filter_text(name: str, asked: MultiDict[str, str] | None = None) -> str:
    """A filter of the address: trimmed, NFC, no control characters, at most 200 characters; "" when it is not set.

    ``asked`` is what an address said that was kept, where there is no request.
    """
    return nfc(without_controls((request.args if asked is None else asked).get(name, "")).strip())[:200]


def day_text(day: date | None) -> str:
    """dd/mm/yyyy, in both languages; "" for None."""
    return "" if day is None else day.strftime("%d/%m/%Y")


def moment_text(instant: datetime | None) -> str:
    """An instant as local dd/mm/yyyy hh:mm; "" for None."""
    return "" if instant is None else instant.astimezone(LOCAL).strftime("%d/%m/%Y %H:%M")


def request_id() -> str:
    """The number of this request, in the log and on error pages."""
    if "qms_request_id" not in g:
        g.qms_request_id = secrets.token_hex(8)
    number: str = g.qms_request_id
    return number


def furnish(app: Flask, settings: Settings) -> None:
    """Adds static files, filters, the number of the request and the headers to the application."""
    app.url_map.converters["int"] = RecordNumber
    app.add_template_filter(day_text, "day")
    app.add_template_filter(moment_text, "moment")
    app.add_template_global(asset, "asset")
    app.add_url_rule("/static/<path:filename>", endpoint="static", view_func=_send_static)

    def headers(response: Response) -> Response:
        for name, value in HEADERS.items():
            response.headers.setdefault(name, value)
        is_file = response.headers.get("Content-Disposition", "").startswith("attachment")
        response.headers.setdefault("Content-Security-Policy", FILE_POLICY if is_file else CONTENT_SECURITY_POLICY)
        if settings.secure:
            response.headers["Strict-Transport-Security"] = f"max-age={TWO_YEARS}; includeSubDomains"
        if request.endpoint != "static":
            if g.get("qms_person"):
                response.headers["Cache-Control"] = "no-store"  # files too, for which Flask would say "no-cache"
            response.headers.setdefault("Cache-Control", "no-cache")
            response.headers["X-Request-Id"] = request_id()
            response.vary.update(("Cookie", "HX-Request"))
        return response

    app.after_request(headers)


def _send_static(filename: str) -> Response:
    found = static_file(filename)
    if found is None:
        abort(404)
    packed = found.packed is not None and request.accept_encodings["gzip"] > 0
    response = Response(found.packed if packed else found.content, content_type=found.media_type)
    if found.media_type.startswith("text/") or found.media_type.endswith("javascript"):
        response.content_type = found.media_type + "; charset=utf-8"
    if packed:
        response.content_encoding = "gzip"
    if found.packed is not None:
        response.vary.add("Accept-Encoding")
    current = request.args.get("v") == found.version
    response.headers["Cache-Control"] = f"public, max-age={ONE_YEAR}, immutable" if current else "no-cache"
    response.set_etag(found.version + ("-gz" if packed else ""))
    response.make_conditional(request)
    return response
