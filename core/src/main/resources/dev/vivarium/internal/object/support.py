"""What Vivarium needs of Python code in each interpreter, loaded when it is first needed."""


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


def make_module(name, source, file):
    """A module of that code; the one of that name, where another thread has been sooner."""
    import sys
    import types

    module = types.ModuleType(name)
    module.__file__ = file
    exec(compile(source, file, "exec", dont_inherit=True), module.__dict__)
    return sys.modules.setdefault(name, module)


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


def takes_level(name, level):
    """Whether the logger of that name takes a level of logging's."""
    import logging

    return logging.getLogger(name).isEnabledFor(level)


def log(name, level, message, exception, file, line, function, thread):
    """Logs what Java has to say, as if from where Java says it."""
    import logging

    if logging.getLevelName(level) == "Level 5":
        logging.addLevelName(level, "TRACE")
    logger = logging.getLogger(name)
    failure = None if exception is None else (type(exception), exception, exception.__traceback__)
    where = file or "(unknown file)", line
    record = logger.makeRecord(name, level, *where, message, (), failure, function)
    record.threadName = thread
    logger.handle(record)


class Reader:
    """A file object for Java to read from: one read at a time, and only sound ones."""

    def __init__(self, file):
        import _thread

        self.file = file
        self.readinto = getattr(file, "readinto", None)
        self.lock = _thread.RLock()  # waiting for it lets go of the GIL

    def read(self, position, count):
        """At most count bytes, as bytes or bytearray; at the file's position if that is -1."""
        with self.lock:
            if position < 0:
                return self.read_here(count)
            before = self.file.tell()
            self.file.seek(position)
            try:
                return self.read_here(count)
            finally:
                self.file.seek(before)

    def read_here(self, count):
        if self.readinto is not None:
            buffer = bytearray(count)
            try:
                done = self.readinto(buffer)
            except NotImplementedError:
                done = -1
            except OSError as e:
                if not isinstance(e, ValueError):  # else io.UnsupportedOperation
                    raise
                done = -1
            if done != -1 or not hasattr(self.file, "read"):
                self.check_none(done, "readinto")
                if type(done) is not int or not 0 <= done <= count:
                    raise TypeError(f"readinto() of {count} bytes returned {done!r}")
                return buffer if done == count else bytes(memoryview(buffer)[:done])
            self.readinto = None
        data = self.file.read(count)
        self.check_none(data, "read")
        if isinstance(data, str):
            raise TypeError("read() returned str: the file is not open in binary mode")
        if not isinstance(data, (bytes, bytearray, memoryview)):
            raise TypeError(f"read() returned {type(data).__name__}, not bytes")
        data = bytes(data)
        if len(data) > count:
            raise ValueError(f"read({count}) returned {len(data)} bytes")
        return data

    def check_none(self, result, method):
        if result is None:
            raise BlockingIOError(f"{method}() returned None: a non-blocking file with nothing yet")

    def tell(self):
        with self.lock:
            return self.file.tell()

    def seek(self, position):
        with self.lock:
            self.file.seek(position)
            return position

    def size(self):
        with self.lock:
            before = self.file.tell()
            try:
                self.file.seek(0, 2)
                return self.file.tell()
            finally:
                self.file.seek(before)

    def close(self):
        """Without the lock: a read that blocks must not keep the file from being closed."""
        close = getattr(self.file, "close", None)
        if close is not None:
            close()
