"""When a form that somebody else filled in may be laid before a head, and when it counts: pure functions (5.3)."""

from qms.accounts.permissions import Permission
from qms.behalf.models import PreparedForm
from qms.kernel.feature import Preparable
from qms.kernel.language import _l
from qms.kernel.moment import Actor, Moment
from qms.kernel.refusal import Refusal

OWN_RIGHT = Refusal("own_right", _l("You may take this step yourself; nobody has to confirm it."))

# --- filling in


def may_prepare(unit_id: int, moment: Moment) -> Refusal | None:
    """Forms are filled in for others by the secretary and the staff of the unit."""
    if moment.person.may(Permission.FORMS_PREPARE, unit_id):
        return None
    return Refusal("not_permitted", _l("Your role does not allow filling in forms for others in this unit."))


def not_own_right(preparable: Preparable, unit_id: int, moment: Moment) -> Refusal | None:
    """Whoever may take the step needs nobody's confirmation."""
    return OWN_RIGHT if moment.person.may(preparable.permission, unit_id) else None


def bearer_may(preparable: Preparable, unit_id: int, bearer: Actor, full_name: str) -> Refusal | None:
    """A form is laid before somebody who may take the step."""
    if bearer.may(preparable.permission, unit_id):
        return None
    return Refusal("bearer_not_permitted", _l("%(name)s may not take this step in this unit.", name=full_name))


def bearer_comes_in(disabled: bool, full_name: str) -> Refusal | None:
    """A form is laid before somebody who can sign in."""
    if not disabled:
        return None
    return Refusal("bearer_disabled", _l("The account of %(name)s is disabled; choose somebody else.", name=full_name))


def not_before_oneself(bearer: Actor, moment: Moment) -> Refusal | None:
    """Two people: one fills in, another one answers for it."""
    if bearer.person_id != moment.person.person_id:
        return None
    return Refusal("before_oneself", _l("A form is laid before somebody else."))


def nothing_waits(waiting: PreparedForm | None) -> Refusal | None:
    """Of each step of a record one form waits at most, so that the head is never asked which one is meant."""
    if waiting is None:
        return None
    sentence = _l("%(name)s filled this in already; it waits for confirmation.", name=waiting.prepared_by.full_name)
    return Refusal("waits_already", sentence)


# --- deciding


def addressed(form: PreparedForm, moment: Moment) -> Refusal | None:
    """The person it is for decides, or a deputy of that person."""
    if form.for_id in moment.person.identities:
        return None
    return Refusal("for_somebody_else", _l("This form waits for %(name)s.", name=form.for_person.full_name))


def not_filled_in_by_oneself(form: PreparedForm, moment: Moment) -> Refusal | None:
    """Nobody confirms what one filled in oneself, not even as a deputy."""
    if form.prepared_by_id != moment.person.person_id:
        return None
    return Refusal("own_form", _l("You filled this form in yourself; somebody else confirms it."))


def filled_in_by_oneself(form: PreparedForm, moment: Moment) -> Refusal | None:
    """Only whoever filled a form in takes it back."""
    if form.prepared_by_id == moment.person.person_id:
        return None
    return Refusal("form_of_another", _l("Only %(name)s takes this form back.", name=form.prepared_by.full_name))


RECORD_CHANGED = Refusal(
    "record_changed",
    _l("The record was changed after this form was filled in. What was filled in is kept; it has to be filled in anew."),
)
"""Said instead of confirming something that no longer fits."""
