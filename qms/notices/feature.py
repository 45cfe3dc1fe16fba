"""What this package brings to the house."""

from qms.accounts.permissions import Permission
from qms.kernel.feature import Feature, Figure, MenuEntry
from qms.kernel.language import _l
from qms.notices import personal, queries
from qms.notices.sending import SENDING
from qms.notices.views import blueprint, outbox

FIGURE = Figure(queries.dead_counts, queries.tell_dead)
BELL = Figure(queries.unread_counts, queries.tell_unread, fresh=True)
"""Reading a notice is no deed on a record, so the trail does not tell of it."""

FEATURE = Feature(
    "notices",
    blueprints=(blueprint, outbox),
    menu=(
        MenuEntry(_l("Inbox"), "notices.inbox", "bell", "bell", 0, None, BELL),
        MenuEntry(_l("Outbox"), "outbox.letters", "mail", "admin", 88, Permission.LETTERS_READ, FIGURE),
    ),
    chores=(SENDING,),
    personal=personal.stored_about,
)
