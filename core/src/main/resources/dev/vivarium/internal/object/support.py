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


def join_threads(seconds):
    """Waits a little for each non-daemon thread; names and idents of those still running."""
    import threading

    def others():
        return [
            thread
            for thread in threading.enumerate()
            if not thread.daemon
            and not isinstance(thread, (threading._MainThread, threading._DummyThread))
            and thread is not threading.current_thread()
        ]

    for thread in others():
        thread.join(seconds)
    return [(thread.name, thread.ident) for thread in others()]


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
