"""Imports from the class path: an entry of sys.path, the last one, and what finds and loads modules below it.

Given by Java, each taking the path of a resource: find, what follows a path where a module lies; kind, whether it is a
file or a folder; listed, the names in a folder; read, its bytes; unpack, a file with its content; code, what a source
was compiled to before; keep, to have that the next time; forget, to look anew at which jars there are.
"""

import marshal
import sys

import _frozen_importlib as bootstrap
import _frozen_importlib_external as external
import _imp

SCHEME = "classpath:"
ENTRY = SCHEME + "META-INF/python"
EXTENSIONS = " ".join(_imp.extension_suffixes())
# Of what the same source is compiled to by others: CPython's version, and asserts left out or not
TAG = f"{sys.implementation.cache_tag}-{external.MAGIC_NUMBER[:2].hex()}-{sys.flags.optimize}"


def resource(path):
    if sys.platform == "win32":
        path = path.replace("\\", "/")  # of os.path.join
    if path != ENTRY and not path.startswith(ENTRY + "/"):
        raise FileNotFoundError(2, "this loader is for what is below " + ENTRY, path)
    return path[len(SCHEME) :]


class ResourceLoader:
    """What loaders of modules and of folders have in common."""

    def get_data(self, path):
        data = read(resource(path))
        if data is None:
            raise FileNotFoundError(2, "there is no such file on the class path", path)
        return data

    def get_resource_reader(self, name):
        return traversables().Reader(self.folder) if self.folder else None


class ModuleLoader(ResourceLoader, external.SourceLoader):
    """Loads a module from its source, or from what that was compiled to before."""

    def __init__(self, name, path, folder):
        self.name = name
        self.path = path
        self.folder = folder

    def get_filename(self, name=None):
        return self.path

    def get_code(self, name):
        path = resource(self.path)
        known = code(path, TAG)
        if known is not None:
            return marshal.loads(known)
        source = self.get_data(self.path)
        made = self.source_to_code(source, self.path)
        keep(path, TAG, source, marshal.dumps(made), not sys.dont_write_bytecode)
        return made


class FolderLoader(ResourceLoader):
    """Loads a folder without an __init__.py, as a package that is empty."""

    def __init__(self, name, folder):
        self.name = name
        self.folder = folder

    def create_module(self, spec):
        return None

    def exec_module(self, module):
        pass

    def is_package(self, name):
        return True

    def get_source(self, name):
        return ""

    def get_code(self, name):
        return compile("", "<string>", "exec", dont_inherit=True)


class ExtensionLoader(ResourceLoader, external.ExtensionFileLoader):
    """Loads an extension module from the file that it was unpacked to."""

    def __init__(self, name, file, folder):
        super().__init__(name, file)
        self.folder = folder

    def is_package(self, name):
        return self.folder is not None


class Finder:
    """Finds what is in one folder of the class path."""

    def __init__(self, entry):
        if not isinstance(entry, str) or (entry != ENTRY and not entry.startswith(ENTRY + "/")):
            raise ImportError("not on the class path", path=entry)
        self.entry = entry

    def find_spec(self, name, target=None):
        base = f"{self.entry}/{name.rpartition('.')[2]}"
        found = find(resource(base), EXTENSIONS)
        if found is None:
            return None
        if found == "/":
            # A folder at the top is a part of a namespace package, of which others may have more
            loader = None if self.entry == ENTRY else FolderLoader(name, base)
            spec = bootstrap.ModuleSpec(name, loader, is_package=True)
            spec.submodule_search_locations = [base]
            return spec
        path = base + found
        folder = base if found.startswith("/") else None
        if found.endswith(".py"):
            loader = ModuleLoader(name, path, folder)
        else:
            path = unpack(resource(path))
            loader = ExtensionLoader(name, path, folder)
        # Not spec_from_file_location, which makes a path of the file system of it
        spec = bootstrap.ModuleSpec(name, loader, origin=path, is_package=folder is not None)
        spec.has_location = True
        if folder is not None:
            spec.submodule_search_locations = [folder]
        return spec

    def invalidate_caches(self):
        forget()

    def iter_modules(self, prefix=""):
        for name in (listed(resource(self.entry)) or "").split("\n"):
            if name.endswith("/"):
                module = name[:-1]
                if "." not in module and (find(resource(f"{self.entry}/{module}"), EXTENSIONS) or "/") != "/":
                    yield prefix + module, True
                continue
            for suffix in [*_imp.extension_suffixes(), ".py"]:
                module = name.removesuffix(suffix)
                if module != name and "." not in module:
                    if module != "__init__":
                        yield prefix + module, False
                    break

    def __repr__(self):
        return f"<vivarium.Finder for {self.entry!r}>"


def traversables():
    """What importlib.resources works with; made when it is asked for, since that takes imports of much else."""
    global made
    if made is not None:
        return made
    import contextlib
    import importlib.resources
    import importlib.resources.abc
    import io
    import pathlib

    class Resource(importlib.resources.abc.Traversable):
        def __init__(self, path):
            self.path = path

        @property
        def name(self):
            return self.path.rpartition("/")[2]

        def is_dir(self):
            return kind(resource(self.path)) == "folder"

        def is_file(self):
            return kind(resource(self.path)) == "file"

        def iterdir(self):
            names = listed(resource(self.path))
            if names is None:
                raise NotADirectoryError(20, "there is no such folder on the class path", self.path)
            return (Resource(f"{self.path}/{name.removesuffix('/')}") for name in names.split("\n") if name)

        def joinpath(self, *descendants):
            path = self.path
            for descendant in descendants:
                for part in str(descendant).replace("\\", "/").split("/"):
                    if part == "..":
                        path = path.rpartition("/")[0]
                    elif part not in ("", "."):
                        path += "/" + part
            return Resource(path)

        __truediv__ = joinpath

        def read_bytes(self):
            data = read(resource(self.path))
            if data is None:
                if self.is_dir():
                    raise IsADirectoryError(21, "a folder on the class path", self.path)
                raise FileNotFoundError(2, "there is no such file on the class path", self.path)
            return data

        def open(self, mode="r", *args, **kwargs):
            if "r" not in mode or "+" in mode:
                raise ValueError(f"mode {mode!r}: the class path can be read alone")
            data = io.BytesIO(self.read_bytes())
            return data if "b" in mode else io.TextIOWrapper(data, *args, **kwargs)

        def __eq__(self, other):
            return isinstance(other, Resource) and self.path == other.path

        def __hash__(self):
            return hash(self.path)

        def __str__(self):
            return self.path

        def __repr__(self):
            return f"<vivarium.Resource {self.path!r}>"

    class Reader(importlib.resources.abc.TraversableResources):
        def __init__(self, folder):
            self.folder = folder

        def files(self):
            return Resource(self.folder)

    temporary = importlib.resources.as_file.dispatch(object)

    @importlib.resources.as_file.register(Resource)
    def as_file(path):
        """A file of the cache, which stays; of folders a copy, as always."""
        return kept(path) if path.is_file() else temporary(path)

    @contextlib.contextmanager
    def kept(path):
        yield pathlib.Path(unpack(resource(path.path)))

    made = type(sys.implementation)(Reader=Reader)
    return made


made = None

sys.path_hooks.append(Finder)
sys.path.append(ENTRY)
