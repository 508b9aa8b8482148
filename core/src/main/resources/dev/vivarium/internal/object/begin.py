"""What runs first in each interpreter. Little, since it is part of making one.

Given by Java: door, to be called last at the end; making, to call what makes an interpreter, or to
refuse it; met, to be told of each new interpreter's id; ours, whether Java has made the one with an
id; java, to be asked for Java packages when nobody else has a module; started, to be told of each
thread that is no daemon; main, whether this is the main interpreter; late, whether there may be
interpreters already that Java has not been told of; hosted, whether the process is a Python
program's; forks, whether Python code may fork it; child, for the command of a JVM that runs one of
its children: words with NUL between them, or one alone, which says why there is none.
"""

import atexit
import sys

try:
    from posix import getpid
except ImportError:  # where there is no fork, either
    from nt import getpid

# For code of the library's own that is loaded later, when an interrupt may hit it: one that hits the import of a
# module that is not there yet leaves its lock taken, on free-threaded builds still
import _collections_abc
import _operator
import abc
import itertools

atexit.register(door)  # the first that is registered is the last that is called


def flush():
    """CPython does so for main alone; in others it leaves that to the death of the streams."""
    for stream in sys.stdout, sys.stderr:
        try:
            stream.flush()
        except Exception:
            pass  # there is none, or it is closed, or nobody reads it any more


if not main:
    atexit.register(flush)

MAKERS = "_interpreters", "_xxsubinterpreters"


def watch(module):
    """Has Java told of each interpreter that this one makes before anyone else can end it."""
    made_by = module.create
    ended_by = module.destroy

    def create(*args, **kwargs):
        made = []

        def make():
            made.append(made_by(*args, **kwargs))
            met(int(made[0]))

        making(make)
        return made.pop()  # Java may keep the function for a while, which keeps the list

    def destroy(id, *args, **kwargs):
        if ours(int(id)):
            raise RuntimeError(f"interpreter {int(id)} was made by Java, which closes it")
        return ended_by(id, *args, **kwargs)

    create.__doc__ = made_by.__doc__
    destroy.__doc__ = ended_by.__doc__
    module.create = create
    module.destroy = destroy


def free_threads(threading):
    """Has threads be daemons only if told so, also a Java thread's children; Java stays for the others."""
    init = threading._DummyThread.__init__
    start = threading.Thread.start
    process = getpid()

    def free_init(self, *args, **kwargs):
        init(self, *args, **kwargs)
        self._daemonic = False

    def kept_start(self):
        start(self)
        if not self._daemonic and getpid() == process:  # a forked child has no Java
            try:
                started()
            except Exception:
                pass  # no memory for a thread: the JVM may go sooner

    kept_start.__name__ = start.__name__
    kept_start.__qualname__ = start.__qualname__
    kept_start.__doc__ = start.__doc__
    threading._DummyThread.__init__ = free_init
    threading.Thread.start = kept_start
    for thread in threading.enumerate():  # of what ran before this, as sitecustomize
        if not isinstance(thread, (threading._DummyThread, threading._MainThread)):
            if not thread._daemonic:
                started()
                break


def spawn_first(context):
    """Has multiprocessing spawn where nothing is said: there is no fork, nor Java in a fork server's children."""
    context._default_context._default_context = context._concrete_contexts["spawn"]


# What a child runs first: CPython's own program, so that descriptors and the process stay as they were made
TO_JVM = """\
import os, sys
try:
    os.chdir(sys.argv[1])  # where this JVM was started, as paths among its options want; what follows leaves it
except OSError:
    pass
os.execv(sys.argv[2], sys.argv[2:])
"""

WITHOUT_JVM = """\
import sys
class NoJava:
    def find_spec(name, path=None, target=None):
        if name in ("java", "javax", "vivarium"):
            raise ModuleNotFoundError({why!r}, name=name)
sys.meta_path.append(NoJava)
"""


def give_java(spawn):
    """Has children that multiprocessing spawns run in a JVM once something of Java's has been imported here."""
    command_line = spawn.get_command_line
    program = spawn.get_executable()

    def get_command_line(**kwargs):
        line = command_line(**kwargs)
        if sys.platform == "win32" or spawn.get_executable() != program or line[-3] != "-c":
            return line  # which is not as here, or what the program has set
        why = "its parent had imported nothing of Java's by then"
        if java_imported or any(is_of_class_path(module) for module in list(sys.modules.values())):
            folder, *command = child().split("\0")
            if command:
                return [line[0], "-I", "-S", "-c", TO_JVM, folder, *command, *line[-3:]]
            import warnings

            why = folder
            warnings.warn(f"a child of multiprocessing has no Java: {why}", RuntimeWarning, stacklevel=2)
        why = f"there is no Java in this child of multiprocessing: {why}"
        line[-2] = WITHOUT_JVM.format(why=why) + line[-2]
        return line

    spawn.get_command_line = get_command_line


def is_of_class_path(module):
    """Whether a module comes from the JVM's class path, which a child without Java has not."""
    return str(getattr(module, "__dict__", {}).get("__file__")).startswith("classpath:")


CHANGED = {"threading": free_threads, **dict.fromkeys(MAKERS, watch)}
if not hosted:
    CHANGED["multiprocessing.spawn"] = give_java
    if not forks:
        CHANGED["multiprocessing.context"] = spawn_first


def find_spec(name, path=None, target=None):
    """Finds what is to be changed as the other finders do, to change it once it is loaded."""
    if name in CHANGED:
        for finder in sys.meta_path:
            spec = None if finder is watcher else finder.find_spec(name, path, target)
            if spec is not None:
                spec.loader = changing(spec.loader, CHANGED[name])
                return spec
    return None


def changing(loader, change):
    class ChangingLoader:
        def create_module(self, spec):
            return loader.create_module(spec)

        def exec_module(self, module):
            module.__loader__ = module.__spec__.loader = loader
            loader.exec_module(module)
            change(module)

        def __getattr__(self, name):
            return getattr(loader, name)

    return ChangingLoader()


# Not imported here: that takes longer than all the rest. SimpleNamespace, since a class does too
watcher = type(sys.implementation)(find_spec=find_spec)
sys.meta_path.insert(0, watcher)


java_imported = False


def find_java(name, path=None, target=None):
    global java_imported
    found = java(name) if path is None or "<java>" in path else None
    if found is not None:
        java_imported = True
    return found


sys.meta_path.append(type(sys.implementation)(find_spec=find_java))
for name in CHANGED:
    if name in sys.modules:
        CHANGED[name](sys.modules[name])
if late:
    for name in MAKERS:
        try:
            module = __import__(name)
        except ImportError:
            continue
        for entry in module.list_all():
            met(int(entry[0] if isinstance(entry, tuple) else entry))
        break
