"""Measures Python source files: functions, the longest one, and cyclomatic complexity.

    ./vivarium map examples/complexity.py:measure @stdlib

Cyclomatic complexity is McCabe's: one, and one more for each point where the code can go two ways.
Counted are ``if`` and ``elif``, ``for`` and ``while``, each ``except``, a conditional expression,
each ``and``/``or`` beyond its first operand, each ``for`` and ``if`` of a comprehension, each
``case`` but a plain ``case _``, and each guard of a ``case``. ``else``, ``finally``, ``with`` and
``assert`` add nothing. A function's figure leaves out the functions inside it, which have figures of
their own; a lambda and a class body belong to what they stand in.
"""

import ast
import tokenize
import warnings

FUNCTIONS = (ast.FunctionDef, ast.AsyncFunctionDef)

ONE_MORE = (
    ast.If,
    ast.For,
    ast.AsyncFor,
    ast.While,
    ast.ExceptHandler,
    ast.IfExp,
)


def measure(path):
    """Measures the file at that path; what cannot be parsed is a result too, with the reason."""
    try:
        # Reads the encoding from the file's first lines, as the interpreter does.
        with tokenize.open(path) as file:
            source = file.read()
        with warnings.catch_warnings():
            # An old-fashioned escape in a string is no concern of ours.
            warnings.simplefilter("ignore")
            tree = ast.parse(source, filename=path)
    except (SyntaxError, ValueError, RecursionError, MemoryError) as error:
        # ValueError: bytes that the encoding does not have, or, on some versions, null bytes.
        return {"parses": False, "reason": f"{type(error).__name__}: {error}"}
    return report(source, tree)


def report(source, tree):
    """The figures of a module that parses."""
    functions = [node for node in ast.walk(tree) if isinstance(node, FUNCTIONS)]
    figures = [complexity(function) for function in functions]
    return {
        "parses": True,
        "lines": source.count("\n") + (source[-1:] not in ("", "\n")),
        "functions": len(functions),
        "longest": longest(functions),
        "complexity": {
            # The module's own statements are one piece of code like a function.
            "total": complexity(tree) + sum(figures),
            "max": max(figures, default=0),
        },
    }


def longest(functions):
    """The function with the most lines, the first of them if there are several; or None."""
    if not functions:
        return None
    function = max(functions, key=length)
    return {"name": function.name, "line": function.lineno, "lines": length(function)}


def length(function):
    """The number of lines from ``def`` to the end of the body."""
    return function.end_lineno - function.lineno + 1


def complexity(root):
    """McCabe's figure of one function or module, without the functions inside it."""
    return 1 + sum(decisions(node) for node in own_nodes(root))


def own_nodes(root):
    """What belongs to a function or module itself; like ast.walk, with a list for its stack."""
    waiting = [root]
    while waiting:
        node = waiting.pop()
        yield node
        waiting.extend(
            child for child in ast.iter_child_nodes(node) if not isinstance(child, FUNCTIONS)
        )


def decisions(node):
    """How many further ways a node opens."""
    if isinstance(node, ONE_MORE):
        return 1
    if isinstance(node, ast.BoolOp):
        return len(node.values) - 1
    if isinstance(node, ast.comprehension):
        return 1 + len(node.ifs)
    if isinstance(node, ast.match_case):
        return (not catches_all(node.pattern)) + (node.guard is not None)
    return 0


def catches_all(pattern):
    """Whether it is ``case _`` or ``case name``, which match whatever comes."""
    return isinstance(pattern, ast.MatchAs) and pattern.pattern is None
