"""Makes the icon sprite of QMS, one <symbol> for each name in icons.txt beside this file.

    python docs/front-end/make_icons.py PATH/TO/tabler-icons/icons/outline > qms/static/icons.svg

Pages draw an icon with the macro `icon(name)` of templates/_components.html.
"""

import re
import sys
from pathlib import Path

# the invisible square that Tabler puts under each drawing
FRAME = re.compile(r'<path stroke="none" d="M0 0h24v24H0z" fill="none" ?/>')


def symbol(name: str, drawing: str) -> str:
    """Returns the drawing of a Tabler SVG file as a symbol without its outer element, comment and frame."""
    inner = drawing[drawing.index(">", drawing.index("<svg")) + 1 : drawing.rindex("</svg>")]
    shapes = re.sub(r"\s+", " ", FRAME.sub("", inner)).replace("> <", "><").replace(" />", "/>").strip()
    return (
        f'<symbol id="{name}" viewBox="0 0 24 24" fill="none" stroke="currentColor" stroke-width="1.75"'
        f' stroke-linecap="round" stroke-linejoin="round">{shapes}</symbol>'
    )


def main() -> None:
    """Writes the sprite to standard output; a name without a drawing stops it."""
    folder = Path(sys.argv[1])
    lines = Path(__file__).with_name("icons.txt").read_text(encoding="utf-8").splitlines()
    names = sorted({line for line in lines if line and not line.startswith("#")})
    sys.stdout.write('<svg xmlns="http://www.w3.org/2000/svg">\n')
    for name in names:
        sys.stdout.write(symbol(name, (folder / f"{name}.svg").read_text(encoding="utf-8")) + "\n")
    sys.stdout.write("</svg>\n")


if __name__ == "__main__":
    main()
