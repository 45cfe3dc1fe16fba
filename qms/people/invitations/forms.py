"""What is typed when somebody is invited, and when an invitation is answered."""

from typing import Any

from wtforms import SelectField, StringField, TextAreaField
from wtforms.validators import DataRequired, InputRequired, Length

from qms.kernel.forms import DayField, Form
from qms.kernel.language import _, _l
from qms.people.forms import ChoiceField
from qms.people.invitations.rules import GUEST_ROLES


class InvitationForm(Form):
    """Whom, as what, where, from when to when, and why."""

    username = StringField(
        _l("User name"),
        [InputRequired(), Length(max=80)],
        description=_l(
            "As the person gave it to you. It is not looked up: only the agency of the person sees whether it is right."
        ),
        render_kw={"autocomplete": "off"},
    )
    role = SelectField(_l("Role"), [InputRequired()])
    unit = ChoiceField(_l("Unit"), [InputRequired(), Length(max=400)], render_kw={"autocomplete": "off"})
    valid_from = DayField(_l("From"), [InputRequired()])
    valid_to = DayField(_l("Until"), [InputRequired()], description=_l("The last day, at most a year later."))
    reason = TextAreaField(
        _l("Reason"),
        [DataRequired(), Length(max=1000)],
        description=_l("The agency of the person and the person read it."),
        render_kw={"rows": 3},
    )

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.role.choices = [("", _("Choose a role")), *((role.value, str(role.title)) for role in GUEST_ROLES)]


class DeclineForm(Form):
    """Why not."""

    reason = TextAreaField(
        _l("Reason"),
        [DataRequired(), Length(max=1000)],
        description=_l("The agency that invited reads it."),
        render_kw={"rows": 3},
    )
