"""Has the packages of an environment folder before those of Python's own site-packages.

Given by Java: folder, that with the packages.
"""

import os
import site
import sys

own = ("site-packages", "dist-packages")
before = list(sys.path)
standard = max((i for i, path in enumerate(before) if path == os.path.dirname(os.__file__)), default=-1)
behind = [path for path in before[standard + 1 :] if os.path.basename(path) in own]
site.addsitedir(folder)  # its .pth files count
# What it has added goes before Python's own, at once: other threads may import meanwhile
added = [path for path in sys.path if path not in before]
at = before.index(behind[0]) if behind else len(before)
sys.path[:] = before[:at] + added + before[at:]
