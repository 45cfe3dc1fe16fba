"""Text as it enters: NFC always, and folded for a search that works without marks."""

import re
import unicodedata

# PostgreSQL refuses NUL, spreadsheets and papers refuse the rest; tab and line end stay
_CONTROLS = re.compile("[\x00-\x08\x0b\x0c\x0e-\x1f\x7f-\x9f\ud800-\udfff\ufffe\uffff]")


def nfc(text: str) -> str:
    """One form for every Vietnamese letter; decomposed marks print broken and compare unequal."""
    return unicodedata.normalize("NFC", text)


def without_controls(text: str) -> str:
    """The text without the characters that nobody types and that no database, sheet or paper can hold all of."""
    return _CONTROLS.sub("", text)


def fold(text: str) -> str:
    """Lower case without marks: "Quy trình hộ tịch" → "quy trinh ho tich"; đ becomes d, which no database folds."""
    decomposed = unicodedata.normalize("NFD", text.replace("đ", "d").replace("Đ", "D"))
    return "".join(letter for letter in decomposed if not unicodedata.combining(letter)).casefold()


def search_text(*parts: str | None) -> str:
    """What a search without marks looks through: the parts that are there, folded."""
    return fold(nfc(" ".join(part for part in parts if part)))


def like_pattern(text: str) -> str:
    """A folded LIKE pattern that finds the text anywhere; the escape character is ``\\``."""
    folded = fold(nfc(text)).replace("\\", "\\\\").replace("%", "\\%").replace("_", "\\_")
    return f"%{folded}%"


def like_patterns(text: str) -> list[str]:
    """A pattern for each word, for a search that asks for all words in any order."""
    return [like_pattern(word) for word in text.split()]
