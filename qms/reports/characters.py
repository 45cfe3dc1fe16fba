"""What may stand in a paper: NFC text without control characters, whatever a register brought."""

import re

from qms.kernel.text import nfc

# everything XML 1.0 forbids, and the C1 controls: Word and Excel call a file with one of them damaged
_FORBIDDEN = re.compile("[\x00-\x08\x0b\x0c\x0e-\x1f\x7f-\x9f\ud800-\udfff\ufffe\uffff]")
_LINE_ENDS = re.compile("\r\n?|[\u2028\u2029]")


def clean(text: str) -> str:
    """The text in NFC (decomposed marks print broken), line ends as ``\\n``, tabs as spaces, control characters gone."""
    return nfc(_FORBIDDEN.sub("", _LINE_ENDS.sub("\n", text).replace("\t", " ")))
