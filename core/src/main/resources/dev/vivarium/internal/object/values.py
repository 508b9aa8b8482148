"""Values that have a counterpart in Java, taken apart and put together.

Every import is inside a function: an interpreter that never sees a date imports no datetime. What takes
a value apart gives None for one of another type; what puts one together gives a str that says why not.
"""


def types(module):
    """Those types of a module, which is imported already, whose values have counterparts."""
    if module == "datetime":
        from datetime import date, datetime, time, timedelta

        return date, time, datetime, timedelta
    if module == "decimal":
        from decimal import Decimal

        return (Decimal,)
    if module == "uuid":
        from uuid import UUID

        return (UUID,)
    from pathlib import Path

    return (type(Path()),)


def nanoseconds(duration):
    """Of less than a second. Some subclasses (pandas has one) count more finely than Python."""
    return duration.microseconds * 1000 + getattr(duration, "nanoseconds", 0)


def offset_of(value):
    """(microseconds from UTC or None, how its zone is known, its key or None)"""
    offset = value.utcoffset()
    if offset is None:
        return None, "NONE" if value.tzinfo is None else "OTHER", None
    from datetime import timezone

    micros = (offset.days * 86400 + offset.seconds) * 1000000 + offset.microseconds
    if type(value.tzinfo) is timezone:
        return micros, "OFFSET", None
    key = getattr(value.tzinfo, "key", None)
    return (micros, "KEY", key) if isinstance(key, str) else (micros, "OTHER", None)


def split_date(value):
    from datetime import date, datetime

    if isinstance(value, date) and not isinstance(value, datetime):
        return value.year, value.month, value.day


def split_time(value):
    from datetime import time

    if isinstance(value, time):
        nano = value.microsecond * 1000
        return (value.hour, value.minute, value.second, nano, value.fold, *offset_of(value))


def split_datetime(value):
    from datetime import datetime

    if isinstance(value, datetime):
        nano = value.microsecond * 1000 + getattr(value, "nanosecond", 0)
        time = value.hour, value.minute, value.second, nano
        return (value.year, value.month, value.day, *time, value.fold, *offset_of(value))


def split_timedelta(value):
    from datetime import timedelta

    if isinstance(value, timedelta):
        return value.days * 86400 + value.seconds, nanoseconds(value)


def split_decimal(value):
    from decimal import Decimal

    if isinstance(value, Decimal):
        return (str(value),)


def split_uuid(value):
    from uuid import UUID

    if isinstance(value, UUID):
        return (value.bytes,)


def split_path(value):
    import os

    try:
        path = os.fspath(value)
    except TypeError:
        return None
    return (path,) if isinstance(path, str) else None


def zoneinfo():
    """3.12's zoneinfo in C takes datetimes for those in C, which interpreters with own GILs lack there."""
    import sys

    if "zoneinfo" not in sys.modules:
        try:
            import _datetime
        except ImportError:
            sys.modules["_zoneinfo"] = None  # so that it takes the one in Python
    from zoneinfo import ZoneInfo

    return ZoneInfo


def tzinfo(key, seconds):
    if key is not None:
        return zoneinfo()(key)
    if seconds is None:
        return None
    from datetime import timedelta, timezone

    return timezone(timedelta(seconds=seconds)) if seconds else timezone.utc


def make_date(year, month, day):
    from datetime import date

    return date(year, month, day)


def make_time(hour, minute, second, micro, seconds):
    from datetime import time

    return time(hour, minute, second, micro, tzinfo(None, seconds))


def make_datetime(year, month, day, hour, minute, second, micro, fold, key, seconds):
    from datetime import datetime

    try:
        zone = tzinfo(key, seconds)
    except Exception as e:
        return f"Python has no time zone {key} ({type(e).__name__})"
    made = datetime(year, month, day, hour, minute, second, micro, zone, fold=fold)
    if key is not None and made.utcoffset().total_seconds() != seconds:
        return f"Python's time zone {key} is {made.utcoffset()} from UTC at {made}, Java's {seconds} s"
    return made


def make_timedelta(days, seconds, micros):
    from datetime import timedelta

    return timedelta(days, seconds, micros)


def make_decimal(text):
    from decimal import Decimal

    made = Decimal(text)
    return made if made.is_finite() else f"{text} is beyond what Python's Decimal holds"


def make_uuid(data):
    from uuid import UUID

    return UUID(bytes=data)


def make_path(text):
    from pathlib import Path

    return Path(text)


def split_record(value, names):
    """For each (name, other way to write it): its value in a tuple of one, or None if there is none.

    A str says what a record of those names would lose.
    """
    kind = type(value)
    fields = None
    find = getattr
    if hasattr(kind, "keys") and hasattr(kind, "__getitem__"):
        fields = list(value.keys())
        find = kind.__getitem__
    elif hasattr(kind, "__dataclass_fields__"):
        from dataclasses import fields as fields_of

        fields = [field.name for field in fields_of(value)]
    elif isinstance(value, (tuple, list)):
        fields = getattr(kind, "_fields", None)
        if fields is None:
            if len(value) != len(names):
                return f"it has {len(value)} items, not {len(names)}"
            return [(item,) for item in value]
    found = []
    used = []
    for pair in names:
        for name in pair:
            if name in fields if fields is not None else hasattr(value, name):
                found.append((find(value, name),))
                used.append(name)
                break
        else:
            found.append(None)
    lost = [] if fields is None else [field for field in fields if field not in used]
    return f"it would lose {', '.join(map(repr, lost))}" if lost else found


# Buffers whose items are Java's of a primitive type: how struct names them, and their size
ITEMS = {
    "byte": ("bBc", 1),
    "boolean": ("?", 1),
    "short": ("h", 2),
    "int": ("il", 4),
    "long": ("lqn", 8),
    "float": ("f", 4),
    "double": ("d", 8),
}


def is_of(value, component):
    codes, size = ITEMS.get(component, ("", 0))
    try:
        with memoryview(value) as view:
            code = view.format.removeprefix("@")
            return code != "" and code in codes and view.itemsize == size and is_flat(view)
    except Exception:
        return False  # such as one that has been released


def is_flat(view):
    return view.ndim == 1 or view.itemsize == 1 and view.c_contiguous


def is_writable(value):
    """Whether it is memory whose items can be assigned one by one."""
    try:
        with memoryview(value) as view:
            return not view.readonly and is_flat(view)
    except Exception:
        return False


def write_back(value, start, data):
    """Writes items from one on; a buffer that has become too short refuses it."""
    with memoryview(value) as view:
        end = start + len(data) // view.itemsize
        if view.ndim == 1:
            view[start:end] = memoryview(data).cast(view.format)
        else:
            view.cast("B")[start:end] = data
