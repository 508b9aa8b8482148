"""What calls Python functions in a task. One side of BundleOperator.java and KeyedAccess.java."""

from copy import copy
from itertools import islice


class _Callee:
    """A function, or an object of a class with methods that are named as Flink's are."""

    def __init__(self, function):
        self.is_object = isinstance(function, type)
        self.target = function() if self.is_object else function

    def method(self, name):
        if not self.is_object:
            return self.target
        found = getattr(self.target, name, None)
        if found is None:
            raise TypeError(f"{type(self.target).__qualname__} is a class without a method {name}")
        return found

    def on_timer(self):
        found = getattr(self.target, "on_timer", None) if self.is_object else None
        if found is None:
            raise TypeError("a timer has fired, and there is no on_timer: have a class with"
                            " process_element and on_timer in the place of a function")
        return found


def callee(function):
    return _Callee(function)


def close(callee):
    end = getattr(callee.target, "close", None) if callee.is_object else None
    if end is not None:
        end()


def call(callee, arguments):
    return callee.method("eval")(*arguments)


# What nobody can change afterwards
_CONSTANT = {int, float, bool, str, bytes, type(None)}


def _as_it_is(output):
    """A result as it is now: it goes on when the bundle is done, and the function may change it before."""
    kind = type(output)
    if kind in _CONSTANT:
        return output
    if kind is tuple:
        return tuple([_as_it_is(item) for item in output])
    if kind is list:
        return [_as_it_is(item) for item in output]
    if kind is dict:
        return {key: _as_it_is(item) for key, item in output.items()}
    try:
        return copy(output)
    except Exception:  # generators, objects of Java's
        return output


class _Mapped:
    """A result for each value."""

    def __init__(self, function, values):
        self._function, self._values = function, values

    def more(self, most):
        function = self._function
        outputs = []
        for value in self._values:
            output = function(value)
            outputs.append(output if type(output) in _CONSTANT else _as_it_is(output))
        return outputs, None, True


class _Portions:
    """Results of which each says the place of its value, some at a time."""

    def __init__(self, results):
        self._results = results

    def more(self, most):
        outputs, places = [], []
        for place, output in islice(self._results, most):
            outputs.append(_as_it_is(output))
            places.append(place)
        return outputs, places, len(outputs) < most


def map(callee, values):
    return _Mapped(callee.method("map"), values)


def flat_map(callee, values):
    return _Portions(_flat(callee.method("flat_map"), values))


def _flat(function, values):
    for place, value in enumerate(values):
        for output in _several(function(value)):
            yield place, output


def _several(outputs):
    if outputs is None:
        return ()
    if isinstance(outputs, (str, bytes, dict)) or not hasattr(outputs, "__iter__"):
        raise TypeError(f"the function gave a {type(outputs).__name__}, and not an iterator: yield"
                        " what it gives")
    return outputs


def process(callee, values, ask, states):
    return _Portions(_processed(callee.method("process_element"), values, ask, states))


def _processed(function, values, ask, states):
    for place, value in enumerate(values):
        context = _Context(ask, states, place)
        for output in _several(function(value, context)):
            yield place, output
        context._place = -1


def on_timer(callee, timestamp, ask, states):
    return _Portions(_fired(callee.on_timer(), timestamp, ask, states))


def _fired(function, timestamp, ask, states):
    context = _Context(ask, states, 0)
    for output in _several(function(timestamp, context)):
        yield 0, output
    context._place = -1


class _Context:
    """What a keyed process function has besides the record. Good until the next record."""

    __slots__ = ("_ask", "_states", "_place")

    def __init__(self, ask, states, place):
        self._ask, self._states, self._place = ask, states, place

    def _get(self, what, name="", first=None, second=None):
        return self._ask(self._place, what, name, first, second)

    def timestamp(self):
        return self._get("timestamp")

    def get_current_key(self):
        return self._get("key")

    def time_domain(self):
        return self._get("time_domain")

    def timer_service(self):
        return _TimerService(self)

    def state(self, name):
        try:
            kind = self._states[name]
        except KeyError:
            raise KeyError(f"there is no state {name!r}: there are {list(self._states)}") from None
        return _STATES[kind](self, name)


class _TimerService:
    __slots__ = ("_get",)

    def __init__(self, context):
        self._get = context._get

    def current_processing_time(self):
        return self._get("processing_time")

    def current_watermark(self):
        return self._get("watermark")

    def register_processing_time_timer(self, timestamp):
        self._get("register_processing", "", timestamp)

    def register_event_time_timer(self, timestamp):
        self._get("register_event", "", timestamp)

    def delete_processing_time_timer(self, timestamp):
        self._get("delete_processing", "", timestamp)

    def delete_event_time_timer(self, timestamp):
        self._get("delete_event", "", timestamp)


class _State:
    __slots__ = ("_get", "_name")

    def __init__(self, context, name):
        self._get, self._name = context._get, name

    def clear(self):
        self._get("clear", self._name)


class _ValueState(_State):
    __slots__ = ()

    def value(self):
        return self._get("value", self._name)

    def update(self, value):
        self._get("update", self._name, value)


class _ListState(_State):
    __slots__ = ()

    def get(self):
        return self._get("list", self._name)

    def add(self, value):
        self._get("add_all", self._name, [value])

    def add_all(self, values):
        self._get("add_all", self._name, list(values))

    def update(self, values):
        self._get("update_all", self._name, list(values))


class _MapState(_State):
    __slots__ = ()

    def get(self, key):
        return self._get("get", self._name, key)

    def put(self, key, value):
        self._get("put", self._name, key, value)

    def put_all(self, entries):
        for key, value in dict(entries).items():
            self.put(key, value)

    def contains(self, key):
        return self._get("contains", self._name, key)

    def remove(self, key):
        self._get("remove", self._name, key)

    def items(self):
        return [tuple(entry) for entry in self._get("items", self._name)]

    def keys(self):
        return [key for key, _ in self.items()]

    def values(self):
        return [value for _, value in self.items()]

    def is_empty(self):
        return self._get("is_empty", self._name)


_STATES = {"VALUE": _ValueState, "LIST": _ListState, "MAP": _MapState}
