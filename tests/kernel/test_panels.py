"""What features add to the pages of each other's records."""

from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy import func, select

from nonconformities.models import NonconformityState
from qms.accounts.permissions import Role
from qms.kernel.feature import Feature, House
from qms.kernel.language import _l
from qms.kernel.panels import Line, Panel, Shown
from qms.units.models import Unit
from tests.conftest import SignIn
from tests.office import Office
from tests.statements import statements

PAGE = Shown("unit", 1, "P1", 1, "P1")


def panel(kind: str, heading: str, *lines: Line) -> Feature:
    return Feature(f"{kind} {heading} {len(lines)}", panels=(Panel(kind, _l(heading), lambda shown, moment: lines),))


def test_panels_with_one_heading_stand_in_one_card_in_the_order_of_the_features(app: Flask, office: Office) -> None:
    house = House(
        (
            panel("unit", "Registers", Line("Audits", "/audits")),
            panel("unit", "Heads of units", Line("Heads", "/people")),
            panel("unit", "Registers", Line("Reviews", "/reviews"), Line("Risks", "/risks")),
            panel("procedure", "Registers", Line("Elsewhere", "/")),
            panel("unit", "Nothing to say"),
        )
    )
    found = [(card.heading, [line.title for line, _note in card.lines]) for card in house.cards(PAGE, office.moment())]
    assert found == [("Registers", ["Audits", "Reviews", "Risks"]), ("Heads of units", ["Heads"])]


def test_all_counts_of_a_page_are_one_statement(app: Flask, office: Office) -> None:
    office.unit("A")
    count = select(func.count(Unit.id))
    lines = [Line(str(number), "/", count=count, tell=lambda found: f"{found} units") for number in range(5)]
    house = House((panel("unit", "Registers", Line("plain", "/", note="as it is"), *lines),))
    with statements() as asked:
        (card,) = house.cards(PAGE, office.moment())
    assert [note for _line, note in card.lines] == ["as it is", *["1 units"] * 5]
    assert len([one for one in asked if one != "BEGIN"]) == 1


def test_the_page_of_a_unit_shows_the_registers_one_may_read_with_what_is_open(
    client: FlaskClient, office: Office, sign_in: SignIn
) -> None:
    ward, other = office.agency("P1"), office.agency("P2")
    office.nonconformity(ward)
    office.nonconformity(ward, state=NonconformityState.CLOSED)
    office.nonconformity(other)
    office.audit(ward)
    office.person("doc", unit=ward, role=Role.READER)
    sign_in(client, "doc")
    text = client.get(f"/units/{ward.id}").text
    for address in ("/procedures?unit=P1", "/audits?unit=P1", "/nonconformities?unit=P1", "/reviews?unit=P1"):
        assert f'href="{address}"' in text, address
        assert client.get(address).status_code == 200
    assert "1 mở" in text


def test_a_procedure_shows_the_nonconformities_that_name_it_within_the_scope(
    client: FlaskClient, office: Office, sign_in: SignIn
) -> None:
    ward, other = office.agency("P1"), office.agency("P2")
    procedure = office.procedure(ward)
    named = office.nonconformity(ward, procedure_id=procedure.id, statement="Thiếu phiếu kiểm soát")
    elsewhere = office.nonconformity(other, procedure_id=procedure.id)
    unnamed = office.nonconformity(ward)
    office.person("doc", unit=ward, role=Role.READER)
    sign_in(client, "doc")
    text = client.get(f"/procedures/{procedure.id}").text
    assert f">{named.code}</a>" in text
    assert elsewhere.code not in text
    assert f">{unnamed.code}</a>" not in text


def test_a_page_to_which_nothing_is_added_has_no_card(app: Flask, office: Office) -> None:
    assert House((panel("unit", "Registers"),)).cards(PAGE, office.moment()) == []
