"""The search across all features: marks are not needed, and words that name a kind of record narrow to that kind."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from qms.kernel.feature import Feature, SearchHit, house
from qms.kernel.language import LANGUAGES, force_locale
from qms.kernel.moment import Moment
from qms.kernel.text import fold, nfc


@dataclass(frozen=True)
class Found:
    """What one feature found; the group is called like its place in the menu."""

    title: str
    hits: Sequence[SearchHit]


@dataclass(frozen=True)
class Answer:
    """Everything found; ``only`` is the title of the kind that the words named, when the search was narrowed to it."""

    groups: Sequence[Found]
    only: str | None = None


def search(text: str, moment: Moment, *, everywhere: bool = False) -> Answer:
    """What the features find of the text within what the person may see, grouped; empty groups are left out.

    "quy trinh ho tich" looks for "ho tich" among procedures; when nothing is there, or ``everywhere`` is asked for, all
    words are looked for in everything.
    """
    features = list(house().features)
    named = None if everywhere else _named(text)
    if named is not None:
        feature, rest = named
        group = _found(feature, rest, text, moment)
        if group is not None:
            return Answer([group], group.title)
        features.remove(feature)  # nothing has fewer of the words there, so nothing has all of them
    groups = (_found(feature, text, text, moment) for feature in features)
    return Answer([group for group in groups if group is not None])


def _found(feature: Feature, words: str, text: str, moment: Moment) -> Found | None:
    """The hits of one feature; whoever types marks sees what has them first."""
    hits = [] if feature.search is None else feature.search(words, moment)
    typed = nfc(text).casefold()
    hits.sort(key=lambda hit: typed not in nfc(hit.title).casefold())
    return Found(_title(feature), hits) if hits else None


def _named(text: str) -> tuple[Feature, str] | None:
    """The feature whose kind of record the first such words name, and the other words; None when no word names one."""
    typed, words = text.split(), fold(nfc(text)).split()
    names = [(name, feature) for feature in house().features for name in _names(feature)]
    names.sort(key=lambda each: -len(each[0]))
    for start in range(len(words)):
        for name, feature in names:
            if words[start : start + len(name)] == name:
                return feature, " ".join(typed[:start] + typed[start + len(name) :])
    return None


def _names(feature: Feature) -> Iterator[list[str]]:
    """The words by which people call the records of a feature, folded, in every language: nobody types by the page's own."""
    if feature.called is None or feature.search is None:
        return
    for language in LANGUAGES:
        with force_locale(language):
            yield from (fold(name).split() for name in str(feature.called).split(","))


def _title(feature: Feature) -> str:
    return str(next((entry.title for entry in feature.menu), feature.name))
