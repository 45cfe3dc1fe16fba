"""What the page tells about a record's life: the line of steps, and the trail as sentences."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime

from flask_babel import LazyString

from nonconformities import rules
from nonconformities.models import Nonconformity, NonconformityState
from nonconformities.service import KIND
from qms.journal.names import Names, names_of, who
from qms.kernel.language import _, _l, ngettext
from qms.kernel.workflow import Tone
from qms.trail.models import TrailEntry
from qms.trail.service import history

_SENTENCES: Mapping[str, LazyString] = {
    "raise": _l("%(who)s raised the nonconformity."),
    "record_analysis": _l("%(who)s recorded correction and cause."),
    "add_action": _l("%(who)s added action %(action)s."),
    "cancel_action": _l("%(who)s cancelled action %(action)s."),
    "hand_action_over": _l("%(who)s gave action %(action)s to somebody else."),
    "submit": _l("%(who)s submitted cause and plan."),
    "send_back": _l("%(who)s sent the plan back."),
    "complete_action": _l("%(who)s reported action %(action)s as completed."),
    "request_verification": _l("The effect is to be verified; no action is open any more."),
    "verify": _l("%(who)s found the actions effective."),
    "verify_not_effective": _l("%(who)s found the actions not effective."),
    "issue_paper": _l("%(who)s issued the paper of the record."),
    "remove_photo": _l("%(who)s removed a photo."),
    "close": _l("%(who)s closed the nonconformity."),
    "reopen": _l("%(who)s reopened the nonconformity."),
    "taken_over": _l("%(who)s took the nonconformity over from a register."),
    "corrected": _l("%(who)s corrected the record by a register."),
}
_OTHER = _l("%(who)s changed the record (%(deed)s).")


@dataclass(frozen=True)
class LifeItem:
    """One circle of the line of steps; ``status`` is done, current or ahead."""

    title: LazyString
    tone: Tone | None
    status: str
    note: str


def sentences(nc: Nonconformity) -> list[tuple[datetime, str]]:
    """Every deed of the trail on this record as (instant, sentence), newest first."""
    entries = history(KIND, nc.code)
    names = names_of(entries)
    return [(entry.at, _sentence(entry, names)) for entry in entries]


def _sentence(entry: TrailEntry, names: Names) -> str:
    moved: Sequence[str | None] = entry.changes.get("action") or [None]
    values = {
        "who": who(entry, names),
        "action": next((number for number in moved if number is not None), ""),
        "deed": entry.deed,
    }
    sentence = str(_SENTENCES.get(entry.deed, _OTHER)) % values
    return f"{sentence} {entry.reason}" if entry.reason else sentence


def life(nc: Nonconformity, today: date) -> list[LifeItem]:
    """Raised, then every state in its order, with the day or what is still missing under it."""
    states = list(NonconformityState)
    present = states.index(nc.state)
    ended = nc.state is states[-1]
    due_on = rules.next_due(nc)
    late = due_on is not None and due_on < today
    items = [LifeItem(_l("Raised"), None, "done", _day(nc.raised_on))]
    for index, state in enumerate(states):
        if index < present or ended:
            items.append(LifeItem(state.title, None, "done", _day(_reached(nc, state))))
        elif index == present:
            items.append(LifeItem(state.title, Tone.BAD if late else state.tone, "current", _waiting(nc, due_on, today)))
        else:
            items.append(LifeItem(state.title, None, "ahead", ""))
    return items


def _reached(nc: Nonconformity, state: NonconformityState) -> date | None:
    """The day on which that part of the life was done, as far as it is known."""
    if state is NonconformityState.PLANNING:
        return max((response.responded_on for response in rules.responses_in_force(nc) if response.responded_on), default=None)
    if state is NonconformityState.ACTING:
        return max((action.completed_on for action in rules.live_actions(nc) if action.completed_on), default=None)
    if state is NonconformityState.CLOSED:
        return nc.events[-1].on if nc.events else None
    return nc.verified_on


def _waiting(nc: Nonconformity, due_on: date | None, today: date) -> str:
    if nc.state is NonconformityState.ACTING and (waiting := len(rules.open_actions(nc))):
        return str(_("%(open)s of %(all)s not completed", open=waiting, all=len(rules.live_actions(nc))))
    if due_on is None:
        return ""
    if due_on < today:
        return str(ngettext("%(num)s day overdue", "%(num)s days overdue", (today - due_on).days))
    return str(_("due %(day)s", day=_day(due_on)))


def _day(day: date | None) -> str:
    return "" if day is None else day.strftime("%d/%m/%Y")
