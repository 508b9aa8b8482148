"""What script engines need of Python code: once in an interpreter, as the module _vivarium_script."""

import sys
from _ast import Expr, Expression, PyCF_ONLY_AST
from _thread import _local

FUTURES = 0x1FF0000  # the compiler's flags that "from __future__" sets in co_flags

# What a module has of its own, which is no variable of a script's
OWN = frozenset(
    ("__builtins__", "__name__", "__doc__", "__package__", "__loader__", "__spec__", "__file__")
    + ("__cached__", "__annotations__", "__annotate__", "__conditional_annotations__")
    + ("__warningregistry__",)
)

# What is copied when it goes to Java, and may have changed since
CONTAINERS = frozenset((list, tuple, dict, set, frozenset, bytearray))


class Namespace:
    """The variables of scripts, as Java's Bindings see them."""

    def __init__(self, variables):
        self.variables = variables
        self.lent = {}  # of the global scope, by name: variables while the script sets no others
        self.told = {}  # what Bindings that are copied know

    def is_shown(self, name, value):
        if type(name) is not str or name in OWN:
            return False
        return name not in self.lent or self.lent[name] is not value

    def names(self):
        return [name for name, value in self.variables.copy().items() if self.is_shown(name, value)]

    def find(self, name):
        """The variable's value in a tuple, which is empty if there is none."""
        try:
            value = self.variables[name]
        except KeyError:
            return ()
        return (value,) if self.is_shown(name, value) else ()

    def put(self, name, value):
        if name in OWN:
            raise ValueError(f"{name} is Python's own, and no variable of a script")
        self.lent.pop(name, None)
        self.variables[name] = value

    def remove(self, name):
        if self.find(name):
            self.variables.pop(name, None)

    def lend(self, name, value):
        if name not in OWN and not self.find(name):
            self.lent[name] = value
            self.variables[name] = value

    def take_back(self, name):
        if not self.find(name):
            self.variables.pop(name, None)
        self.lent.pop(name, None)

    def told_put(self, name, value):
        if name in OWN:
            self.variables[name] = value
            return
        self.put(name, value)
        self.told[name] = value

    def told_remove(self, name):
        self.told.pop(name, None)
        self.remove(name)

    def news(self):
        """(names, values, removed names): what Bindings that are copied do not know yet."""
        names, values = [], []
        now = self.variables.copy()
        for name, value in now.items():
            if self.is_shown(name, value):
                known = name in self.told and self.told[name] is value
                if not known or type(value) in CONTAINERS:
                    names.append(name)
                    values.append(value)
                    self.told[name] = value
        gone = [name for name in self.told if name not in now]
        for name in gone:
            del self.told[name]
        return names, values, gone


def main_namespace():
    return Namespace(sys.modules["__main__"].__dict__)


def new_namespace():
    return Namespace({"__name__": "__main__", "__builtins__": __builtins__})


def compile_script(source, file):
    """The code of all statements, and that of the expression at the end, or None."""
    tree = compile(source, file, "exec", PyCF_ONLY_AST, True)
    last = tree.body.pop() if tree.body and type(tree.body[-1]) is Expr else None
    body = compile(tree, file, "exec", 0, True)
    if last is None:
        return body, None
    return body, compile(Expression(last.value), file, "eval", body.co_flags & FUTURES, True)


def set_arguments(file, arguments):
    sys.argv[:] = [file, *map(str, arguments)]


def fits(function, arguments):
    """Whether the function could be called with these arguments at all."""
    import inspect

    try:
        inspect.signature(function).bind(*arguments)
        return True
    except TypeError:
        return False
    except ValueError:
        return True  # a built-in function that does not tell


def is_from_call(error):
    """Whether the call itself has failed, not what was called."""
    return isinstance(error, TypeError) and error.__traceback__ is None


def place(error, file):
    """(file, line, column, message) of an error: where it came through that file, or began."""
    if isinstance(error, SyntaxError) and error.filename is not None:
        return error.filename, error.lineno or -1, error.offset or -1, str(error.msg)
    entry, found, in_file = error.__traceback__, None, False
    while entry is not None:
        here = entry.tb_frame.f_code.co_filename == file
        if here or not in_file:
            found, in_file = entry, here
        entry = entry.tb_next
    if found is None:
        return None, -1, -1, ""
    return found.tb_frame.f_code.co_filename, *position(found), ""


def position(entry):
    line = entry.tb_lineno or -1
    index = entry.tb_lasti // 2
    for i, (start, _, column, _) in enumerate(entry.tb_frame.f_code.co_positions()):
        if i == index:
            return line, -1 if column is None or start != line else column + 1
    return line, -1


def new_output(file):
    file.reconfigure(newline="\n", line_buffering=True)
    return file


def new_input(file):
    file.reconfigure(newline=None)
    return file


class Running(_local):
    """The streams of the scripts that a thread runs, the innermost first."""

    streams = None


running = Running()


class Switch:
    """A standard stream: that of the script which the thread runs, else the one that was there."""

    def __init__(self, index, before):
        self.__dict__["_switch"] = index, before

    def _stream(self):
        index, before = self._switch
        streams = running.streams
        return before if streams is None else streams[index]

    def write(self, text):
        return self._stream().write(text)

    def close(self):
        """The stream is its owner's to close."""
        if self._switch[0] < 2:
            self.flush()

    def __getattr__(self, name):
        return getattr(self._stream(), name)

    def __setattr__(self, name, value):
        setattr(self._stream(), name, value)

    def __iter__(self):
        return iter(self._stream())

    def __next__(self):
        return next(self._stream())

    def __enter__(self):
        return self

    def __exit__(self, *exception):
        self.close()

    def __repr__(self):
        return repr(self._stream())


def enter(output, error, input):
    running.streams = output, error, input, running.streams


def leave():
    output, error, _, running.streams = running.streams
    for stream in (output, error):
        try:
            stream.flush()
        except (OSError, ValueError):
            pass  # the writer's failure, which the script would have heard of


installed = []


def install():
    """Puts the switches in, once."""
    if not installed:
        installed.append(True)
        for index, name in enumerate(("stdout", "stderr", "stdin")):
            setattr(sys, name, Switch(index, getattr(sys, name)))
