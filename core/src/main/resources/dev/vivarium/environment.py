"""Has the packages of an environment folder before those of Python's own site-packages.

Given by Java: folder, that with the packages.
"""

import os
import site
import sys

own = ("site-packages", "dist-packages")
at = [os.path.basename(path) in own for path in sys.path]
behind = sys.path[at.index(True) :] if True in at else []
del sys.path[len(sys.path) - len(behind) :]
try:
    site.addsitedir(folder)  # its .pth files count
finally:
    sys.path += behind
