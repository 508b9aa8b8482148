"""Java classes as Python types of this interpreter, loaded when the first of them is needed.

Given by Java: Reference, the type whose instances name a Java object; link, which makes a member of a
class when it is first asked for; find_class, contents and is_package, which look for classes; native, a
dict of functions that work on Java objects of certain kinds; protocols, what protocols.py defines.

Each class is one type, whose members lie in its dict: descriptors that lead straight to Java, or a
Lazy one in its place until somebody looks.
"""

import sys
from _abc import _abc_init
from _collections_abc import MutableMapping, MutableSequence, MutableSet, Sequence
from _functools import partial
from abc import ABCMeta
from time import sleep

types = {}  # by number: they live as long as the interpreter
ARRAY = protocols["ARRAY"]
BYTES = protocols["BYTES"]
CODES = protocols["CODES"]
EXTRAS = protocols["EXTRAS"]
buffer_of = protocols["buffer_of"]
intern = sys.intern  # names that are compared by identity first
put = type.__setattr__
if sys.version_info < (3, 14) and not getattr(sys, "_is_gil_enabled", lambda: True)():

    def put(owner, name, value):
        """A free-threaded 3.13 has no memory for a name that another thread is just interning (gh-129701)."""
        for _ in range(10_000):
            try:
                return type.__setattr__(owner, name, value)
            except MemoryError:
                sleep(0.001)
        type.__setattr__(owner, name, value)


GenericAlias = type(list[int])
MARK = ["<java>"]  # the __path__ of what is a Java package


class Lazy:
    """A member that nobody has asked for yet."""

    __slots__ = ("number", "name")

    def __init__(self, number, name):
        self.number = number
        self.name = name

    def made(self):
        made = link(self.number, self.name)
        owner = types[self.number]
        if owner.__dict__.get(self.name) is self:  # else somebody has put another in its place
            put(owner, self.name, made)
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


class ForName(Lazy):
    """Class.forName, which of a name alone asks its caller's class loader: the interpreter's, in Python."""

    __slots__ = ()

    def made(self):
        own = link(self.number, self.name)

        def forName(*arguments):
            if len(arguments) == 1 and isinstance(arguments[0], str):
                return native["forName"](*arguments)
            return own(*arguments)

        forName.__doc__ = own.__doc__
        made = staticmethod(forName)
        put(types[self.number], self.name, made)
        return made


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


class Property:
    """What a getter gives, and a setter takes, where no member has the name; getter may be a setter.

    An object of a Python class may have an attribute of that name, as any other.
    """

    __slots__ = ("name", "getter", "setter")

    def __init__(self, name, getter):
        self.name = name
        self.getter = getter
        self.setter = "set" + getter[2 if getter[:2] == "is" else 3 :]

    def __get__(self, instance, owner=None):
        if instance is None:
            return self
        own = getattr(instance, "__dict__", ())
        if self.name in own:
            return own[self.name]
        if self.getter == self.setter:
            raise AttributeError(f"{self.name} of {type(instance).__name__} can only be set")
        return getattr(instance, self.getter)()

    def __set__(self, instance, value):
        own = getattr(instance, "__dict__", None)
        if own is not None:
            own[self.name] = value
            return
        setter = getattr(instance, self.setter, None)
        if setter is None:
            raise AttributeError(
                f"{self.name} of {type(instance).__name__} cannot be set: there is no {self.setter}()"
            )
        setter(value)


class JavaClass(ABCMeta):
    """The type of Java classes: of ABCMeta's, so that Python's abstract classes go beside them."""

    __instancecheck__ = type.__instancecheck__
    __subclasscheck__ = type.__subclasscheck__

    def __new__(meta, name, bases, namespace, **more):
        bases = extending(name, bases)
        if any(map(is_abstract, bases)):
            made = new_type(AbstractClass, name, bases, namespace, **more)
            _abc_init(made)
        else:
            made = new_type(meta, name, bases, namespace, **more)
        if any("__extended__" in base.__dict__ for base in made.__mro__):
            lead(made)
        return made

    @property
    def class_(cls):
        """The java.lang.Class, as Java's .class."""
        return class_of(cls)

    @property
    def __signature__(cls):
        """What inspect asks: that of the constructors, or None for it to look at a Python class."""
        if "__java__" not in cls.__dict__:
            return None
        from inspect import signature

        return signature(cls.__new__)

    def __iter__(cls):
        return iter(constants(cls))

    def __len__(cls):
        return len(constants(cls))

    def __bool__(cls):
        return True

    def __reversed__(cls):
        return iter(list(constants(cls))[::-1])

    def __contains__(cls, value):
        return any(value is one or value == one for one in constants(cls))

    def __getitem__(cls, item):
        """The constant of that name; of other classes than enums a type's arguments, as of list."""
        if not is_enum(cls):
            own = getattr(cls, "__class_getitem__", None)
            return GenericAlias(cls, item) if own is None else own(item)
        for constant in constants(cls):
            if constant.name() == item:
                return constant
        raise KeyError(item)

    def __setattr__(cls, name, value):
        if "__java__" not in cls.__dict__:
            put(cls, name, value)
            if name in ("__del__", "__bases__") and ROUTES in cls.__dict__:
                keep_finalizer(cls)
            return
        for owner in cls.__mro__:
            found = owner.__dict__.get(name)
            if isinstance(found, Lazy):
                found = found.made()
            if isinstance(found, Static):
                if found.write is None:
                    raise AttributeError(f"{cls.__name__}.{name} is final")
                found.write(value)
                return
        raise AttributeError(
            f"the Java class {cls.__name__} has no static field {name!r}; vivarium.extend adds methods"
        )

    def __delattr__(cls, name):
        if "__java__" in cls.__dict__:
            raise AttributeError(f"the members of the Java class {cls.__name__} cannot be deleted")
        if name == "__del__" and ROUTES in cls.__dict__:
            if is_next_del(cls):
                raise AttributeError(name)
            cls.__del__ = NextDel(cls)
            return
        type.__delattr__(cls, name)

    def __repr__(cls):
        if "__java__" in cls.__dict__:
            return f"<Java class {name_of(cls)}>"
        return type.__repr__(cls)


class AbstractClass(JavaClass):
    """The type of Python classes that have Java's and Python's abstract ones among their bases."""

    __instancecheck__ = ABCMeta.__instancecheck__
    __subclasscheck__ = ABCMeta.__subclasscheck__


def is_abstract(cls):
    return isinstance(cls, AbstractClass if isinstance(cls, JavaClass) else ABCMeta)


def look_at_typing():
    """Has typing's protocols go beside Java classes too, once somebody has imported it."""
    typing = sys.modules.get("typing")
    meta = type(getattr(typing, "Protocol", None))
    if issubclass(meta, ABCMeta) and not issubclass(JavaClass, meta):
        JavaClass.__bases__ = (meta,)


class_of = native["classOf"]
keep_finalizer = native["keepFinalizer"]
route = native["route"]
unconstructed = native["unconstructed"]
ROUTES = "__java_routes__"


# Python classes that extend Java classes: between them and the Java class there is a type that is
# made for the superclass and its interfaces, whose methods are Java's own, whatever Python defines


def java_kind(cls):
    return cls.__dict__.get("__java__") if isinstance(cls, JavaClass) else None


def extending(name, bases):
    """The bases of a new Python class, with what extends the Java class that is one of them."""
    above = {cls: None for base in bases for cls in base.__mro__ if java_kind(cls)}
    classes = [cls for cls in bases if java_kind(cls) not in (None, "implement", "extended")]
    known = [cls for cls in above if java_kind(cls) == "extended"]
    interfaces = [cls for cls in above if is_interface(cls)]
    if not classes and not known:
        return bases
    if any(java_kind(cls) == "implement" and not is_interface(cls) for cls in above):
        raise TypeError(f"{name} cannot extend a Java exception and another Java class")
    nearest = [cls for cls in known if all(issubclass(cls, other) for other in known)]
    if known and not nearest:
        raise TypeError(f"{name}: a Python class can extend one Java class, and its bases extend more")
    if known:
        for cls in classes + interfaces:
            if not issubclass(nearest[0], cls):
                raise TypeError(
                    f"{name}: {name_of(cls)} has to be named where {name_of(nearest[0])} is extended,"
                    " as a base beside it"
                )
        # What is made anew with the bases of another, as by dataclass(slots=True), has it among them
        return tuple(base for base in bases if java_kind(base) in (None, "extended"))
    superclass = [cls for cls in classes if all(issubclass(cls, other) for other in classes)]
    if not superclass:
        raise TypeError(
            f"{name}: a Python class can extend one Java class, not "
            + " and ".join(map(name_of, classes))
        )
    made = type_to_extend(superclass[0], interfaces)
    if isinstance(made, str):
        raise TypeError(f"{name_of(superclass[0])} {made}")
    kept = []
    for base in bases:
        if not java_kind(base):
            kept.append(base)
        elif made not in kept:
            kept.append(made)
    return tuple(kept)


def is_interface(cls):
    return java_kind(cls) == "implement" and not issubclass(cls, JavaException)


def lead(made):
    """Has Java's methods lead to what a new Python class has before Java's own."""
    defined = set()
    for cls in made.__mro__:
        if "__extended__" in cls.__dict__:
            break
        defined.update(name for name, value in cls.__dict__.items() if value is not None)
    if "__del__" not in made.__dict__ or is_next_del(made):
        put(made, "__del__", NextDel(made))
    put(made, OWN_EQUALITY, not defined.isdisjoint(("equals", "hashCode", "__eq__", "__hash__")))
    put(made, ROUTES, route(made, [name for name in defined if isinstance(name, str)]))


class NextDel:
    """In the place of a __del__ that a class does not define, which is then that of the next one in order.

    Where there is none, CPython gives the class another finalizer than ours when one of its bases, which
    need not be ours, gets or loses a __del__.
    """

    __slots__ = ("owner",)

    def __init__(self, owner):
        self.owner = owner

    def __get__(self, instance, owner=None):
        return super(self.owner, owner if instance is None else instance).__del__


def is_next_del(cls):
    return type(cls.__dict__.get("__del__")) is NextDel


def extended_eq(self, other):
    return self.equals(other) if isinstance(other, Reference) else NotImplemented


def extended_hash(self):
    return self.hashCode()


def extended_str(self):
    return object.__repr__(self) if unconstructed(self) else self.toString()


def extended_repr(self):
    if unconstructed(self):
        return object.__repr__(self)
    return f"<{name_of(type(self))} {self.toString()}>"


# What every object has leads to what Java has for it, which Python code may define
EXTENDED = {
    "__extended__": True,
    "__eq__": extended_eq,
    "__hash__": extended_hash,
    "__str__": extended_str,
    "__repr__": extended_repr,
}


OWN_EQUALITY = "__own_equality__"


def equality_of(bases):
    """Of what extends a collection: that is equal to Python's own too, unless Python code says otherwise."""
    above = next(one for base in bases for one in base.__mro__ if "__eq__" in one.__dict__)
    if above is JavaObject:
        return {}

    def __eq__(self, other):
        own = getattr(type(self), OWN_EQUALITY)
        return extended_eq(self, other) if own else above.__eq__(self, other)

    def __hash__(self):
        return extended_hash(self) if getattr(type(self), OWN_EQUALITY) else above.__hash__(self)

    return {OWN_EQUALITY: False, "__eq__": __eq__, "__hash__": __hash__}


def is_enum(cls):
    return cls.__dict__.get("__java__") == "enum"


def constants(cls):
    """Those of an enum."""
    if not is_enum(cls):
        raise TypeError(f"type {cls.__name__!r} is no enum: it has no constants to go through")
    return cls.values()


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


MethodDescriptor = type(str.join)


class ValueClass(JavaClass):
    """The type of those whose values Python has as its own: a method of theirs, taken from the class, is
    called with one of these as well."""

    def __getattribute__(cls, name):
        found = type.__getattribute__(cls, name)
        if type(found) is not MethodDescriptor:
            return found

        def method(value, *arguments):
            return found(value if isinstance(value, Reference) else CONSTRUCTORS.get(cls, cls)(value), *arguments)

        method.__name__ = name
        method.__qualname__ = f"{cls.__qualname__}.{name}"
        method.__doc__ = found.__doc__
        return method


class TextClass(ValueClass):
    """The type of java.lang.String, whose objects are texts of Python's."""

    def __instancecheck__(cls, value):
        return type(value) is JavaText or type.__instancecheck__(cls, value)

    def __subclasscheck__(cls, other):
        return other is JavaText or type.__subclasscheck__(cls, other)


CONSTRUCTORS = {}  # what makes a Java object, by the class whose own call gives something of Python's

VALUES = {
    f"java.lang.{name}"
    for name in ("Boolean", "Byte", "Character", "Double", "Float", "Integer", "Long", "Short", "String")
}


def new_type(meta, name, bases, namespace, **more):
    try:
        return type.__new__(meta, name, bases, namespace, **more)
    except TypeError as e:
        if meta is not JavaClass or "(MRO)" not in str(e):
            raise
    return type.__new__(UnorderedClass, name, bases, namespace, **more)


def of_class(name):
    """A method of java.lang.Class, of a type that has no member of that name."""

    def method(cls, *arguments):
        return getattr(class_of(cls), name)(*arguments)

    method.__name__ = method.__qualname__ = name
    return method


for one in class_methods:
    if not hasattr(JavaClass, one):
        put(JavaClass, one, of_class(one))


def name_of(cls):
    """As Java has it: an array in no package, nor a class that is in none."""
    module = "" if cls.__dict__.get("__java__") == "array" else cls.__module__
    return f"{module}.{cls.__qualname__}" if module else cls.__qualname__


equal = native["equal"]
text_of = native["text"]


class JavaObject(Reference, metaclass=JavaClass):
    """A Java object."""

    __slots__ = ("__weakref__",)

    # None is said of an object of a Python class, which has no Java object behind it

    def __eq__(self, other):
        return equal(self, other) if isinstance(other, Reference) else NotImplemented

    __hash__ = protocols["java_hash"]

    def __str__(self):
        text = text_of(self)
        return repr(self) if text is None else text

    def __repr__(self):
        text = text_of(self)
        return object.__repr__(self) if text is None else f"<{name_of(type(self))} {text}>"

    def __reduce_ex__(self, protocol):
        return (unpickled, (pickled(self),)) if is_java(self) else reduced(self)

    def __copy__(self):
        if is_java(self):
            raise TypeError(
                f"a {name_of(type(self))} cannot be copied: it is neither Cloneable nor a collection"
            )
        return rebuilt(self, None)

    def __deepcopy__(self, memo):
        if not is_java(self):
            return rebuilt(self, memo)
        from copy import deepcopy

        made = native["deeplyCopied"](self, lambda one: deepcopy(one, memo))
        memo[id(self)] = made
        return made


def reduced(one):
    """What pickle and copy make of an object of a Python class: its own way takes the room for a Java
    object's number for state that it does not know."""
    from copyreg import __newobj__

    own = type(one).__getstate__
    state = one.__dict__ if own is object.__getstate__ else own(one)
    return __newobj__, (type(one),), state or None


def rebuilt(one, memo):
    """A copy of an object of a Python class, deep where there is a memo."""
    from copy import deepcopy

    make, given, state = reduced(one)
    made = make(*given)
    if memo is not None:
        memo[id(one)] = made
        state = deepcopy(state, memo)
    if state is not None:
        if hasattr(made, "__setstate__"):
            made.__setstate__(state)
        else:
            made.__dict__.update(state)
    return made


is_java = native["isJava"]
pickled = native["pickled"]


def unpickled(content):
    """Of pickle: the Java object that these bytes are of."""
    return native["unpickled"](content)


unpickled.__module__ = "vivarium"  # where pickle finds it


given_args = BaseException.args


class JavaException(Exception, metaclass=JavaClass):
    """A Java exception in Python code."""

    @property
    def args(self):
        """What it was made with in Python, or else its message."""
        given = given_args.__get__(self)
        message = "" if given else native_message(self)
        return (message,) if message else given

    @args.setter
    def args(self, given):
        given_args.__set__(self, given)

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

    # One of Java's is another object in Python each time that it comes
    def __eq__(self, other):
        if not isinstance(other, JavaException):
            return NotImplemented
        one, two = self.__dict__.get("__throwable__"), other.__dict__.get("__throwable__")
        return self is other or (one is not None and two is not None and equal(one, two))

    def __hash__(self):
        own = self.__dict__.get("__throwable__")
        return object.__hash__(self) if own is None else native["hash"](own)

    def __str__(self):
        message = native_message(self)
        if not message and "__java__" not in type(self).__dict__:
            given = given_args.__get__(self)  # by an __init__ of the Python class
            if len(given) == 1 and isinstance(given[0], str):
                return given[0]
        return message

    def __repr__(self):
        return f"{type(self).__name__}({str(self)!r})"

    def __reduce_ex__(self, protocol):
        raise TypeError(f"a Java exception can be neither copied nor pickled: {name_of(type(self))}")


native_stack = native["stack"]
native_message = native["message"]

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
    "dev.vivarium.ConversionException": TypeError,
    "java.lang.UnsupportedOperationException": NotImplementedError,
    "java.util.NoSuchElementException": LookupError,
    "java.util.ConcurrentModificationException": RuntimeError,
    "java.lang.OutOfMemoryError": MemoryError,
    "java.lang.StackOverflowError": RecursionError,
    "java.lang.AssertionError": AssertionError,
}

# For isinstance(), and for match
ABSTRACT = {
    "java.util.List": MutableSequence,
    "java.util.Map": MutableMapping,
    "java.util.Set": MutableSet,
}


def calling(name):
    def __call__(self, *arguments):
        return getattr(self, name)(*arguments)

    return __call__


ERRNO = {
    FileNotFoundError: "ENOENT",
    PermissionError: "EACCES",
    FileExistsError: "EEXIST",
    NotADirectoryError: "ENOTDIR",
    TimeoutError: "ETIMEDOUT",
    ConnectionRefusedError: "ECONNREFUSED",
}


def errno_of(self):
    import errno

    return next((getattr(errno, name) for kind, name in ERRNO.items() if isinstance(self, kind)), None)


def filename_of(self):
    """What a file-system exception names, or the message of FileInputStream and its like."""
    if hasattr(self, "getFile"):
        return self.getFile()
    file, found, _ = native_message(self).rpartition(" (")
    return file if found and type(self).__qualname__ == "FileNotFoundException" else None


def given_or(name, found):
    """An attribute that OSError has, of what Java says where Python code has set nothing."""

    def get(self):
        own = self.__dict__
        return own[name] if name in own else found(self)

    def set(self, value):
        self.__dict__[name] = value

    return property(get, set)


OS_ERROR = {
    "errno": given_or("errno", errno_of),
    "filename": given_or("filename", filename_of),
    "strerror": given_or("strerror", lambda self: native_message(self) or None),
}


class JavaText(str):
    """A java.lang.String: a str in all that a str has, with Java's other members too."""

    __slots__ = ()
    __module__ = "java.lang"
    __qualname__ = "String"
    java = None  # the Java class, once it is known

    def __getattr__(self, name):
        if name[:2] == "__":  # str says what protocols there are
            raise AttributeError(name)
        return getattr(CONSTRUCTORS[JavaText.java](self), name)

    def __dir__(self):
        return sorted({*dir(str), *(name for name in dir(JavaText.java) if name[:2] != "__")})

    def __reduce_ex__(self, protocol):
        return str, (str(self),)

    def __fspath__(self):
        return str(self)


JavaText.__name__ = JavaText.__qualname__


class NewText:
    """The __new__ of java.lang.String: Java's own, and a text of what that has made."""

    def __init__(self, cls, number):
        self.cls = cls
        self.number = number
        self.made = None

    def own(self):
        self.made = self.made or link(self.number, "__new__")
        return self.made

    def construct(self, *arguments, **named):
        return self.own()(self.cls, *arguments, **named)

    def __call__(self, cls, *arguments, **named):
        return JavaText(text_of(self.construct(*arguments, **named)))

    __doc__ = property(lambda self: self.own().__doc__)

    @property
    def __signature__(self):
        from inspect import signature

        return signature(self.own())


class Components:
    """The places of a class whose objects are what they are made of: a record, a data class of Kotlin's."""

    def __init__(self, number, names, methods):
        self.number = number
        self.names = names
        self.getters = [f"component{i + 1}" for i in range(len(names))] if "component1" in methods else names

    def values(self, one):
        return [getattr(one, getter)() for getter in self.getters]

    def with_changes(self, one, given, named):
        values = self.values(one)
        values[: len(given)] = given
        for name, value in named.items():
            if name not in self.names:
                raise TypeError(f"{type(one).__name__} has no component {name!r}: {', '.join(self.names)}")
            values[self.names.index(name)] = value
        return values

    def members(self, methods):
        found = {"__match_args__": tuple(f"component {name}" for name in self.names)}
        for name, getter in zip(self.names, self.getters):
            found[f"component {name}"] = property(
                (lambda getter: lambda one: getattr(one, getter)())(getter)
            )
        found["__iter__"] = lambda one: iter(self.values(one))
        found["__replace__"] = lambda one, **named: type(one)(*self.with_changes(one, (), named))
        if "component1" in methods and "copy" in methods:
            copy = []

            def copied(one, *given, **named):
                if not copy:
                    copy.append(link(self.number, "copy"))
                return copy[0].__get__(one)(*self.with_changes(one, given, named))

            found["copy"] = copied
        return found


def not_public(self, name):
    cls = type(self)
    raise AttributeError(
        f"{cls.__name__!r} object has no attribute {name!r}: the class {name_of(cls)} is not public, so that"
        " Python code has those members of it that its public superclasses and interfaces declare",
        name=name,
        obj=self,
    )


def is_of_setter(item):
    return item[0][:3] == "set"


def is_member(name, bases, but_setter):
    """Whether something above has the name; but_setter: other than a property that can only be set."""
    found = [cls.__dict__[name] for base in bases for cls in base.__mro__ if name in cls.__dict__]
    if but_setter:
        found = [one for one in found if type(one) is not Property or one.getter != one.setter]
    return bool(found)


def make(number, name, module, kind, bases, methods, fields, properties, function, components, doc):
    """The type of a Java class; kind is interface, class, exception, array, enum, hidden or extended."""
    look_at_typing()
    full = f"{module}.{name}"
    namespace = {"__module__": module, "__qualname__": name, "__doc__": doc}
    namespace["__java__"] = "implement" if kind in ("interface", "exception") else kind
    for one in methods:
        namespace[intern(one)] = Lazy(number, one)
    for one in fields:
        namespace[intern(one)] = LazyField(number, one)
    for getter, one in sorted(properties.items(), key=is_of_setter):
        if one not in namespace and not is_member(one, bases, but_setter=not is_of_setter((getter, one))):
            namespace[intern(one)] = Property(one, getter)
    if kind == "exception":
        bases = tuple(bases) or (JavaException,)
        own = PYTHON_EXCEPTIONS.get(full)
        if own is not None and not issubclass(bases[0], own):
            bases += (own,)
            if issubclass(own, OSError):
                namespace.update(OS_ERROR)
    else:
        if kind == "extended":
            namespace.update(EXTENDED)
            namespace.update(equality_of(tuple(bases) or (JavaObject,)))
        else:
            namespace["__slots__"] = ()
        bases = tuple(bases) or (JavaObject,)
    if kind == "array":
        namespace.update(ARRAY)
        if name in CODES:
            namespace["__buffer__"] = buffer_of(CODES[name])
        if name == "byte[]":
            namespace.update(BYTES)
    elif kind == "hidden":
        namespace["__getattr__"] = not_public
    if components and not any("__iter__" in one.__dict__ for base in bases for one in base.__mro__):
        namespace.update(Components(number, list(components), methods).members(methods))
    namespace.update(EXTRAS.get(full, ()))
    if full == "java.lang.Class" and "forName" in namespace:
        namespace["forName"] = ForName(number, "forName")
    if full == "java.lang.Object" and methods:
        namespace["synchronized"] = synchronized_object
    if full == "java.util.Map":
        namespace["__getitem__"] = Lazy(number, "__getitem__")
    if function is not None:
        namespace["__call__"] = calling(function)
    if full in VALUES:
        meta = TextClass if full == "java.lang.String" else ValueClass
    else:
        meta = max(map(type, bases), key=lambda one: one is UnorderedClass)
    made = new_type(meta, name.rpartition(".")[2], bases, namespace)
    abstract = Sequence if kind == "array" else ABSTRACT.get(full)
    if abstract is not None:
        abstract.register(made)
    if full == "java.lang.String":
        put(made, "__new__", NewText(made, number))
        CONSTRUCTORS[made] = made.__dict__["__new__"].construct
        JavaText.java = made
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


def load(name):
    """The class of that full name, or None; an ImportError that says what to do where its module keeps it."""
    found = find_class(name)
    if found.__class__ is str:
        raise ImportError(found, name=name)
    return found


class Everything:
    """The __all__ of a package: Java imports * when a name is met, and Python all at once, over its own."""

    def __getitem__(self, index):
        raise ImportError(
            "from ... import * would put Java's names over Python's own, as Exception and Iterable: import"
            " the classes by name; dir() of the package lists them"
        )

    def __contains__(self, name):
        return False


class JavaPackage(ModuleType):
    """A Java package; its classes come when they are asked for."""

    __all__ = Everything()

    def __getattr__(self, name):
        if name[:2] != "__":
            full = f"{self.__name__}.{name}"
            found = find_class(full)
            if found.__class__ is str:
                # from ... import, which takes it for a missing name, goes on to missing(), which says so
                raise AttributeError(found, name=name, obj=self)
            if found is not None:
                self.__dict__[name] = found
                return found
            if is_package(full):
                from importlib import import_module

                return import_module(full)
        raise AttributeError(
            f"the Java package {self.__name__} has no public class {name!r}"
            + (hint(name, self) or (UNLISTED if name[:1].islower() else "")),
            name=name,
            obj=self,
        )

    def __dir__(self):
        return sorted(set(self.__dict__) | set(contents(self.__name__)))

    def __repr__(self):
        return f"<Java package {self.__name__}>"


# A jar without entries for its folders does not say which packages it has
UNLISTED = "; a class of a jar that does not list its packages is found by vivarium.jclass(its full name)"


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
        f"there is no Java package {name}" + (parent and hint(short, parent) or UNLISTED), name=name
    )


# The module vivarium

new_array = native["newArray"]


def jclass(name, loader=None):
    """The Java class of that full name, nested ones with a dollar or a point; or of a java.lang.Class.

    loader is the java.lang.ClassLoader that finds it, by default the interpreter's.
    """
    if isinstance(name, Reference):
        found = native["shown"](name)
        if found is None:
            raise ImportError(f"Python code may not see {name}")
        return found
    if name[-2:] == "[]":
        component = name[:-2]
        return type(new_array(component if f"{component}[]" in CODES else jclass(component, loader), 0))
    found = load(name) if loader is None else native["named"](name, loader)
    if found is None:
        raise ImportError(f"there is no Java class {name} that Python code may see", name=name)
    return found


def to_python(value):
    """A Java object as Python's own, with all that it holds: a map as a dict, a list as a list.

    json.dumps(java_map, default=vivarium.to_python)
    """
    if type(value) is JavaText:
        return str(value)
    made = native["counterpart"](value) if isinstance(value, Reference) else value
    if isinstance(made, Reference):
        raise TypeError(f"there is nothing of Python's own for a {name_of(type(value))}")
    return made


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


SUSPENDED = 0x20 | 0x80 | 0x200  # inspect's CO_GENERATOR, CO_COROUTINE, CO_ASYNC_GENERATOR


def synchronized(monitor, function=None, /, *arguments, **named):
    """Calls a function while this thread holds a Java object's monitor, as Java's synchronized does.

    Waits for it without the GIL. Inside, monitor.wait() and monitor.notify() may be called. Without a
    function it is for a with, or a decorator of functions that are called so each time.
    """
    if function is None:
        return Synchronized(monitor)
    refuse_suspended(function)
    result = []
    native["synchronize"](monitor, lambda: result.append(function(*arguments, **named)))
    return result[0]


class Leaving:
    """The end of a with, called without a frame of Python's, in which an interrupt could come before it."""

    def __get__(self, instance, owner=None):
        return self if instance is None else partial(native["monitorExit"], instance.monitor)

    def __call__(self, instance, *exception):
        native["monitorExit"](instance.monitor)


class Synchronized:
    """A Java object's monitor, for a with, which begins and ends in one thread, or as a decorator."""

    __slots__ = ("monitor",)

    def __init__(self, monitor):
        if isinstance(monitor, str) or type(monitor) is JavaText.java:
            raise TypeError("a text is another object in Java each time, with another monitor")
        self.monitor = monitor

    def __enter__(self):
        holds = native["monitorHolds"](self.monitor)
        try:
            native["monitorEnter"](self.monitor)
        except BaseException:  # an interrupt, which may come behind that, and behind this
            native["monitorUnwind"](self.monitor, holds)
            raise

    __exit__ = Leaving()

    def __call__(self, function):
        from functools import wraps

        monitor = self.monitor
        refuse_suspended(function)

        @wraps(function)
        def synchronous(*arguments, **named):
            return synchronized(monitor, function, *arguments, **named)

        return synchronous


def synchronized_object(self):
    """For a with in which this thread holds the object's monitor."""
    return Synchronized(self)


synchronized_object.__name__ = synchronized_object.__qualname__ = "synchronized"


def refuse_suspended(function):
    code = getattr(function, "__code__", None)
    if code is not None and code.co_flags & SUSPENDED:
        raise TypeError(
            f"{function.__name__}() returns before its code has run: the monitor would not be held then"
        )


# What a type itself is made with, and what CPython would never call
NOT_ADDED = {
    "__new__", "__del__", "__getattribute__", "__class__", "__dict__", "__slots__", "__weakref__",
    "__java__", "__module__",
}


def extend(cls, *, override=False):
    """A decorator that adds a function to a Java class, for this interpreter, by the function's name.

    Subclasses have it too. A property, a classmethod or a staticmethod is added as that. What the
    class has already is replaced only with override=True.
    """
    if not isinstance(cls, JavaClass) or "__java__" not in cls.__dict__ and cls is not JavaObject:
        raise TypeError(f"extend() adds to Java classes, not to {cls!r}")

    def add(member):
        name = getattr(member.fget if isinstance(member, property) else member, "__name__", None)
        if not isinstance(name, str) or not hasattr(type(member), "__get__"):
            raise TypeError(f"extend() adds functions and properties, not a {type(member).__name__}")
        if name in NOT_ADDED:
            raise TypeError(f"{name} cannot be added to a Java class")
        if not override:
            for base in cls.__mro__[:-1]:  # of object's, Java knows nothing
                if name in base.__dict__:
                    raise TypeError(
                        f"{cls.__name__} has a {name!r} already, of {base.__name__}:"
                        f" extend({cls.__name__}, override=True) replaces it"
                    )
        put(cls, name, member)
        return member

    return add


def fill(module):
    module.__doc__ = "Java from Python code: what import and attributes do not say."
    for value in jclass, array, extend, synchronized, to_python:
        setattr(module, value.__name__, value)
    module.detached = native["detached"]
    module.unpickled = unpickled
    module.JavaException = JavaException
    module.JavaObject = JavaObject
