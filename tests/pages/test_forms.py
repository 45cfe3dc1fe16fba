"""What every form and every page of a record has."""

import re
from io import BytesIO

import pytest
from flask import Flask, render_template_string
from flask.testing import FlaskClient
from flask_wtf.file import FileField
from werkzeug.datastructures import FileStorage, ImmutableMultiDict

from qms.accounts.permissions import Role
from qms.kernel.forms import Form
from qms.kernel.refusal import Refusal
from qms.pages.person_field import NOBODY, PersonField
from tests.conftest import SignIn
from tests.office import Office


class LeadForm(Form):
    lead = PersonField("Lead")
    photo = FileField("Photo")


@pytest.fixture
def officer(client: FlaskClient, office: Office, sign_in: SignIn) -> FlaskClient:
    office.person("thuky", unit=office.agency("P1"), role=Role.QUALITY_OFFICER)
    sign_in(client, "thuky")
    return client


def test_a_form_keeps_a_draft_has_one_filled_button_and_a_way_out(officer: FlaskClient) -> None:
    text = officer.get("/reviews/new").text
    assert 'data-draft="review"' in text
    form = text[text.index("<form class") : text.index("</main>")]
    assert form.count("btn-primary") == 1
    assert '<a class="btn" href="/reviews">' in form
    assert "crumbs" in text


def test_a_form_that_lacks_something_names_each_field_and_keeps_the_rest(officer: FlaskClient) -> None:
    answer = officer.post("/reviews/new", data={"held_on": "", "minutes": "giữ lại"})
    assert answer.status_code == 422
    assert 'href="#held_on"' in answer.text
    assert re.search(r'id="held_on-error"', answer.text)
    assert "giữ lại" in answer.text


def test_a_refused_form_says_why_above_itself_and_keeps_every_word(officer: FlaskClient) -> None:
    chosen = re.search(r'<option[^>]* value="(\d+)"', officer.get("/reviews/new").text)
    assert chosen is not None
    fields = {"unit_id": chosen[1], "held_on": "20/01/2099", "minutes": "giữ lại"}
    answer = officer.post("/reviews/new", data=fields)
    assert answer.status_code == 409
    assert 'value="20/01/2099"' in answer.text
    assert "giữ lại" in answer.text
    assert answer.text.count('role="alert"') == 1


def test_whoever_cannot_be_chosen_stays_in_the_list_with_the_reason(app: Flask, office: Office) -> None:
    own, other = office.unit("A", name="Phòng A"), office.unit("B", name="Phòng B")
    able, hindered, chosen = office.person(unit=other), office.person(unit=own), office.person(unit=own)

    def reasons(person: object) -> list[Refusal]:
        return [] if person is able else [Refusal("own_unit", "người của đơn vị"), Refusal("away", "đang nghỉ")]

    with app.test_request_context():
        form = LeadForm(data={"lead": chosen.id})
        form.lead.offer([able, hindered, chosen], reasons, others="Không chọn được", nobody="Chưa phân công")
        drawn = str(form.lead())
    assert drawn.index("Chưa phân công") < drawn.index("Phòng B") < drawn.index("Không chọn được")
    assert f'value="{NOBODY}"' in drawn
    assert f'<option disabled value="{hindered.id}">{hindered.full_name}: người của đơn vị, đang nghỉ</option>' in drawn
    assert f'<option selected value="{chosen.id}">' in drawn  # can be sent again; the answer says why not


def test_a_file_is_chosen_or_photographed_and_the_one_that_is_filled_counts(app: Flask) -> None:
    with app.test_request_context():
        drawn = render_template_string(
            '{% import "_components.html" as ui with context %}{{ ui.field(form.photo) }}', form=LeadForm()
        )
        assert drawn.count('type="file"') == 2
        assert 'capture="environment"' in drawn
        empty, taken = FileStorage(BytesIO(), filename=""), FileStorage(BytesIO(b"x"), filename="anh.jpg")
        for sent in ([empty, taken], [taken, empty]):
            form = LeadForm(formdata=ImmutableMultiDict([("photo", each) for each in sent]))
            assert form.photo.data is taken


def test_the_page_of_a_record_can_be_printed_and_shows_what_others_add(officer: FlaskClient) -> None:
    units = re.search(r'href="(/units/\d+)"', officer.get("/units").text)
    assert units is not None
    text = officer.get(units[1]).text
    assert "data-print" in text
    assert "Hồ sơ của đơn vị" in text
