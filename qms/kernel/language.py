"""A thin front of the translation library, so that a swap stays local."""

from flask_babel import force_locale, get_locale, ngettext
from flask_babel import gettext as _
from flask_babel import lazy_gettext as _l

LANGUAGES = ("vi", "en")

__all__ = ["LANGUAGES", "_", "_l", "current_language", "force_locale", "ngettext"]


def current_language() -> str:
    """Language of this answer, "vi" or "en"; Vietnamese outside a request."""
    locale = get_locale()
    return locale.language if locale is not None and locale.language in LANGUAGES else LANGUAGES[0]
