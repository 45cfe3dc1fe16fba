"""The checklist through its doors: one answer as it is tapped, a whole chapter without scripts, evidence, nonconformities."""

from collections.abc import Callable
from io import BytesIO
from typing import NoReturn
from uuid import uuid4

import pytest
from flask import Flask
from flask.testing import FlaskClient

from audits import service
from audits.models import Answer, Audit, AuditState
from qms.accounts.permissions import Role
from qms.files import service as files
from qms.kernel.db import db, writing
from qms.trail.service import history
from tests.audits.answers import give, page, sent
from tests.audits.conftest import Ward
from tests.audits.test_pictures import picture
from tests.statements import statements

DATA = {"Accept": "application/json"}
HTMX = {"HX-Request": "true"}
MOST_STATEMENTS = 12


pytestmark = pytest.mark.usefixtures("on_the_day")


def one(audit: Audit, number: int = 1) -> str:
    """Where one answer is sent."""
    return f"/audits/{audit.id}/questions/{number}"


def chapter(audit: Audit) -> str:
    """Where the form of the chapter is sent."""
    return f"/audits/{audit.id}/chapters/7"


def asked(act: Callable[[], object]) -> list[str]:
    """What the database is asked meanwhile, without the bounds of transactions."""
    with statements() as seen:
        act()
    return [each for each in seen if not each.startswith(("BEGIN", "SAVEPOINT", "RELEASE"))]


class TestOneTap:
    """What the script sends."""

    def test_a_tap_is_stored_and_answered_with_what_is_missing_and_the_progress(self, lead: FlaskClient, audit: Audit) -> None:
        reply = lead.post(one(audit), data=sent(audit, 1, Answer.OBSERVATION), headers=DATA)
        assert reply.status_code == 200
        assert reply.json["lacking"] and not reply.json["complete"] and "1/3" in reply.json["progress"]
        assert audit.questions[0].answer is Answer.OBSERVATION and audit.questions[0].incomplete
        assert reply.json["version"] == audit.questions[0].version

    def test_the_same_sending_twice_counts_once(self, lead: FlaskClient, ward: Ward, audit: Audit) -> None:
        fields = sent(audit, 1, Answer.OBSERVATION, finding="thấy 3/12")
        first = lead.post(one(audit), data=fields, headers=DATA)
        again = lead.post(one(audit), data=fields, headers=DATA)
        assert (again.status_code, again.json["version"], again.json["at"]) == (200, first.json["version"], first.json["at"])
        assert [entry.deed for entry in history("audit", audit.code)].count("answer") == 1

    def test_an_old_sending_that_comes_late_covers_nothing_newer(self, lead: FlaskClient, audit: Audit) -> None:
        old = sent(audit, 1, Answer.OBSERVATION, finding="cũ")
        first = lead.post(one(audit), data=old, headers=DATA)
        newer = {**old, "client_id": str(uuid4()), "version": first.json["version"], "finding": "mới"}
        assert lead.post(one(audit), data=newer, headers=DATA).status_code == 200
        assert lead.post(one(audit), data=old, headers=DATA).status_code == 200
        db.session.expire_all()
        assert audit.questions[0].finding == "mới"

    def test_whoever_never_heard_the_reply_goes_on_from_the_own_sending(self, lead: FlaskClient, audit: Audit) -> None:
        """One was stored and its reply was lost; the next never arrived; the third names both."""
        unheard, never_arrived = sent(audit, 1, Answer.OBSERVATION, finding="một"), str(uuid4())
        lead.post(one(audit), data=unheard, headers=DATA)
        newer = {**unheard, "client_id": str(uuid4()), "after": [unheard["client_id"], never_arrived], "finding": "ba"}
        assert lead.post(one(audit), data=newer, headers=DATA).status_code == 200
        db.session.expire_all()
        assert audit.questions[0].finding == "ba"

    def test_the_second_of_two_people_is_told_and_sees_what_is_stored(self, lead: FlaskClient, audit: Audit) -> None:
        fields = sent(audit, 1, Answer.OBSERVATION, finding="first")
        assert lead.post(one(audit), data=fields, headers=DATA).status_code == 200
        second = {**fields, "client_id": str(uuid4()), "finding": "second"}
        refused = lead.post(one(audit), data=second, headers=DATA)
        assert (refused.status_code, refused.json["sentences"]) == (409, [])
        stored = lead.get(one(audit), headers=DATA).json
        assert (stored["finding"], stored["version"]) == ("first", audit.questions[0].version)

    def test_an_id_of_another_question_is_no_receipt(self, lead: FlaskClient, audit: Audit) -> None:
        fields = sent(audit, 1, Answer.OBSERVATION, finding="x")
        assert lead.post(one(audit), data=fields, headers=DATA).status_code == 200
        assert lead.post(one(audit, 2), data={**fields, "version": 1}, headers=DATA).status_code != 200

    @pytest.mark.parametrize(
        "wrong",
        [
            {"client_id": "x"},
            {"version": "x"},
            {"answer": "perhaps"},
            {"finding": "x" * 4001},
            {"after": "x"},
            {"after": ["x"] * 21},
        ],
    )
    def test_what_is_no_answer_is_refused_with_a_sentence(self, lead: FlaskClient, audit: Audit, wrong: dict[str, str]) -> None:
        refused = lead.post(one(audit), data=sent(audit, 1, Answer.OBSERVATION) | wrong, headers=DATA)
        assert refused.status_code == 422 and refused.json["sentences"]

    def test_after_the_report_the_reason_comes_as_data(self, lead: FlaskClient, ward: Ward, audit: Audit) -> None:
        with writing():
            for question in audit.questions:
                give(question, Answer.NOT_APPLICABLE, ward.office.moment(ward.lead), reason="không")
            service.report(audit, "xong", ward.office.moment(ward.lead))
        refused = lead.post(one(audit), data=sent(audit, 1, Answer.OPEN), headers=DATA)
        assert refused.status_code == 409 and refused.json["sentences"]
        assert "data-locked" in lead.get(f"/audits/{audit.id}").text

    def test_a_save_asks_the_database_a_dozen_times_whatever_the_length_of_the_checklist(
        self, lead: FlaskClient, ward: Ward, audit: Audit
    ) -> None:
        with writing():
            item = service.add_evidence(audit, service.EvidenceKind.RECORD, "Sổ", ward.office.moment(ward.lead))
        fields = sent(audit, 1, Answer.CONFORMS, finding="đã xem", evidence=item.number)
        few = asked(lambda: lead.post(one(audit), data=fields, headers=DATA))
        for number in range(100, 140):
            ward.office.question(audit, number=number)
        db.session.expire_all()
        fields = sent(audit, 2, Answer.CONFORMS, finding="đã xem", evidence=item.number)
        many = asked(lambda: lead.post(one(audit, 2), data=fields, headers=DATA))
        assert len(many) == len(few) <= MOST_STATEMENTS, "\n".join(many)
        db.session.expire_all()
        assert audit.questions[1].answer is Answer.CONFORMS


class TestOnePage:
    """What a browser without scripts sends, and what everybody is shown."""

    def test_the_questions_of_a_chapter_stand_open_on_one_page(self, lead: FlaskClient, audit: Audit) -> None:
        shown = lead.get(f"/audits/{audit.id}").text
        assert [shown.count(f'name="{number}-answer"') for number in (1, 2, 3)] == [len(Answer)] * 3

    def test_a_chapter_is_saved_and_left_in_one_step(self, lead: FlaskClient, audit: Audit) -> None:
        words = {"finding": "đã xem"}
        answers = {1: (Answer.CONFORMS, words), 2: (Answer.OBSERVATION, words), 3: (Answer.OPEN, {})}
        gone = lead.post(chapter(audit), data=page(audit, answers, next="8"))
        assert gone.status_code == 303 and "chapter=8" in gone.location
        assert [question.answer for question in audit.questions] == [Answer.CONFORMS, Answer.OBSERVATION, Answer.OPEN]
        assert len([entry for entry in history("audit", audit.code) if entry.deed == "answer"]) == 2

    def test_evidence_ticked_for_the_page_serves_conforming_answers_without_their_own(
        self, lead: FlaskClient, ward: Ward, audit: Audit
    ) -> None:
        with writing():
            item = service.add_evidence(audit, service.EvidenceKind.RECORD, "Sổ 12", ward.office.moment(ward.lead))
        answers = {1: (Answer.CONFORMS, {}), 2: (Answer.OBSERVATION, {}), 3: (Answer.OPEN, {})}
        assert lead.post(chapter(audit), data=page(audit, answers, common=item.number)).status_code == 303
        assert [[each.text for each in question.evidence] for question in audit.questions] == [["Sổ 12"], [], []]

    def test_what_was_typed_is_kept_when_one_answer_cannot_be_stored(self, lead: FlaskClient, audit: Audit) -> None:
        answers = {1: (Answer.OBSERVATION, {"finding": "một câu đã gõ"}), 2: (Answer.OBSERVATION, {"evidence": 99})}
        refused = lead.post(chapter(audit), data=page(audit, answers))
        assert refused.status_code == 422 and "một câu đã gõ" in refused.text
        assert audit.questions[0].answer is Answer.OPEN

    def test_what_was_typed_comes_back_when_somebody_else_was_faster(self, lead: FlaskClient, ward: Ward, audit: Audit) -> None:
        fields = page(audit, {1: (Answer.OBSERVATION, {"finding": "của tôi"})})
        with writing():
            give(audit.questions[0], Answer.OBSERVATION, ward.office.moment(ward.lead), finding="của người khác")
        refused = lead.post(chapter(audit), data=fields)
        assert refused.status_code == 409 and "của tôi" in refused.text
        assert ward.office.again(audit.questions[0]).finding == "của người khác"

    def test_a_nonconformity_is_saved_and_raised_in_one_step_or_not_at_all(self, lead: FlaskClient, audit: Audit) -> None:
        words = {"finding": "f", "requirement": "r"}
        refused = lead.post(chapter(audit), data=page(audit, {1: (Answer.MINOR, words)}, **{"raise": 1}))
        assert refused.status_code == 422 and audit.questions[0].answer is Answer.OPEN
        db.session.expire_all()
        raised = lead.post(chapter(audit), data=page(audit, {1: (Answer.MINOR, {**words, "statement": "s"})}, **{"raise": 1}))
        assert raised.status_code == 303 and raised.location.endswith("#question-1")
        db.session.expire_all()
        nonconformity = audit.questions[0].nonconformity
        assert nonconformity is not None and nonconformity.code in lead.get(f"/audits/{audit.id}").text
        again = lead.post(one(audit), data=sent(audit, 1, Answer.OBSERVATION, finding="khác"), headers=DATA)
        assert again.status_code == 409 and audit.questions[0].answer is Answer.MINOR

    def test_the_requirement_that_the_page_proposes_is_no_words_of_a_conforming_answer(
        self, lead: FlaskClient, audit: Audit
    ) -> None:
        shown = lead.get(f"/audits/{audit.id}").text
        proposed = shown.split('data-proposed="')[1].split('"')[0]
        answers = {1: (Answer.CONFORMS, {"finding": "x", "requirement": proposed})}
        assert lead.post(chapter(audit), data=page(audit, answers)).status_code == 303
        assert audit.questions[0].requirement is None

    def test_the_page_asks_the_database_a_dozen_times_whatever_the_number_of_questions(
        self, lead: FlaskClient, ward: Ward, audit: Audit
    ) -> None:
        with writing():
            service.add_evidence(audit, service.EvidenceKind.RECORD, "Sổ", ward.office.moment(ward.lead))
        address = f"/audits/{audit.id}"
        lead.get(address)  # the figures of the menu are counted once for all pages
        few = asked(lambda: lead.get(address))
        for number in range(100, 140):
            ward.office.question(audit, number=number)
        db.session.expire_all()
        many = asked(lambda: lead.get(address))
        assert len(many) == len(few), "\n".join(many)
        assert len(few) <= MOST_STATEMENTS, "\n".join(few)


class TestEvidence:
    """Added at a question, used by many."""

    def test_a_record_that_is_added_at_a_question_belongs_to_its_answer(self, lead: FlaskClient, audit: Audit) -> None:
        assert lead.get(one(audit) + "/evidence").status_code == 200
        assert lead.post(one(audit) + "/evidence", data={"record_text": " "}).status_code == 422
        added = lead.post(one(audit) + "/evidence", data={"record_text": "Sổ 12"})
        assert added.status_code == 303 and added.location.endswith("#question-1")
        assert [item.text for item in audit.questions[0].evidence] == ["Sổ 12"]

    def test_every_question_of_the_page_may_choose_it_at_once(self, lead: FlaskClient, audit: Audit) -> None:
        added = lead.post(one(audit) + "/evidence", data={"record_text": "Sổ 12"}, headers=HTMX)
        assert added.status_code == 200 and "<html" not in added.text
        for part in ('data-evidence-added="1"', 'id="evidence-1"', 'id="evidence-3"', 'id="common-evidence" hx-swap-oob'):
            assert part in added.text

    def test_a_fact_of_the_system_is_evidence_and_links_to_its_record(
        self, lead: FlaskClient, sign_in: Callable[..., object], ward: Ward, audit: Audit
    ) -> None:
        procedure = ward.office.procedure(ward.unit, "QT-VH-07")
        fact = f"procedure:{ward.unit.code}/QT-VH-07"
        assert lead.post(one(audit) + "/evidence", data={"fact": fact}).status_code == 303
        with writing():
            for question in audit.questions:
                give(question, Answer.NOT_APPLICABLE, ward.office.moment(ward.lead), reason="không", evidence=[1])
            service.report(audit, "xong", ward.office.moment(ward.lead))
        sign_in(lead, "officer")
        assert f'href="/procedures/{procedure.id}"' in lead.get(f"/audits/{audit.id}?question=1").text

    def test_a_photo_is_kept_and_given_only_to_who_may_see_the_audit(
        self, app: Flask, lead: FlaskClient, sign_in: Callable[..., object], ward: Ward, audit: Audit
    ) -> None:
        upload = (BytesIO(picture()), "../ảnh.jpg")
        sending = lead.post(one(audit) + "/evidence", data={"photo": upload, "photo_text": "Bảng niêm yết"})
        assert sending.status_code == 303
        address = f"/audits/{audit.id}/evidence/1"
        with lead.get(address) as got:
            assert got.status_code == 200 and got.data.startswith(b"\xff\xd8")
            assert got.headers["X-Content-Type-Options"] == "nosniff"
            assert got.headers["Content-Disposition"].startswith("attachment")
            assert (got.headers["Cache-Control"], got.headers.get("ETag")) == ("no-store", None), "people may be seen in it"
        assert address in lead.get(f"/audits/{audit.id}?question=1").text
        lead.post("/sign-out")
        ward.office.person("stranger", unit=ward.other, role=Role.UNIT_HEAD)
        sign_in(lead, "stranger")
        assert lead.get(address).status_code == 404
        assert lead.post(one(audit) + "/evidence", data={"record_text": "x"}).status_code == 404

    def test_no_photo_is_decoded_for_whoever_may_not_add_evidence(
        self, lead: FlaskClient, sign_in: Callable[..., object], ward: Ward, audit: Audit, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        def read(*_given: object) -> NoReturn:
            raise AssertionError("a photo was decoded")

        monkeypatch.setattr(files, "read_picture", read)
        ward.office.person("stranger", unit=ward.other, role=Role.UNIT_HEAD)
        ward.office.person("reader", unit=audit.unit, role=Role.READER)
        for name, status in (("reader", 422), ("stranger", 404)):
            lead.post("/sign-out")
            sign_in(lead, name)
            sending = {"photo": (BytesIO(picture()), "a.jpg"), "photo_text": "Bảng niêm yết"}
            assert lead.post(one(audit) + "/evidence", data=sending).status_code == status
        assert not audit.evidence

    def test_words_about_a_photo_that_was_not_chosen_are_asked_back(self, lead: FlaskClient, audit: Audit) -> None:
        typed = {"record_text": "Sổ 12", "photo_text": "Bảng niêm yết ở quầy 2"}
        refused = lead.post(one(audit) + "/evidence", data=typed)
        assert refused.status_code == 422 and "Hãy chọn ảnh." in refused.text
        assert all(text in refused.text for text in typed.values()) and audit.questions[0].evidence == []

    def test_a_file_that_is_no_picture_is_refused_on_the_form(self, lead: FlaskClient, audit: Audit) -> None:
        upload = (BytesIO(b"MZ not a picture"), "a.jpg")
        refused = lead.post(one(audit) + "/evidence", data={"photo": upload, "record_text": "đã gõ"})
        assert refused.status_code == 422 and "đã gõ" in refused.text
        assert not audit.evidence


def test_a_report_is_refused_while_a_question_is_open_and_locks_afterwards(lead: FlaskClient, ward: Ward, audit: Audit) -> None:
    form = {"version": audit.version, "conclusion": "Duy trì tốt", "understood": "y"}
    assert lead.post(f"/audits/{audit.id}/report", data=form).status_code == 409
    with writing():
        for question in audit.questions:
            give(question, Answer.NOT_APPLICABLE, ward.office.moment(ward.lead), reason="không")
    assert lead.post(f"/audits/{audit.id}/report", data={**form, "conclusion": ""}).status_code == 422
    assert lead.post(f"/audits/{audit.id}/report", data=form).status_code == 303
    shown = lead.get(f"/audits/{audit.id}").text
    assert "Duy trì tốt" in shown and 'name="1-answer"' not in shown
    assert audit.state is AuditState.REPORTED
    assert lead.post(chapter(audit), data=page(audit, {1: (Answer.OPEN, {})})).status_code == 409
