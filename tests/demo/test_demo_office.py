"""The demo office shows every verdict and every state, on whatever day it is loaded."""

import shutil
from collections import Counter
from collections.abc import Iterator
from datetime import UTC, date, datetime, timedelta
from pathlib import Path

import pytest
from sqlalchemy import func, select

from audits.models import Audit, AuditState
from nonconformities.models import Nonconformity, NonconformityState
from procedures.models import Procedure, Service
from qms.accounts.models import Person
from qms.demo.service import SIGN_INS, load_demo
from qms.evaluation.models import Verdict
from qms.evaluation.service import evaluate, yesterday
from qms.kernel.db import db
from qms.kernel.moment import Moment, System
from tests.shared_app import application

DAYS = (date(2026, 1, 1), date(2026, 8, 31), date(2028, 2, 29), date(2028, 7, 15))


@pytest.fixture(scope="module", params=DAYS, ids=str)
def loaded(request: pytest.FixtureRequest, sqlite_template: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Moment]:
    """The office loaded on a day, at nine in the morning of Hanoi."""
    day: date = request.param
    folder = tmp_path_factory.mktemp("demo")
    shutil.copyfile(sqlite_template, folder / "qms.sqlite3")
    moment = Moment(System(), datetime(day.year, day.month, day.day, 2, tzinfo=UTC))
    with application(folder, f"sqlite:///{folder / 'qms.sqlite3'}"):
        assert len(load_demo(moment)) == len(SIGN_INS)
        yield moment


@pytest.mark.parametrize("ago", [0, 1])
def test_the_verdicts_are_mixed(loaded: Moment, ago: int) -> None:
    outcome = evaluate(yesterday(loaded) + timedelta(days=1 - ago), loaded, None)
    assert Counter(one.verdict for one in outcome.units) == {
        Verdict.MAINTAINS: 8,
        Verdict.TO_SUPPLEMENT: 2,
        Verdict.NOT_MAINTAINED: 1,
        Verdict.BUILDING: 1,
    }
    assert {one.unit for one in outcome.excluded} == {"MA", "DTT", "BQLCHO"}


def test_nonconformities_are_in_every_state_and_an_audit_is_under_way(loaded: Moment) -> None:
    assert set(db.session.scalars(select(Nonconformity.state))) == set(NonconformityState)
    under_way = db.session.scalars(select(Audit).where(Audit.state == AuditState.UNDER_WAY)).all()
    assert len(under_way) == 1
    answered = [question for question in under_way[0].questions if question.answered_at is not None]
    assert 0 < len(answered) < len(under_way[0].questions)


def test_the_office_is_large_enough_to_look_real(loaded: Moment) -> None:
    assert db.session.scalar(select(func.count(Procedure.id))) >= 40
    assert db.session.scalar(select(func.count(Service.id))) >= 60


def test_people_have_the_names_of_their_posts(loaded: Moment, app_titles: tuple[str, ...]) -> None:
    for name in db.session.scalars(select(Person.full_name)):
        assert name.startswith(app_titles), f"{name} is no post"


@pytest.fixture
def app_titles() -> tuple[str, ...]:
    """How the name of a post begins."""
    return ("Chánh", "Trưởng", "Giám đốc", "Chủ tịch", "Phó Chủ tịch", "Hiệu trưởng", "Thư ký", "Quản trị", "Công chức")
