"""Readies the main interpreter for a program, as Py_RunMain does.

Java then calls what ``prepare`` gives, so that no frame of ours is on the stack of the program, in
its tracebacks, or anywhere it could see one.
"""

import builtins
import linecache
import os
import sys


def prepare(kind, text, arguments):
    """The callable that runs the program, and its arguments."""
    if kind == "module":
        import runpy

        sys.argv[:] = ["-m", *arguments]
        first_on_path(os.getcwd())
        return runpy._run_module_as_main, (text,)
    sys.argv[:] = [{"code": "-c", "stdin": "-"}.get(kind, text), *arguments]
    if kind == "code":
        first_on_path("")
        return executing(text.encode("utf-8", "surrogatepass"), "<string>", keep=True)
    if kind == "stdin":
        first_on_path("")
        return executing(sys.stdin.buffer.read(), "<stdin>", keep=True)
    if os.path.isdir(text) or is_archive(text):
        import runpy

        first_on_path(text)
        return runpy._run_module_as_main, ("__main__", False)
    return file(text)


def file(path):
    """A source or bytecode file."""
    from importlib.machinery import SourceFileLoader

    with open(path, "rb") as opened:
        source = opened.read()
    absolute = os.path.abspath(path)
    first_on_path(os.path.dirname(os.path.realpath(path)))
    main = sys.modules["__main__"]
    main.__file__ = absolute
    main.__cached__ = None
    main.__loader__ = SourceFileLoader("__main__", absolute)
    return executing(source, absolute)


def executing(source, name, keep=False):
    """A call of exec on the compiled source."""
    if keep and sys.version_info >= (3, 13):
        # From 3.13 on, python shows such a source's lines in tracebacks.
        text = source.decode("utf-8", "replace")
        linecache.cache[name] = (len(text), None, text.splitlines(True), name)
    code = compile(source, name, "exec", dont_inherit=True)
    return builtins.exec, (code, sys.modules["__main__"].__dict__)


def is_archive(path):
    """Whether it is a zip file that python would run."""
    if path.endswith((".py", ".pyw")):
        return False
    import zipfile

    return zipfile.is_zipfile(path)


def first_on_path(folder):
    """What python puts before everything else on sys.path, unless it was told not to."""
    # sys.flags.safe_path is always set in an embedded Python.
    if not os.environ.get("PYTHONSAFEPATH"):
        sys.path.insert(0, folder)


def report(error, ours):
    """Prints an uncaught exception as python does; without our frames, if it is of ours."""
    traceback = None if ours else error.__traceback__
    error.__traceback__ = traceback
    sys.last_exc = sys.last_value = error
    sys.last_type = type(error)
    sys.last_traceback = traceback
    sys.excepthook(type(error), error, traceback)


def wait():
    """Waits for the program's threads, as python does at its end, but lets a Ctrl-C get through."""
    if "threading" not in sys.modules:
        return
    import _thread
    import threading

    while threading._threading_atexits:  # of executors, which wait for their threads themselves
        _thread.start_new_thread(threading._threading_atexits.pop(), ())
    me = threading.current_thread()
    for thread in iter(lambda: next(others(threading, me), None), None):
        threading.Thread.join(thread, 0.1)


def others(threading, me):
    """Those that are no daemons and have not ended."""
    for thread in threading.enumerate():
        foreign = isinstance(thread, (threading._DummyThread, threading._MainThread))
        if not (foreign or thread._daemonic or thread is me):
            yield thread


def flush():
    """Brings out what the program has printed."""
    for stream in (sys.stdout, sys.stderr):
        if stream is not None and not stream.closed:
            stream.flush()
