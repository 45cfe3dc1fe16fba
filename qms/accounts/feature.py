"""What this package brings to the house."""

from qms.accounts import account_views, confirmation_views, sign_in_views
from qms.accounts.directory import views as directory_views
from qms.accounts.jobs import JOBS
from qms.accounts.links import views as link_views
from qms.accounts.passkeys import views as passkey_views
from qms.accounts.permissions import Permission
from qms.accounts.register import SHEETS
from qms.accounts.second_factor import views as second_step_views
from qms.kernel.feature import Feature
from qms.kernel.language import _l
from qms.sheets.contents import NotContained

FEATURE = Feature(
    "accounts",
    blueprints=(
        sign_in_views.blueprint,
        second_step_views.blueprint,
        confirmation_views.blueprint,
        link_views.blueprint,
        account_views.blueprint,
        passkey_views.blueprint,
        directory_views.blueprint,
    ),
    permissions=(Permission,),
    sheets=SHEETS,
    jobs=JOBS,
    words={**passkey_views.WORDS, **directory_views.WORDS},
    not_in_sheets=(
        NotContained(
            _l("Passwords and other ways to sign in, languages, locked accounts and days of leaving"),
            ("passkeys", "recovery_codes", "one_time_links", "directory_identities"),
        ),
    ),
)
