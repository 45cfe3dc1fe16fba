"""Prints how many changes to rules and evidence the tests notice: what mutmut has tried, without changes of mere sentences.

``make mutants`` calls it. A changed sentence is no mutant here: the words belong to the catalogue, whose tests do not run
in this selection. Everything else counts, also what no test of the selection reaches.
"""

import ast
import json
import sys
from pathlib import Path

TRIED = Path(__file__).resolve().parent.parent / "mutants"
UNNOTICED, UNREACHED = 0, {5, 33}
"""What mutmut keeps of a mutant that the tests passed, and of one that none of them calls; every other code is a failure."""
ENOUGH = 90


class Wordless(ast.NodeTransformer):
    """Makes all sentences alike, and names that mean nothing outside of a statement."""

    def visit_Call(self, node: ast.Call) -> ast.AST:
        self.generic_visit(node)
        called = ast.unparse(node.func)
        if called == "_l":
            return ast.Constant("a sentence")
        if called.endswith(".alias"):  # what a table is called within a statement
            return ast.Call(node.func, [], [])
        if called == "Refusal" and node.args:  # its second argument is the sentence
            return ast.Call(node.func, node.args[:1], [])
        return node


def functions(path: Path) -> dict[str, str]:
    """The text of every function that mutmut wrote into a file, without name and sentences."""
    found = {}
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        if isinstance(node, ast.FunctionDef) and "__mutmut_" in node.name:
            name, node.name = node.name, "it"
            found[name] = ast.unparse(ast.fix_missing_locations(Wordless().visit(node)))
    return found


def score(meta: Path) -> tuple[int, list[str]]:
    """How many mutants of a file count, and which of them nothing noticed."""
    texts = functions(meta.with_suffix(""))
    counted, unnoticed = 0, []
    for key, code in json.loads(meta.read_text(encoding="utf-8"))["exit_code_by_key"].items():
        name = key.rpartition(".")[2]
        original = name.rpartition("__mutmut_")[0] + "__mutmut_orig"
        if code is None or texts.get(name) == texts.get(original):
            continue
        counted += 1
        if code == UNNOTICED or code in UNREACHED:
            unnoticed.append(key)
    return counted, unnoticed


def main() -> int:
    """Prints the score of each file and of all; answers 1 below ``ENOUGH`` percent."""
    total = missed = 0
    for meta in sorted(TRIED.rglob("*.py.meta")):
        counted, unnoticed = score(meta)
        if not counted:
            continue
        total, missed = total + counted, missed + len(unnoticed)
        place = meta.with_suffix("").relative_to(TRIED)
        print(f"{place}: {counted - len(unnoticed)} of {counted} noticed")
        for key in unnoticed:
            print(f"    not noticed: {key}")
    percent = 100 * (total - missed) / total if total else 0
    print(f"all: {total - missed} of {total} noticed, {percent:.1f}% ({ENOUGH}% wanted); `mutmut show NAME` shows a change")
    return 0 if percent >= ENOUGH else 1


if __name__ == "__main__":
    sys.exit(main())
