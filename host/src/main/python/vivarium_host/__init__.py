"""A JVM inside this Python process, by ctypes alone: nothing to compile.

    import vivarium_host

    jvm = vivarium_host.start(classpath=["app.jar", "vivarium-core.jar"])
    jvm.call("java.lang.Math.max", 3, 4)
    jvm.main("com.example.Main", "argument")

Java code finds this Python by ``Python.attachToHost()``. When the program ends, JVM threads that
hold a guard or are inside Python are waited for, ``exit_timeout`` seconds at most.
"""

import threading  # 3.12 takes the thread that imports it first for the main one

from ._jvm import JavaError, JvmNotFoundError, find_libjvm

__all__ = ["JavaError", "Jvm", "JvmNotFoundError", "find_libjvm", "start"]

_call = None  # set by Java: (target, arguments) -> result
_started = None
_failed = None  # why not, where there is a JVM already
_lock = threading.Lock()


class Jvm:
    """The JVM of this process. There is one, and it lives as long as the process."""

    def __init__(self, libjvm):
        self.libjvm = libjvm

    def call(self, target, *arguments):
        """Calls a public static method: ``jvm.call("java.lang.Math.max", 3, 4)``.

        Arguments and result are converted as Vivarium converts; a callable fits where Java takes a
        functional interface, and any object where it takes a ``PyObject``. Other Python threads run
        meanwhile. What Java throws is raised here, and a Python exception that passed through Java
        is the same one again.
        """
        if "." not in target:
            raise ValueError(f"{target!r} names no class: say package.Class.method")
        return _call(target, list(arguments))

    def main(self, class_name, *arguments):
        """Runs the ``main(String[])`` of a class, on this thread."""
        return self.call(class_name + ".main", [str(argument) for argument in arguments])

    def __repr__(self):
        return f"<Jvm {self.libjvm}>"


def start(classpath=(), options=(), *, exit_timeout=10.0, java_packages=None, libjvm=None):
    """Starts the JVM of this process; a second time gives the same one.

    classpath: jars and folders, a sequence or one string with the system's separators. It must have
      vivarium-core; the jar or folder that this package came from is added.
    options: more options of the JVM, such as "-Xmx1g".
    exit_timeout: how many seconds the end of the program waits for JVM threads inside Python.
    java_packages: names of the Java packages whose classes Python code may import, call and see
      the members of; all, if none are given. An empty list is no package.
    libjvm: the JVM's library; else that of JAVA_HOME, or of the java on the PATH.

    SIGINT, SIGTERM and SIGHUP stay Python's (-Xrs), and faulthandler is kept off the signals that
    the JVM lives by.
    """
    global _started, _failed
    with _lock:
        if _started is not None:
            return _started
        if _failed is not None:
            raise JavaError(
                "a start() before has made the JVM of this process, and could not go on with it: a process"
                f" has one JVM, so mend this and run the program anew: {_failed!r}"
            ) from _failed
        from . import _jvm

        if isinstance(java_packages, str):
            raise TypeError("java_packages: a list of names, not one str")
        _jvm.check_python()
        library = libjvm or find_libjvm()
        _jvm.create(library, _jvm.class_path(classpath), list(options))
        try:
            _jvm.attach(__name__, exit_timeout, java_packages)
        except BaseException as e:
            _failed = e.with_traceback(None)
            raise
        _started = Jvm(library)
        return _started
