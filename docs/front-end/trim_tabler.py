"""Makes the trimmed stylesheet of Tabler that QMS serves (interface rule 9: the first page under 150 KB).

    python docs/front-end/trim_tabler.py PATH/TO/tabler.min.css > qms/static/vendor/tabler-1.6.1/tabler.trimmed.css

Keeps the rules whose classes are all named in tabler.txt beside this file, then drops every custom property and
every animation that nothing kept refers to. The same source and the same list always give the same file.
"""

import re
import sys
from collections.abc import Iterator
from pathlib import Path

KEPT_CLASSES = re.compile(
    "|".join(
        f"(?:{line})"
        for line in Path(__file__).with_name("tabler.txt").read_text(encoding="utf-8").splitlines()
        if line and not line.startswith("#")
    )
)
CLASS = re.compile(r"\.(-?[A-Za-z_][\w-]*)")
# widths above xl, and conditions no QMS page meets
DROPPED_CONDITION = re.compile(r"min-width:\s*1400px|max-width:\s*1399|prefers-contrast")
# element rules of parts that QMS has no markup for, and engines without the rest of the sheet
DROPPED_SELECTOR = re.compile(
    r"\[dir=|:-moz|::-moz|::-ms|-valid|:valid|:invalid|\[data-|::-webkit|blockquote|\babbr\b|figure|\bpre\b|samp|kbd|^hr|indeterminate"
    r"|:has\(|^dialog|::selection|\[class"
)


def blocks(css: str) -> Iterator[tuple[str, str]]:
    """Yields (prelude, body) of each block on the top level of `css`; statements such as @charset are left out."""
    start = position = 0
    while (brace := css.find("{", position)) != -1:
        prelude = css[start:brace].rpartition(";")[2].strip()
        depth, end = 1, brace + 1
        while depth:
            depth += {"{": 1, "}": -1}.get(css[end], 0)
            end += 1
        yield prelude, css[brace + 1 : end - 1]
        start = position = end


def split(text: str, mark: str) -> list[str]:
    """Splits `text` at `mark`, but not inside parentheses or quotes (`:is(a,b)`, `url("data:...;...")`)."""
    parts, depth, quote, start = [], 0, "", 0
    for index, char in enumerate(text):
        if quote:
            quote = "" if char == quote else quote
        elif char in "\"'":
            quote = char
        elif char in "()[]":
            depth += 1 if char in "([" else -1
        elif char == mark and depth == 0:
            parts.append(text[start:index])
            start = index + 1
    return [part.strip() for part in [*parts, text[start:]] if part.strip()]


def wanted(selector: str) -> bool:
    """True for a selector that only speaks of classes QMS uses."""
    return not DROPPED_SELECTOR.search(selector) and all(KEPT_CLASSES.fullmatch(name) for name in CLASS.findall(selector))


def trimmed(css: str) -> Iterator[tuple[str, list[str]]]:
    """Yields (prelude, declarations) of what is kept; a condition such as @media comes as (its prelude, [inner css])."""
    for prelude, body in blocks(css):
        if prelude.startswith(("@media", "@supports")):
            inner = "".join(f"{sel}{{{';'.join(decl)}}}" for sel, decl in trimmed(body))
            if inner and not DROPPED_CONDITION.search(prelude):
                yield prelude, [inner]
        elif prelude.startswith("@keyframes"):
            yield prelude, [body]
        elif selectors := [selector for selector in split(prelude, ",") if wanted(selector)]:
            kept = [line for line in split(body, ";") if not line.startswith(("-moz-", "-ms-", "-webkit-user"))]
            yield ",".join(selectors), kept


def without_unused(css: str) -> str:
    """Drops custom properties nobody reads and keyframes nobody plays, until nothing more can go."""
    while True:
        read = set(re.findall(r"var\((--[\w-]+)", css))
        played = set(re.findall(r"animation(?:-name)?:\s*([\w-]+)", css))
        parts = []
        for prelude, body in blocks(css):
            if prelude.startswith("@keyframes") and prelude.split()[1] not in played:
                continue
            if prelude.startswith("@"):
                parts.append(f"{prelude}{{{body}}}")
                continue
            kept = [line for line in split(body, ";") if not line.startswith("--") or line.split(":")[0].strip() in read]
            if kept:
                parts.append(f"{prelude}{{{';'.join(kept)}}}")
        if (shorter := "".join(parts)) == css:
            return css
        css = shorter


def main() -> None:
    """Reads the stylesheet named on the command line and writes the trimmed one to standard output."""
    source = Path(sys.argv[1]).read_text(encoding="utf-8")
    notice = source[source.index("/*!") : source.index("*/") + 2]
    css = re.sub(r"/\*.*?\*/", "", source, flags=re.DOTALL)
    kept = "".join(f"{prelude}{{{';'.join(lines)}}}" for prelude, lines in trimmed(css))
    result = without_unused(kept)
    sys.stdout.write(f"{notice}\n" + result.replace("}", "}\n"))


if __name__ == "__main__":
    main()
