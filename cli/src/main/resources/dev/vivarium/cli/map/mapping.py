"""What each interpreter of map runs: loads the function, calls it, and writes the outcome as JSON.

An outcome is text whose first character tells what it is: R a result, E an error object, K the
traceback of a KeyboardInterrupt, for Java to say what it was. T says that there is a table to be
written, which is tables.py's affair.
"""

import functools
import importlib.util
import json
import os
import sys
import traceback
import types

def make_encode():
    """json.dumps, with the encoder in C kept that JSONEncoder makes for each value anew."""
    plain = json.JSONEncoder(ensure_ascii=False, allow_nan=False)
    inside = {}
    try:
        pieces = json.encoder.c_make_encoder(
            inside, plain.default, json.encoder.encode_basestring, None, ": ", ", ", False, False, False
        )
    except TypeError:
        return plain.encode  # this json has none in C, or one of another kind

    def encode(value):
        if type(value) is int:
            return repr(value)
        if isinstance(value, str):
            return plain.encode(value)
        try:
            return "".join(pieces(value, 0))
        except BaseException:
            inside.clear()  # of what it did not come to an end with
            raise

    return encode


encode = make_encode()


class Problem(Exception):
    """The function cannot be had; the text is a line for the user."""


def isolate_streams():
    """Keeps the function away from the lines that Java reads and writes."""
    sys.stdout = sys.stderr
    sys.stdin = open(os.devnull, encoding="utf-8")


def load(path, name, kind):
    """A callable that takes items' texts, one after the other, and gives their outcomes as lines."""
    parse = json.loads if kind in ("jsonl", "rows") else None
    separator = "\0" if kind == "files" else "\n"
    return load_with(path, name, separator, parse, lambda _, result: "R" + encode(result))


def load_with(path, name, separator, parse, finish, form="as JSON"):
    """The same, with what makes an argument of a text, and an outcome of text and result."""
    isolate_streams()
    sys.argv[:] = [path]
    sys.path.insert(0, os.path.dirname(os.path.abspath(path)))
    return caller(find(module(path), path, name), separator, parse, finish, form)


def module(path):
    """Runs the file as a module named like it, unless that name is another's."""
    name = os.path.splitext(os.path.basename(path))[0]
    if name in sys.modules or name in sys.stdlib_module_names:
        name = "_vivarium_mapped"
    spec = importlib.util.spec_from_file_location(name, os.path.abspath(path))
    if spec is None:
        raise Problem(f"{path} is not a Python file: its name must end in .py")
    loaded = importlib.util.module_from_spec(spec)
    sys.modules[name] = loaded
    try:
        spec.loader.exec_module(loaded)
    except KeyboardInterrupt:
        raise
    except BaseException as error:
        only_main = "loading in subinterpreters" in text_of(error)
        hint = "; --batch calls functions in the main interpreter" if only_main else ""
        raise Problem(f"{path} cannot be loaded: {summary(error)}{hint}") from error
    return loaded


def find(loaded, path, name):
    """The function in the module; Class.method and the like too."""
    try:
        function = functools.reduce(getattr, name.split("."), loaded)
    except AttributeError:
        there = [
            key
            for key, value in vars(loaded).items()
            if isinstance(value, types.FunctionType)
            and value.__module__ == loaded.__name__
            and not key.startswith("_")
        ]
        known = f"its functions are {', '.join(there)}" if there else "it has no functions"
        raise Problem(f"{path} has no '{name}'; {known}") from None
    if not callable(function):
        raise Problem(f"'{name}' in {path} is not a function but of type {type_name(function)}")
    return function


def caller(function, separator, parse, finish, form):
    """Wraps the function. Outcomes end with the first item that an interrupt has hit."""

    def calls(texts):
        outcomes = []
        add = outcomes.append
        try:
            for text in texts.split(separator):
                try:
                    result = function(text if parse is None else parse(text))
                except KeyboardInterrupt as error:
                    add("K" + encode(trace(error)))
                    break
                except BaseException as error:
                    add("E" + describe(error, text_of(error)))
                    continue
                try:
                    add(finish(text, result))
                except KeyboardInterrupt:
                    raise
                except Exception as error:
                    reason = f"the result of type {type_name(result)} cannot be written {form}: "
                    add("E" + describe(error, reason + text_of(error)))
        except KeyboardInterrupt as error:
            add("K" + encode(trace(error)))
        return "\n".join(outcomes)

    return calls


def describe(error, message):
    """The error object of an item."""
    return encode({"type": type_name(error), "message": message, "traceback": trace(error)})


def trace(error):
    """The traceback without the frames of map's own code."""
    inner = error.__traceback__
    while inner and inner.tb_frame.f_code.co_filename == trace.__code__.co_filename:
        inner = inner.tb_next
    return "".join(traceback.format_exception(type(error), error, inner))


def summary(error):
    """An error in a line."""
    if isinstance(error, SyntaxError):
        return f"{type_name(error)}: {error}"
    where = traceback.extract_tb(error.__traceback__)
    line = f" (line {where[-1].lineno} of {where[-1].filename})" if where else ""
    return f"{type_name(error)}: {text_of(error)}{line}"


def text_of(error):
    """str() of an error, which may itself be faulty."""
    try:
        return str(error)
    except Exception as another:
        return f"<its text raised {type(another).__name__}>"


def type_name(value):
    """The name of a value's type, with its module unless that is builtins."""
    kind = type(value)
    if kind.__module__ == "builtins":
        return kind.__qualname__
    return f"{kind.__module__}.{kind.__qualname__}"
