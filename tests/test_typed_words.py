"""No choice decides whether words are kept: every form that has both is named here, with where its words are shown to stay.

A new form with a choice and a text that may stay empty fails here until somebody has asked what becomes of the text.
"""

from collections.abc import Iterator

import pytest
from flask import Flask
from wtforms import HiddenField, PasswordField, StringField
from wtforms.fields import BooleanField, RadioField, SelectField, SelectMultipleField, SubmitField
from wtforms.fields.core import UnboundField
from wtforms.validators import DataRequired, InputRequired

from qms.kernel.forms import Form
from tests.program import PACKAGES

CHOICES = (SelectField, RadioField, BooleanField, SelectMultipleField)
KEPT = {
    "audits.forms.AnswerForm": "tests/audits/test_service.py: a change of kind keeps every word in the record and in the trail",
    "audits.forms.EvidenceForm": "tests/audits/test_checklist_pages.py: words about a photo that was not chosen are asked back",
    "audits.forms.PlanForm": "tests/audits/test_planning.py: the exception stays whoever leads",
    "nonconformities.answering.forms.AnswerForm": "a row is whole or asked back; who confirms changes nothing",
    "nonconformities.forms.RaiseForm": "every text is a column of the record, whatever grade, source and clause",
    "qms.imports.forms.UploadForm": "a pasted table is the file itself; beside a file it is asked back",
    "qms.people.forms.GrantForm": "tests/people/test_roles.py: a reason is kept when nobody asked for it",
    "qms.people.forms.HandoverForm": "the minute has the note, whichever roles are given anew",
    "qms.people.forms.NewPersonForm": "every text is a column of the person, invited or not",
    "qms.people.forms.ParticularsForm": "every text is a column of the person, in either language",
    "qms.reviews.forms.ReviewForm": "the minutes are a column of the review, whichever the agency",
}


def forms(base: type[Form] = Form) -> Iterator[type[Form]]:
    """Every form of the program."""
    for form in base.__subclasses__():
        if form.__module__.partition(".")[0] in PACKAGES:
            yield form
        yield from forms(form)


def fields_of(form: type[Form]) -> dict[str, UnboundField]:
    """The fields of a form by name."""
    return {name: field for name in dir(form) if isinstance(field := getattr(form, name, None), UnboundField)}


def may_stay_empty(field: UnboundField) -> bool:
    """Whether it is a text that nobody has to fill in, so that nothing would miss it."""
    if not issubclass(field.field_class, StringField) or issubclass(field.field_class, HiddenField | PasswordField):
        return False
    given = field.kwargs.get("validators") or (field.args[1] if len(field.args) > 1 else ())
    return not any(isinstance(each, InputRequired | DataRequired) for each in given)


@pytest.fixture
def found(app: Flask) -> set[str]:
    """The forms with a choice and a text that may stay empty; the application has loaded all of them."""
    return {
        f"{form.__module__}.{form.__name__}"
        for form in forms()
        if (fields := fields_of(form).values())
        and any(issubclass(each.field_class, CHOICES) and not issubclass(each.field_class, SubmitField) for each in fields)
        and any(may_stay_empty(each) for each in fields)
    }


def test_every_form_whose_words_a_choice_might_drop_is_looked_after(found: set[str]) -> None:
    assert found == set(KEPT)
