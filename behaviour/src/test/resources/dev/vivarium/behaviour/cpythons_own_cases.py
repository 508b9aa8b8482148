"""CPython's own test cases for list, dict, set and their views, run on Java's collections.

The modules are those of CPython's library, loaded anew for each Java class with what makes a Java object
in the place of list, dict or set.
"""

import ast
import importlib.util
import types
import unittest

from java.util import ArrayList, HashMap, HashSet, LinkedHashMap, LinkedHashSet, LinkedList, TreeMap


class Maker:
    """What stands for list, dict or set: called, it makes a Java object as those make theirs. A class that
    derives from it extends the Java class."""

    def __init__(self, java, own):
        self.java = java
        self.own = own
        self.fill = java.extend if own is list else java.update

        def __init__(one, *given, **named):
            super(self.extended, one).__init__()
            self.fill(one, *given or ((),), **named)

        self.extended = type(java.__name__, (java,), {"__init__": __init__})

    def __call__(self, *given, **named):
        if self.own is not dict:
            self.own(**named)
        made = self.java()
        self.fill(made, *given or ((),), **named)
        return made

    def __getattr__(self, name):
        return getattr(self.java, name)

    def __mro_entries__(self, bases):
        return (self.extended,)

    def __instancecheck__(self, value):
        return isinstance(value, self.java)


class MakesDicts(ast.NodeTransformer):
    """{…: …} makes what dict() makes."""

    def visit_Dict(self, node):
        self.generic_visit(node)
        return ast.Call(ast.Name("dict", ast.Load()), [node], [])


# Classes whose __dict__ the Java object's would stand beside; what they test is pickle
LEFT_OUT = {
    "SetSubclassWithSlots",
    "TestSetSubclassWithSlots",
    "FrozenSetSubclassWithSlots",
    "TestFrozenSetSubclassWithSlots",
}


def loaded(name, dicts=False, **in_it):
    spec = importlib.util.find_spec(name)
    tree = ast.parse(spec.loader.get_data(spec.origin), spec.origin)
    if dicts:
        tree = ast.fix_missing_locations(MakesDicts().visit(tree))
    tree.body = [node for node in tree.body if getattr(node, "name", None) not in LEFT_OUT]
    module = types.ModuleType(name)
    module.__file__ = spec.origin
    module.__dict__.update(in_it)
    exec(compile(tree, spec.origin, "exec"), module.__dict__)
    return module



# What does not apply, and why: by the test's method, or its class and method, or its class

TEXT = "text is Java's: toString()"
PICKLED = "Java's serialization pickles, where the JVM has a filter for it, and no iterators"
REMOVE = "remove() is Java's, as the guide says: of a list by index, of a set with a boolean"
OWN_CLASS = "what copies makes one of Python's own, as the guide says"
AHEAD = "Java's iterators are read ahead, and say that what they read has changed"
SUBCLASS = "of what is Python's alone: __init__ again, fromkeys() of a subclass, __del__ at once"
IDENTITY = "to Java's hash tables a Python object is equal to itself alone, and its hash never changes"
SAME = "what Java holds is shown by a new reference each time, or converted anew"
UNHASHABLE = "Java hashes lists and sets too"
VIEWS = "keys() and items() are views of collections.abc; values() is Java's"
LATE = "collected by Java's collector, some time"

NOT = {
    "test_repr": TEXT,
    "test_dict_repr": TEXT,
    "test_cyclical_repr": TEXT,
    "test_pickle": PICKLED,
    "test_pickling": PICKLED,
    "test_iterator_pickling": PICKLED,
    "lists.test_remove": REMOVE,
    "lists.test_index": REMOVE,
    "TestSet.test_remove": REMOVE,
    "TestSetSubclass.test_remove": REMOVE,
    "test_remove_keyerror_set": REMOVE,
    "test_remove_keyerror_unpacking": REMOVE,
    "test_remove_absent": REMOVE,
    "maps.test_copy": OWN_CLASS,
    "test_exhausted_iterator": AHEAD,
    "test_changingSizeWhileIterating": AHEAD,
    "test_iter_and_mutate": AHEAD,
    "test_iteration": "a Java iterator does not know how much is left",
    "lists.test_init": SUBCLASS,
    "test_new_or_init": SUBCLASS,
    "TestSet.test_init": SUBCLASS,
    "TestSetSubclass.test_init": SUBCLASS,
    "maps.test_fromkeys": SUBCLASS,
    "test_free_after_iterating": LATE,
    "test_container_iterator": LATE,
    "TestSetSubclass.test_weakref": LATE,
    "maps.test_getitem": IDENTITY,
    "maps.test_pop": IDENTITY,
    "maps.test_setdefault": IDENTITY,
    "maps.test_eq": IDENTITY,
    "test_compare_error": IDENTITY,
    "test_badcmp": IDENTITY,
    "test_do_not_rehash_dict_keys": "Java asks for a hash as often as it likes",
    "test_uniquification": UNHASHABLE,
    "test_repr_deep": TEXT,
    "test_deeply_nested_repr": TEXT,
    "test_contains_order": "Java looks first, then what is Python's",
    "test_recursive_repr": TEXT,
    "test_unhashable_element": UNHASHABLE,
    "test_keywords_in_subclass": SUBCLASS,
    "TestSetSubclass.test_deepcopy": SUBCLASS,
    "TestSetOfSets": "a frozenset in a Java set is a Java set",
    "TestCopyingSingleton.test_copy": SAME,
    "TestCopyingTriple.test_copy": SAME,
    "TestCopyingTuple.test_copy": SAME,
    "TestCopyingNested.test_copy": SAME,
    "test_hash": UNHASHABLE,
    "test_constructors_not_callable": VIEWS,
    "DictSetTest.test_copy": VIEWS,
    "test_abc_registry": VIEWS,
}


# Keys that have no order are none of a TreeMap
UNORDERED = {"test_dict_items", "test_dict_keys", "test_dict_values", "test_dict_mixed_keys_items"}


def applies(test, java):
    kind, method = type(test).__name__, test._testMethodName
    if java is TreeMap and method in UNORDERED:
        return False
    return NOT.keys().isdisjoint((kind, method, f"{kind}.{method}"))


def cases_of(case):
    return unittest.defaultTestLoader.loadTestsFromTestCase(case)


def raises_but_for_unhashable(case, error, function=None, *given, **named):
    if function is not None and error is TypeError and given in (([],), ([[]],)):
        return None  # Java hashes a list
    if function is None:
        return unittest.TestCase.assertRaises(case, error, **named)
    return unittest.TestCase.assertRaises(case, error, function, *given, **named)


def of_list(java):
    from test import list_tests

    return cases_of(type("lists", (list_tests.CommonTest,), {"type2test": Maker(java, list)}))


def of_dict(java):
    from test import mapping_tests

    kind = mapping_tests.TestMappingProtocol if java is TreeMap else mapping_tests.TestHashMappingProtocol
    suite = cases_of(type("maps", (kind,), {"type2test": Maker(java, dict)}))
    module = loaded("test.test_dictviews", dicts=True, dict=Maker(java, dict))
    suite.addTests(unittest.defaultTestLoader.loadTestsFromModule(module))
    return suite


def of_set(java):
    module = loaded("test.test_set", set=Maker(java, set))
    module.TestJointOps.assertRaises = raises_but_for_unhashable
    module.TestSet.basetype = module.TestSetSubclass.basetype = set
    suite = unittest.TestSuite()
    for case in vars(module).values():
        # Java's hash tables never ask the == of Python objects, which in Mutating changes the sets
        if not isinstance(case, type) or "Frozen" in case.__name__ or "Mutating" in case.__name__:
            continue
        if issubclass(case, unittest.TestCase):
            suite.addTests(cases_of(case))
    return suite


OF = {
    ArrayList: of_list,
    LinkedList: of_list,
    HashMap: of_dict,
    LinkedHashMap: of_dict,
    TreeMap: of_dict,
    HashSet: of_set,
    LinkedHashSet: of_set,
}


def tests_in(suite):
    for one in suite:
        if isinstance(one, unittest.TestSuite):
            yield from tests_in(one)
        else:
            yield one


def missing():
    """Those of the modules that this CPython's library has not."""
    names = "test.list_tests", "test.mapping_tests", "test.test_dictviews", "test.test_set"
    try:
        return [name for name in names if importlib.util.find_spec(name) is None]
    except ModuleNotFoundError:
        return ["test"]


def run(name):
    """How many cases of that Java class ran, and what failed."""
    java, of = next((java, of) for java, of in OF.items() if java.__name__ == name)
    result = unittest.TestResult()
    unittest.TestSuite(one for one in tests_in(of(java)) if applies(one, java)).run(result)
    return result.testsRun, [f"{one.id()}: {text}" for one, text in result.failures + result.errors]
