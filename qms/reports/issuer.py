"""Who issues a paper, and how that body signs: names, place, symbol and titles as papers of its kind carry them."""

import re
from collections.abc import Sequence
from dataclasses import dataclass

from qms.kernel.language import _
from qms.reports.letterhead import Family
from qms.units.models import Bloc, UnitKind

_COMMITTEE = "Ủy ban nhân dân"
_COMMITTEE_PREFIX = re.compile(r"^(UBND|Ủy ban nhân dân|Uỷ ban nhân dân)\s+", re.IGNORECASE)
_LEVEL_PREFIX = re.compile(r"^((Đảng ủy|Đảng uỷ|phường|xã|đặc khu|tỉnh|thành phố)\s+)+", re.IGNORECASE)
_IN_BRACKETS = re.compile(r"\s*\([^)]*\)")


@dataclass(frozen=True)
class Issuer:
    """The body on the letterhead with what its papers carry; signers are titles, ``signer_name`` who holds the last."""

    family: Family
    name: str
    """As in a sentence: "Ủy ban nhân dân phường Minh An"."""
    place: str
    number_symbol: str
    signers: tuple[str, ...]
    signer_name: str = ""
    superior: str = ""
    addressee: str = ""
    """Whom the report is sent to, or empty."""
    recipients: tuple[str, ...] = ()


def issuer_of(
    name: str,
    kind: UnitKind,
    bloc: Bloc,
    code: str,
    *,
    name_en: str | None = None,
    language: str = "vi",
    superior: str = "",
    place: str = "",
    addressee: str = "",
    copies: Sequence[str] = (),
    signer_name: str = "",
    symbol: str = "BC",
) -> Issuer:
    """The issuer for a unit, by its kind and bloc, in the current language (given as ``language``).

    ``addressee`` is whom the paper is sent to, ``copies`` who else receives it.

    A commune or province issues through its People's Committee, which names no superior body on its papers (NĐ 30/2020);
    its symbol is BC-UBND (``symbol`` is the type of the paper). Other bodies put their own code after the type and, unless a
    ``place`` is given, date their papers where the superior one sits. Party papers follow HD 05-HD/VPTW.
    """
    committee = kind in (UnitKind.COMMUNE, UnitKind.PROVINCE)
    if language == "en" and name_en:
        printed = name_en
    else:
        printed = _committee_name(name) if committee else name
    signers: tuple[str, ...]
    if bloc is Bloc.PARTY:
        number, signers = f"{symbol}/ĐU", (_("ON BEHALF OF THE PARTY COMMITTEE"), _("SECRETARY"))
    elif committee:
        number, signers = f"{symbol}-UBND", (_("ON BEHALF OF THE PEOPLE'S COMMITTEE"), _("CHAIRPERSON"))
    elif bloc is Bloc.FRONT:
        number, signers = f"{symbol}-MTTQ", (_("ON BEHALF OF THE STANDING BOARD"), _("CHAIRPERSON"))
    else:
        number, signers = f"{symbol}-{code}", (_("HEAD OF THE AGENCY"),)
    above = [_("As above")] if addressee else []
    return Issuer(
        family=Family.PARTY if bloc is Bloc.PARTY else Family.STATE,
        name=printed,
        place=place or place_of(superior if superior and not committee and bloc is Bloc.STATE else name),
        number_symbol=number,
        signers=signers,
        signer_name=signer_name,
        superior="" if committee else superior,
        addressee=addressee,
        recipients=(*above, *copies, _("Units in the scope of the evaluation"), _("Filed: records office")),
    )


def place_of(name: str) -> str:
    """The place a body's papers are dated at: "Ủy ban nhân dân phường Minh An (mẫu)" writes "Minh An"."""
    bare = _COMMITTEE_PREFIX.sub("", _IN_BRACKETS.sub("", name).strip())
    return _LEVEL_PREFIX.sub("", bare) or bare


def _committee_name(name: str) -> str:
    """ "UBND phường Minh An" and "Phường Minh An" alike as "Ủy ban nhân dân phường Minh An"."""
    bare = _COMMITTEE_PREFIX.sub("", name)
    level = _LEVEL_PREFIX.match(bare)
    if level:
        bare = level.group().lower() + bare[level.end() :]
    return f"{_COMMITTEE} {bare}"
