"""Forms as this house has them: sentences from our catalogue, text in one form, days as people write them."""

from collections.abc import Callable
from typing import Any

from flask import request
from flask_wtf import FlaskForm
from wtforms import DateField, Field, PasswordField, SelectMultipleField, StringField
from wtforms.widgets import CheckboxInput, ListWidget, TextInput

from qms.kernel.form_tokens import FormTokens
from qms.kernel.language import _, _l
from qms.kernel.text import nfc, without_controls
from qms.kernel.typed_days import FIRST_DAY, LAST_DAY, DayUnclear, read_day

SENTENCES = (
    _l("This field is required."),
    _l("Not a valid choice."),
    _l("Invalid Choice: could not coerce."),
    _l("Not a valid integer value."),
    _l("Not a valid decimal value."),
    _l("Field must be at least %(min)d character long."),
    _l("Field must be at least %(min)d characters long."),
    _l("Field cannot be longer than %(max)d character."),
    _l("Field cannot be longer than %(max)d characters."),
    _l("Field must be between %(min)d and %(max)d characters long."),
    _l("Number must be at least %(min)s."),
    _l("Number must be at most %(max)s."),
    _l("Number must be between %(min)s and %(max)s."),
)
"""What WTForms says of our fields: named here, so that the catalogue holds it."""


class ChangedMeanwhile(Exception):
    """Somebody else changed the record after the form was shown; answered as 409 with what was typed."""


def check_version(record: Any, form_version: int | str | None) -> None:
    """Raises ``ChangedMeanwhile`` unless the form was made from the record as it is now."""
    if form_version is None or str(record.version) != str(form_version).strip():
        raise ChangedMeanwhile


class _Catalogue:
    """Lets WTForms take its sentences from our own translations."""

    def gettext(self, text: str) -> str:
        return _(text)

    def ngettext(self, singular: str, plural: str, count: int) -> str:
        # WTForms fills the placeholders itself, so none may be filled here
        return _(singular if count == 1 else plural)


def tidy(value: Any) -> Any:
    """Typed text trimmed and NFC, without control characters, with one kind of line end; anything else as it is."""
    return nfc(without_controls(value.replace("\r\n", "\n")).strip()) if isinstance(value, str) else value


class Form(FlaskForm):
    """Base of all forms."""

    class Meta(FlaskForm.Meta):
        """Text is tidied in every form, without asking for it in each field; the token is masked."""

        csrf_class = FormTokens

        def wrap_formdata(self, form: Any, formdata: Any) -> Any:
            """Forms are sent as forms: JSON is not read, whose depth alone can be an attack."""
            return None if request.is_json else super().wrap_formdata(form, formdata)

        def get_translations(self, _form: object) -> _Catalogue:
            return _Catalogue()

        def bind_field(self, form: Any, unbound_field: Any, options: dict[str, Any]) -> Field:
            kind = unbound_field.field_class
            if issubclass(kind, StringField) and not issubclass(kind, PasswordField):
                filters: list[Callable[[Any], Any]] = [tidy, *unbound_field.kwargs.get("filters", ())]
                options = {**options, "filters": filters}
            bound: Field = unbound_field.bind(form=form, **options)
            return bound


class CheckboxListField(SelectMultipleField):
    """Several of a list, as boxes to tick."""

    widget = ListWidget(prefix_label=False)
    option_widget = CheckboxInput()


class DayField(DateField):
    """A day in one of the ways people write it; an empty field is None. ``days.js`` puts a picker beside it."""

    widget = TextInput()

    def __init__(self, label: Any = None, validators: Any = None, **kwargs: Any) -> None:
        render = {
            "placeholder": _l("dd/mm/yyyy"),
            "inputmode": "numeric",
            "autocomplete": "off",
            "data-day": _l("Choose the day"),
            "data-day-first": FIRST_DAY.isoformat(),
            "data-day-last": LAST_DAY.isoformat(),
            **kwargs.pop("render_kw", {}),
        }
        super().__init__(label, validators, format="%d/%m/%Y", render_kw=render, **kwargs)

    def process_formdata(self, valuelist: list[str]) -> None:
        """Reads the day; ValueError with a sentence when it does not exist, lies out of bounds or has half a year."""
        if not valuelist or not valuelist[0].strip():
            self.data = None
            return
        self.data = None
        try:
            self.data = read_day(valuelist[0])
        except DayUnclear as unclear:
            raise ValueError(str(unclear.sentence)) from unclear
