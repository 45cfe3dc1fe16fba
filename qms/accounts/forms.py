"""The shapes of sign-in and of a new password."""

from wtforms import HiddenField, PasswordField, StringField, SubmitField
from wtforms.validators import EqualTo, InputRequired, Length

from qms.accounts.passwords import LONGEST, SHORTEST
from qms.kernel.forms import Form
from qms.kernel.language import _l


class SignInForm(Form):
    """Who, and the proof; ``next`` is where the person wanted to go."""

    username = StringField(_l("User name"), [InputRequired(), Length(max=80)], render_kw={"autocomplete": "username"})
    password = PasswordField(_l("Password"), [InputRequired()], render_kw={"autocomplete": "current-password"})
    next = HiddenField()
    submit = SubmitField(_l("Sign in"))


class PasswordForm(Form):
    """The old password, and the new one twice."""

    old_password = PasswordField(_l("Present password"), [InputRequired()], render_kw={"autocomplete": "current-password"})
    new_password = PasswordField(
        _l("New password"),
        [InputRequired(), Length(min=SHORTEST, max=LONGEST)],
        description=_l("At least %(count)s characters; a sentence is easy to remember.", count=SHORTEST),
        render_kw={"autocomplete": "new-password"},
    )
    repeated_password = PasswordField(
        _l("New password again"),
        [InputRequired(), EqualTo("new_password", message=_l("The two new passwords are not the same."))],
        render_kw={"autocomplete": "new-password"},
    )
    submit = SubmitField(_l("Change password"))
