"""The job process of the tests: does what people have queued, in the test's own thread."""

import threading

from flask import Flask
from flask.testing import FlaskClient

from qms.kernel.db import db
from qms.scheduling import worker


def work_off(app: Flask | FlaskClient) -> int:
    """Does everything that is queued; answers how much that was."""
    application = app.application if isinstance(app, FlaskClient) else app
    with application.app_context():
        try:
            return worker.work_off(application, "test", threading.Event())
        finally:
            db.session.remove()
            db.session.rollback()
