"""The blueprint that the pages of nonconformities share."""

from flask import Blueprint

pages = Blueprint("nonconformities", __name__, url_prefix="/nonconformities")
