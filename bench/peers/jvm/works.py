"""The Python side of the works, the same for each system."""


def add(a, b):
    return a + b


def same(text):
    return text


def fail():
    raise ValueError("text")


def callbacks(function, times):
    for i in range(times):
        function(i, 1)


def gets(map, times):
    get = map.get
    for _ in range(times):
        get("key")
