"""The one file that knows everybody: which features there are, and how the application is put together."""

import logging
from datetime import timedelta
from pathlib import Path
from urllib.parse import urlsplit

from flask import Flask
from flask_babel import Babel
from werkzeug.middleware.proxy_fix import ProxyFix

from audits.feature import FEATURE as AUDITS
from nonconformities.feature import FEATURE as NONCONFORMITIES
from procedures.feature import FEATURE as PROCEDURES
from qms import errors, limits
from qms.accounts import gate, layout
from qms.accounts.feature import FEATURE as ACCOUNTS
from qms.behalf.feature import FEATURE as BEHALF
from qms.config import Settings, load_settings
from qms.dashboard.feature import FEATURE as DASHBOARD
from qms.digest.feature import FEATURE as DIGEST
from qms.drafts.feature import FEATURE as DRAFTS
from qms.evaluation.criteria import check_evidence
from qms.evaluation.feature import FEATURE as EVALUATION
from qms.files.feature import FEATURE as FILES
from qms.imports.feature import FEATURE as IMPORTS
from qms.imports.house import in_order
from qms.journal.feature import FEATURE as JOURNAL
from qms.kernel import components, packing
from qms.kernel.db import connect
from qms.kernel.feature import House
from qms.kernel.form_tokens import TokenProtect
from qms.kernel.language import teach_templates
from qms.kernel.web import HOST_ONLY, furnish
from qms.notices.feature import FEATURE as NOTICES
from qms.organisation.feature import FEATURE as ORGANISATION
from qms.pages.feature import FEATURE as PAGES
from qms.people.feature import FEATURE as PEOPLE
from qms.reviews.feature import FEATURE as REVIEWS
from qms.scheduling.feature import FEATURE as SCHEDULING
from qms.standard.feature import FEATURE as STANDARD
from qms.units.feature import FEATURE as UNITS
from qms.workdays.feature import FEATURE as WORKDAYS

FEATURES = (
    UNITS,
    ACCOUNTS,
    FILES,
    DRAFTS,
    NOTICES,
    PAGES,
    ORGANISATION,
    STANDARD,
    WORKDAYS,
    BEHALF,
    DIGEST,
    JOURNAL,
    PEOPLE,
    EVALUATION,
    REVIEWS,
    SCHEDULING,
    DASHBOARD,
    IMPORTS,
    PROCEDURES,
    NONCONFORMITIES,
    AUDITS,
)
"""Everything the house has, floor 1 first; the order is the order in which evidence and registers are asked.

This is the one place where a feature is registered: what it brings stands in its ``feature.py``, and its tables are known
because that imports them.
"""

COOKIE_LIFETIME = timedelta(days=30)
"""How long a browser may keep the cookie; whether its session is still open is decided by the database."""
MOST_BYTES = 40 * 1024 * 1024
MOST_FORM_BYTES = 2 * 1024 * 1024
MOST_FORM_PARTS = 5_000


def create_app(settings: Settings | None = None) -> Flask:
    """The application for these settings (by default those of the environment).

    Raises ``RuntimeError`` when a page forgot to say whom it lets in, when two features bring something under one name, or when
    a criterion asks for evidence that none of them brings; ``ValueError`` when a sheet refers to one that nobody brings.
    """
    settings = settings or load_settings()
    app = Flask("qms", static_folder=None, template_folder=str(_templates()))
    app.config.update(_configuration(settings))
    app.extensions["qms.settings"] = settings
    house = House(FEATURES)
    check_evidence(frozenset(house.evidence))
    in_order(sheet for feature in FEATURES for sheet in feature.sheets)
    app.extensions["qms.house"] = house
    if settings.trusted_proxies:
        hops = settings.trusted_proxies
        app.wsgi_app = ProxyFix(app.wsgi_app, x_for=hops, x_proto=hops, x_host=hops)  # type: ignore[method-assign]
    app.logger.setLevel(logging.INFO)
    connect(app)
    packing.build(app)
    furnish(app, settings)
    gate.build(app)
    TokenProtect(app)
    Babel(app, locale_selector=layout.select_language)
    teach_templates(app)
    components.build(app)
    layout.build(app)
    errors.register(app)
    for feature in FEATURES:
        for blueprint in feature.blueprints:
            app.register_blueprint(blueprint)
    limits.build(app)
    forgotten = gate.unmarked(app)
    if forgotten:
        raise RuntimeError(f"these pages do not say whom they let in: {', '.join(forgotten)}")
    return app


def _templates() -> Path:
    """The templates lie beside the packages in a checkout, inside the package in an installed wheel."""
    inside = Path(__file__).with_name("templates")
    return inside if inside.is_dir() else Path(__file__).resolve().parent.parent / "templates"


def _configuration(settings: Settings) -> dict[str, object]:
    return {
        "SECRET_KEY": settings.secret_key,
        "SQLALCHEMY_DATABASE_URI": settings.database_url,
        "SQLALCHEMY_ENGINE_OPTIONS": {"hide_parameters": True},  # what people wrote stands in no log
        "SESSION_COOKIE_NAME": HOST_ONLY + "qms_session" if settings.secure else "qms_session",
        "SESSION_COOKIE_HTTPONLY": True,
        "SESSION_COOKIE_SAMESITE": "Lax",
        "SESSION_COOKIE_SECURE": settings.secure,
        "PERMANENT_SESSION_LIFETIME": COOKIE_LIFETIME,
        "MAX_CONTENT_LENGTH": MOST_BYTES,
        "MAX_FORM_MEMORY_SIZE": MOST_FORM_BYTES,
        "MAX_FORM_PARTS": MOST_FORM_PARTS,
        "RATELIMIT_ENABLED": True,
        "TRUSTED_HOSTS": [urlsplit(settings.public_url).hostname, "127.0.0.1", "localhost"],
        "WTF_CSRF_TIME_LIMIT": None,  # as long as the session: a checklist may lie open for hours
        "BABEL_DEFAULT_LOCALE": "vi",
        "BABEL_DEFAULT_TIMEZONE": "Asia/Ho_Chi_Minh",
        "BABEL_TRANSLATION_DIRECTORIES": "translations",
        "PROPAGATE_EXCEPTIONS": False,
    }
