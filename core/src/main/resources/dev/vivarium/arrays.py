"""Arrays of Java as Python's libraries take them, and what they say of theirs."""

TYPES = {
    "?": "b1", "b": "i1", "B": "u1", "h": "i2", "H": "u2", "i": "i4", "I": "u4", "q": "i8",
    "Q": "u8", "e": "f2", "f": "f4", "d": "f8", "Zf": "c8", "Zd": "c16",
}  # fmt: skip
FORMATS = {name: format for format, name in TYPES.items()}
CPU = 1, 0


class JavaArray:
    """Memory of Java, as a buffer, by __array_interface__ and over DLPack."""

    def __init__(self, view, address, capsule):
        self.view = view
        self.address = address
        self.capsule = capsule

    def __buffer__(self, flags):
        return self.view

    def __len__(self):
        return len(self.view)

    @property
    def shape(self):
        return self.view.shape

    @property
    def __array_interface__(self):
        return {
            "version": 3,
            "shape": self.view.shape,
            "typestr": typestr(self.view.format),
            "data": (self.address, self.view.readonly),
            "strides": self.view.strides,
        }

    def __dlpack_device__(self):
        return CPU

    def __dlpack__(self, *, stream=None, max_version=None, dl_device=None, copy=None):
        if stream is not None or dl_device not in (None, CPU):
            raise BufferError("this array is in the processor's memory, and has no streams")
        if copy:
            raise BufferError("this array is lent, not copied: copy what from_dlpack gives")
        made = []
        self.capsule(max_version is not None and max_version[0] >= 1, made)
        return made.pop()

    def __repr__(self):
        return f"<Java array {self.view.format!r} {self.view.shape}>"


def typestr(format):
    import sys

    order = format[0] if format[0] in "<>" else "<" if sys.byteorder == "little" else ">"
    name = TYPES[format.lstrip("<>@=")]
    return ("|" if name[1:] == "1" else order) + name


def interface(array):
    """(address, read-only, format, bytes an element, shape, strides) of an __array_interface__."""
    import sys

    given = array.__array_interface__
    kind = given["typestr"]
    format = FORMATS.get(kind[1:])
    if format is None:
        raise TypeError(f"elements of type {kind!r} have no counterpart in Java")
    own = "<" if sys.byteorder == "little" else ">"
    if kind[0] in "<>" and kind[0] != own:
        format = kind[0] + format
    data = given.get("data")
    if not isinstance(data, tuple):
        raise TypeError("an __array_interface__ whose data is in a buffer: pass that buffer")
    size = int(kind[2:])
    shape = list(given["shape"])
    strides = given.get("strides")
    if strides is None:
        strides, step = [], size
        for length in reversed(shape):
            strides.insert(0, step)
            step *= length
    return [data[0] or 0, bool(data[1]), format, size, shape, list(strides)]


def dlpack(array):
    """A capsule of what has __dlpack__, of the newest kind that it can make."""
    device = array.__dlpack_device__()
    if device[0] != CPU[0]:
        raise BufferError(f"not in the processor's memory (device {device}): move it there first")
    try:
        return array.__dlpack__(max_version=(1, 0))
    except TypeError:
        return array.__dlpack__()


def kind(array):
    """How it shows its memory best."""
    try:
        memoryview(array).release()
        return "buffer"
    except (TypeError, ValueError):
        pass  # none, or NumPy cannot say its type so
    for name in "__array_interface__", "__dlpack__":
        if hasattr(array, name):
            return name
    raise TypeError(
        f"a {type(array).__name__} shows no memory: it has no buffer, __array_interface__ or"
        " __dlpack__"
    )
