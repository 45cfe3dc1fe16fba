"""The shapes of sign-in, of a new password and of codes."""

from wtforms import HiddenField, PasswordField, StringField, SubmitField
from wtforms.validators import EqualTo, InputRequired, Length, Optional

from qms.accounts.passwords import LONGEST, SHORTEST_WITH_SECOND_FACTOR
from qms.kernel.forms import Form
from qms.kernel.language import _l

REVEAL = {"data-reveal": _l("Show password"), "data-hide": _l("Hide password")}
"""A password may be looked at while it is typed (ASVS 6.2.6); account.js adds the button with these words."""
CODE = {"autocomplete": "one-time-code", "autocapitalize": "none", "spellcheck": "false"}


class SignInForm(Form):
    """Who, and the proof; ``next`` is where the person wanted to go."""

    username = StringField(_l("User name"), [InputRequired(), Length(max=80)], render_kw={"autocomplete": "username"})
    password = PasswordField(
        _l("Password"), [InputRequired(), Length(max=LONGEST)], render_kw={"autocomplete": "current-password", **REVEAL}
    )
    next = HiddenField()
    submit = SubmitField(_l("Sign in"))


class CodeForm(Form):
    """The second step; ``next`` is where the person wanted to go."""

    code = StringField(
        _l("Code"),
        [InputRequired(), Length(max=40)],
        description=_l("The six figures your authenticator app shows now, or one of your recovery codes."),
        render_kw=CODE,
    )
    next = HiddenField()
    submit = SubmitField(_l("Continue"))


class SetUpForm(Form):
    """The first code of a new app; ``sealed`` carries the secret that the page shows, readable by the server alone."""

    code = StringField(
        _l("Code"), [InputRequired(), Length(max=10)], description=_l("The six figures your app shows now."), render_kw=CODE
    )
    sealed = HiddenField()
    next = HiddenField()
    submit = SubmitField(_l("Turn on"))


class ConfirmForm(Form):
    """Who one is, once more: by password or by a code; ``next`` is the page that asked."""

    password = PasswordField(
        _l("Password"), [Optional(), Length(max=LONGEST)], render_kw={"autocomplete": "current-password", **REVEAL}
    )
    code = StringField(_l("Code of the authenticator app"), [Optional(), Length(max=40)], render_kw=CODE)
    next = HiddenField()
    submit = SubmitField(_l("Confirm"))


class NewPasswordForm(Form):
    """A new password, twice."""

    new_password = PasswordField(
        _l("New password"),
        [InputRequired(), Length(min=SHORTEST_WITH_SECOND_FACTOR, max=LONGEST)],
        render_kw={"autocomplete": "new-password", **REVEAL},
    )
    repeated_password = PasswordField(
        _l("New password again"),
        [InputRequired(), EqualTo("new_password", message=_l("The two new passwords are not the same."))],
        render_kw={"autocomplete": "new-password", **REVEAL},
    )
    submit = SubmitField(_l("Set the password"))


class PasswordForm(NewPasswordForm):
    """The old password, and the new one twice."""

    old_password = PasswordField(
        _l("Present password"),
        [InputRequired(), Length(max=LONGEST)],
        render_kw={"autocomplete": "current-password", **REVEAL},
    )
    submit = SubmitField(_l("Change password"))


class RemoveForm(Form):
    """Giving the authenticator app up: the password must be long enough to stand alone."""

    password = PasswordField(
        _l("Password"), [InputRequired(), Length(max=LONGEST)], render_kw={"autocomplete": "current-password", **REVEAL}
    )
    submit = SubmitField(_l("Turn the app off"))
