"""The minute of a handover as an official paper (biên bản, NĐ 30/2020/NĐ-CP): what was given over, by whom, to whom."""

from collections.abc import Iterable, Mapping, Sequence
from datetime import date
from typing import Any

from qms.accounts.models import Person
from qms.config import present_settings
from qms.kernel.days import local_day
from qms.kernel.language import _
from qms.people.handover.models import Handover
from qms.people.handover.service import GRANTS
from qms.reports.issuer import issuer_of
from qms.reports.letterhead import letterhead, place_and_date, written_date
from qms.reports.paper import Align, Block, Caption, Column, Heading, Paper, Signature, Table, paragraph
from qms.units.queries import agencies_of


def compose(made: Handover, language: str) -> Paper:
    """The minute in the current language (given as ``language``), for two signatures."""
    settings = present_settings()
    agency = agencies_of([made.giver.unit_id]).get(made.giver.unit_id, made.giver.unit)
    issuer = issuer_of(
        agency.name,
        agency.kind,
        agency.bloc,
        agency.code,
        name_en=agency.name_en,
        language=language,
        superior=settings.superior_name,
        place=settings.place,
        symbol="BB",
    )
    day = local_day(made.made_at)
    return Paper(
        letterhead=letterhead(issuer.family, issuer.name, issuer.superior),
        language=language,
        kind=_("MINUTE OF HANDOVER"),
        subject=_("Work, records and tasks\nin the quality management system"),
        place_and_date=place_and_date(issuer.place, day, language),
        number_symbol=issuer.number_symbol,
        blocks=tuple(_blocks(made, day, language)),
        signature=Signature((_("RECEIVING SIDE"),), made.receiver.full_name),
        co_signature=Signature((_("GIVING SIDE"),), made.giver.full_name),
        made_on=day,
        title_for_file=_("Handover of %(giver)s to %(receiver)s", giver=made.giver.full_name, receiver=made.receiver.full_name),
    )


def _blocks(made: Handover, day: date, language: str) -> Iterable[Block]:
    yield paragraph(_("Today, %(day)s, the following sides handed over and took over:", day=written_date(day, language)))
    yield paragraph(_("Giving side: %(who)s.", who=_who(made.giver)))
    yield paragraph(_("Receiving side: %(who)s.", who=_who(made.receiver)))
    if made.leaves_on is not None:
        yield paragraph(
            _(
                "The giving side leaves on %(day)s; from that day it has neither account nor roles in the system.",
                day=written_date(made.leaves_on, language),
            )
        )
    things = [line for name, lines in made.things.items() if name != GRANTS for line in lines]
    yield Heading(2, _("1. Work handed over"))
    if things:
        yield paragraph(_("Things handed over: %(count)s. From now on the receiving side answers for them.", count=len(things)))
        yield Caption(_("Table %(number)s", number=1), _("Work and records handed over"))
        yield _table(things, _("Due on"))
    else:
        yield paragraph(_("No work was open in the system."))
    roles: Sequence[Mapping[str, Any]] = made.things.get(GRANTS, [])
    yield Heading(2, _("2. Roles of the giving side"))
    if roles:
        yield Caption(_("Table %(number)s", number=2 if things else 1), _("Roles held at the time of the handover"))
        yield _table(roles, _("Until"))
    else:
        yield paragraph(_("The giving side held no role."))
    if made.note:
        yield Heading(2, _("3. Other agreements"))
        yield paragraph(made.note)
    yield paragraph(
        _("This minute was read by both sides, who agree with it; it is made in two copies of equal value, one for each side./.")
    )


def _who(person: Person) -> str:
    return ", ".join(dict.fromkeys(part for part in (person.full_name, person.title, person.unit.name) if part))


def _table(lines: Iterable[Mapping[str, Any]], last: str) -> Table:
    return Table(
        columns=(
            Column(_("Item"), 6, Align.CENTER),
            Column(_("Content"), 34),
            Column(_("Record, unit"), 34),
            Column(last, 14, Align.CENTER),
        ),
        rows=tuple(
            (str(number), str(line["title"]), str(line["context"]), _day(line.get("due_on")))
            for number, line in enumerate(lines, 1)
        ),
    )


def _day(iso: str | None) -> str:
    return "" if not iso else date.fromisoformat(iso).strftime("%d/%m/%Y")
