"""The program's own text, for tests that read it."""

import ast
import gc


def parse(text: str, name: str = "<unknown>") -> ast.Module:
    """The tree of a module, with no collection of garbage in between.

    A finalizer that logs a traceback parses a line for it; in CPython 3.11 that ends the parsing it interrupts in a SystemError.
    """
    gc.disable()
    try:
        return ast.parse(text, name)
    finally:
        gc.enable()
