"""What this package brings to the house."""

from qms.files.checking import CHECK
from qms.files.erasing import SWEEP
from qms.kernel.feature import Feature
from qms.kernel.language import _l
from qms.sheets.contents import NotContained

FEATURE = Feature(
    "files",
    jobs=(SWEEP,),
    checks=(CHECK,),
    not_in_sheets=(NotContained(_l("Attached files"), ("files",)),),
)
