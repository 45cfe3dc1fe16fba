"""The forms of the take-over."""

from flask_wtf.file import FileField, FileRequired
from wtforms import HiddenField

from qms.kernel.forms import Form
from qms.kernel.language import _l


class UploadForm(Form):
    """A workbook to be checked."""

    workbook = FileField(_l("Register workbook (.xlsx)"), validators=[FileRequired(_l("Choose a workbook."))])


class ConfirmForm(Form):
    """The workbook that was checked, by its token."""

    token = HiddenField()
