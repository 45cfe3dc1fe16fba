"""What this package brings to the house; its pages are in ``qms.organisation``, above the accounts."""

from qms.kernel.feature import Feature
from qms.units.checking import CHECK
from qms.units.evidence import ENTERED, EVIDENCE
from qms.units.register import SHEETS

FEATURE = Feature("units", evidence=EVIDENCE, entered=ENTERED, sheets=SHEETS, checks=(CHECK,))
