"""JPype: a JVM in a Python process. Arguments: the class path, and works.py or start."""

import os
import runpy
import sys

import jpype

DEBIANS = "/usr/share/java/org.jpype.jar"  # where its package does not look for it
jpype.startJVM(
    "--enable-native-access=ALL-UNNAMED",
    classpath=[sys.argv[1]] + [DEBIANS] * os.path.exists(DEBIANS),
)
if sys.argv[2] == "start":
    print(jpype.JClass("java.lang.Integer").sum(20, 22))
    sys.exit()
works = runpy.run_path(sys.argv[2])


def java_calls(interface, function):
    return jpype.JProxy(interface, dict=function)


@jpype.JImplements("Work$Peer")
class Peer:
    @jpype.JOverride
    def add(self):
        return java_calls("java.util.function.IntBinaryOperator", {"applyAsInt": works["add"]})

    @jpype.JOverride
    def same(self):
        return java_calls("java.util.function.UnaryOperator", {"apply": lambda text: works["same"](str(text))})

    @jpype.JOverride
    def fail(self):
        works["fail"]()

    @jpype.JOverride
    def callbacks(self, function, times):
        works["callbacks"](function.applyAsInt, times)

    @jpype.JOverride
    def gets(self, map, times):
        works["gets"](map, times)


jpype.JClass("Work").run("JPype", Peer())
