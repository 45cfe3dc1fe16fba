"""The small components that a list prints hundreds of times, as functions: a macro of a template costs several times as much.

Templates find them beside the macros of ``_components.html`` (``ui.icon``, ``ui.chip``). Each answers with finished markup; every
text that somebody typed is escaped.
"""

from collections.abc import Mapping
from datetime import date
from functools import lru_cache
from typing import Any

from flask import Flask
from markupsafe import Markup, escape

from qms.kernel.language import _, current_language, ngettext
from qms.kernel.share import Share
from qms.kernel.web import asset, day_text

TONE_ICONS = {"good": "circle-check", "attention": "alert-triangle", "bad": "alert-octagon", "accent": "player-play"}
OTHER_ICON = "circle-dashed"
SOON_DAYS = 7
"""From how many days on a due day asks for attention."""


def icon(name: str, size: int = 16) -> Markup:
    """One icon of the sprite, silent for screen readers: the word beside it carries the meaning."""
    return _icon(asset("icons.svg"), name, size)


@lru_cache(maxsize=2048)
def _icon(sprite: str, name: str, size: int) -> Markup:
    return Markup(
        '<svg class="icon icon-{size}" width="{size}" height="{size}" aria-hidden="true" focusable="false">'
        '<use href="{sprite}#{name}"/></svg>'
    ).format(size=size, sprite=sprite, name=name)


def tone_icon(state: Any, size: int = 14) -> Markup:
    """The icon of a state, or that of its tone when it has none of its own."""
    return _tone_icon(_told(state, "icon"), _told(state, "tone"), size)


def _tone_icon(name: str | None, tone: str | None, size: int) -> Markup:
    return icon(name or TONE_ICONS.get(str(tone), OTHER_ICON), size)


def _told(state: Any, name: str) -> Any:
    """What a state, or a row that is shown like one, says of itself."""
    return state.get(name) if isinstance(state, Mapping) else getattr(state, name, None)


def chip(state: Any, text: object = None) -> Markup:
    """Status chip: soft ground, icon and word; ``text`` replaces the title. Nothing without a state."""
    return _chip(state, text, "chip", 14) if state else Markup()


def verdict(state: Any) -> Markup:
    """The one verdict of a page, 32 high."""
    return _chip(state, None, "chip chip-verdict", 18) if state else Markup()


def word(tone: str, text: object, icon_name: str | None = None) -> Markup:
    """A chip for a tone and a word that no state carries."""
    return _chip({"tone": tone, "title": text, "icon": icon_name}, None, "chip", 14)


def _chip(state: Any, text: object, kind: str, size: int) -> Markup:
    tone = _told(state, "tone")
    drawn, said = _tone_icon(_told(state, "icon"), tone, size), escape(text or _told(state, "title"))
    return Markup(f'<span class="{kind} chip-{escape(tone)}">{drawn}<span>{said}</span></span>')  # noqa: S704 - its parts are escaped


def distance(day: date, today: date) -> Markup:
    """How far a day is, in words; attention in the last week before it, bad after it."""
    left = (day - today).days
    if left < 0:
        return _distance(" distance-bad", "alert-octagon", ngettext("%(num)s day overdue", "%(num)s days overdue", -left))
    if left == 0:
        return _distance(" distance-attention", "clock", _("due today"))
    told = ngettext("%(num)s day left", "%(num)s days left", left)
    return _distance(" distance-attention", "clock", told) if left <= SOON_DAYS else _distance("", None, told)


def _distance(tone: str, icon_name: str | None, told: str) -> Markup:
    drawn = icon(icon_name, 14) if icon_name else ""
    return Markup(f'<span class="distance{tone}">{drawn}{escape(told)}</span>')  # noqa: S704 - its parts are escaped


def due(day: date | None, today: date) -> Markup:
    """A due date: the day, and below it how far it is."""
    if not day:
        return Markup('<span class="due"><span class="third">{}</span></span>').format(_("no due date"))
    told = f'<time datetime="{day.isoformat()}">{day_text(day)}</time>{distance(day, today)}'
    return Markup(f'<span class="due">{told}</span>')  # noqa: S704 - days and finished markup


def obstacle(sentence: object = None) -> Markup:
    """What stands in the way, or that nothing does."""
    if sentence:
        return Markup('<span class="obstacle">{}<span>{}</span></span>').format(icon("barrier-block", 14), str(sentence))
    nothing = _("Nothing in the way")
    return Markup('<span class="obstacle obstacle-none">{}<span>{}</span></span>').format(icon("minus", 14), nothing)


def lines(text: str | None) -> Markup:
    """What somebody typed, with its line ends; nothing for nothing, so that ``facts`` leaves it out."""
    return Markup("<br>").join((text or "").splitlines())


def share(share: Share, noun: object = None) -> Markup:
    """A share with both parts and the percentage: "7/9 đơn vị (77,8%)"."""
    counted = Markup(" {}").format(str(noun)) if noun else ""
    percent = share.percent_text(current_language())
    beside = "" if percent is None else Markup(' <span class="second">({})</span>').format(percent)
    return Markup('<span class="share"><b>{}/{}</b>{}{}</span>').format(share.k, share.n, counted, beside)


def build(app: Flask) -> None:
    """Gives them to the templates."""
    for function in (icon, tone_icon, chip, verdict, word, distance, due, obstacle, lines, share):
        app.add_template_global(function, "component_" + function.__name__)
