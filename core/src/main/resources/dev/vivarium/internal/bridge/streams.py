"""Text streams that end in Java: sys.stdout, sys.stderr and sys.stdin of this interpreter, and files.

Given by Java: streams, a dict of functions by those names, which may be empty. One for output takes text, and gives what
went wrong, or None; the one for input takes how many characters at most, and gives text, None at its
end, or what went wrong.

They are made of what Python's own are made of, so that they can do what those can. Their names are
bound early, since they are used until the interpreter's very end.
"""

import atexit
import io
import sys
from _weakref import ref
from codecs import utf_8_decode, utf_8_encode


def named(failure):
    return f"{type(failure).__module__}.{type(failure).__qualname__}: {failure}"


class JavaWriter(io.RawIOBase):
    """Bytes of UTF-8, as text to Java."""

    def __init__(self, name, put, shut=None, decode=utf_8_decode):
        self.name = name
        self.put = put
        self.shut = shut
        self.decode = decode
        self.rest = b""  # the beginning of a character

    def writable(self):
        return True

    def write(self, data):
        size = len(data)
        data = self.rest + bytes(data)
        text, used = self.decode(data, "backslashreplace", False)
        self.hand_over(text)
        self.rest = data[used:]  # not before: what fails is written again
        return size

    def hand_over(self, text):
        if text:
            failure = self.put(text)
            if failure is not None:
                raise OSError(named(failure)) from failure

    def close(self):
        if not self.closed:
            super().close()
            try:
                if self.rest:
                    self.hand_over(self.decode(self.rest, "backslashreplace", True)[0])
            finally:
                close_java(self.shut)


class JavaReader(io.RawIOBase):
    """Text from Java, as bytes of UTF-8."""

    def __init__(self, name, take, shut=None, encode=utf_8_encode):
        self.name = name
        self.take = take
        self.shut = shut
        self.encode = encode
        self.rest = b""

    def readable(self):
        return True

    def readinto(self, buffer):
        if not self.rest:
            text = self.take(len(buffer))
            if text is None:
                return 0
            if not isinstance(text, str):
                raise OSError(named(text)) from text
            self.rest = self.encode(text, "surrogatepass")[0]
        count = min(len(buffer), len(self.rest))
        buffer[:count] = self.rest[:count]
        self.rest = self.rest[count:]
        return count

    def close(self):
        if not self.closed:
            super().close()
            close_java(self.shut)


def close_java(shut):
    failure = None if shut is None else shut()
    if failure is not None:
        raise OSError(str(failure)) from failure


class Buffer(io.BufferedWriter):
    """At the end writes at once: what finalizers print would wait for a flush that never comes."""

    ending = False

    def write(self, data):
        written = super().write(data)
        if self.ending:
            self.flush()
        return written


def end(reference):
    """Before the interpreter's end. By weak reference, since atexit may hold its arguments for long."""
    stream = reference()
    if stream is None:
        return
    try:
        stream.flush()
        stream.reconfigure(write_through=True)
        stream.buffer.ending = True
    except ValueError:
        pass  # it is closed or has been taken apart


def install(name, function):
    if name == "stdin":
        below = io.BufferedReader(JavaReader(f"<{name}>", function))
        made = io.TextIOWrapper(below, "utf-8", "surrogatepass")
        made.mode = "r"
    else:
        below = Buffer(JavaWriter(f"<{name}>", function))
        made = io.TextIOWrapper(below, "utf-8", "backslashreplace", "\n", line_buffering=True)
        made.mode = "w"
        atexit.register(end, ref(made))
    setattr(sys, name, made)
    setattr(sys, f"__{name}__", made)


def install_all(streams):
    for name, function in streams.items():
        install(name, function)


def reading(take, shut):
    """A file of a Java reader, whose text it leaves as it is."""
    below = io.BufferedReader(JavaReader("<Java reader>", take, shut), 1 << 16)
    made = io.TextIOWrapper(below, "utf-8", "surrogatepass", "")
    made._CHUNK_SIZE = 1 << 16  # else Java is called for every 8 KiB
    return made


def writing(put, shut):
    """A file of a Java writer, whose text it leaves as it is."""
    below = io.BufferedWriter(JavaWriter("<Java writer>", put, shut), 1 << 16)
    return io.TextIOWrapper(below, "utf-8", "backslashreplace", "")


install_all(streams)
del streams  # which would keep them, as what is above keeps this namespace
