"""Python's logging to Java's loggers of the same names.

Given by Java: enabled, whether the Java logger of a name takes a level, and log, which writes to it.
"""

import logging


class JavaHandler(logging.Handler):
    """Without a lock: Java's loggers have their own, and who waits in one shall hold up no other."""

    def createLock(self):
        self.lock = None

    def handle(self, record):
        passed = self.filter(record)
        if passed:
            self.emit(passed if isinstance(passed, logging.LogRecord) else record)
        return passed

    def emit(self, record):
        try:
            text = record.getMessage()
            if record.stack_info:
                text = f"{text}\n{record.stack_info}"
            log(record.name, record.levelno, text, record.exc_info[1] if record.exc_info else None)
        except RecursionError:
            raise
        except Exception:
            self.handleError(record)


enabled_in_python = logging.Logger.isEnabledFor


def isEnabledFor(self, level):
    """Whether Python's levels and Java's both let a record of that level through."""
    if not enabled_in_python(self, level):
        return False
    try:
        return enabled(self.name, level)
    except RuntimeError:
        return False  # too late for calls into Java


logging.Logger.isEnabledFor = isEnabledFor
handler = JavaHandler()
handler.set_name("java")
root = logging.getLogger()
root.addHandler(handler)
root.setLevel(logging.NOTSET)  # Java's levels decide
