"""Compiles on a thread with a large stack for threads that have a small one.

Loaded where the parser of CPython does not look how much stack there is (before 3.14), when the first
thread comes that deeply nested source would overflow. Given by Java: elsewhere, which takes the id of
a function without parameters and calls it on a thread of its own.
"""

import builtins
import functools
import sys
from _thread import get_ident

small = set()
add = small.add

own_compile = builtins.compile
own_eval = builtins.eval
own_exec = builtins.exec

# What compile() takes over from the code that calls it: the features of __future__
INHERITED = 0x1FE0000
OPTIMIZED = 0x1  # CO_OPTIMIZED: code of a function, whose locals are no dict
TEXT = str, bytes, bytearray, memoryview


def apart(function):
    """What the function returns or raises, called elsewhere."""
    outcome = []

    def call():
        try:
            outcome.append((function(), None))
        except BaseException as e:
            outcome.append((None, e))

    elsewhere(id(call))
    result, raised = outcome.pop()
    if raised is None:
        return result
    try:
        raise raised.with_traceback(None)
    finally:
        del raised


@functools.wraps(own_compile)
def compile(source, filename, mode, flags=0, dont_inherit=False, optimize=-1, **more):
    if not dont_inherit:
        flags |= sys._getframe(1).f_code.co_flags & INHERITED
    made = functools.partial(own_compile, source, filename, mode, flags, True, optimize, **more)
    return apart(made) if get_ident() in small else made()


def prepared(source, mode, frame, globals, locals):
    """The code to run, and its namespaces: by default those of the calling frame."""
    if isinstance(source, TEXT):
        if mode == "eval" and isinstance(source, str):
            source = source.lstrip(" \t")
        flags = frame.f_code.co_flags & INHERITED
        made = functools.partial(own_compile, source, "<string>", mode, flags, True)
        source = apart(made) if get_ident() in small else made()
    if locals is None:
        locals = globals
        if globals is None:
            locals = frame.f_locals
            if frame.f_code.co_flags & OPTIMIZED and sys.version_info >= (3, 13):
                locals = dict(locals)  # which is what locals() gives there
    return source, frame.f_globals if globals is None else globals, locals


@functools.wraps(own_exec)
def exec(source, globals=None, locals=None, /, **more):
    code, globals, locals = prepared(source, "exec", sys._getframe(1), globals, locals)
    return own_exec(code, globals, locals, **more)


@functools.wraps(own_eval)
def eval(source, globals=None, locals=None, /):
    code, globals, locals = prepared(source, "eval", sys._getframe(1), globals, locals)
    return own_eval(code, globals, locals)


builtins.compile = compile
builtins.exec = exec
builtins.eval = eval
