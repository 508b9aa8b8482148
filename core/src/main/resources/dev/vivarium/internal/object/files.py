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

    def transfer(self, what, buffer):
        with memoryview(buffer) as view, view.cast("B") as data:
            return self.ask(what, data)

    def readinto(self, buffer):
        return self.transfer("read", buffer)

    def readall(self):
        data, part = bytearray(), bytearray(BUFFER)  # io's own takes 8 KiB at a time up to 3.13
        while count := self.readinto(part):
            data += memoryview(part)[:count]
        return bytes(data) if data or count is not None else None

    def write(self, data):
        return self.transfer("write", data)

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
            finally:
                failure = self.java["close"]()
                if failure is not None:
                    raise OSError(str(failure)) from failure


class Reader(io.BufferedReader):
    """Asks for a whole buffer where TextIOWrapper asks for the next 8 KiB."""

    def read1(self, size=-1):
        self.peek(1)
        return super().read1(size)


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
