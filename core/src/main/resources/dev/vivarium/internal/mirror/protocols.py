"""What Python's protocols are in Java: the methods and operators that Python types of Java classes have
beside Java's own, by the names of the classes.

Given by Java: Reference, the type whose instances name a Java object; native, a dict of functions that
work on Java objects of certain kinds.

Where Java has a method of the name already it keeps Java's meaning; one that looks for a key or an element
finds what Python's == finds. What makes a new collection makes one of Python's.
"""

import _operator
from _collections_abc import (
    ItemsView,
    KeysView,
    Mapping,
    MutableMapping,
    MutableSequence,
    Sequence,
    Set,
)
from itertools import chain

flat = chain.from_iterable
index_of = _operator.index
equal = native["equal"]
hash_of = native["hash"]
text_of = native["text"]
is_java = native["isJava"]
MISSING = object()


def java_hash(self):
    hashed = hash_of(self)
    return object.__hash__(self) if hashed is None else hashed


def reading(function):
    """A method of one argument that leads to Java."""
    return lambda self: function(self)


def itself(self):
    return self


def comparing_as(own, kind, hash_as):
    """The == of a collection: Python's, of what is in it, with one of Python's or of Java's. Of two of
    Java's that Java takes for equal nobody looks."""

    def __eq__(self, other):
        if isinstance(other, Reference):
            if equal(self, other):
                return True
            if not (is_java(self) and is_java(other)):
                return False
        return own(self) == own(other) if isinstance(other, kind) else NotImplemented

    return {"__eq__": __eq__, "__hash__": lambda self: hash(hash_as(self))}


# Iteration

chunks = native["chunks"]
single_step = native["step"]


def iterate(self):
    return flat(iter(chunks(self), None))


def step(self):
    got = single_step(self)
    if got is None:
        raise StopIteration
    return got[0]


def copied(self):
    """For copy.copy: another of its class, with the same in it."""
    if hasattr(self, "clone"):
        return self.clone()
    if native["isImmutable"](self):
        return self
    try:
        return type(self)(self)  # as Java's collections have a constructor that copies another
    except TypeError:
        raise TypeError(f"there is no way to copy a {type(self).__module__}.{type(self).__qualname__}") from None


# By index

def position(size, index, what):
    try:
        index = index_of(index)
    except TypeError:
        raise TypeError(
            f"{what} indices must be integers or slices, not {type(index).__name__}"
        ) from None
    at = index + size if index < 0 else index
    if not 0 <= at < size:
        raise IndexError(f"{what} index out of range: {index} of {size}")
    return at


def getting(size_of, get, what):
    """Reading by index and slice."""

    def __getitem__(self, index):
        size = size_of(self)
        if isinstance(index, slice):
            return [get(self, i) for i in range(*index.indices(size))]
        return get(self, position(size, index, what))

    return __getitem__


def set_each(self, where, values, set_, what):
    if len(values) != len(where):
        raise ValueError(
            f"attempt to assign {len(values)} values to {len(where)} places of a Java {what}"
        )
    for i, value in zip(where, values):
        set_(self, i, value)


# Lists

contains = native["contains"]
list_size = native["size"]
list_get = native["get"]
list_set = native["set"]
list_add = native["add"]
list_remove = native["remove"]


def list_setitem(self, index, value):
    size = list_size(self)
    if not isinstance(index, slice):
        return list_set(self, position(size, index, "list"), value)
    values = list(value)
    start, stop, step = index.indices(size)
    if step != 1:
        return set_each(self, range(start, stop, step), values, list_set, "list")
    stop = max(start, stop)
    same = min(len(values), stop - start)
    for i in range(same):
        list_set(self, start + i, values[i])
    for i in range(stop - 1, start + same - 1, -1):
        list_remove(self, i)
    for i in range(same, len(values)):
        list_add(self, start + i, values[i])


def list_delitem(self, index):
    size = list_size(self)
    if isinstance(index, slice):
        for i in sorted(range(*index.indices(size)), reverse=True):
            list_remove(self, i)
    else:
        list_remove(self, position(size, index, "list"))


def list_insert(self, index, value):
    size = list_size(self)
    list_add(self, max(0, index + size) if index < 0 else min(index, size), value)


def list_reversed(self):
    for i in range(list_size(self) - 1, -1, -1):
        yield list_get(self, i)


def list_sort(self, comparator=MISSING, /, *, key=None, reverse=False):
    """By a Comparator or None as in Java; else as Python's list does it."""
    if comparator is not MISSING:
        return native["sortBy"](self, comparator)
    values = list(self)
    by = values.__getitem__ if key is None else lambda i: key(values[i])
    order = sorted(range(len(values)), key=by, reverse=reverse)
    if list_size(self) != len(values):
        raise ValueError("list modified during sort")
    native["permute"](self, order)


def list_multiplied(self, count):
    """*=, whose elements stay the objects that they are."""
    try:
        count = index_of(count)
    except TypeError:
        return NotImplemented
    native["repeat"](self, count)
    return self


def is_listed(value):
    return isinstance(value, MutableSequence) or (isinstance(value, Reference) and isinstance(value, Sequence))


def adding(self, other):
    return list(self) + list(other) if is_listed(other) else NotImplemented


def adding_to(self, other):
    return list(other) + list(self) if is_listed(other) else NotImplemented


def multiplying(self, count):
    return list(self) * count


def ordering(operator):
    def method(self, other):
        return operator(list(self), list(other)) if is_listed(other) else NotImplemented

    return method


class Listed(type):
    """Of isinstance: a list, a tuple, or a Java list or array."""

    def __instancecheck__(cls, value):
        return isinstance(value, (list, tuple)) or (
            isinstance(value, Reference) and isinstance(value, Sequence)
        )


class AnyList(metaclass=Listed):
    pass


# Of lists and tuples alike, of which Java makes the same; hashed as a tuple is, which can be a key
LIST_EQUALITY = comparing_as(list, AnyList, tuple)

NEW_LISTS = {
    "__add__": adding,
    "__radd__": adding_to,
    "__mul__": multiplying,
    "__rmul__": multiplying,
    "index": MutableSequence.index,
    "count": MutableSequence.count,
}

# Of these Java's equals finds all that Python's == does, among Java's objects
PLAIN = frozenset((bool, int, float, complex, str, bytes, type(None)))


def list_contains(self, value):
    if contains(self, value):
        return True
    if type(value) in PLAIN and not native["holdsPython"](self):
        return False
    return any(one is value or one == value for one in self)


LIST = {
    **NEW_LISTS,
    "__contains__": list_contains,
    **LIST_EQUALITY,
    "__lt__": ordering(_operator.lt),
    "__le__": ordering(_operator.le),
    "__gt__": ordering(_operator.gt),
    "__ge__": ordering(_operator.ge),
    "__copy__": copied,
    "__getitem__": getting(list_size, list_get, "list"),
    "__setitem__": list_setitem,
    "__delitem__": list_delitem,
    "__reversed__": list_reversed,
    "__iadd__": MutableSequence.__iadd__,
    "__imul__": list_multiplied,
    "insert": list_insert,
    "append": lambda self, value: list_add(self, list_size(self), value),
    "extend": MutableSequence.extend,
    "pop": MutableSequence.pop,
    "reverse": reading(native["reverse"]),
    "sort": list_sort,
    "copy": lambda self: list(self),
}

# Arrays

array_length = native["length"]
array_set = native["setElement"]


def array_setitem(self, index, value):
    size = array_length(self)
    if isinstance(index, slice):
        set_each(self, range(*index.indices(size)), list(value), array_set, "array")
    else:
        array_set(self, position(size, index, "array"), value)


LONGEST_SHOWN = 100


def array_text(self):
    shown = str(self[:LONGEST_SHOWN])
    return shown if array_length(self) <= LONGEST_SHOWN else shown[:-1] + ", ...]"


ARRAY = {
    **NEW_LISTS,
    **LIST_EQUALITY,
    "__str__": array_text,
    "__repr__": lambda self: f"<{type(self).__qualname__} {array_text(self)}>",
    "__copy__": reading(native["cloned"]),
    "__len__": reading(array_length),
    "__iter__": lambda self: flat(iter(native["elements"](self), None)),
    "__getitem__": getting(array_length, native["element"], "array"),
    "__setitem__": array_setitem,
    "__contains__": lambda self, value: any(value is one or value == one for one in self),
    "__reversed__": Sequence.__reversed__,
}

# Of primitive elements, as struct and memoryview name them
CODES = {
    "boolean[]": "?",
    "byte[]": "b",
    "char[]": "H",
    "short[]": "h",
    "int[]": "i",
    "long[]": "q",
    "float[]": "f",
    "double[]": "d",
}
def bytes_equal(self, other):
    if isinstance(other, (bytes, bytearray, memoryview)):
        return bytes(self) == other
    return LIST_EQUALITY["__eq__"](self, other)


# What bytes have gone into, and so what they have
BYTES = {
    "__eq__": bytes_equal,
    "__hash__": lambda self: hash(bytes(self)),
    "decode": lambda self, *how, **named: bytes(self).decode(*how, **named),
    "hex": lambda self, *how: bytes(self).hex(*how),
}
WRITABLE = 1  # of inspect.BufferFlags


def buffer_of(code):
    def __buffer__(self, flags):
        """A copy, since an array moves about in Java's heap."""
        if flags & WRITABLE:
            raise BufferError(
                "a Java array is no memory to write to: what is seen of it is a copy. Assign elements,"
                " or let Java allocate the memory off its heap and lend it"
            )
        copy = native["arrayBytes"](self)
        view = memoryview(copy or bytes(8)).cast(code)  # of nothing there is no cast
        return view if copy else view[:0]

    return __buffer__


def memory_of(self, flags):
    """What remains of a direct buffer of NIO's: Java's own memory."""
    if not self.isDirect():
        raise BufferError(
            "this buffer lies in Java's heap, which moves: bytes(x.array()) is a copy of it, and"
            " allocateDirect makes one whose memory Python shares"
        )
    try:
        return native["lent"](self)
    except ValueError as e:
        raise BufferError(str(e)) from None


# Sets

discard = native["discard"]


def set_operator(operator):
    """Both ways round, with sets of Python's and Java's; gives one of Python's."""

    def method(self, other):
        return operator(set(self), set(other)) if isinstance(other, Set) else NotImplemented

    def reflected(self, other):
        return operator(set(other), set(self)) if isinstance(other, Set) else NotImplemented

    return method, reflected


def set_updating(operator):
    """|= and the like, of which the elements that stay are left alone."""

    def method(self, other):
        if not isinstance(other, Set):
            return NotImplemented
        before = set(self)
        after = operator(before, set(other))
        for gone in before - after:
            discard(self, gone)
        for new in after - before:
            self.add(new)
        return self

    return method


def set_method(name):
    """One of Python's set that gives a new set, or looks."""
    of_set = getattr(set, name)
    return lambda self, *others: of_set(set(self), *others)


def set_discard(self, value):
    discard(self, value)


def set_pop(self):
    for value in self:
        discard(self, value)
        return value
    raise KeyError("pop from an empty set")


def set_update(self, *others):
    for other in others:
        for value in list(other):
            self.add(value)


def set_update_by(name):
    of_set = getattr(set, name)

    def method(self, *others):
        for gone in set(self) - of_set(set(self), *others):
            discard(self, gone)

    return method


def set_exchange(self, other):
    new = set(other)
    before = set(self)
    for value in new:
        if value in before:
            discard(self, value)
        else:
            self.add(value)


SET = {
    **comparing_as(set, Set, frozenset),
    "__copy__": copied,
    "__le__": lambda self, other: set(self) <= set(other) if isinstance(other, Set) else NotImplemented,
    "__lt__": lambda self, other: set(self) < set(other) if isinstance(other, Set) else NotImplemented,
    "__ge__": lambda self, other: set(self) >= set(other) if isinstance(other, Set) else NotImplemented,
    "__gt__": lambda self, other: set(self) > set(other) if isinstance(other, Set) else NotImplemented,
    "discard": set_discard,
    "remove": lambda self, value: discard(self, value),
    "pop": set_pop,
    "update": set_update,
    "intersection_update": set_update_by("intersection"),
    "difference_update": set_update_by("difference"),
    "symmetric_difference_update": set_exchange,
}
for name, operator in (
    ("or", _operator.or_),
    ("and", _operator.and_),
    ("sub", _operator.sub),
    ("xor", _operator.xor),
):
    SET[f"__{name}__"], SET[f"__r{name}__"] = set_operator(operator)
    SET[f"__i{name}__"] = set_updating(operator)
for name in (
    "copy",
    "difference",
    "intersection",
    "isdisjoint",
    "issubset",
    "issuperset",
    "symmetric_difference",
    "union",
):
    SET[name] = set_method(name)

# Maps

map_find = native["lookUp"]
map_put = native["put"]
map_delete = native["delete"]
map_has = native["has"]
key_chunks = native["keys"]
entry_chunks = native["entries"]
map_size = native["entryCount"]


class Keys(KeysView):
    def __iter__(self):
        return iter(self._mapping)


class Items(ItemsView):
    def __iter__(self):
        return flat(iter(entry_chunks(self._mapping), None))

    def __contains__(self, item):
        """Of a tuple, or of the Java list that Java has for one."""
        pair = isinstance(item, tuple) or isinstance(item, Reference) and isinstance(item, Sequence)
        return pair and len(item) == 2 and ItemsView.__contains__(self, item)


def map_get(self, key, default=None):
    found = map_find(self, key)
    return default if found is None else found[0]


def map_delitem(self, key):
    if not map_delete(self, key):
        raise KeyError(key)


def map_pop(self, key, default=MISSING):
    found = map_find(self, key)
    if found is not None:
        map_delete(self, key)
        return found[0]
    if default is MISSING:
        raise KeyError(key)
    return default


def map_remove(self, key, *value):
    """As Java's, of the entry that Python's == finds: gives its value, or whether it had that value."""
    found = map_find(self, key)
    if value and (found is None or found[0] != value[0]):
        return False
    if found is not None:
        map_delete(self, key)
    return True if value else found and found[0]


def map_setdefault(self, key, default=None):
    """What the map has then, which is Java's own where the default was a list or a dict of Python's."""
    found = map_find(self, key)
    if found is None:
        map_put(self, key, default)
        found = map_find(self, key)
    return found[0]


def as_dict(mapping):
    return dict(mapping.items())


def map_updated(self, other=()):
    self.update(other)
    return self


MAP = {
    **comparing_as(as_dict, Mapping, frozenset),
    "__copy__": copied,
    "fromkeys": staticmethod(dict.fromkeys),
    "__len__": reading(map_size),
    "__bool__": lambda self: map_size(self) != 0,
    "__iter__": lambda self: flat(iter(key_chunks(self), None)),
    "__reversed__": lambda self: reversed(list(self)),
    "__contains__": lambda self, key: map_has(self, key),
    "__setitem__": lambda self, key, value: map_put(self, key, value),
    "__delitem__": map_delitem,
    "__or__": lambda self, other: as_dict(self) | as_dict(other) if isinstance(other, Mapping) else NotImplemented,
    "__ror__": lambda self, other: as_dict(other) | as_dict(self) if isinstance(other, Mapping) else NotImplemented,
    "__ior__": map_updated,
    "containsKey": lambda self, key: map_has(self, key),
    "get": map_get,
    "getOrDefault": lambda self, key, default: map_get(self, key, default),
    "remove": map_remove,
    "keys": lambda self: Keys(self),
    "items": lambda self: Items(self),
    "pop": map_pop,
    "popitem": MutableMapping.popitem,
    "setdefault": map_setdefault,
    "update": MutableMapping.update,
    "copy": as_dict,
}


def pair(entry):
    return entry.getKey(), entry.getValue()


ENTRY = {
    "__iter__": lambda self: iter(pair(self)),
    "__len__": lambda self: 2,
    "__getitem__": lambda self, index: pair(self)[index],
}

# Values: what stands for a number, a text or a truth of Python's does what that does

INFIX = "add sub mul truediv floordiv mod pow lshift rshift and or xor".split()
COMPARED = "lt le eq ne gt ge".split()
PREFIX = "neg pos abs invert".split()


def infix(operator, own):
    return (
        lambda self, other: operator(own(self), other),
        lambda self, other: operator(other, own(self)),
    )


def like(own):
    """The methods of a value that stands for what own() gives. The other side of an operator is asked in
    its turn, by the operator of Python's own value."""
    made = {
        "__hash__": lambda self: hash(own(self)),
        "__bool__": lambda self: bool(own(self)),
        "__format__": lambda self, how: format(own(self), how),
        "__copy__": itself,
        "__deepcopy__": lambda self, memo: self,
    }
    for name in COMPARED:
        made[f"__{name}__"] = infix(getattr(_operator, name), own)[0]
    return made


def like_number(own, kind):
    made = with_methods_of(kind, own)
    made.update(like(own))
    for name in INFIX:
        operator = getattr(_operator, f"{name}_", None) or getattr(_operator, name)
        made[f"__{name}__"], made[f"__r{name}__"] = infix(operator, own)
    made["__divmod__"], made["__rdivmod__"] = infix(divmod, own)
    made["__pow__"] = lambda self, other, modulo=None: pow(own(self), other, modulo)
    for name in PREFIX:
        made[f"__{name}__"] = (lambda operator: lambda self: operator(own(self)))(
            getattr(_operator, name)
        )
    made["__round__"] = lambda self, digits=None: round(own(self), digits)
    for name in "__trunc__", "__floor__", "__ceil__":
        made[name] = (lambda name: lambda self: getattr(own(self), name)())(name)
    for kind in int, float, complex:
        made[f"__{kind.__name__}__"] = (lambda kind: lambda self: kind(own(self)))(kind)
    return made


whole = native["whole"]
real = native["real"]
truth = native["truth"]


def decimal(self):
    from decimal import Decimal

    return Decimal(text_of(self))


def with_methods_of(kind, own, but=()):
    """Those of a type of Python's that have names of their own, as read-only values or methods."""

    def method(of_kind):
        return lambda self, *given, **named: of_kind(own(self), *given, **named)

    def value(of_kind):
        return property(lambda self: of_kind.__get__(own(self)))

    return {
        name: (method if callable(of_kind) else value)(of_kind)
        for name, of_kind in vars(kind).items()
        if name[0] != "_" and name not in but and not isinstance(of_kind, (staticmethod, classmethod))
        and type(of_kind).__name__ != "classmethod_descriptor"
    }


# Where Java has a method of the name, that is meant
JAVA_TEXT = "format", "join", "replace", "split", "strip"


def text_like():
    made = with_methods_of(str, text_of, JAVA_TEXT)
    made.update(like(text_of))
    made["__add__"], made["__radd__"] = infix(_operator.add, text_of)
    made["__mul__"], made["__rmul__"] = infix(_operator.mul, text_of)
    made["__mod__"], _ = infix(_operator.mod, text_of)
    return made


counterpart = native["counterpart"]


def like_value():
    """Of what has a counterpart in Python, mostly: a year past 9999 has none."""

    def compared(name, in_java):
        operator = getattr(_operator, name)

        def method(self, other):
            if isinstance(other, Reference):
                return in_java(self, other)
            try:
                own = counterpart(self)
            except ValueError:
                return NotImplemented
            return operator(own, other)

        return method

    def __hash__(self):
        try:
            return hash(counterpart(self))
        except ValueError:
            return java_hash(self)

    def __format__(self, how):
        return format(counterpart(self), how) if how else str(self)

    made = {"__hash__": __hash__, "__copy__": itself, "__deepcopy__": lambda self, memo: self}
    made["__format__"] = __format__
    made["__eq__"] = compared("eq", equal)
    for name in "lt", "le", "gt", "ge":
        made[f"__{name}__"] = compared(
            name, (lambda operator: lambda self, other: operator(compare(self, other), 0))(getattr(_operator, name))
        )
    return made


text_length = native["textLength"]
text_part = native["textPart"]


class NoMore:
    """A type without methods of its own."""


def text_getitem(self, index):
    if isinstance(index, slice):
        return text_of(self)[index]
    at = position(text_length(self), index, "text")
    return text_part(self, at, at + 1)


# Classes: a java.lang.Class is equal to the type that shows its class, and is called as that

shown = native["shown"]


def class_equal(self, other):
    if isinstance(other, Reference):
        return equal(self, other)
    return shown(self) is other if isinstance(other, type) else NotImplemented


def class_hash(self):
    type = shown(self)
    return java_hash(self) if type is None else hash(type)


def seen(self):
    type = shown(self)
    if type is None:
        raise TypeError(f"{self} is not to be seen by Python code")
    return type


CLASS = {
    "__eq__": class_equal,
    "__hash__": class_hash,
    "__call__": lambda self, *arguments, **named: seen(self)(*arguments, **named),
    "__instancecheck__": lambda self, value: isinstance(value, seen(self)),
    "__subclasscheck__": lambda self, value: issubclass(value, seen(self)),
    "__copy__": itself,
    "__deepcopy__": lambda self, memo: self,
}

# The rest

compare = native["compare"]
close = native["close"]


def leave(self, *exception):
    close(self)


def comparing(test):
    def method(self, other):
        if not isinstance(other, Reference):
            return NotImplemented
        return test(compare(self, other))

    return method


native_when_done = native["whenDone"]
native_cancel = native["cancel"]


def is_cancelled(failure):
    cls = type(failure)
    return cls.__module__ == "java.util.concurrent" and cls.__qualname__ == "CancellationException"


def await_future(self):
    import asyncio

    loop = asyncio.get_running_loop()
    future = loop.create_future()

    def settle(value, failure):
        if not future.done():
            if failure is None:
                future.set_result(value)
            elif is_cancelled(failure):
                future.cancel()
            else:
                future.set_exception(failure)

    def done(value, failure):
        if not loop.is_closed():
            loop.call_soon_threadsafe(settle, value, failure)

    native_when_done(self, done)
    try:
        return (yield from future.__await__())
    except asyncio.CancelledError:
        native_cancel(self)
        raise


native_subscribe = native["subscribe"]
native_request = native["request"]
native_unsubscribe = native["unsubscribe"]


async def published(self):
    """What a publisher has for this loop, one item at a time. As an async generator it is closed when a
    loop is left, and so tells the publisher."""
    import asyncio

    loop = asyncio.get_running_loop()
    told = asyncio.Queue()

    def tell(what, value):
        try:
            loop.call_soon_threadsafe(told.put_nowait, (what, value))
        except RuntimeError:  # it has been closed
            return False
        return True

    reader = native_subscribe(self, tell)
    what = None
    try:
        while True:
            native_request(reader)
            what, value = await told.get()
            if what == "end":
                return
            if what == "failure":
                raise value
            yield value
    finally:
        if what in (None, "item"):
            native_unsubscribe(reader)


EXTRAS = {
    "java.lang.Iterable": {"__iter__": iterate},
    "java.nio.Buffer": {"__buffer__": memory_of},
    "java.util.Collection": {
        "__len__": reading(list_size),
        "__contains__": lambda self, value: contains(self, value),
        "contains": lambda self, value: contains(self, value),
        "__bool__": lambda self: list_size(self) != 0,
    },
    "java.util.List": LIST,
    "java.util.Set": SET,
    "java.util.Map": MAP,
    "java.util.Map.Entry": ENTRY,
    "java.util.Iterator": {"__iter__": itself, "__next__": step},
    "java.util.Enumeration": {"__iter__": itself, "__next__": step},
    "java.util.stream.BaseStream": {"__iter__": iterate},
    "java.lang.AutoCloseable": {"__enter__": itself, "__exit__": leave},
    "java.lang.Comparable": {
        "__lt__": comparing(lambda order: order < 0),
        "__le__": comparing(lambda order: order <= 0),
        "__gt__": comparing(lambda order: order > 0),
        "__ge__": comparing(lambda order: order >= 0),
    },
    "java.lang.CharSequence": {
        "__len__": reading(text_length),
        "__getitem__": text_getitem,
        "__contains__": lambda self, part: str(part) in text_of(self),
        "__iter__": lambda self: iter(text_of(self)),
    },
    "java.lang.String": {**text_like(), "__fspath__": reading(text_of)},
    "java.lang.Character": {**text_like(), "__index__": lambda self: ord(text_of(self))},
    "java.lang.Boolean": {**like_number(truth, bool), "__index__": reading(truth)},
    "java.lang.Number": {"__int__": reading(whole), "__float__": reading(real)},
    "java.lang.Double": like_number(real, float),
    "java.lang.Float": like_number(real, float),
    "java.math.BigDecimal": like_number(decimal, NoMore),
    "java.util.Optional": {
        "__bool__": reading(native["isPresent"]),
        "__iter__": lambda self: iter(native["optional"](self)),
    },
    "java.util.concurrent.CompletionStage": {"__await__": await_future},
    "java.util.concurrent.Future": {"__await__": await_future},
    "java.util.concurrent.Flow.Publisher": {"__aiter__": published},
    "java.lang.Class": CLASS,
    "java.lang.Cloneable": {"__copy__": copied},
    "java.util.Queue": {"__copy__": copied},
    "java.lang.Record": {"__copy__": itself},
    "java.lang.Enum": {"__copy__": itself, "__deepcopy__": lambda self, memo: self},
    "dev.vivarium.Complex": like_number(counterpart, complex),
    "java.nio.file.Path": {
        **like_value(),
        "__fspath__": reading(text_of),
        "__truediv__": lambda self, other: self.resolve(other),
    },
    "java.io.File": {"__fspath__": reading(text_of)},
}
for integral in "java.lang.Byte", "java.lang.Short", "java.lang.Integer", "java.lang.Long", "java.math.BigInteger":
    EXTRAS[integral] = {**like_number(whole, int), "__index__": reading(whole)}
for value in (
    "java.time.Duration",
    "java.time.Instant",
    "java.time.LocalDate",
    "java.time.LocalDateTime",
    "java.time.LocalTime",
    "java.time.OffsetDateTime",
    "java.time.OffsetTime",
    "java.time.ZonedDateTime",
    "java.util.Date",
    "java.util.UUID",
):
    EXTRAS[value] = like_value()


def name_methods(owner, methods):
    """So that an error says which is meant."""
    for name, method in methods.items():
        if type(method) is type(itself) and method.__name__ == "<lambda>":
            method.__name__ = name
            method.__qualname__ = f"{owner}.{name}"


for owner, methods in EXTRAS.items():
    name_methods(owner.rpartition(".")[2], methods)
name_methods("array", ARRAY)
