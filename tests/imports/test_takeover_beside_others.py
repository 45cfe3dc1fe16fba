"""A large take-over does not stop the others: its write transaction is short, everything else happens before."""

from datetime import date
from time import sleep

from flask import Flask
from sqlalchemy import func, select

from qms.imports.takeover import take_over
from qms.kernel.db import db
from qms.reviews.models import ManagementReview
from qms.units.models import Unit
from tests.imports.registers_of_an_office import SHEETS, workbook_of
from tests.imports.test_takeover_speed import large
from tests.office import Office, moment_of, past_the_trail
from tests.threads import beside


def test_others_write_while_ten_thousand_rows_come_in(any_app: Flask, office: Office) -> None:
    ward_id = office.agency("PMA").id
    data = workbook_of(large())
    written = 0
    with beside(any_app, lambda: take_over(data, moment_of(), sheets=SHEETS)) as worker:
        while worker.running():
            with past_the_trail() as session:
                held_on = date.fromordinal(date(2000, 1, 1).toordinal() + written)
                session.add(ManagementReview(unit_id=ward_id, held_on=held_on, held_entered_on=held_on, held_late=False))
            written += 1
            sleep(0.01)
    assert written > 2, "the others were kept waiting"
    assert db.session.scalar(select(func.count()).select_from(ManagementReview)) == written
    assert db.session.scalar(select(func.count()).select_from(Unit)) == 202
