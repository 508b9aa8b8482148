"""Runs the tests below a folder, by pytest if it is there, else by unittest, with a report."""

import importlib.util
import os
import sys
import time
import unittest
from xml.etree import ElementTree

NO_TESTS = 5


class Result(unittest.TextTestResult):
    """Remembers how each test went, for the report."""

    def __init__(self, *arguments, **named):
        super().__init__(*arguments, **named)
        self.cases = []

    def startTest(self, test):
        super().startTest(test)
        self.began = time.monotonic()
        self.ended = []

    def stopTest(self, test):
        super().stopTest(test)
        self.case(test, time.monotonic() - self.began, self.ended)

    def case(self, test, seconds, ended):
        where, _, name = test.id().rpartition(".")
        case = ElementTree.Element("testcase", classname=where, name=name, time=f"{seconds:.3f}")
        for kind, text in ended:
            ElementTree.SubElement(case, kind).text = text
        self.cases.append(case)

    def note(self, test, kind, text):
        if isinstance(test, unittest.TestCase) and hasattr(self, "ended"):
            self.ended.append((kind, text))
        else:  # of a class or a module that could not be set up
            self.case(test, 0, [(kind, text)])

    def addFailure(self, test, error):
        super().addFailure(test, error)
        self.note(test, "failure", self.failures[-1][1])

    def addError(self, test, error):
        super().addError(test, error)
        self.note(test, "error", self.errors[-1][1])

    def addSkip(self, test, reason):
        super().addSkip(test, reason)
        self.note(test, "skipped", reason)

    def addUnexpectedSuccess(self, test):
        super().addUnexpectedSuccess(test)
        self.note(test, "failure", "unexpected success")

    def addSubTest(self, test, subtest, error):
        super().addSubTest(test, subtest, error)
        if error is not None:
            kind, said = "error", self.errors
            if issubclass(error[0], test.failureException):
                kind, said = "failure", self.failures
            self.note(test, kind, said[-1][1])


def by_pytest(folder, report):
    import pytest

    return pytest.main([folder, "--rootdir", folder, "-p", "no:cacheprovider", f"--junitxml={report}"])


def by_unittest(folder, report):
    tests = unittest.defaultTestLoader.discover(folder, top_level_dir=folder)
    result = unittest.TextTestRunner(verbosity=2, resultclass=Result).run(tests)
    failed = len(result.failures) + len(result.unexpectedSuccesses)
    suite = ElementTree.Element(
        "testsuite",
        name="unittest",
        tests=str(result.testsRun),
        failures=str(failed),
        errors=str(len(result.errors)),
        skipped=str(len(result.skipped)),
    )
    suite.extend(result.cases)
    ElementTree.ElementTree(suite).write(report, encoding="utf-8", xml_declaration=True)
    if not result.cases:
        return NO_TESTS
    return 0 if result.wasSuccessful() else 1


tests, reports = sys.argv[1:]
sys.path[0] = tests
sys.dont_write_bytecode = True  # the tests lie among sources
pytest_is_there = importlib.util.find_spec("pytest") is not None
run, name = (by_pytest, "pytest") if pytest_is_there else (by_unittest, "unittest")
sys.exit(run(tests, os.path.join(reports, f"TEST-{name}.xml")))
