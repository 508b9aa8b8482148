"""What `vivarium map` does, by one of Python's own executors: executors.py KIND CHUNK FILE.py:FUNCTION INPUT

KIND is pool (multiprocessing.Pool), processes, interpreters (3.14) or threads. INPUT is a file whose lines are
the items, or @stdlib. Writes the lines that map writes.
"""

import concurrent.futures
import importlib
import json
import multiprocessing
import os
import pathlib
import sys
import sysconfig


def items(source):
    if source != "@stdlib":
        with open(source, encoding="utf-8") as lines:
            return lines.read().splitlines()
    folder = pathlib.Path(sysconfig.get_path("stdlib"))
    return [str(path) for path in sorted(folder.rglob("*.py")) if "site-packages" not in path.parts]


def function(reference):
    path, name = reference.rsplit(":", 1)
    sys.path.insert(0, os.path.dirname(os.path.abspath(path)))
    return getattr(importlib.import_module(pathlib.Path(path).stem), name)


def write(texts, results):
    out = sys.stdout.write
    for index, (text, result) in enumerate(zip(texts, results)):
        line = {"item": text, "index": index, "result": result}
        out(json.dumps(line, ensure_ascii=False) + "\n")


def main(kind, chunk, reference, source):
    texts = items(source)
    call = function(reference)
    workers = os.process_cpu_count()
    if kind == "pool":
        with multiprocessing.Pool(workers) as pool:
            write(texts, pool.imap(call, texts, int(chunk)))
        return
    executor = {
        "processes": concurrent.futures.ProcessPoolExecutor,
        "interpreters": getattr(concurrent.futures, "InterpreterPoolExecutor", None),
        "threads": concurrent.futures.ThreadPoolExecutor,
    }[kind]
    find = f"import sys; sys.path.insert(0, {sys.path[0]!r})"  # in interpreters, which do not inherit it
    with executor(workers, initializer=exec, initargs=(find,)) as pool:
        write(texts, pool.map(call, texts, chunksize=int(chunk)))


if __name__ == "__main__":
    main(*sys.argv[1:])
