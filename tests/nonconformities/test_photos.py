"""Photos show what came of an action and what the verdict rests on; they can be taken out again, with their bytes."""

from io import BytesIO
from pathlib import Path
from typing import NoReturn

import pytest
from flask import current_app
from flask.testing import FlaskClient
from PIL import Image
from sqlalchemy import select

from nonconformities.models import Nonconformity, NonconformityState, Photo
from qms.accounts.permissions import Role
from qms.files import fields
from qms.files.fields import MOST_PHOTOS
from qms.files.models import StoredFile
from qms.files.service import path_of
from qms.kernel.db import db
from qms.trail.service import history
from tests.conftest import SignIn
from tests.nonconformities.ward import Ward
from tests.office import Office

S = NonconformityState


@pytest.fixture
def ward(office: Office) -> Ward:
    return Ward(office)


def picture(colour: str = "red") -> tuple[BytesIO, str]:
    target = BytesIO()
    Image.new("RGB", (4, 4), colour).save(target, "JPEG")
    return BytesIO(target.getvalue()), "nguoi-dan.jpg"


def bytes_of(photo: Photo) -> Path:
    return path_of(current_app.extensions["qms.settings"].files, photo.file.sha256)


def report(client: FlaskClient, nc: Nonconformity, *photos: tuple[BytesIO, str]) -> int:
    action = nc.actions[0]
    data = {"version": action.version, "result": "Đã sửa phần mềm", "photos": list(photos)}
    return client.post(f"/nonconformities/{nc.id}/actions/{action.id}/complete", data=data).status_code


def test_whoever_verifies_sees_the_photos_of_what_was_done(ward: Ward, client: FlaskClient, sign_in: SignIn) -> None:
    nc = ward.acting()
    sign_in(client, "staff")
    assert 'enctype="multipart/form-data"' in client.get(f"/nonconformities/{nc.id}/actions/{nc.actions[0].id}/complete").text
    assert report(client, nc, picture(), picture("blue")) == 302
    sign_in(client, "officer")
    page = client.get(f"/nonconformities/{nc.id}/verify").text
    address = f"/nonconformities/{nc.id}/photos/1"
    assert f'src="{address}"' in page and f'src="{address[:-1]}2"' in page
    assert client.get(address, buffered=True).data.startswith(b"\xff\xd8")
    verdict = {"version": ward.office.again(nc).version, "effective": "yes", "note": "30/30", "photos": [picture("green")]}
    assert client.post(f"/nonconformities/{nc.id}/verify", data=verdict).status_code == 302
    assert f'src="{address[:-1]}3"' in client.get(f"/nonconformities/{nc.id}/close").text
    assert [photo.action_id for photo in nc.photos] == [nc.actions[0].id, nc.actions[0].id, None]


def test_a_photo_is_for_whoever_may_see_the_record(ward: Ward, client: FlaskClient, sign_in: SignIn) -> None:
    nc = ward.acting()
    sign_in(client, "staff")
    report(client, nc, picture())
    ward.office.person("stranger", unit=ward.office.agency("V"), role=Role.QUALITY_OFFICER)
    sign_in(client, "stranger")
    assert client.get(f"/nonconformities/{nc.id}/photos/1", buffered=True).status_code == 404
    sign_in(client, "reader")
    assert client.get(f"/nonconformities/{nc.id}/photos/1", buffered=True).status_code == 200
    assert client.get(f"/nonconformities/{nc.id}/photos/2", buffered=True).status_code == 404


@pytest.mark.parametrize(
    "photos", [[(BytesIO(b"%PDF-1.7"), "x.jpg")], [picture() for _one in range(MOST_PHOTOS + 1)]], ids=["no picture", "too many"]
)
def test_what_is_no_photo_is_said_at_the_field_and_nothing_typed_is_lost(
    ward: Ward, client: FlaskClient, sign_in: SignIn, photos: list[tuple[BytesIO, str]]
) -> None:
    nc = ward.acting()
    sign_in(client, "staff")
    action = nc.actions[0]
    data = {"version": action.version, "result": "Đã sửa phần mềm", "photos": photos}
    answer = client.post(f"/nonconformities/{nc.id}/actions/{action.id}/complete", data=data)
    assert answer.status_code == 422 and "Đã sửa phần mềm" in answer.text
    assert ward.office.again(nc).state is S.ACTING
    assert not db.session.scalars(select(StoredFile)).all()


def never(*_given: object) -> NoReturn:
    raise AssertionError("a photo was decoded")


def test_no_photo_is_decoded_for_whoever_may_not_do_the_step(
    ward: Ward, client: FlaskClient, sign_in: SignIn, monkeypatch: pytest.MonkeyPatch
) -> None:
    nc = ward.acting()
    monkeypatch.setattr(fields, "read_picture", never)
    ward.office.person("stranger", unit=ward.office.agency("V"), role=Role.QUALITY_OFFICER)
    verdict = {"version": nc.version, "effective": "yes", "note": "30/30"}
    for name, status in (("reader", 409), ("stranger", 404)):
        sign_in(client, name)
        assert report(client, nc, picture()) == status
        client.post("/sign-out")
    sign_in(client, "officer")
    address = f"/nonconformities/{nc.id}/verify"
    assert client.post(address, data={**verdict, "photos": [picture()]}).status_code == 409, "actions are still open"
    assert client.post(address, data={**verdict, "note": " ", "photos": [picture()]}).status_code == 422
    assert ward.office.again(nc).state is S.ACTING


def test_a_photo_is_removed_with_its_bytes_and_the_trail_keeps_its_hash_and_no_name(
    ward: Ward, client: FlaskClient, sign_in: SignIn
) -> None:
    nc = ward.acting()
    sign_in(client, "staff")
    report(client, nc, picture())
    kept = nc.photos[0].file.sha256
    lies = bytes_of(nc.photos[0])
    assert lies.exists()
    address, typed = f"/nonconformities/{nc.id}/photos/1/remove", {"reason": "Thấy mặt người dân"}
    assert client.post(address, data={**typed, "version": ward.office.again(nc).version}).status_code == 409
    sign_in(client, "officer")
    assert client.post(address, data={**typed, "reason": " ", "version": nc.version}).status_code == 422
    assert client.post(address, data={**typed, "version": ward.office.again(nc).version}).status_code == 302
    assert not lies.exists()
    assert not db.session.scalars(select(Photo)).all()
    removed = history("nonconformity", nc.code)[0]
    assert (removed.deed, removed.changes) == ("remove_photo", {"photo 1": [kept, None]})
    assert "nguoi-dan" not in str([entry.changes for entry in history("nonconformity", nc.code)])
