"""What this package brings to the house."""

from qms.accounts.permissions import Permission
from qms.imports.exporting import EXPORT
from qms.imports.taking.long_work import TAKE_MAPPED
from qms.imports.taking.queries import stored_about
from qms.imports.taking.views import blueprint as taking
from qms.imports.views import blueprint
from qms.imports.work import TAKE_OVER
from qms.kernel.feature import Feature, MenuEntry
from qms.kernel.language import _l

FEATURE = Feature(
    "imports",
    blueprints=(blueprint, taking),
    menu=(
        MenuEntry(_l("Take registers over"), "registers.take_over", "database-import", "foot", 80, Permission.REGISTERS_IMPORT),
    ),
    long_work=(TAKE_OVER, TAKE_MAPPED, EXPORT),
    personal=stored_about,
)
