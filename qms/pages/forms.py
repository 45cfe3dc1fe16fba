"""The shape of a saved filter."""

from wtforms import StringField
from wtforms.validators import InputRequired, Length

from qms.kernel.forms import Form
from qms.kernel.language import _l
from qms.pages.models import LONGEST_TITLE


class SaveFilterForm(Form):
    """Under which name; what is saved stands in the address that the form is sent to."""

    title = StringField(_l("Name of the filter"), [InputRequired(), Length(max=LONGEST_TITLE)])
