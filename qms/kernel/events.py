"""Announcements upward: a lower package says what happened, a higher one listens, in the same transaction."""

from qms.kernel.feature import house


def announce(event: object) -> None:
    """Calls every listener of the event's class now; what they raise undoes the whole step."""
    for feature in house().features:
        listener = feature.listeners.get(type(event))
        if listener is not None:
            listener(event)
