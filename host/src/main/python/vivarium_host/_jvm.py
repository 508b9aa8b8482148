"""The JVM's invocation interface and the few functions of JNI that it takes to meet Java."""

import ctypes
import os
import shutil
import sys
import warnings

JNI_VERSION = 0x00150000  # 21, the newest number that JNI has given itself before 24
OLDEST_JAVA = 25

ENTRY_CLASS = "dev/vivarium/host/Program"
ENTRY_SIGNATURE = "(Ljava/lang/String;JLjava/lang/String;)V"

# Places in the function tables, from the JNI specification
_FIND_CLASS = 6
_EXCEPTION_OCCURRED = 15
_EXCEPTION_CLEAR = 17
_DELETE_LOCAL_REF = 23
_GET_METHOD_ID = 33
_CALL_OBJECT_METHOD_A = 36
_GET_STATIC_METHOD_ID = 113
_CALL_STATIC_VOID_METHOD_A = 143
_NEW_STRING = 163
_GET_STRING_LENGTH = 164
_GET_STRING_REGION = 220
_GET_OBJECT_CLASS = 31


class JvmNotFoundError(OSError):
    """There is no JVM to start, or it is too old."""


class JavaError(RuntimeError):
    """The JVM did not start, or Java did not find its way to this Python."""


class _Option(ctypes.Structure):
    _fields_ = [("text", ctypes.c_char_p), ("extra", ctypes.c_void_p)]


class _InitArgs(ctypes.Structure):
    _fields_ = [
        ("version", ctypes.c_int32),
        ("count", ctypes.c_int32),
        ("options", ctypes.POINTER(_Option)),
        ("ignore_unrecognized", ctypes.c_uint8),
    ]


class _Value(ctypes.Union):
    _fields_ = [("object", ctypes.c_void_p), ("long", ctypes.c_int64)]


# Whoever created the JVM has its thread attached; these are for that thread alone
_env = None


def check_python():
    if sys.version_info < (3, 12):
        raise RuntimeError(f"Vivarium needs Python 3.12 or newer, not {sys.version}")
    if sys.implementation.name != "cpython":
        raise RuntimeError(f"Vivarium needs CPython, not {sys.implementation.name}")
    if sys.platform == "win32":
        raise RuntimeError("vivarium_host does not know Windows yet")


def find_libjvm():
    """The JVM's library: of JAVA_HOME, else of the java on the PATH."""
    tried = []
    for home in _java_homes():
        for name in ("lib/server/libjvm.so", "lib/server/libjvm.dylib"):
            library = os.path.join(home, name)
            if os.path.exists(library):
                return library
            tried.append(library)
    raise JvmNotFoundError(
        "no JVM found: set JAVA_HOME to a JDK 25 or newer"
        + (f" (looked for {', '.join(tried)})" if tried else "")
    )


def _java_homes():
    if os.environ.get("JAVA_HOME"):
        yield os.environ["JAVA_HOME"]
    java = shutil.which("java")
    if java:
        yield os.path.dirname(os.path.dirname(os.path.realpath(java)))


def class_path(entries):
    if isinstance(entries, (str, os.PathLike)):
        entries = os.fspath(entries).split(os.pathsep)
    paths = [os.fspath(entry) for entry in entries if os.fspath(entry)]
    # This file is <jar or folder>/vivarium_host/_jvm.py
    own = os.path.dirname(os.path.dirname(os.path.abspath(__file__)))
    if own not in paths:
        paths.append(own)
    return os.pathsep.join(paths)


def create(library, classes, options):
    """Creates the JVM on this thread."""
    global _env
    _leave_signals_to_the_jvm()
    libc = ctypes.CDLL(None)
    texts = [
        f"-Djava.class.path={classes}",
        "-Xrs",
        "--enable-native-access=ALL-UNNAMED",
        "--add-opens=java.base/java.lang=ALL-UNNAMED",
        *options,
    ]
    array = (_Option * (len(texts) + 1))()
    for option, text in zip(array, texts):
        option.text = os.fsencode(text)
    # System.exit must not run the process's C exit handlers beside running Python threads
    array[len(texts)].text = b"exit"
    array[len(texts)].extra = ctypes.cast(libc._exit, ctypes.c_void_p).value
    arguments = _InitArgs(JNI_VERSION, len(array), array, 0)
    try:
        jvm = ctypes.CDLL(library, mode=ctypes.RTLD_GLOBAL)
    except OSError as e:
        raise JvmNotFoundError(f"cannot load {library}: {e}") from e
    vm = ctypes.c_void_p()
    env = ctypes.c_void_p()
    status = jvm.JNI_CreateJavaVM(ctypes.byref(vm), ctypes.byref(env), ctypes.byref(arguments))
    if status != 0:
        raise JavaError(
            f"the JVM did not start (status {status}); what it says is on standard error."
            f" Its options were {texts}; it must be a JDK {OLDEST_JAVA} or newer"
        )
    _env = env


def attach(module, exit_timeout, java_packages):
    """Has Java find this Python, and set ``_call`` in the module."""
    entry = _function(_FIND_CLASS, ctypes.c_void_p, ctypes.c_char_p)(ENTRY_CLASS.encode())
    if not entry:
        raise JavaError(
            f"{_thrown()}: the class path has no vivarium-host and vivarium-core, or the JVM is"
            f" older than {OLDEST_JAVA}"
        )
    find = _function(
        _GET_STATIC_METHOD_ID, ctypes.c_void_p, ctypes.c_void_p, ctypes.c_char_p, ctypes.c_char_p
    )
    method = find(entry, b"attach", ENTRY_SIGNATURE.encode())
    if not method:
        raise JavaError(f"{_thrown()}: vivarium-host's Java and Python parts are of two versions")
    arguments = (_Value * 3)()
    arguments[0].object = _string(module)
    arguments[1].long = int(exit_timeout * 1000)
    arguments[2].object = None if java_packages is None else _string(",".join(java_packages))
    call = _function(
        _CALL_STATIC_VOID_METHOD_A, None, ctypes.c_void_p, ctypes.c_void_p, ctypes.c_void_p
    )
    call(entry, method, ctypes.cast(arguments, ctypes.c_void_p))
    thrown = _thrown()
    if thrown:
        raise JavaError(thrown)


def _function(place, result, *parameters):
    """A function of the table, which lets other Python threads run while it is called."""
    table = ctypes.cast(_env, ctypes.POINTER(ctypes.POINTER(ctypes.c_void_p))).contents
    function = ctypes.CFUNCTYPE(result, ctypes.c_void_p, *parameters)(table[place])
    return lambda *arguments: function(_env, *arguments)


def _string(text):
    utf16 = text.encode("utf-16-le" if sys.byteorder == "little" else "utf-16-be", "surrogatepass")
    new = _function(_NEW_STRING, ctypes.c_void_p, ctypes.c_char_p, ctypes.c_int32)
    return new(utf16, len(utf16) // 2)


def _text(string):
    length = _function(_GET_STRING_LENGTH, ctypes.c_int32, ctypes.c_void_p)(string)
    buffer = (ctypes.c_uint16 * length)()
    region = _function(
        _GET_STRING_REGION,
        None,
        ctypes.c_void_p,
        ctypes.c_int32,
        ctypes.c_int32,
        ctypes.c_void_p,
    )
    region(string, 0, length, ctypes.cast(buffer, ctypes.c_void_p))
    order = "utf-16-le" if sys.byteorder == "little" else "utf-16-be"
    return bytes(buffer).decode(order, "surrogatepass")


def _thrown():
    """What Java has thrown, in words, and no longer pending; None if nothing is."""
    thrown = _function(_EXCEPTION_OCCURRED, ctypes.c_void_p)()
    if not thrown:
        return None
    _function(_EXCEPTION_CLEAR, None)()
    try:
        type_of = _function(_GET_OBJECT_CLASS, ctypes.c_void_p, ctypes.c_void_p)(thrown)
        to_string = _function(
            _GET_METHOD_ID, ctypes.c_void_p, ctypes.c_void_p, ctypes.c_char_p, ctypes.c_char_p
        )(type_of, b"toString", b"()Ljava/lang/String;")
        text = _function(
            _CALL_OBJECT_METHOD_A, ctypes.c_void_p, ctypes.c_void_p, ctypes.c_void_p, ctypes.c_void_p
        )(thrown, to_string, None)
        return _text(text) if text else "a Java exception without words"
    finally:
        _function(_EXCEPTION_CLEAR, None)()
        _function(_DELETE_LOCAL_REF, None, ctypes.c_void_p)(thrown)


def _leave_signals_to_the_jvm():
    """The JVM lives by SIGSEGV; faulthandler would take it for a crash."""
    import faulthandler

    faulthandler.disable()

    def enable(*_, **__):
        warnings.warn(
            "faulthandler stays off the signals of a process with a JVM in it: the JVM uses"
            " SIGSEGV itself, and writes a report of its own when it crashes",
            RuntimeWarning,
            stacklevel=2,
        )

    faulthandler.enable = enable
