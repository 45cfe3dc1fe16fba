"""Choice of a person: who can be chosen, by unit, and below them the others with the reason why not."""

from collections.abc import Callable, Iterable, Sequence
from typing import Any

from flask_babel import LazyString
from wtforms import SelectField

from qms.accounts.models import Person
from qms.kernel.refusal import Refusal

Option = tuple[int, str, dict[str, object]]
NOBODY = 0


class PersonField(SelectField):
    """A select of people by id. Whoever cannot be chosen stays in the list, grey and with the reason: nobody has to ask why.

    It repeats no rule: a grey choice that is sent all the same is refused by the verb, which asks the same rules.
    """

    def __init__(self, label: LazyString, validators: list[Any] | None = None, **kwargs: Any) -> None:
        super().__init__(label, validators, coerce=int, **kwargs)

    def offer(
        self, people: Iterable[Person], reasons: Callable[[Person], Sequence[Refusal]], *, others: str, nobody: str | None = None
    ) -> None:
        """Fills the choices. ``reasons``: what stands against somebody; ``others`` heads those, ``nobody`` is a choice too."""
        able: dict[str, list[Option]] = {} if nobody is None else {nobody: [(NOBODY, nobody, {})]}
        hindered: list[Option] = []
        for person in people:
            against = ", ".join(str(refusal) for refusal in reasons(person))
            if not against:
                able.setdefault(person.unit.name, []).append((person.id, person.full_name, {}))
                continue
            # whoever is chosen already can be sent again: the answer says why not
            hindered.append((person.id, f"{person.full_name}: {against}", {} if person.id == self.data else {"disabled": True}))
        self.choices = able | ({others: hindered} if hindered else {})
