"""Forms as this house has them: sentences from our catalogue, text in one form, days as people write them."""

from collections.abc import Callable
from datetime import date
from typing import Any

from flask import request
from flask_wtf import FlaskForm
from wtforms import DateField, Field, PasswordField, SelectMultipleField, StringField
from wtforms.widgets import CheckboxInput, ListWidget, TextInput

from qms.kernel.language import _, _l
from qms.kernel.text import nfc, without_controls

DAY_FORMATS = ["%d/%m/%Y", "%Y-%m-%d"]
FIRST_DAY, LAST_DAY = date(1945, 9, 2), date(2200, 12, 31)
"""Days outside this span are typing errors."""


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
        """Text is tidied in every form, without asking for it in each field."""

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
    """A day, written dd/mm/yyyy (or ISO by programs); an empty field is None."""

    widget = TextInput()

    def __init__(self, label: Any = None, validators: Any = None, **kwargs: Any) -> None:
        render = {"placeholder": "dd/mm/yyyy", "inputmode": "numeric", "autocomplete": "off", **kwargs.pop("render_kw", {})}
        super().__init__(label, validators, format=DAY_FORMATS, render_kw=render, **kwargs)

    def process_formdata(self, valuelist: list[str]) -> None:
        """Reads the day; ValueError with a sentence when it does not exist."""
        if not valuelist or not valuelist[0].strip():
            self.data = None
            return
        try:
            super().process_formdata([valuelist[0].strip()])
        except ValueError as error:
            raise ValueError(_("Write an existing day as dd/mm/yyyy.")) from error
        if self.data is not None and not FIRST_DAY <= self.data <= LAST_DAY:
            self.data = None
            raise ValueError(_("Write an existing day as dd/mm/yyyy."))
