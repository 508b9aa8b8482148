"""What Vivarium needs of Python code in each interpreter, loaded when it is first needed."""


def format_exception(exception):
    import traceback

    return "".join(traceback.format_exception(exception))


def frames(exception):
    """File, line and function of each traceback entry, one behind the other, outermost call first."""
    result = []
    entry = exception.__traceback__
    while entry is not None and len(result) < 3 * 1024:
        code = entry.tb_frame.f_code
        result += code.co_filename, entry.tb_lineno or -1, code.co_name
        entry = entry.tb_next
    return result


def stack(frame):
    """The same of the frames that a thread is in, the innermost first."""
    result = []
    while frame is not None and len(result) < 3 * 1024:
        result += frame.f_code.co_filename, frame.f_lineno or -1, frame.f_code.co_name
        frame = frame.f_back
    return result


class JavaSource:
    """Loads a module from text that Java reads: anew for importlib.reload()."""

    def __init__(self, file, read):
        self.file = file
        self.read = read

    def create_module(self, spec):
        return None

    def exec_module(self, module):
        code = compile(self.read(), self.file, "exec", dont_inherit=True)
        exec(code, module.__dict__)

    def get_source(self, name):
        """For tracebacks and inspect, which go on without it."""
        try:
            return self.read()
        except Exception as e:
            raise ImportError(f"the source of {name} cannot be read: {e}", name=name) from e

    @staticmethod
    def find_spec(name, path=None, target=None):
        """As a finder: of what is there already, which is to be loaded again."""
        spec = getattr(target, "__spec__", None)
        return spec if isinstance(getattr(spec, "loader", None), JavaSource) else None


def stack_of_thread(frame):
    """The ident and name of a thread that threading has started and that is in that frame, or 0, and its stack()."""
    outermost = frame
    while outermost.f_back is not None:
        outermost = outermost.f_back
    thread = outermost.f_locals.get("self") if outermost.f_code.co_name == "_bootstrap" else None
    ident = getattr(thread, "_ident", None)
    name = getattr(thread, "_name", None)
    return ident if type(ident) is int else 0, name if type(name) is str else "", stack(frame)


FUNCTIONS = {}  # by the id of their code, which is kept with the text


def function(code):
    """A frame of that code as a profile has it."""
    known = FUNCTIONS.get(id(code))
    if known is None:
        if len(FUNCTIONS) > 10_000:
            FUNCTIONS.clear()
        parts = code.co_filename.replace("\\", "/").rsplit("/", 2)
        file = "/".join(parts[-2:]) if parts[-1] == "__init__.py" else parts[-1]
        text = f"{code.co_qualname} ({file})".replace(";", ",").replace("\n", " ")
        known = FUNCTIONS[id(code)] = code, text
    return known[1]


def functions(frame, called_from, calls):
    """The functions that a thread is in, outermost first: in lines, of which each but the last ends at a call into Java.

    So many calls there are; called_from has the ids of the frames that the last of them come from."""
    ids, texts = [], []
    while frame is not None and len(ids) < 1024:
        ids.append(id(frame))
        texts.append(function(frame.f_code))
        frame = frame.f_back
    ids.reverse()
    texts.reverse()
    marks = [int(mark) for mark in called_from.split()][-calls:] if calls else []
    lines = []
    begin = 0
    for mark in marks:
        end = ids.index(mark, begin) + 1 if mark in ids[begin:] else begin
        lines.append(texts[begin:end])
        begin = end
    if calls and not marks:
        lines.append(texts)
        begin = len(texts)
    lines[1:1] = [[]] * (calls - len(lines))
    lines.append(texts[begin:])
    return "\n".join([";".join(line) for line in lines])


def make_module(name, read, file):
    """A module of that text; the one of that name, where another thread has been sooner."""
    import importlib.util
    import sys

    spec = importlib.util.spec_from_loader(name, JavaSource(file, read), origin=file)
    spec.has_location = True  # so that it has a __file__
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    if JavaSource not in sys.meta_path:
        sys.meta_path.insert(0, JavaSource)  # before those that find a file of the same name
    return sys.modules.setdefault(name, module)


def started(daemons, but):
    """The threads that Python code has started and that run, but for the calling one."""
    import threading

    me = threading.get_ident()
    for thread in threading.enumerate():
        if thread.ident == me or thread.ident in but:
            continue
        if isinstance(thread, (threading._DummyThread, threading._MainThread)):
            continue
        if daemons or not thread._daemonic:
            yield thread


def join_threads(seconds, daemons, but):
    """Waits a little for each thread that Python code has started; those still running.

    Of the idents in but, nothing is expected any more. Those that threading does not know are not
    asked for: sys._current_frames() reads the frames of all interpreters, whatever their GIL. A
    class's own join() is not called: it may do anything, and Python's end does without it, too.
    """
    import threading

    for thread in list(started(daemons, but)):
        try:
            threading.Thread.join(thread, seconds)
        except Exception:
            pass
    return [(thread.name, thread.ident) for thread in started(daemons, but)]


def join_program(seconds):
    """As join_threads, at the return of Java's main method; how many are still running.

    Executors' threads that have nothing to do wait for ever: once there are no others they go.
    """
    import sys

    join_threads(seconds, False, ())
    running = set(started(False, ()))
    others = set(running)
    for module, table in ("thread", "_threads_queues"), ("process", "_threads_wakeups"):
        executors = sys.modules.get("concurrent.futures." + module)
        others.difference_update(getattr(executors, table, ()))
    if running and not others:
        shut_pools()
    return len(running)


def destroy(id):
    """Ends an interpreter that Python code has made; not one that runs code."""
    try:
        import _interpreters as interpreters
    except ImportError:
        import _xxsubinterpreters as interpreters
    try:
        interpreters.destroy(id)
    except Exception:
        pass  # it runs, or has ended meanwhile: its gate says which


def shut_pools():
    """Has executors let their threads go, as threading does at its end."""
    import _thread
    import threading

    # They wait for those threads as well, one of which may be in no hurry
    while threading._threading_atexits:
        _thread.start_new_thread(threading._threading_atexits.pop(), ())


def flush_files():
    """Flushes what is open, also what only the frames of another thread know of."""
    import gc
    import sys
    from _io import BufferedRandom, BufferedWriter, _IOBase

    def waits(file):
        try:
            return not file.seekable()
        except BaseException:
            return True

    gc.unfreeze()
    files = [it for it in gc.get_objects() if issubclass(type(it), _IOBase)]
    # Who writes to others comes before them, and what may wait for a reader, as a pipe, last
    files.sort(key=lambda file: issubclass(type(file), (BufferedWriter, BufferedRandom)))
    files.sort(key=waits)
    for file in [*files, sys.stdout, sys.stderr]:
        try:
            if file is not None and not getattr(file, "closed", False):
                file.flush()
        except BaseException:
            pass  # nobody is left to tell


def last_words():
    """What an end would run first, where there can be no end."""
    import atexit

    try:
        atexit._run_exitfuncs()
    finally:
        flush_files()


def leave_daemons():
    """Lets main end under daemon threads; what this returns must never be freed.

    One that is stopped while it prints keeps the lock of a buffered stream, for which the end of
    CPython waits in vain: a fatal error. A raw file has none.
    """
    import sys
    from io import BufferedWriter, FileIO, TextIOWrapper

    threading = sys.modules.get("threading")
    if threading is not None:
        threading.excepthook = lambda arguments: None
    replaced = []
    for name in "stdout", "stderr":
        old = getattr(sys, name, None)
        try:
            if type(old) is not TextIOWrapper or type(old.buffer) is not BufferedWriter:
                continue
            old.flush()
            raw = FileIO(old.fileno(), "wb", closefd=False)
            raw.name = old.name
            new = TextIOWrapper(raw, old.encoding, old.errors, write_through=True)
        except Exception:
            continue  # it is closed, or nobody reads it any more
        replaced.append(old)
        setattr(sys, name, new)
        if getattr(sys, f"__{name}__", None) is old:
            setattr(sys, f"__{name}__", new)
    return replaced


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
