"""The state of a nonconformity that a register tells only by its days."""

from collections import defaultdict
from collections.abc import Collection, Sequence
from datetime import date

from sqlalchemy import select

from nonconformities.models import Action, ActionState, EventKind, Nonconformity, NonconformityEvent, NonconformityState, Response
from qms.kernel.bulk import chunks, update_rows
from qms.kernel.db import db


def settle(numbers: Collection[int]) -> None:
    """Gives the nonconformities of these ids the state that follows from their days (10.2); marks them as taken over.

    A closing out of a register may lack cause, actions or verdict; a verdict counts only where it still holds.
    """
    for some in chunks(numbers):
        events: dict[int, list[tuple[date, bool]]] = defaultdict(list)
        happened = select(NonconformityEvent.nonconformity_id, NonconformityEvent.on, NonconformityEvent.event)
        for number, on, event in db.session.execute(happened.where(NonconformityEvent.nonconformity_id.in_(some))):
            events[number].append((on, event is EventKind.REOPENED))
        actions: dict[int, list[ActionState]] = defaultdict(list)
        planned = select(Action.nonconformity_id, Action.state).where(Action.nonconformity_id.in_(some))
        for number, action in db.session.execute(planned):
            actions[number].append(action)
        responded = set(
            db.session.scalars(
                select(Response.nonconformity_id).where(
                    Response.nonconformity_id.in_(some), Response.withdrawn_on.is_(None), Response.responded_on.is_not(None)
                )
            )
        )
        settled = []
        for number, verified_on in db.session.execute(
            select(Nonconformity.id, Nonconformity.verified_on).where(Nonconformity.id.in_(some))
        ):
            state = state_of(events[number], verified_on is not None, number in responded, actions[number])
            holds = state in (NonconformityState.VERIFIED, NonconformityState.CLOSED) and verified_on is not None
            settled.append({"id": number, "state": state, "effective": True if holds else None, "taken_over": True})
        update_rows(Nonconformity, settled)


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
