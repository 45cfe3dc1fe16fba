"""What people fill in when they decide on a prepared form."""

from wtforms import HiddenField, TextAreaField
from wtforms.validators import DataRequired, Length

from qms.kernel.forms import Form
from qms.kernel.language import _l


class DecisionForm(Form):
    """The one tap; ``version`` is the form as it was shown."""

    version = HiddenField()


class DeclineForm(DecisionForm):
    """Why it is not confirmed."""

    reason = TextAreaField(
        _l("What is wrong?"),
        validators=[DataRequired(), Length(max=2000)],
        description=_l("Whoever filled it in reads this and fills it in anew."),
        render_kw={"rows": 4},
    )
