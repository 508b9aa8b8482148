"""Arrow data of Java as objects that speak the Arrow PyCapsule protocol.

What Java makes is put into a list, since Java would hold a result until it is collected.
"""


def _made(function):
    capsules = []
    function(capsules)
    return tuple(capsules)


class JavaArray:
    """A vector of Java: see pyarrow.array."""

    __slots__ = ("_schema", "_array", "_keep", "__weakref__")

    def __init__(self, schema, array, keep):
        self._schema = schema
        self._array = array
        self._keep = keep

    def __arrow_c_schema__(self):
        return _made(self._schema)[0]

    def __arrow_c_array__(self, requested_schema=None):
        return _made(self._array)


class JavaBatch(JavaArray):
    """A record batch of Java: see pyarrow.record_batch, pyarrow.table, pandas.DataFrame.from_arrow."""

    __slots__ = ("_stream",)

    def __init__(self, schema, array, keep, stream):
        super().__init__(schema, array, keep)
        self._stream = stream

    def __arrow_c_stream__(self, requested_schema=None):
        return _made(self._stream)[0]


class JavaStream:
    """A reader of Java, which is read once: see pyarrow.RecordBatchReader.from_stream."""

    __slots__ = ("_schema", "_stream", "_keep", "__weakref__")

    def __init__(self, schema, stream, keep):
        self._schema = schema
        self._stream = stream
        self._keep = keep

    def __arrow_c_schema__(self):
        return _made(self._schema)[0]

    def __arrow_c_stream__(self, requested_schema=None):
        return _made(self._stream)[0]
