"""Compiles every source file below a folder, and keeps nothing; fails where one cannot be."""

import os
import sys
import tokenize
import traceback

failed = False
for folder, _, names in os.walk(sys.argv[1]):
    for name in sorted(names):
        path = os.path.join(folder, name)
        if name.endswith(".py"):
            try:
                with tokenize.open(path) as file:
                    compile(file.read(), path, "exec", dont_inherit=True)
            except (SyntaxError, ValueError) as error:
                failed = True
                print("".join(traceback.format_exception_only(error)), end="")
sys.exit(failed)
