"""Evidence that must not be kept is taken out of a running audit; the bytes go when nothing else refers to them."""

import os
from collections.abc import Callable
from dataclasses import dataclass
from datetime import timedelta
from io import BytesIO
from pathlib import Path

import pytest
from flask import current_app
from flask.testing import FlaskClient
from PIL import Image
from sqlalchemy import select

from audits import service
from audits.models import Answer, Audit, AuditState, EvidenceItem, EvidenceKind, Question
from qms.accounts.permissions import Role
from qms.files import erasing
from qms.files import service as files
from qms.files.models import StoredFile
from qms.kernel.db import db, writing
from qms.kernel.refusal import Refused
from qms.trail.service import history
from tests.audits import answers
from tests.audits.conftest import Ward
from tests.office import TODAY, at


def picture(colour: str = "red", name: str = "nguoi-dan.jpg") -> files.Picture:
    """A small picture."""
    stream = BytesIO()
    Image.new("RGB", (4, 4), colour).save(stream, "JPEG")
    stream.seek(0)
    return files.read_picture(stream, name)


def bytes_of(shown: files.Picture) -> Path:
    """Where its bytes lie."""
    return files.path_of(current_app.extensions["qms.settings"].files, shown.sha256)


@dataclass
class Running:
    """An audit under way, with its lead."""

    ward: Ward
    audit: Audit

    def photo(self, shown: files.Picture) -> EvidenceItem:
        moment = self.ward.office.moment(self.ward.lead)
        with writing():
            stored = files.keep(shown, moment)
            return service.add_evidence(self.audit, EvidenceKind.PHOTO, "Quầy một cửa", moment, file=stored)

    def remove(self, item: EvidenceItem, reason: str = "Thấy mặt người dân") -> None:
        with writing():
            service.remove_evidence(item, reason, self.ward.office.moment(self.ward.lead))


@pytest.fixture
def running(ward: Ward) -> Running:
    """An audit with one open question."""
    audit = ward.office.audit(ward.unit, state=AuditState.UNDER_WAY, lead_auditor_id=ward.lead.id)
    ward.office.question(audit)
    return Running(ward, audit)


def remove_and_fail(running: Running, item: EvidenceItem) -> None:
    """The verb, in a transaction that does not come to its end."""
    with writing():
        service.remove_evidence(item, "Nhầm", running.ward.office.moment(running.ward.lead))
        raise ZeroDivisionError


def codes(refused: pytest.ExceptionInfo[Refused]) -> set[str]:
    return {refusal.code for refusal in refused.value.refusals}


def test_a_photo_goes_with_its_bytes_and_the_trail_keeps_no_name(any_app: object, running: Running) -> None:
    shown = picture()
    item = running.photo(shown)
    assert bytes_of(shown).exists()
    running.remove(item)
    assert not bytes_of(shown).exists()
    assert db.session.scalar(select(StoredFile.id)) is None
    entry = history("audit", running.audit.code)[0]
    assert (entry.deed, entry.reason, entry.changes) == (
        "remove_evidence",
        "Thấy mặt người dân",
        {"evidence 1": ["photo", None]},
    )
    erased = [entry for entry in history("file", "1") if entry.deed == "erase"]
    assert len(erased) == 1 and "nguoi-dan" not in str(erased[0].changes)


def test_the_same_photo_twice_keeps_its_bytes_until_both_are_gone(any_app: object, running: Running) -> None:
    shown = picture()
    first, second = running.photo(shown), running.photo(shown)
    running.remove(first)
    assert bytes_of(shown).exists()
    running.remove(second)
    assert not bytes_of(shown).exists()


def test_what_is_rolled_back_keeps_its_bytes(any_app: object, running: Running) -> None:
    shown = picture()
    item = running.photo(shown)
    with pytest.raises(ZeroDivisionError):
        remove_and_fail(running, item)
    assert bytes_of(shown).exists()
    running.photo(picture("blue"))  # a later commit removes nothing of what was rolled back
    assert bytes_of(shown).exists()
    assert db.session.get(EvidenceItem, item.id) is not None


def test_an_answer_that_rests_on_it_alone_stands_in_the_way(running: Running) -> None:
    item = running.photo(picture())
    question = running.audit.questions[0]
    moment = running.ward.office.moment(running.ward.lead)
    with writing():
        answers.give(question, Answer.CONFORMS, moment, evidence=[item.number])
    with pytest.raises(Refused) as refused:
        running.remove(item)
    assert codes(refused) == {"rests_on_it"}
    other = running.photo(picture("green"))
    with writing():
        answers.give(question, Answer.CONFORMS, moment, evidence=[item.number, other.number])
    before = question.version
    running.remove(item)
    assert [one.id for one in db.session.get_one(Question, question.id).evidence] == [other.id]
    assert question.version > before  # whoever has the question open sees that it changed


def test_a_reason_is_needed_and_the_audit_must_be_under_way(running: Running) -> None:
    item = running.photo(picture())
    with pytest.raises(Refused) as refused:
        running.remove(item, " ")
    assert codes(refused) == {"reason_missing"}
    with writing():
        service.cancel(running.audit, "Hoãn", running.ward.office.moment(running.ward.officer))
    with pytest.raises(Refused) as refused:
        running.remove(item)
    assert "wrong_state" in codes(refused)


def test_a_picture_that_comes_back_while_it_is_erased_has_its_bytes(running: Running) -> None:
    shown = picture()
    item = running.photo(shown)
    files.store_bytes(shown, current_app.extensions["qms.settings"].files)  # somebody else uploads it: the bytes lie there
    running.remove(item)
    again = running.photo(shown)
    assert bytes_of(shown).exists() and again.file is not None


def test_a_crash_between_commit_and_removal_leaves_what_the_sweep_takes(
    running: Running, monkeypatch: pytest.MonkeyPatch
) -> None:
    shown, kept = picture(), picture("blue")
    item = running.photo(shown)
    running.photo(kept)

    def crash(*_: object) -> bool:
        raise OSError("the machine stopped")

    monkeypatch.setattr(erasing, "_remove_unless_needed", crash)
    running.remove(item)
    monkeypatch.undo()
    assert bytes_of(shown).exists() and db.session.get(EvidenceItem, item.id) is None
    broken_off = bytes_of(kept).with_name(files.UPLOAD + "abc")
    broken_off.write_bytes(b"half")
    old = at(TODAY).timestamp() - timedelta(days=2).total_seconds()
    moment = running.ward.office.moment()
    for path in (bytes_of(shown), bytes_of(kept), broken_off):
        os.utime(path, (at(TODAY).timestamp(), at(TODAY).timestamp()))
    assert erasing.sweep(moment) == 0  # within the grace time
    for path in (bytes_of(shown), bytes_of(kept), broken_off):
        os.utime(path, (old, old))
    assert erasing.sweep(moment) == 2
    assert bytes_of(kept).exists() and not bytes_of(shown).exists() and not broken_off.exists()


def test_the_page_removes_it_and_a_stranger_does_not_find_it(
    running: Running, client: FlaskClient, sign_in: Callable[..., object]
) -> None:
    item = running.photo(picture())
    address = f"/audits/{running.audit.id}/evidence/{item.number}/remove"
    elsewhere = running.ward.office.agency("X")
    running.ward.office.person("stranger", unit=elsewhere)
    running.ward.office.grant(running.ward.office.person("far", unit=elsewhere), Role.AUDITOR, elsewhere)
    sign_in(client, "far")
    assert client.get(address).status_code == 404
    assert client.post(address, data={"reason": "x"}).status_code == 404
    sign_in(client, running.ward.lead.username)
    page = client.get(f"/audits/{running.audit.id}")
    assert address in page.text
    assert client.get(address).status_code == 200
    assert client.post(address, data={"reason": ""}).status_code == 422
    assert client.post(address, data={"reason": "Thấy mặt người dân"}).status_code == 303
    assert db.session.scalar(select(EvidenceItem.id)) is None
    assert client.get(address).status_code == 404
