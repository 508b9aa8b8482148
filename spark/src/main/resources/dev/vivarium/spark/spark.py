"""What calls Python functions in a task. One side of Exchange.java."""

import importlib
import os
import sys


_folder = None


def use_files(folder):
    """Finds modules among the files that Spark has brought here."""
    global _folder
    if _folder not in (None, folder):  # another session's, whose modules are of no use any more
        before = os.path.join(_folder, "")
        sys.path[:] = [path for path in sys.path if path != _folder and not path.startswith(before)]
        for name, module in list(sys.modules.items()):
            if (getattr(module, "__file__", None) or "").startswith(before):
                del sys.modules[name]
    _folder = folder
    for path in [folder, *(entry.path for entry in os.scandir(folder)
                           if entry.name.endswith((".zip", ".whl", ".egg")))]:
        if path not in sys.path:
            sys.path.append(path)
    importlib.invalidate_caches()


def missing(modules):
    """Those of some modules that are not to be had here."""
    from importlib.util import find_spec

    def is_there(name):
        try:
            return find_spec(name) is not None
        except (ImportError, ValueError):  # of the package that it is in, or no name
            return False

    return [name for name in modules if not is_there(name)]


def _inputs(take):
    import pyarrow
    while take(taken := []):
        batch, ends = taken
        yield pyarrow.record_batch(batch), ends


def _batches(take):
    for batch, _ in _inputs(take):
        yield batch


def _fit(batch, schema):
    if batch.schema.equals(schema):
        return batch
    given, wanted = batch.schema.names, schema.names
    if sorted(given) != sorted(wanted):
        lacking = [name for name in wanted if name not in given]
        more = [name for name in given if name not in wanted]
        raise ValueError(
            f"the function's columns are {given}, and not {wanted}, as its schema says"
            + (f"; lacking: {lacking}" if lacking else "")
            + (f"; too many: {more}" if more else ""))
    return _located(batch.select(wanted), schema).cast(schema)


def _located(batch, schema):
    """Times without a zone are those of the session's."""
    import pyarrow
    import pyarrow.compute
    columns = [
        pyarrow.compute.assume_timezone(column, field.type.tz)
        if pyarrow.types.is_timestamp(field.type) and field.type.tz
        and pyarrow.types.is_timestamp(column.type) and not column.type.tz
        else column
        for column, field in zip(batch.columns, schema)]
    return type(batch).from_arrays(columns, names=schema.names)


def _require_values(batch):
    """Spark would take what a null covers for a value, where its type says that there is none."""
    for field in batch.schema:
        _require_values_of(batch.column(field.name), field, field.name)


def _require_values_of(array, field, column):
    import pyarrow
    import pyarrow.compute
    if not field.nullable and array.null_count:
        raise ValueError(f"column {column} has nulls, where its type says that there are none")
    kind = field.type
    if pyarrow.types.is_struct(kind):
        there = array.drop_null()
        for i, inner in enumerate(kind):
            _require_values_of(pyarrow.compute.struct_field(there, [i]), inner, column)
    elif pyarrow.types.is_map(kind):
        _require_values_of(array.items, kind.item_field, column)
    elif pyarrow.types.is_list(kind):
        _require_values_of(array.flatten(), kind.value_field, column)


def _give(outputs, put, convert):
    """Gives away what comes, until nobody wants more."""
    if not hasattr(outputs, "__iter__") or hasattr(outputs, "schema") or hasattr(outputs, "columns"):
        raise TypeError(
            f"the function gave a {type(outputs).__name__}, and not an iterator: yield what it gives")
    if not hasattr(outputs, "__next__"):
        outputs = iter(outputs)
    try:
        for output in outputs:
            for batch in convert(output):
                _require_values(batch)
                if batch.num_rows and not put(batch):
                    return
    finally:
        if hasattr(outputs, "close"):
            outputs.close()


def _schema(empty):
    import pyarrow
    return pyarrow.record_batch(empty).schema


def _one_batch(schema):
    import pyarrow

    def convert(output):
        if not isinstance(output, pyarrow.RecordBatch):
            raise TypeError(
                f"the function gave a {type(output).__name__}, and not a pyarrow.RecordBatch")
        return [_fit(output, schema)]

    return convert


def _frame(schema):
    import pandas
    import pyarrow

    def convert(output):
        if not isinstance(output, pandas.DataFrame):
            raise TypeError(
                f"the function gave a {type(output).__name__}, and not a pandas.DataFrame")
        output = output.rename(columns=str)
        for field in schema:
            if (pyarrow.types.is_timestamp(field.type) and field.type.tz and field.name in output
                    and output[field.name].dtype.kind == "M" and output[field.name].dt.tz is None):
                output[field.name] = output[field.name].dt.tz_localize(field.type.tz)
        given = pyarrow.RecordBatch.from_pandas(
            output, schema=schema if set(schema.names) == set(output.columns) else None,
            preserve_index=False)
        return [_fit(given, schema)]

    return convert


def _table(schema):
    import pyarrow

    def convert(output):
        if isinstance(output, pyarrow.RecordBatch):
            output = pyarrow.Table.from_batches([output])
        if not isinstance(output, pyarrow.Table):
            raise TypeError(f"the function gave a {type(output).__name__}, and not a pyarrow.Table")
        return _fit(output, schema).to_batches()

    return convert


def _groups(take):
    """Whole groups as tables, of rows that are sorted by their keys."""
    import pyarrow
    parts = []
    for batch, ends in _inputs(take):
        begin = 0
        for end in ends:
            if end > begin:
                parts.append(batch.slice(begin, end - begin))
            yield pyarrow.Table.from_batches(parts)
            parts = []
            begin = end
        parts.append(batch.slice(begin))
    if parts:
        yield pyarrow.Table.from_batches(parts)


def _to_frame(table):
    # Not as floats, which have not all of them
    return table.to_pandas(integer_object_nulls=True)


def map_batches(function, take, put, empty):
    schema = _schema(empty)
    _give(function(_batches(take)), put, _one_batch(schema))


def map_frames(function, take, put, empty):
    schema = _schema(empty)
    _give(function(_to_frame(batch) for batch in _batches(take)), put, _frame(schema))


def map_groups(function, take, put, empty):
    schema = _schema(empty)
    _give((function(group) for group in _groups(take)), put, _table(schema))


def map_grouped_frames(function, take, put, empty):
    schema = _schema(empty)
    _give((function(_to_frame(group)) for group in _groups(take)), put, _frame(schema))
