"""The forms of the take-over."""

from flask_wtf.file import FileField
from wtforms import HiddenField, SelectField, StringField, TextAreaField
from wtforms.validators import Length

from qms.imports.taking.models import LONGEST_NAME
from qms.kernel.forms import Form
from qms.kernel.language import _l


class UploadForm(Form):
    """A workbook to be checked, or a table pasted out of one; and which register it becomes, where the person says so."""

    workbook = FileField(_l("Workbook or table"))
    table = TextAreaField(
        _l("Or paste a table"),
        validators=[Length(max=500_000)],
        description=_l("Copied in Excel, with the row of its titles."),
        render_kw={"rows": 4},
    )
    register = SelectField(_l("Which register?"), default="")


class ConfirmForm(Form):
    """The workbook that was checked, by its token."""

    token = HiddenField()


class KeepForm(Form):
    """The name under which the mapping that was confirmed is kept; none where it is left empty."""

    keep_as = StringField(
        _l("Keep this mapping as"),
        validators=[Length(max=LONGEST_NAME)],
        description=_l("It is offered again for the next file with these titles. Leave empty to keep nothing."),
    )
