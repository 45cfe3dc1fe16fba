"""The state of a nonconformity that a register tells only by its days."""

from collections import defaultdict
from collections.abc import Callable, Iterable, Sequence
from datetime import date
from typing import Any

from nonconformities.models import ActionState, EventKind, Nonconformity, NonconformityState
from nonconformities.register_history import histories
from qms.sheets.sheet import Saving, Values, World


def lives(world: World) -> Callable[[str], dict[str, Any]]:
    """State and verdict of a nonconformity, by its code, that follow from its days after the import (10.2).

    A closing out of a register may lack cause, actions or verdict; a verdict counts only where it still holds.
    """
    page, history = world["nonconformities"], histories(world)
    actions: dict[str, list[ActionState]] = defaultdict(list)
    for values in world["actions"].after.values():
        actions[values["nonconformity_code"]].append(state_of_action(values))

    def live(code: str) -> dict[str, Any]:
        values = page.after[code,]
        verified = values["verified_on"] is not None
        events = [(day, event == EventKind.REOPENED) for event, day in history[code]]
        state = state_of(events, verified, values["responded_on"] is not None, actions.get(code, ()))
        holds = state in (NonconformityState.VERIFIED, NonconformityState.CLOSED) and verified
        return {"state": state, "effective": True if holds else None, "taken_over": True}

    return live


def settle(saving: Saving, codes: Iterable[str]) -> None:
    """Gives the nonconformities of these codes the state that follows from their days; marks them as taken over."""
    listed = sorted(set(codes))
    if listed:
        ids, live = saving.staging.ids(Nonconformity.code), lives(saving.world)
        saving.staging.update(Nonconformity, [{"id": ids[code]} | live(code) for code in listed])


def state_of_action(values: Values) -> ActionState:
    """The state of an action that follows from its days; a cancelling counts more than a completion."""
    if values["cancelled_on"] is not None:
        return ActionState.CANCELLED
    return ActionState.OPEN if values["completed_on"] is None else ActionState.DONE


def state_of(
    events: Sequence[tuple[date, bool]], verified: bool, responded: bool, actions: Sequence[ActionState]
) -> NonconformityState:
    """The state that follows from (day, whether a reopening) of the events, the verification, the response and the actions."""
    live = [action for action in actions if action is not ActionState.CANCELLED]
    if events:  # on the same day the reopening is the later one
        return NonconformityState.PLANNING if max(events)[1] else NonconformityState.CLOSED
    if verified:
        return NonconformityState.VERIFIED
    if responded and live and all(action is ActionState.DONE for action in live):
        return NonconformityState.VERIFYING
    return NonconformityState.ACTING if responded or live else NonconformityState.PLANNING
