"""Java's streams and channels as Python's files, and Python's files for Java to write to.

A file of Java is a raw file, with what io puts on top of it: its buffers keep Java from being called
for every line. What Java does is given as functions; they take bytes as views of memory that they
fill or read, and give a number, None for "not now", or what went wrong.
"""

import io

BUFFER = 1 << 16


class JavaFile(io.RawIOBase):
    """A stream or channel of Java, which can do what there are functions for."""

    def __init__(self, name, java):
        self.name = name
        self.java = java
        self.block = bytearray(BUFFER if "read" in java and "seek" not in java else 0)
        self.ahead = memoryview(b"")  # read already, where there is no position to keep

    def readable(self):
        return "read" in self.java

    def writable(self):
        return "write" in self.java

    def seekable(self):
        return "seek" in self.java

    def ask(self, what, *arguments):
        if self.closed:
            raise ValueError("I/O operation on closed file")
        if what not in self.java:
            raise io.UnsupportedOperation(what)
        answer = self.java[what](*arguments)
        if isinstance(answer, BaseException):
            raise OSError(str(answer)) from answer
        return answer

    def readinto(self, buffer):
        with memoryview(buffer) as view, view.cast("B") as data:
            if not self.ahead and len(data) < len(self.block):  # TextIOWrapper wants 8 KiB
                count = self.ask("read", memoryview(self.block))
                if not count:
                    return count
                self.ahead = memoryview(self.block)[:count]
            if not self.ahead:
                return self.ask("read", data)
            count = min(len(data), len(self.ahead))
            data[:count] = self.ahead[:count]
            self.ahead = self.ahead[count:]
            return count

    def readall(self):
        data, part = bytearray(), bytearray(BUFFER)  # io's own takes 8 KiB at a time up to 3.13
        while count := self.readinto(part):
            data += memoryview(part)[:count]
        return bytes(data) if data or count is not None else None

    def write(self, data):
        with memoryview(data) as view, view.cast("B") as bytes_:
            return self.ask("write", bytes_)

    def tell(self):
        return self.ask("tell")

    def seek(self, offset, whence=0):
        base = 0 if whence == 0 else self.ask("tell" if whence == 1 else "size")
        if whence not in (0, 1, 2):
            raise ValueError(f"invalid whence: {whence}")
        if base + offset < 0:
            raise OSError(22, "a position before the beginning")
        return self.ask("seek", base + offset)

    def truncate(self, size=None):
        return self.ask("truncate", self.tell() if size is None else size)

    def close(self):
        if not self.closed:
            try:
                super().close()  # flushes
                self.ahead = memoryview(b"")
            finally:
                failure = self.java["close"]()
                if failure is not None:
                    raise OSError(str(failure)) from failure


class Reader(io.BufferedReader):
    """TextIOWrapper asks for every line whether it is closed; this one need not ask further down."""

    closed = False

    def close(self):
        try:
            super().close()
        finally:
            self.closed = True


def binary(name, java):
    raw = JavaFile(name, java)
    if raw.readable() and raw.writable():
        return io.BufferedRandom(raw, BUFFER)
    return Reader(raw, BUFFER) if raw.readable() else io.BufferedWriter(raw, BUFFER)


class Writer:
    """A file for Java to write bytes to."""

    def __init__(self, file):
        self.file = file

    def write(self, data):
        """All of it."""
        size = len(data)
        done = 0
        while done < size:
            count = self.file.write(data[done:])
            if count is None:
                raise BlockingIOError("write() returned None: a non-blocking file that is full now")
            if type(count) is not int or not 0 < count <= size - done:
                raise TypeError(f"write() of {size - done} bytes returned {count!r}")
            done += count

    def flush(self):
        flush = getattr(self.file, "flush", None)
        if flush is not None:
            flush()

    def close(self):
        close = getattr(self.file, "close", None)
        if close is not None:
            close()
