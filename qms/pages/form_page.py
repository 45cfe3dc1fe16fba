"""The page of a form: shown, sent, refused or done, and whatever was typed stays in it until it is done."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass

from flask import make_response, redirect, render_template, request
from flask.typing import ResponseReturnValue

from qms.kernel.db import writing
from qms.kernel.forms import Form
from qms.kernel.refusal import Refusal, Refused


@dataclass(frozen=True)
class FormPage:
    """A form with its heading, its button and the way out.

    ``draft`` is the name under which the browser keeps what is typed, one for each thing the form can be about. ``above`` are
    the pages above this one as (title, address); the last is where "Cancel" leads. ``context`` is a line below the heading.
    """

    form: Form
    title: str
    label: str
    draft: str
    above: Sequence[tuple[str, str]]
    context: str = ""
    template: str = "pages/form.html"

    def answer(self, verb: Callable[[], str]) -> ResponseReturnValue:
        """Shows the form; once it is sent and whole, does the verb in one transaction and goes to the address it answers.

        A field that lacks something is named beside it (422), a reason against it stands above the form (409).
        """
        if request.method != "POST":
            return self._shown((), 200)
        if not self.form.validate():
            return self._shown((), 422)
        try:
            with writing():
                address = verb()
        except Refused as refused:
            return self._shown(refused.refusals, 409)
        return redirect(address, 303)

    def _shown(self, refusals: Sequence[Refusal], status: int) -> ResponseReturnValue:
        return make_response(render_template(self.template, page=self, form=self.form, refusals=refusals), status)
