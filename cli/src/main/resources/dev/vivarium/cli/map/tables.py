"""What the main interpreter does with tables for map: reads CSV, Parquet and Arrow files by rows or by
batches, calls the function with batches, and writes tables.

An item is text for Java: R and a row as JSON; B, how many rows a batch has, and what it is as JSON; or
E, what fails as JSON, and the type and message of its error. Line feeds are between the parts.
"""

import csv
import decimal
import json
import os
import sys
import uuid

COMMA_SEPARATED = {".csv": ",", ".tsv": "\t"}
PARQUET = ".parquet"
ROW_GROUP = 1 << 16  # rows, of a file that is written
LONGEST_FIELD = 1 << 24  # characters: a quote that nobody closes is not to fill the memory


def as_text(value):
    """What JSON has no form for, of a row."""
    if hasattr(value, "isoformat"):
        return value.isoformat()
    if isinstance(value, (decimal.Decimal, uuid.UUID)):
        return str(value)
    raise TypeError(f"a value of type {type(value).__name__} cannot be written as JSON")


def as_json(value):
    """What JSON has no form for, of a result: scalars, arrays and tables of NumPy and Arrow."""
    for method in ("as_py", "tolist", "to_pylist"):
        if hasattr(value, method):
            return getattr(value, method)()
    if hasattr(value, "__arrow_c_stream__"):
        return to_table(value).to_pylist()
    raise TypeError(f"Object of type {type(value).__name__} is not JSON serializable")


encode = json.JSONEncoder(ensure_ascii=False).encode
encode_row = json.JSONEncoder(ensure_ascii=False, default=as_text).encode
encode_result = json.JSONEncoder(ensure_ascii=False, allow_nan=False, default=as_json).encode


def import_pyarrow():
    """What a run with Parquet, Arrow or batches needs, before it begins."""
    import pyarrow.csv
    import pyarrow.ipc
    import pyarrow.parquet


def ending(path):
    return os.path.splitext(path)[1].lower()


def failed(item, error):
    kind = type(error)
    module = "" if kind.__module__ == "builtins" else kind.__module__ + "."
    return f"E{encode(item)}\n{module}{kind.__qualname__}\n{error}"


class Reader:
    """The items of files. One that cannot be read, or not to its end, is a failed item."""

    def __init__(self, paths):
        self.items = self.read_all(paths)

    def read_all(self, paths):
        for path in paths:
            self.row = 0  # the next of the file
            try:
                yield from self.read(path)
            except Exception as error:
                yield failed({"file": path, "row": self.row} if self.row else {"file": path}, error)

    def next(self, index):
        """The next item, which gets that index; None after the last."""
        self.index = index
        return next(self.items, None)


class Rows(Reader):
    """Each row is an item."""

    def read(self, path):
        return csv_rows(path) if ending(path) in COMMA_SEPARATED else self.arrow_rows(path)

    def arrow_rows(self, path):
        for batch in stored_batches(path):
            refuse_twins(batch.schema.names)
            for i in range(batch.num_rows):
                try:
                    text = "R" + encode_row(batch.slice(i, 1).to_pylist()[0])
                except Exception as error:
                    text = failed({"file": path, "row": self.row}, error)
                self.row += 1
                yield text


def csv_rows(path):
    csv.field_size_limit(LONGEST_FIELD)
    with open(path, encoding="utf-8-sig", errors="surrogateescape", newline="") as file:
        reader = csv.reader(file, delimiter=COMMA_SEPARATED[ending(path)], strict=True)
        names = next(reader, None)
        if not names:
            raise ValueError("it has no line with the names of its columns")
        refuse_twins(names)
        refuse_other_than_utf8(names)
        while True:
            try:
                fields = next(reader)
                if not fields:
                    continue
                if len(fields) != len(names):
                    raise ValueError(f"the row has {len(fields)} fields for {len(names)} columns")
                refuse_other_than_utf8(fields)
            except StopIteration:
                return
            except (csv.Error, ValueError) as error:
                yield failed({"file": path, "line": reader.line_num}, error)
            else:
                yield "R" + encode(dict(zip(names, fields)))


def refuse_other_than_utf8(fields):
    for field in fields:
        if not field.isascii():
            for character in field:
                if "\udc80" <= character <= "\udcff":
                    raise ValueError(f"the line is not UTF-8: byte 0x{ord(character) & 0xFF:02x}")


def refuse_twins(names):
    """A dict could hold only one of them."""
    for i, name in enumerate(names):
        if name in names[:i]:
            raise ValueError(f"two of its columns are named '{name}'")


def stored_batches(path, size=1 << 16):
    """The record batches of a file as they come, those of Parquet of at most this size."""
    import pyarrow.csv
    import pyarrow.parquet

    if ending(path) in COMMA_SEPARATED:
        parse = pyarrow.csv.ParseOptions(
            delimiter=COMMA_SEPARATED[ending(path)], newlines_in_values=True
        )
        with pyarrow.csv.open_csv(path, parse_options=parse) as reader:
            yield from reader
    elif ending(path) == PARQUET:
        with pyarrow.parquet.ParquetFile(path) as file:
            yield from file.iter_batches(batch_size=size)
    else:
        yield from arrow_batches(path)


def arrow_batches(path):
    import pyarrow.ipc

    # Not mapped into memory: a file that is cut off meanwhile would take the process down
    with pyarrow.OSFile(path) as file:
        is_file_format = file.read(6) == b"ARROW1"
        file.seek(0)
        if is_file_format:
            with pyarrow.ipc.open_file(file) as reader:
                for i in range(reader.num_record_batches):
                    yield reader.get_batch(i)
        else:
            with pyarrow.ipc.open_stream(file) as reader:
                yield from reader


class Batches(Reader):
    """Each batch is an item: of so many rows, but for the last of a file."""

    def __init__(self, paths, size, form):
        super().__init__(paths)
        self.size = size
        self.form = form
        self.batch = None
        self.call = None

    def read(self, path):
        for batch in regroup(stored_batches(path, self.size), self.size):
            if self.form == "numpy":
                refuse_twins(batch.schema.names)
            self.batch = batch
            item = {"file": path, "row": self.row, "rows": batch.num_rows}
            self.row += batch.num_rows
            yield f"B{batch.num_rows}\n{encode(item)}"

    def take(self, index):
        """The batch of the item with this index, the latest, as the function gets it."""
        if index != str(self.index):
            raise LookupError(f"batch {index} was given up")
        batch, self.batch = self.batch, None
        if self.form == "numpy":
            return {
                name: column.to_numpy(zero_copy_only=False)
                for name, column in zip(batch.schema.names, batch.columns)
            }
        return batch


def regroup(batches, size):
    """The same rows in batches of that size and a rest. Copies only what it joins.

    Where the batches end in an error, the rest comes before it.
    """
    parts, room, failure = [], size, None
    try:
        for batch in batches:
            start = 0
            while batch.num_rows - start >= room:
                parts.append(batch.slice(start, room))
                start += room
                yield from joined(parts)
                parts, room = [], size
            if start < batch.num_rows:
                parts.append(batch.slice(start))
                room -= batch.num_rows - start
    except Exception as error:
        failure = error
    if parts:
        yield from joined(parts)
    if failure is not None:
        raise failure


def joined(parts):
    import pyarrow

    if len(parts) == 1:
        return parts
    return pyarrow.Table.from_batches(parts).combine_chunks().to_batches()


def load(mapping, path, name, batches, writer):
    """A callable that takes the indexes of batches and gives their outcomes, as mapping's does. One for all."""
    import pyarrow

    if batches.call is None:
        if writer is None:
            finish, form = lambda _, result: "R" + encode_result(result), "as JSON"
        else:
            finish, form = writer.accept, "to " + writer.path
            pyarrow.array([])  # imports pandas, if there is one: not in the first call's time
        batches.call = mapping.load_with(path, name, "\n", batches.take, finish, form)
    return batches.call


class Writer:
    """A file of the tables that the function returns."""

    def __init__(self, path, part):
        self.path = path
        self.part = part  # its name until it is complete
        self.schema = None
        self.file = None
        self.accepted = {}
        self.gathered = []
        self.rows = 0

    def accept(self, index, result):
        """Keeps a result until it is to be written; refuses what cannot be."""
        table = to_table(result)
        if ending(self.path) not in (*COMMA_SEPARATED, PARQUET):
            table = without_dictionaries(table)
        self.accepted[index] = self.conform(table)
        return "T"

    def conform(self, table):
        """The table with the columns in the order of the first one's."""
        if self.schema is None:
            return table
        differences = [
            *(f"it has no column '{n}'" for n in self.schema.names if n not in table.schema.names),
            *(f"it has a column '{n}'" for n in table.schema.names if n not in self.schema.names),
        ]
        if not differences:
            table = table.select(self.schema.names)
            differences = [
                f"its column '{mine.name}' is {shown(mine)} instead of {shown(first)}"
                for mine, first in zip(table.schema, self.schema)
                if not mine.equals(first)
            ]
        if differences:
            raise ValueError(", ".join(differences) + ", unlike the first result")
        return table.replace_schema_metadata(self.schema.metadata)

    def write(self, index):
        """Writes an accepted table, or gathers it until there is enough for a row group."""
        table = self.accepted.pop(index)
        if self.schema is None:
            self.file = self.open(table.schema)
            self.schema = table.schema
        self.gathered.append(table)
        self.rows += table.num_rows
        if self.rows >= ROW_GROUP:
            self.flush()

    def open(self, schema):
        import pyarrow.csv
        import pyarrow.ipc
        import pyarrow.parquet

        if ending(self.path) in COMMA_SEPARATED:
            options = pyarrow.csv.WriteOptions(delimiter=COMMA_SEPARATED[ending(self.path)])
            return pyarrow.csv.CSVWriter(self.part, schema, write_options=options)
        if ending(self.path) == PARQUET:
            return pyarrow.parquet.ParquetWriter(self.part, schema)
        return pyarrow.ipc.new_file(self.part, schema)

    def flush(self):
        import pyarrow

        self.file.write_table(pyarrow.concat_tables(self.gathered))
        self.gathered, self.rows = [], 0

    def close(self):
        """Whether there is anything in the file, which is complete then."""
        if self.file is None:
            return False
        if self.gathered:
            self.flush()
        self.file.close()
        return True


def to_table(result):
    """An Arrow table of what a function returned."""
    import pyarrow

    pandas = sys.modules.get("pandas")
    if isinstance(result, pyarrow.Table):
        made = result
    elif isinstance(result, pyarrow.RecordBatch):
        made = pyarrow.Table.from_batches([result])
    elif isinstance(result, dict):
        made = pyarrow.table(result)
    elif pandas is not None and isinstance(result, pandas.DataFrame):
        # An index with a name is data, as after groupby; one without is what a filter left over
        named = any(name is not None for name in result.index.names)
        made = pyarrow.Table.from_pandas(
            result.reset_index() if named else result, preserve_index=False
        )
    elif hasattr(result, "__arrow_c_stream__"):
        made = pyarrow.table(result)
    else:
        raise TypeError("return a RecordBatch, a Table, a DataFrame or a dict of columns")
    if not made.schema.names:
        raise ValueError("it has no columns")
    refuse_twins(made.schema.names)
    return made


def without_dictionaries(table):
    """The table with plain values: an Arrow file can hold one dictionary a column, not one a table."""
    import pyarrow

    for i, field in enumerate(table.schema):
        if pyarrow.types.is_dictionary(field.type):
            plain = field.with_type(field.type.value_type)
            table = table.set_column(i, plain, table.column(i).cast(plain.type))
    return table


def shown(field):
    return f"{field.type}{'' if field.nullable else ' not null'}"
