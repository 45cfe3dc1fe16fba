"""Lists carried away as files: all of it or nothing, whatever the list."""

from collections.abc import Callable

import pytest
from flask import Flask
from flask.testing import FlaskClient

from qms.accounts.permissions import Role
from qms.kernel import paging
from tests.office import Office

LISTS = ("/audits/export", "/journal/export", "/nonconformities/export", "/people/export")


@pytest.fixture
def client_of_many(app: Flask, office: Office, client: FlaskClient, sign_in: Callable[..., object]) -> FlaskClient:
    """Somebody who may carry all lists away, each of which holds two rows at least."""
    agency = office.agency("P1")
    administrator = office.person("quantri", unit=agency, role=Role.ADMINISTRATOR)
    office.grant(administrator, Role.QUALITY_OFFICER, agency)
    for _time in range(2):
        office.audit(agency)
        office.nonconformity(agency)
    sign_in(client, "quantri")
    return client


@pytest.mark.parametrize("address", LISTS)
def test_a_list_too_long_for_a_file_is_refused_and_never_cut_off(
    address: str, client_of_many: FlaskClient, monkeypatch: pytest.MonkeyPatch
) -> None:
    assert client_of_many.get(f"{address}.csv").status_code == 200
    monkeypatch.setattr(paging, "MOST_IN_FILE", 0)
    refused = client_of_many.get(f"{address}.csv")
    assert refused.status_code == 409
    assert "Content-Disposition" not in refused.headers


@pytest.mark.parametrize("address", LISTS)
@pytest.mark.parametrize(
    ("extension", "media_type"),
    [("csv", "text/csv"), ("xlsx", "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet")],
)
def test_a_list_is_sent_as_the_file_that_was_asked_for(
    address: str, extension: str, media_type: str, client_of_many: FlaskClient
) -> None:
    sent = client_of_many.get(f"{address}.{extension}")
    assert sent.mimetype == media_type
    assert sent.headers["Content-Disposition"].endswith(f'.{extension}"')
    assert client_of_many.get(f"{address}.html").status_code == 404
