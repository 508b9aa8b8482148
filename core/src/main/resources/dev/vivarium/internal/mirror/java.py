"""Java classes as Python types of this interpreter, loaded when the first of them is needed.

Given by Java: Reference, the type whose instances name a Java object; link, which makes a member of a
class when it is first asked for; load, contents and is_package, which look for classes; native, a
dict of functions that work on Java objects of certain kinds; protocols, what protocols.py defines.

Each class is one type, whose members lie in its dict: descriptors that lead straight to Java, or a
Lazy one in its place until somebody looks.
"""

import sys
from _collections_abc import MutableMapping, MutableSequence, MutableSet, Sequence

types = {}  # by number: they live as long as the interpreter
ARRAY = protocols["ARRAY"]
CODES = protocols["CODES"]
EXTRAS = protocols["EXTRAS"]
buffer_of = protocols["buffer_of"]
intern = sys.intern  # names that are compared by identity first
put = type.__setattr__
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


class Property:
    """What a getter gives, and a setter takes, where no member has the name.

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
        return own[self.name] if self.name in own else getattr(instance, self.getter)()

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


class_of = native["classOf"]


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
        raise TypeError(f"a Java object cannot be pickled: {name_of(type(self))}")


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

    def __str__(self):
        return native_message(self)

    def __repr__(self):
        return f"{type(self).__name__}({native_message(self)!r})"

    def __reduce_ex__(self, protocol):
        raise TypeError(f"a Java exception cannot be pickled: {name_of(type(self))}")


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


def make(number, name, module, kind, bases, methods, fields, properties, function, doc):
    """The type of a Java class; kind is interface, class, exception or array."""
    full = f"{module}.{name}"
    namespace = {"__module__": module, "__qualname__": name, "__doc__": doc}
    namespace["__java__"] = "implement" if kind in ("interface", "exception") else kind
    for one in methods:
        namespace[intern(one)] = Lazy(number, one)
    for one in fields:
        namespace[intern(one)] = LazyField(number, one)
    for getter, one in properties.items():
        if one not in namespace and not any(one in base.__dict__ for b in bases for base in b.__mro__):
            namespace[intern(one)] = Property(one, getter)
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
    abstract = Sequence if kind == "array" else ABSTRACT.get(full)
    if abstract is not None:
        abstract.register(made)
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
    """The Java class of that full name, nested ones with a dollar or a point; or of a java.lang.Class."""
    if isinstance(name, Reference):
        found = native["shown"](name)
        if found is None:
            raise ImportError(f"Python code may not see {name}")
        return found
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
