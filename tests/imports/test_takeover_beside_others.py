"""A large take-over does not stop the others: its write transaction is short, everything else happens before."""

import threading
from datetime import date

from flask import Flask
from sqlalchemy import func, select

from qms.imports.takeover import take_over
from qms.kernel.db import db
from qms.reviews.models import ManagementReview
from qms.units.models import Unit
from tests.imports.registers_of_an_office import TAKERS, workbook_of
from tests.imports.test_takeover_speed import large
from tests.office import Office, moment_of, past_the_trail


def test_others_write_while_ten_thousand_rows_come_in(any_app: Flask, office: Office) -> None:
    ward_id = office.agency("PMA").id
    data = workbook_of(large())
    finished = threading.Event()
    failures: list[Exception] = []

    def take() -> None:
        with any_app.app_context():
            try:
                take_over(data, moment_of(), takers=TAKERS)
            except Exception as error:  # noqa: BLE001 - a thread's failure is told to the test
                failures.append(error)
            finally:
                db.session.remove()
                finished.set()

    worker = threading.Thread(target=take)
    worker.start()
    written = 0
    while not finished.is_set():
        with past_the_trail() as session:
            held_on = date.fromordinal(date(2000, 1, 1).toordinal() + written)
            session.add(ManagementReview(unit_id=ward_id, held_on=held_on, held_entered_on=held_on, held_late=False))
        written += 1
        finished.wait(0.01)
    worker.join()
    assert not failures
    assert written > 2, "the others were kept waiting"
    assert db.session.scalar(select(func.count()).select_from(ManagementReview)) == written
    assert db.session.scalar(select(func.count()).select_from(Unit)) == 202
