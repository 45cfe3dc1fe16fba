"""What a browser calls itself, in words a person knows: for the list of the own sessions."""

from qms.kernel.language import _

BROWSERS = (
    ("Edg", "Edge"),
    ("OPR/", "Opera"),
    ("coc_coc", "Cốc Cốc"),
    ("Firefox", "Firefox"),
    ("Chrome", "Chrome"),
    ("Safari", "Safari"),
)
SYSTEMS = (
    ("Android", "Android"),
    ("iPhone", "iPhone"),
    ("iPad", "iPad"),
    ("Windows", "Windows"),
    ("Mac OS", "macOS"),
    ("Linux", "Linux"),
)
"""In this order, as each one names also those that came before it."""


def browser_name(told: str | None) -> str:
    """Browser and system, such as "Chrome, Windows"; a made-up name is no harm, it only describes."""
    found = [next((name for mark, name in marks if mark in (told or "")), None) for marks in (BROWSERS, SYSTEMS)]
    return ", ".join(name for name in found if name) or _("Unknown browser")
