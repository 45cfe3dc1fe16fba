"""The verbs of the evaluation: compute for a day, and seal a run."""

from collections.abc import Collection
from datetime import date, timedelta

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from qms.accounts.actor import SignedIn, in_force
from qms.accounts.models import Grant, Person
from qms.accounts.permissions import Permission, Role
from qms.evaluation.compute import compute
from qms.evaluation.criteria import set_of
from qms.evaluation.models import Run, RunOrigin, Verdict
from qms.evaluation.outcome import Outcome
from qms.evaluation.sealing import copy_rows, keep_year
from qms.kernel.days import end_of_day
from qms.kernel.db import computing, db, go_on_with
from qms.kernel.feature import house
from qms.kernel.moment import Moment
from qms.trail.service import last_number, record
from qms.units.models import Unit, UnitAncestry


def evaluate(day: date, moment: Moment, scope: Unit | None = None, units: Collection[int] | None = None) -> Outcome:
    """Evaluates all units (or those at or below ``scope``) at the end of a local day, as they were committed.

    With ``units`` (ids) only these, as the present transaction sees them. Nothing stays written, and only what is asked is
    computed.
    """
    session = db.session()
    criteria_set = set_of(day)
    forecast = moment.instant < end_of_day(day)
    code = scope.code if scope is not None else None
    if units is not None:
        outcome = Outcome(day, forecast, criteria_set, code, session.connection())
        compute(outcome.connection, day, criteria_set, house().evidence, house().entered, units)
        return outcome.read()
    if scope is not None:
        units = session.scalars(select(UnitAncestry.unit_id).where(UnitAncestry.ancestor_id == scope.id)).all()
    with computing() as connection:
        compute(connection, day, criteria_set, house().evidence, house().entered, units)
    return Outcome(day, forecast, criteria_set, code, connection)


def yesterday(moment: Moment) -> date:
    """The day whose end is today's standing."""
    return moment.today - timedelta(days=1)


def scope_of(moment: Moment) -> Unit | None:
    """The subtree a person evaluates: the highest unit in which the permission was granted; None means the whole tree."""
    actor = moment.person
    if not isinstance(actor, SignedIn):
        return None
    granted = actor.granted_units(Permission.EVALUATION_RUN)
    depth = select(func.count()).where(UnitAncestry.unit_id == Unit.id).scalar_subquery()
    found = db.session.scalar(select(Unit).where(Unit.id.in_(granted)).order_by(depth, Unit.code).limit(1))
    return found if found is None or found.parent_id is not None or _other_roots(found) else None


def _other_roots(unit: Unit) -> bool:
    return bool(db.session.scalar(select(func.count()).where(Unit.parent_id.is_(None), Unit.id != unit.id)))


def issuing_unit(session: Session, scope: Unit | None) -> Unit | None:
    """The agency that signs the report: the scope's, or the one root of the tree that is an agency."""
    if scope is not None:
        at: Unit | None = scope
        while at is not None and not at.agency:
            at = at.parent
        return at or scope
    roots = session.scalars(
        select(Unit).where(Unit.parent_id.is_(None), Unit.in_scope_to.is_(None)).order_by(Unit.agency.desc(), Unit.code)
    ).all()
    return roots[0] if roots else None


def signer_of(session: Session, issuer: Unit, today: date) -> str | None:
    """The name of the one person who leads the unit; None when there is none or more, or only the office is known."""
    leaders = session.execute(
        select(Person.full_name, Person.title)
        .join(Grant, Grant.person_id == Person.id)
        .where(Grant.unit_id == issuer.id, Grant.role == Role.LEADER, in_force(today), Person.disabled.is_(False))
        .distinct()
        .limit(2)
    ).all()
    return leaders[0].full_name if len(leaders) == 1 and leaders[0].full_name != leaders[0].title else None


def yearly_run(criteria_set: str, day: date) -> Run | None:
    """The run of the whole tree that the clock stored for a day; None when there is none."""
    runs = select(Run).where(Run.origin == RunOrigin.YEARLY, Run.criteria_set == criteria_set, Run.as_of == day)
    return db.session.scalar(runs.where(Run.scope_unit_id.is_(None)).order_by(Run.id).limit(1))


def store(outcome: Outcome, moment: Moment, origin: RunOrigin, scope: Unit | None = None) -> Run:
    """Seals an outcome as a run, row by row; the report is printed from these rows only.

    What costs time was done before; the first thing in ``writing()``, because the rows are copied on the outcome's connection.
    """
    outcome.made_ready()
    seal, share, agencies, year = outcome.seal(), outcome.share, outcome.agencies, outcome.year
    building = outcome.count(Verdict.BUILDING)
    go_on_with(outcome.connection)
    session = db.session()
    issuer = issuing_unit(session, scope)
    run = Run(
        criteria_set=outcome.criteria_set.code,
        set_hash=outcome.criteria_set.content_hash,
        as_of=outcome.as_of,
        scope_unit_id=scope.id if scope is not None else None,
        scope_code=outcome.scope_code,
        forecast=outcome.forecast,
        origin=origin,
        sealed_at=moment.instant,
        sealed_by=moment.person.username,
        seal=seal,
        trail_head=last_number(),
        issuing_unit_code=issuer.code if issuer is not None else None,
        issuing_unit_name=issuer.name if issuer is not None else None,
        issuing_unit_name_en=issuer.name_en if issuer is not None else None,
        issuing_kind=issuer.kind if issuer is not None else None,
        issuing_bloc=issuer.bloc if issuer is not None else None,
        superior_name=issuer.parent.name if issuer is not None and issuer.parent is not None else None,
        signer_name=None if issuer is None else signer_of(session, issuer, moment.today),
        in_scope=share.n,
        maintaining=share.k,
        building=building,
        agencies_in_scope=agencies.in_scope,
        agencies_announced=agencies.announced,
        agencies_maintaining=agencies.maintaining,
    )
    session.add(run)
    session.flush()
    copy_rows(session, run.id)
    keep_year(session, run.id, year)
    record(
        moment,
        "evaluation",
        str(run.id),
        "seal",
        unit_id=scope.id if scope is not None else None,
        changes={
            "as_of": [None, outcome.as_of.isoformat()],
            "share": [None, f"{share.k}/{share.n}"],
            "seal": [None, run.seal],
            "figures": [None, "; ".join(f"{one.key} {one.number} ({one.before})" for one in year.figures)],
        },
    )
    return run
