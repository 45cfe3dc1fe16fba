"""A thin front of the translation library, so that a swap stays local; it also remembers what it was asked.

A page says the same hundred sentences again and again; each is looked up once for each language.
"""

from functools import lru_cache
from typing import Any

from flask import Flask
from flask_babel import LazyString, force_locale, get_domain, get_locale, ngettext

LANGUAGES = ("vi", "en")

__all__ = ["LANGUAGES", "LazyString", "_", "_l", "current_language", "force_locale", "ngettext", "teach_templates"]


@lru_cache(maxsize=16_384)
def _known(_language: str, sentence: str) -> str:
    translated: str = get_domain().get_translations().ugettext(sentence)
    return translated


def _(sentence: str, **values: Any) -> str:
    """The sentence in the language of this answer, with its values; as it stands where there is neither request nor command."""
    locale = get_locale()
    text = sentence if locale is None else _known(locale.language, sentence)
    return text % values if values else text


def _l(sentence: str, **values: Any) -> LazyString:
    """The same, said when it is shown: for what stands at the head of a module."""
    return LazyString(_, sentence, **values)


def current_language() -> str:
    """Language of this answer, "vi" or "en"; Vietnamese outside a request."""
    locale = get_locale()
    return locale.language if locale is not None and locale.language in LANGUAGES else LANGUAGES[0]


def teach_templates(app: Flask) -> None:
    """Lets templates ask the same memory; they put the values in themselves."""
    app.jinja_env.install_gettext_callables(_, _counted, newstyle=True)  # type: ignore[attr-defined]


def _counted(one: str, many: str, number: int) -> str:
    told: str = get_domain().get_translations().ungettext(one, many, number)
    return told
