"""Where the record of a notice is shown, also when nobody asks for a page: jobs and chores write letters too."""

from collections.abc import Sequence
from urllib.parse import urlsplit

from flask import current_app, has_request_context

from qms.accounts.links import service as links
from qms.accounts.models import Person
from qms.kernel.feature import house
from qms.kernel.moment import Moment
from qms.kernel.web import public_link


def record_path(kind: str, code: str) -> str | None:
    """Local path of a record's page; None when nobody can show it."""
    if has_request_context():
        return house().record_url(kind, code)
    with current_app.test_request_context():  # addresses are made from routes, and Flask asks for a request to do so
        return house().record_url(kind, code)


def way_in(person: Person, paths: Sequence[str], moment: Moment) -> str:
    """Full address for a letter that is about these paths; it leads to the first.

    Whoever can do little harm gets a link that signs in once and opens these paths alone; everybody else a plain address.
    """
    if links.may_get_letter(person, moment.today):
        opened = list(dict.fromkeys(urlsplit(path).path for path in paths))
        return public_link("/link/" + links.make(person, links.LETTER, moment, limited_to=opened))
    return public_link(paths[0])
