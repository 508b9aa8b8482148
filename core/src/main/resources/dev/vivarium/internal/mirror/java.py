"""Java classes as Python types of this interpreter, loaded when the first of them is needed.

Given by Java: Reference, the type whose instances name a Java object; link, which makes a member of a
class when it is first asked for; load, contents and is_package, which look for classes; native, a
dict of functions that work on Java objects of certain kinds.

Each class is one type, whose members lie in its dict: descriptors that lead straight to Java, or a
Lazy one in its place until somebody looks.
"""

import sys
from _collections_abc import ItemsView, KeysView, Mapping, MutableMapping, MutableSequence, Set
from itertools import chain

types = {}  # by number: they live as long as the interpreter
flat = chain.from_iterable
intern = sys.intern  # names that are compared by identity first
put = type.__setattr__
MARK = ["<java>"]  # the __path__ of what is a Java package
MISSING = object()


class Lazy:
    """A member that nobody has asked for yet."""

    __slots__ = ("number", "name")

    def __init__(self, number, name):
        self.number = number
        self.name = name

    def made(self):
        made = link(self.number, self.name)
        put(types[self.number], self.name, made)
        return made

    def __get__(self, instance, owner=None):
        made = self.made()
        get = getattr(type(made), "__get__", None)
        return made if get is None else get(made, instance, owner)


class LazyField(Lazy):
    __slots__ = ()

    def __set__(self, instance, value):
        made = self.made()
        if not hasattr(type(made), "__set__"):
            raise AttributeError(f"{self.name} of {type(instance).__name__} is static: set it there")
        type(made).__set__(made, instance, value)


class Static:
    """A static field."""

    __slots__ = ("read", "write")

    def __init__(self, read, write):
        self.read = read
        self.write = write

    def __get__(self, instance, owner=None):
        return self.read()


class Both:
    """Methods of one name of which some are static."""

    __slots__ = ("of_type", "of_object")

    def __init__(self, of_type, of_object):
        self.of_type = of_type
        self.of_object = of_object

    def __get__(self, instance, owner=None):
        if instance is None:
            return self.of_type
        return self.of_object.__get__(instance, owner)


class JavaClass(type):
    """The type of Java classes."""

    def __new__(meta, name, bases, namespace, **more):
        for base in bases:
            if isinstance(base, JavaClass) and "implement" not in base.__dict__.get("__java__", "implement"):
                raise TypeError(
                    f"{base.__module__}.{base.__qualname__} is a Java class; Python classes can"
                    " implement Java interfaces and extend Java exceptions"
                )
        return new_type(meta, name, bases, namespace, **more)

    @property
    def __signature__(cls):
        """What inspect asks: that of the constructors, or None for it to look at a Python class."""
        if "__java__" not in cls.__dict__:
            return None
        from inspect import signature

        return signature(cls.__new__)

    def __setattr__(cls, name, value):
        if "__java__" not in cls.__dict__:
            return put(cls, name, value)
        for owner in cls.__mro__:
            found = owner.__dict__.get(name)
            if isinstance(found, Lazy):
                found = found.made()
            if isinstance(found, Static):
                if found.write is None:
                    raise AttributeError(f"{cls.__name__}.{name} is final")
                found.write(value)
                return
        raise AttributeError(f"the Java class {cls.__name__} has no static field {name!r}")

    def __delattr__(cls, name):
        if "__java__" in cls.__dict__:
            raise AttributeError(f"the members of the Java class {cls.__name__} cannot be deleted")
        type.__delattr__(cls, name)

    def __repr__(cls):
        if "__java__" in cls.__dict__:
            return f"<Java class {cls.__module__}.{cls.__qualname__}>"
        return type.__repr__(cls)


class UnorderedClass(JavaClass):
    """The type of those whose interfaces have no order that Python knows, since Java wants none.

    Of its own, since CPython caches no attributes of types whose metaclass orders their bases.
    """

    def mro(cls):
        try:
            return type.mro(cls)
        except TypeError:  # each before those that it extends
            order = [found for base in cls.__bases__ for found in base.__mro__]
            return [cls] + list(dict.fromkeys(reversed(order)))[::-1]


def new_type(meta, name, bases, namespace, **more):
    try:
        return type.__new__(meta, name, bases, namespace, **more)
    except TypeError as e:
        if meta is not JavaClass or "(MRO)" not in str(e):
            raise
    return type.__new__(UnorderedClass, name, bases, namespace, **more)


def name_of(cls):
    return f"{cls.__module__}.{cls.__qualname__}"


equal = native["equal"]
hash_of = native["hash"]
text_of = native["text"]


class JavaObject(Reference, metaclass=JavaClass):
    """A Java object."""

    __slots__ = ()

    # None is said of an object of a Python class, which has no Java object behind it

    def __eq__(self, other):
        return equal(self, other) if isinstance(other, Reference) else NotImplemented

    def __hash__(self):
        hashed = hash_of(self)
        return object.__hash__(self) if hashed is None else hashed

    def __str__(self):
        text = text_of(self)
        return repr(self) if text is None else text

    def __repr__(self):
        text = text_of(self)
        return object.__repr__(self) if text is None else f"<{name_of(type(self))} {text}>"

    def __reduce_ex__(self, protocol):
        raise TypeError(f"a Java object cannot be pickled: {name_of(type(self))}")


class JavaException(Exception, metaclass=JavaClass):
    """A Java exception in Python code."""

    @property
    def __notes__(self):
        own = self.__dict__
        notes = own.get("__notes__")
        if notes is None:
            stack = native_stack(self)
            own["__notes__"] = notes = [stack] if stack else []
        return notes

    @__notes__.setter
    def __notes__(self, notes):
        self.__dict__["__notes__"] = notes

    def __str__(self):
        return native_message(self)

    def __repr__(self):
        return f"{type(self).__name__}({native_message(self)!r})"

    def __reduce_ex__(self, protocol):
        raise TypeError(f"a Java exception cannot be pickled: {name_of(type(self))}")


native_stack = native["stack"]
native_message = native["message"]

# What Python's protocols are in Java

chunks = native["chunks"]
single_step = native["step"]


def iterate(self):
    return flat(iter(chunks(self), None))


def reading(function):
    """A method of one argument that leads to Java."""
    return lambda self: function(self)


def step(self):
    got = single_step(self)
    if got is None:
        raise StopIteration
    return got[0]


def itself(self):
    return self


def position(size, index, what):
    index = index.__index__()
    at = index + size if index < 0 else index
    if not 0 <= at < size:
        raise IndexError(f"{what} index out of range: {index} of {size}")
    return at


def sequence(size_of, get, set_, what):
    """Reading and writing by index and slice."""

    def getitem(self, index):
        size = size_of(self)
        if isinstance(index, slice):
            return [get(self, i) for i in range(*index.indices(size))]
        return get(self, position(size, index, what))

    def setitem(self, index, value):
        size = size_of(self)
        if isinstance(index, slice):
            where = range(*index.indices(size))
            values = list(value)
            if len(values) != len(where):
                raise ValueError(
                    f"{len(values)} values for {len(where)} places: a Java {what} is not resized"
                    " by a slice"
                )
            for i, one in zip(where, values):
                set_(self, i, one)
        else:
            set_(self, position(size, index, what), value)

    return getitem, setitem


list_size = native["size"]
list_get = native["get"]
list_set = native["set"]
list_add = native["add"]
list_remove = native["remove"]
list_getitem, list_setitem = sequence(list_size, list_get, list_set, "list")
array_getitem, array_setitem = sequence(native["length"], native["element"], native["setElement"], "array")


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


contains = native["contains"]
map_get = native["lookUp"]
map_put = native["put"]
map_delete = native["delete"]
map_has = native["has"]
key_chunks = native["keys"]
entry_chunks = native["entries"]
map_size = native["entryCount"]


class Items(ItemsView):
    def __iter__(self):
        return flat(iter(entry_chunks(self._mapping), None))


def map_getitem(self, key):
    found = map_get(self, key)
    if found is None:
        raise KeyError(key)
    return found[0]


def map_get_or(self, key, default=None):
    found = map_get(self, key)
    return default if found is None else found[0]


def map_delitem(self, key):
    if not map_delete(self, key):
        raise KeyError(key)


close = native["close"]


def leave(self, *exception):
    close(self)


compare = native["compare"]


def comparing(test):
    def method(self, other):
        if not isinstance(other, Reference):
            return NotImplemented
        return test(compare(self, other))

    return method


text_length = native["textLength"]
text_part = native["textPart"]


def text_getitem(self, index):
    if isinstance(index, slice):
        return text_of(self)[index]
    at = position(text_length(self), index, "text")
    return text_part(self, at, at + 1)


def await_stage(self):
    import asyncio

    loop = asyncio.get_running_loop()
    future = loop.create_future()

    def settle(value, failure):
        if not future.done():
            if failure is None:
                future.set_result(value)
            else:
                future.set_exception(failure)

    def done(value, failure):
        if not loop.is_closed():
            loop.call_soon_threadsafe(settle, value, failure)

    native_when_done(self, done)
    return (yield from future.__await__())


native_when_done = native["whenDone"]
whole = native["whole"]

EXTRAS = {
    "java.lang.Iterable": {"__iter__": iterate},
    "java.util.Collection": {
        "__len__": reading(list_size),
        "__contains__": lambda self, value: contains(self, value),
        "__bool__": lambda self: list_size(self) != 0,
    },
    "java.util.List": {
        "__getitem__": list_getitem,
        "__setitem__": list_setitem,
        "__delitem__": list_delitem,
        "__reversed__": list_reversed,
        "insert": list_insert,
        "append": lambda self, value: list_add(self, list_size(self), value),
        "extend": MutableSequence.extend,
        "pop": MutableSequence.pop,
        "index": MutableSequence.index,
        "count": MutableSequence.count,
        "__iadd__": MutableSequence.__iadd__,
    },
    "java.util.Map": {
        "__len__": reading(map_size),
        "__bool__": lambda self: map_size(self) != 0,
        "__iter__": lambda self: flat(iter(key_chunks(self), None)),
        "__contains__": lambda self, key: map_has(self, key),
        "__getitem__": map_getitem,
        "__setitem__": lambda self, key, value: map_put(self, key, value),
        "__delitem__": map_delitem,
        "get": map_get_or,
        "keys": lambda self: KeysView(self),
        "items": lambda self: Items(self),
        "pop": MutableMapping.pop,
        "popitem": MutableMapping.popitem,
        "setdefault": MutableMapping.setdefault,
        "update": MutableMapping.update,
    },
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
    "java.lang.Number": {"__int__": reading(whole), "__float__": reading(native["real"])},
    "java.lang.Boolean": {"__bool__": reading(native["truth"])},
    "java.util.Optional": {
        "__bool__": reading(native["isPresent"]),
        "__iter__": lambda self: iter(native["optional"](self)),
    },
    "java.util.concurrent.CompletionStage": {"__await__": await_stage},
}
for integral in "java.lang.Byte", "java.lang.Short", "java.lang.Integer", "java.lang.Long", "java.math.BigInteger":
    EXTRAS[integral] = {"__index__": reading(whole)}

ARRAY = {
    "__len__": reading(native["length"]),
    "__iter__": lambda self: flat(iter(native["elements"](self), None)),
    "__getitem__": array_getitem,
    "__setitem__": array_setitem,
    "__contains__": lambda self, value: any(value == one for one in self),
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


# Java exceptions that Python has a word of its own for
PYTHON_EXCEPTIONS = {
    "java.io.IOException": OSError,
    "java.io.UncheckedIOException": OSError,
    "java.io.EOFException": EOFError,
    "java.io.FileNotFoundException": FileNotFoundError,
    "java.nio.file.NoSuchFileException": FileNotFoundError,
    "java.nio.file.FileAlreadyExistsException": FileExistsError,
    "java.nio.file.AccessDeniedException": PermissionError,
    "java.nio.file.NotDirectoryException": NotADirectoryError,
    "java.net.ConnectException": ConnectionRefusedError,
    "java.net.SocketTimeoutException": TimeoutError,
    "java.util.concurrent.TimeoutException": TimeoutError,
    "java.lang.IndexOutOfBoundsException": IndexError,
    "java.lang.ArithmeticException": ArithmeticError,
    "java.lang.IllegalArgumentException": ValueError,
    "java.lang.ClassCastException": TypeError,
    "java.lang.UnsupportedOperationException": NotImplementedError,
    "java.util.NoSuchElementException": LookupError,
    "java.lang.OutOfMemoryError": MemoryError,
    "java.lang.StackOverflowError": RecursionError,
    "java.lang.AssertionError": AssertionError,
}


def calling(name):
    def __call__(self, *arguments):
        return getattr(self, name)(*arguments)

    return __call__


def make(number, name, module, kind, bases, methods, fields, function, doc):
    """The type of a Java class; kind is interface, class, exception or array."""
    full = f"{module}.{name}"
    namespace = {"__module__": module, "__qualname__": name, "__doc__": doc}
    namespace["__java__"] = "implement" if kind in ("interface", "exception") else kind
    for one in methods:
        namespace[intern(one)] = Lazy(number, one)
    for one in fields:
        namespace[intern(one)] = LazyField(number, one)
    if kind == "exception":
        bases = tuple(bases) or (JavaException,)
        own = PYTHON_EXCEPTIONS.get(full)
        if own is not None and not issubclass(bases[0], own):
            bases += (own,)
    else:
        namespace["__slots__"] = ()
        bases = tuple(bases) or (JavaObject,)
    if kind == "array":
        namespace.update(ARRAY)
        if name in CODES:
            namespace["__buffer__"] = buffer_of(CODES[name])
    namespace.update(EXTRAS.get(full, ()))
    if function is not None:
        namespace["__call__"] = calling(function)
    meta = max(map(type, bases), key=lambda one: one is UnorderedClass)
    made = new_type(meta, name.rpartition(".")[2], bases, namespace)
    if full in ("java.util.Map", "java.util.List", "java.util.Set"):
        {"Map": MutableMapping, "List": MutableSequence, "Set": Set}[name].register(made)
    types[number] = made
    return made


def built_in(cls):
    """The class of Python's own that instances of an exception class are laid out as."""
    while isinstance(cls, JavaClass):
        cls = cls.__base__
    return cls


no_arguments = ()


# Packages as modules

ModuleType = type(sys)


class JavaPackage(ModuleType):
    """A Java package; its classes come when they are asked for."""

    def __getattr__(self, name):
        if name[:2] != "__":
            full = f"{self.__name__}.{name}"
            found = load(full)
            if found is not None:
                self.__dict__[name] = found
                return found
            if is_package(full):
                from importlib import import_module

                return import_module(full)
        raise AttributeError(
            f"the Java package {self.__name__} has no public class {name!r}" + hint(name, self),
            name=name,
            obj=self,
        )

    def __dir__(self):
        return sorted(set(self.__dict__) | set(contents(self.__name__)))

    def __repr__(self):
        return f"<Java package {self.__name__}>"


def hint(name, package):
    if name[:1] == "_":
        return ""
    from difflib import get_close_matches

    near = get_close_matches(name, contents(package.__name__), 3, 0.7)
    return f"; did you mean {' or '.join(near)}?" if near else ""


class JavaLoader:
    def create_module(spec):
        if spec.name == "vivarium":
            return None
        return JavaPackage(spec.name, f"The Java package {spec.name}.")

    def exec_module(module):
        if module.__name__ == "vivarium":
            fill(module)


def find(name):
    """The spec of a package that there is, or of the module of this library's own."""
    from importlib.machinery import ModuleSpec

    spec = ModuleSpec(name, JavaLoader, origin="Java", is_package=name != "vivarium")
    if name != "vivarium":
        spec.submodule_search_locations[:] = MARK
    return spec


def missing(name):
    """No package: what is said where there is a class of that name."""
    package, _, short = name.rpartition(".")
    if load(name) is not None:
        raise ModuleNotFoundError(
            f"{name} is a Java class, not a package: from {package} import {short}", name=name
        )
    parent = sys.modules.get(package)
    raise ModuleNotFoundError(
        f"there is no Java package {name}" + (hint(short, parent) if parent else ""), name=name
    )


# The module vivarium

new_array = native["newArray"]


def jclass(name):
    """The Java class of that full name, nested ones with a dollar or a point."""
    found = load(name)
    if found is None:
        raise ImportError(f"there is no Java class {name} that Python code may see", name=name)
    return found


def array(component, items):
    """A Java array: of so many elements, or of those that an iterable gives.

    component is a Java class or the name of a primitive type, "int".
    """
    if hasattr(items, "__index__"):
        return new_array(component, items.__index__())
    items = list(items)
    made = new_array(component, len(items))
    made[:] = items
    return made


def fill(module):
    module.__doc__ = "Java from Python code: what import and attributes do not say."
    for value in jclass, array:
        setattr(module, value.__name__, value)
    module.detached = native["detached"]
    module.JavaException = JavaException
    module.JavaObject = JavaObject
