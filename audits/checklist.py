"""The checklist template: questions in our own words, chosen by the clauses of an audit."""

import tomllib
from collections.abc import Sequence
from dataclasses import dataclass
from functools import cache
from importlib.resources import files

from qms.standard.catalogue import covers, sort_key

TEMPLATE = "tcvn-iso-9001-2015"


@dataclass(frozen=True)
class TemplateQuestion:
    """One question of the template; ``look`` says where the proof is usually found."""

    code: str
    clause: str
    text_vi: str
    text_en: str
    look_vi: str
    look_en: str


@cache
def template_questions() -> tuple[TemplateQuestion, ...]:
    """All questions of the template in the order of the standard."""
    text = files("audits").joinpath("checklists", f"{TEMPLATE}.toml").read_text(encoding="utf-8")
    found = [
        TemplateQuestion(row["code"], row["clause"], row["vi"], row["en"], row["look_vi"], row["look_en"])
        for row in tomllib.loads(text)["questions"]
    ]
    return tuple(sorted(found, key=lambda question: (sort_key(question.clause), question.code)))


def questions_for(listed: Sequence[str]) -> list[TemplateQuestion]:
    """The questions that a list of clauses reaches: of the clause, above it or below it.

    A clause so deep that no question names it (7.1.4) gets the questions of its clause x.y, so that nothing that an audit
    lists goes unasked.
    """
    wanted = set(listed)
    for clause in listed:
        if not any(covers(clause, question.clause) for question in template_questions()):
            wanted.add(".".join(clause.split(".")[:2]))
    return [question for question in template_questions() if any(covers(clause, question.clause) for clause in wanted)]
