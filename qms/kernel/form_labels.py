"""What the fields of the house's forms are called, for a page that has to show what was typed and has no form at hand.

A form that comes back after the session ended, or that another save overtook, is known by the names of its fields alone. The form
of the house that has most of them is the one it was.
"""

from collections.abc import Collection, Iterator

from flask_babel import LazyString

from qms.kernel.forms import Form


def labels_of(names: Collection[str]) -> dict[str, str]:
    """The label of each of these fields, in the language of whoever looks; a name that no form of the house has is left out."""
    sent, found = set(names), dict[str, str]()
    forms = [_labels(form) for form in _forms(Form)] if sent else []
    while sent:
        best = max(forms, key=lambda labels: (len(sent & labels.keys()), -len(labels)))
        known = sent & best.keys()
        if not known:
            break
        found.update({name: str(best[name]) for name in known})
        sent -= known
    return found


def _forms(base: type[Form]) -> Iterator[type[Form]]:
    """Every form of the house: the features that bring them are imported when the application is made."""
    yield base
    for form in base.__subclasses__():
        yield from _forms(form)


def _labels(form: type[Form]) -> dict[str, str | LazyString]:
    unbound = {name: getattr(form, name) for name in dir(form) if hasattr(getattr(form, name), "field_class")}
    labels = {name: field.kwargs.get("label", next(iter(field.args), None)) for name, field in unbound.items()}
    return {name: label for name, label in labels.items() if label}
