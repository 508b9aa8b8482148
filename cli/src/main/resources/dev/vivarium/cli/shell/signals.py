"""Signals of a program on Python's main thread in a JVM, as under python.

A C handler of CPython's would run on whichever thread the kernel picks: the program's handler would have to wait
until the main thread comes out of what it sleeps in. So Java hears each signal that the program handles, and has it
raised on the main thread, whose wait ends at once by a signal of its own.
"""

import _signal
import _thread
import faulthandler

# What nobody else sends: SIGURG, which the kernel sends for sockets that have asked for it
NUDGE = getattr(_signal, "SIGURG", None)

NAMES = {
    int(number): name[3:]
    for name, number in vars(_signal).items()
    if name.startswith("SIG") and name[3:].isalnum() and name not in ("SIGCLD", "SIGPOLL", "SIGIOT")
}
USED = {"SEGV", "BUS", "FPE", "ILL", "TRAP", "QUIT", "USR2", "URG"}  # by the JVM, and the last by this
ORDERLY = {"INT", "TERM", "HUP"}  # those that end a JVM in order

set_handler = _signal.signal
register_dump = getattr(faulthandler, "register", None)
ident = _thread.get_ident()
hear = give_back = None
asked = answered = 0


def begin(hearing, giving_back):
    """On the main thread. Given: what has Java hear a signal, by its name, and what gives it back to the JVM."""
    global hear, give_back
    hear = hearing
    give_back = giving_back
    if faulthandler.is_enabled():  # by an environment variable
        faulthandler.disable()
    _signal.signal = handle
    faulthandler.enable = no_fault_handler
    if register_dump is not None:
        faulthandler.register = dump_on_signal
    for name in ORDERLY:
        number = getattr(_signal, "SIG" + name, None)
        # None is the JVM's own handler; a signal that the process was started to ignore stays ignored
        if number is not None and _signal.getsignal(number) in (None, _signal.SIG_DFL):
            handle(number, _signal.default_int_handler if name == "INT" else _signal.SIG_DFL)
    if NUDGE is not None:
        set_handler(NUDGE, nudged)


def end():
    """Ctrl-C is the JVM's again: a handler of Python's would go with Python, and end the process halfway."""
    if _signal.getsignal(_signal.SIGINT) is not _signal.SIG_IGN:
        handle(_signal.SIGINT, _signal.SIG_DFL)


def handle(signalnum, handler, /):
    refuse(signalnum)
    before = set_handler(signalnum, handler)
    name = NAMES.get(int(signalnum))
    if callable(handler):
        if name is not None:
            hear(name)
    elif handler == _signal.SIG_DFL and name in ORDERLY:
        give_back(name)
    return before


handle.__name__ = handle.__qualname__ = set_handler.__name__
handle.__doc__ = set_handler.__doc__


def refuse(signalnum):
    """The JVM cannot do without its own, nor the program without the one that wakes its main thread."""
    number = int(signalnum)
    name = NAMES.get(number)
    if name in USED or number == getattr(_signal, "SIGRTMAX", 0) - 2:
        raise ValueError(f"signal {number} ({name or 'SIGRTMAX-2'}) is in use in the JVM that this program runs in")


def no_fault_handler(*args, **kwargs):
    import warnings

    warnings.warn(
        "faulthandler stays off: with a handler of Python's for SIGSEGV the JVM that this program runs in would end"
        " at its next NullPointerException. The JVM writes a report of its own when it crashes",
        RuntimeWarning,
        stacklevel=2,
    )


def dump_on_signal(signum, *args, **kwargs):
    refuse(signum)
    return register_dump(signum, *args, **kwargs)


def raise_signal(number):
    """On any thread: the main thread's handler runs. Gives what to ask for whether the main thread has heard of it."""
    global asked
    _thread.interrupt_main(number)
    asked += 1
    nudge()
    return asked


def is_heard(number):
    """Whether the main thread has heard of it; if not, it may just have begun to wait for something."""
    if answered < number:
        nudge()
    return answered >= number


def nudge():
    if NUDGE is not None:
        _signal.pthread_kill(ident, NUDGE)


def nudged(number, frame):
    global answered
    answered = asked


def interrupt_to_exit():
    """The process ends, and with it what the main thread waits for; nobody is told of it. As raise_signal."""
    import sys

    threading = sys.modules.get("threading")
    if threading is not None:
        report = threading.excepthook
        threading.excepthook = lambda args: (
            None if args.exc_type is KeyboardInterrupt else report(args)
        )
    if _signal.getsignal(_signal.SIGINT) is not _signal.default_int_handler:
        return 0
    return raise_signal(_signal.SIGINT)
