"""What Vivarium needs of Python code in each interpreter, loaded when it is first needed."""


class JavaException(Exception):
    """A Java exception on its way through Python code."""


def format_exception(exception):
    import traceback

    return "".join(traceback.format_exception(exception))


def frames(exception):
    """(file, line, function) of each traceback entry, outermost call first."""
    result = []
    entry = exception.__traceback__
    while entry is not None and len(result) < 1024:
        code = entry.tb_frame.f_code
        result.append((code.co_filename, entry.tb_lineno or -1, code.co_name))
        entry = entry.tb_next
    return result


def join_threads(seconds, daemons):
    """Waits a little for each thread that Python code has started; those still running."""
    import sys
    import threading

    def others():
        me = threading.get_ident()
        known = threading.enumerate()
        for thread in known:
            if thread.ident == me or isinstance(thread, threading._DummyThread):
                continue
            if isinstance(thread, threading._MainThread):
                continue
            if daemons or not thread.daemon:
                yield thread.name, thread.ident, thread
        if daemons:
            idents = {thread.ident for thread in known}
            for ident in sys._current_frames():
                if ident != me and ident not in idents:
                    yield f"started with _thread, {ident}", ident, None

    for _, _, thread in list(others()):
        if thread is not None:
            thread.join(seconds)
    return [(name, ident) for name, ident, _ in others()]


def last_words():
    """What an end would run first, where there can be no end."""
    import atexit
    import sys

    try:
        atexit._run_exitfuncs()
    finally:
        for stream in (sys.stdout, sys.stderr):
            if stream is not None:
                stream.flush()


def import_threading_for_others():
    """Imports 3.12's threading, so that a thread other than this one can end the interpreter."""
    import threading

    with threading._shutdown_locks_lock:
        threading._shutdown_locks.discard(threading._main_thread._tstate_lock)


class WatchedLoader:
    """Loads a module and looks at it before anyone else does."""

    def __init__(self, loader, look):
        self.loader = loader
        self.look = look

    def create_module(self, spec):
        return self.loader.create_module(spec)

    def exec_module(self, module):
        self.loader.exec_module(module)
        self.look(module)

    def __getattr__(self, name):
        return getattr(self.loader, name)


class WatchedImport:
    """Finds modules of certain names as the other finders do, to be looked at once loaded."""

    def __init__(self, names, look):
        self.names = names
        self.look = look

    def find_spec(self, name, path=None, target=None):
        if name in self.names:
            import sys

            for finder in sys.meta_path:
                spec = None if finder is self else finder.find_spec(name, path, target)
                if spec is not None:
                    spec.loader = WatchedLoader(spec.loader, self.look)
                    return spec
        return None


def watch_new_interpreters(met, existing):
    """Has Java told of each interpreter that this one makes before anyone else can end it."""
    import sys

    def look(module):
        made_by = module.create

        def create(*args, **kwargs):
            made = made_by(*args, **kwargs)
            met(int(made))
            return made

        create.__doc__ = made_by.__doc__
        module.create = create

    names = "_interpreters", "_xxsubinterpreters"
    # Importing them takes longer than the rest of an interpreter's beginning
    sys.meta_path.insert(0, WatchedImport(names, look))
    for name in names:
        if name in sys.modules:
            look(sys.modules[name])
    if existing:
        for name in names:
            try:
                module = __import__(name)
            except ImportError:
                continue
            for entry in module.list_all():
                met(int(entry[0] if isinstance(entry, tuple) else entry))
            return
