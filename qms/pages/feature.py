"""What this package brings to the house."""

from qms.kernel.feature import Feature
from qms.pages.queries import stored_about
from qms.pages.styleguide import blueprint as styleguide
from qms.pages.views import blueprint

FEATURE = Feature("pages", blueprints=(blueprint, styleguide), personal=stored_about)
