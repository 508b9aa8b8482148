"""What the prompt needs of Python code, once in each interpreter that it enters."""

import linecache
import sys
import warnings
from _ast import Interactive, PyCF_ONLY_AST
from codeop import PyCF_ALLOW_INCOMPLETE_INPUT, PyCF_DONT_IMPLY_DEDENT

FUTURES = 0x1FF0000  # the compiler's flags that "from __future__" sets in co_flags

main = sys.modules["__main__"].__dict__
futures = 0
count = 0


def begin():
    """As python puts the current folder first, unless it was told not to."""
    import os

    if not os.environ.get("PYTHONSAFEPATH") and "" not in sys.path:
        sys.path.insert(0, "")


def is_complete(source):
    """As codeop sees it, for more than one statement too: a block ends with an empty line."""
    flags = PyCF_ONLY_AST | PyCF_DONT_IMPLY_DEDENT | PyCF_ALLOW_INCOMPLETE_INPUT | futures
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        try:
            statements = compile(source, "<input>", "exec", flags, True).body
        except SyntaxError as e:
            return "incomplete input" not in str(e)
        except Exception:
            return True  # running it tells what is wrong
    last = statements[-1] if statements else None
    is_block = hasattr(last, "body") or hasattr(last, "cases")
    return not is_block or source.endswith("\n")


def compile_input(source):
    """Code that shows the value of each expression statement."""
    global count, futures
    count += 1
    file = f"<input-{count}>"
    linecache.cache[file] = (len(source), None, source.splitlines(True), file)
    tree = compile(source, file, "exec", PyCF_ONLY_AST | futures, True)
    code = compile(Interactive(tree.body), file, "single", futures, True)
    futures |= code.co_flags & FUTURES
    return code


def settle():
    """Being called, it lets a signal's handler run."""


def report(error, ours):
    """Prints an uncaught exception as python does; without our frames, if it is of ours."""
    traceback = None if ours else error.__traceback__
    error.__traceback__ = traceback
    sys.last_exc = sys.last_value = error
    sys.last_type = type(error)
    sys.last_traceback = traceback
    sys.excepthook(type(error), error, traceback)


def flush():
    for stream in (sys.stdout, sys.stderr):
        if stream is not None and not stream.closed:
            stream.flush()


def complete(text, before):
    """What the word could become, whole; before is what the line has in front of it."""
    words = before.split()
    if words[:1] == ["from"] and len(words) >= 3 and words[2] == "import":
        return [name for name in members(module(words[1]), "") if name.startswith(text)]
    if words[:1] in (["from"], ["import"]) and (len(words) == 1 or words[-1].endswith(",")):
        return modules(text)
    owner, dot, name = text.rpartition(".")
    if dot:
        found = value(owner)
        return [] if found is None else [f"{owner}.{n}" for n in members(found[0], name)]
    return sorted(n for n in known() if n.startswith(text) and (text or n[0] != "_"))


def known():
    import builtins
    import keyword

    return {*main, *dir(builtins), *keyword.kwlist}


def value(path):
    """What a dotted name stands for, in a tuple; nothing is called for it."""
    first, *rest = path.split(".")
    if first in main:
        found = main[first]
    else:
        import builtins

        if not hasattr(builtins, first):
            return None
        found = getattr(builtins, first)
    for name in rest:
        try:
            found = getattr(found, name)
        except Exception:
            return None
    return (found,)


def members(owner, start):
    """Names with an underscore only for those who have typed one."""
    names = [n for n in dir(owner) if type(n) is str and n.startswith(start)]
    return sorted(n for n in names if start.startswith("_") or n[0] != "_")


def module(name):
    if name not in sys.modules and name.partition(".")[0] in ("java", "javax", "jdk"):
        import importlib

        try:
            return importlib.import_module(name)  # a Java package: looking does nothing else
        except Exception:
            return None
    return sys.modules.get(name)


def modules(text):
    import pkgutil

    owner, dot, start = text.rpartition(".")
    if dot:
        package = module(owner)
        names = {m.name for m in pkgutil.iter_modules(folders(package, owner))}
        names.update(members(package, start) if owner.startswith("java") else ())
    else:
        names = {*sys.builtin_module_names, *(m.name for m in pkgutil.iter_modules())}
        names.update(n for n in sys.modules if "." not in n)
    shown = (n for n in names if n.startswith(start) and (start or n[0] != "_"))
    return sorted(owner + dot + n for n in shown)


def folders(package, name):
    """Where a package's modules are, without importing it."""
    if package is None and "." not in name:
        import importlib.util

        spec = importlib.util.find_spec(name)
        return (spec and spec.submodule_search_locations) or []
    return getattr(package, "__path__", None) or []
