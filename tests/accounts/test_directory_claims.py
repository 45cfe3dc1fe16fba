"""What the claims of the directory mean for unit, roles and user name, on both databases; what is not told is not none."""

from dataclasses import replace
from typing import Any

import pytest
from sqlalchemy import select

from qms.accounts.directory import service as directory
from qms.accounts.directory.service import NotAdmitted
from qms.accounts.permissions import Role
from qms.kernel.db import db, writing
from qms.trail.models import TrailEntry
from tests.accounts.directory import SETTINGS, grants, link_of
from tests.office import Office


@pytest.mark.usefixtures("any_app")
def test_unit_and_roles_are_kept_alike_on_both_databases(office: Office) -> None:
    unit = office.agency("P1")
    settings = replace(SETTINGS, groups={"iso": "auditor"})
    claims = {"sub": "1", "preferred_username": "lan", "qms_unit": "P1", "qms_roles": "staff", "groups": ["iso"]}
    for _again in range(2):
        with writing():
            person = directory.admit(claims, settings, office.moment())
    assert person.unit_id == unit.id
    assert grants("lan") == {("staff", "P1"), ("auditor", "P1")}
    with writing():
        directory.admit({"sub": "1", "groups": []}, settings, office.moment())
    assert grants("lan") == set()


OVERAGE = {"_claim_names": {"groups": "src1"}, "_claim_sources": {"src1": {"endpoint": "https://graph.example.vn"}}}


@pytest.mark.parametrize("left_out", [{}, OVERAGE, {"groups": None}, {"groups": 7}, {"groups": ["iso"], **OVERAGE}])
@pytest.mark.usefixtures("any_app")
def test_roles_that_the_directory_does_not_tell_of_stay_and_that_is_told(office: Office, left_out: dict[str, Any]) -> None:
    office.agency("P1")
    settings = replace(SETTINGS, groups={"iso": "auditor", "vp": "staff"})
    claims = {"sub": "1", "preferred_username": "lan", "qms_unit": "P1", "groups": ["iso", "vp"]}
    for told in (claims, {"sub": "1", **left_out}, {"sub": "1", **left_out}):
        with writing():
            person = directory.admit(told, settings, office.moment())
    assert grants("lan") == {("staff", "P1"), ("auditor", "P1")}
    link = link_of(person.id)
    assert link is not None
    assert link.untold == "groups"
    noted = select(TrailEntry.changes).where(TrailEntry.deed == "note_untold_claims")
    assert db.session.scalars(noted).all() == [{"untold": [None, "groups"]}], "once, not at each sign-in"
    with writing():
        directory.admit({"sub": "1", "groups": ["vp"]}, settings, office.moment())
    assert grants("lan") == {("staff", "P1")}, "what is told counts again"
    assert link.untold is None


@pytest.mark.usefixtures("any_app")
def test_where_roles_and_groups_both_count_both_have_to_be_told(office: Office) -> None:
    office.agency("P1")
    settings = replace(SETTINGS, groups={"iso": "auditor"}, roles_named=True)
    claims = {"sub": "1", "preferred_username": "lan", "qms_unit": "P1"}
    for told in ({"groups": ["iso"], "qms_roles": "staff"}, {"groups": []}, {"qms_roles": ""}):
        with writing():
            directory.admit(claims | told, settings, office.moment())
        assert grants("lan") == {("staff", "P1"), ("auditor", "P1")}, told
    with writing():
        directory.admit(claims | {"groups": [], "qms_roles": ""}, settings, office.moment())
    assert grants("lan") == set()


@pytest.mark.usefixtures("any_app")
def test_groups_beyond_the_hundredth_count(office: Office) -> None:
    office.agency("P1")
    claims = {"sub": "1", "preferred_username": "lan", "qms_unit": "P1", "groups": [*(f"g{n}" for n in range(300)), "iso"]}
    with writing():
        directory.admit(claims, replace(SETTINGS, groups={"iso": "auditor"}), office.moment())
    assert grants("lan") == {("auditor", "P1")}


@pytest.mark.usefixtures("any_app")
@pytest.mark.parametrize(
    ("sent", "username"),
    [("lan@minhan.gov.vn", "lan"), ("lan@MinhAn.gov.vn", "lan"), ("lan", "lan"), ("lan@khac.vn", None), ("@minhan.gov.vn", None)],
)
def test_a_user_name_loses_only_a_domain_that_the_operator_named(office: Office, sent: str, username: str | None) -> None:
    office.agency("P1")
    settings = replace(SETTINGS, username_domains=frozenset({"minhan.gov.vn"}))
    claims = {"sub": "1", "preferred_username": sent, "qms_unit": "P1"}
    if username is None:
        with pytest.raises(directory.NotAdmitted), writing():
            directory.admit(claims, settings, office.moment())
        return
    with writing():
        assert directory.admit(claims, settings, office.moment()).username == username


@pytest.mark.usefixtures("any_app")
def test_whoever_became_an_administrator_after_being_linked_comes_in_by_the_directory_no_more(office: Office) -> None:
    ward = office.agency("P1")
    office.unit("P1-VH", parent=ward)
    first = {"sub": "1", "preferred_username": "lan", "qms_unit": "P1", "qms_roles": "staff"}
    with writing():
        person = directory.admit(first, SETTINGS, office.moment())
    office.grant(person, Role.ADMINISTRATOR, ward)
    later = {"sub": "1", "qms_unit": "P1-VH", "qms_roles": ""}
    with pytest.raises(NotAdmitted) as refused, writing():
        directory.admit(later, SETTINGS, office.moment())
    assert "is an administrator" in refused.value.reason
    assert office.again(person).unit.code == "P1" and grants("lan") == {("staff", "P1")}, "nothing of it is kept"
    with writing():
        directory.admit(later, replace(SETTINGS, may_grant_administrator=True), office.moment())
    assert office.again(person).unit.code == "P1-VH" and grants("lan") == set()


@pytest.mark.usefixtures("any_app")
def test_who_was_an_administrator_by_the_directory_alone_comes_in_without_that_once_the_operator_forbids_it(
    office: Office,
) -> None:
    office.agency("P1")
    claims = {"sub": "1", "preferred_username": "lan", "qms_unit": "P1", "qms_roles": "administrator"}
    with writing():
        directory.admit(claims, replace(SETTINGS, may_grant_administrator=True), office.moment())
    assert grants("lan") == {("administrator", "P1")}
    with pytest.raises(NotAdmitted), writing():
        directory.admit({"sub": "1"}, replace(SETTINGS, groups={"iso": "staff"}), office.moment())
    assert grants("lan") == {("administrator", "P1")}, "the directory did not say that this is over"
    with writing():
        directory.admit(claims, SETTINGS, office.moment())
    assert grants("lan") == set()
