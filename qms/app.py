"""The one file that knows everybody: which features there are, and how the application is put together."""

import importlib
from flask import Flask
from qms.config import Settings, load_settings
from qms.kernel.db import connect

MODELS = ("qms.units.models","qms.accounts.models","qms.trail.models","qms.files.models","qms.reviews.models","qms.scheduling.models","qms.evaluation.models","procedures.models","nonconformities.models","audits.models")
def all_models() -> None:
    for m in MODELS: importlib.import_module(m)

def create_app(settings: Settings | None = None) -> Flask:
    settings = settings or load_settings()
    app = Flask("qms")
    app.config["SQLALCHEMY_DATABASE_URI"] = settings.database_url
    connect(app)
    return app
