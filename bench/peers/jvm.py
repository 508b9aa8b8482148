"""Vivarium beside other ways to have Python and Java in one process: the same small works, in turns.

    PYTHON bench/peers/jvm.py [ROUNDS]

Vivarium with the embedded CPython; GraalPy, which Maven fetches; JPype where PYTHON can import it, with PYTHON itself.
Each system's works run in a process of their own, ROUNDS (3) times, the systems in turns. The table has medians of the
rounds' medians, in nanoseconds, and for the start the median of a whole command, in milliseconds.
"""

import json
import os
import pathlib
import statistics
import subprocess
import sys
import time

HERE = pathlib.Path(__file__).resolve().parent / "jvm"
TOP = HERE.parent.parent.parent
OUT = TOP / "target" / "peers" / "jvm"
START = "start of the process to a first result"
STARTS = 5


def output(*command, **more):
    return subprocess.run(command, check=True, stdout=subprocess.PIPE, text=True, **more).stdout


def systems():
    """Each system's name, and its command without the last argument."""
    shell = '. .build/jdk.sh; find_jdk jvm.py >&2; find_maven jvm.py >&2; echo "$JAVA_HOME"'
    jdk = pathlib.Path(output("bash", "-c", shell, cwd=TOP).strip())
    environment = dict(os.environ, JAVA_HOME=str(jdk))
    OUT.mkdir(parents=True, exist_ok=True)
    ours = output(str(TOP / "vivarium"), "classpath").strip()
    listed = OUT / "class-path"
    goal = ["dependency:build-classpath", f"-Dmdep.outputFile={listed}"]
    subprocess.run(["mvn", "-q", "-B", "-f", str(HERE / "pom.xml"), *goal], check=True, env=environment, stdout=sys.stderr)
    graal = listed.read_text().strip()
    classes = OUT / "classes"
    javac = [str(jdk / "bin" / "javac"), "-d", str(classes), "-cp", f"{ours}:{graal}"]
    subprocess.run(javac + [str(file) for file in HERE.glob("*.java")], check=True)
    java = [str(jdk / "bin" / "java"), "--enable-native-access=ALL-UNNAMED", "--sun-misc-unsafe-memory-access=allow", "-cp"]
    yield "Vivarium", [*java, f"{classes}:{ours}", "VivariumPeer"]
    yield "GraalPy", [*java, f"{classes}:{graal}", "GraalPyPeer"]
    os.environ["JAVA_HOME"] = str(jdk)
    if subprocess.run([sys.executable, "-c", "import jpype"], capture_output=True).returncode == 0:
        yield "JPype", [sys.executable, str(HERE / "jpype_peer.py"), str(classes)]
    else:
        print(f"JPype is left out: {sys.executable} has none", file=sys.stderr)


def main():
    rounds = int(sys.argv[1]) if len(sys.argv) > 1 else 3
    all_systems = dict(systems())
    figures = {}
    for number in range(rounds):
        for name, command in all_systems.items():
            print(f"round {number + 1} of {rounds}: {name}", file=sys.stderr, flush=True)
            for _ in range(STARTS):
                begun = time.perf_counter()
                subprocess.run([*command, "start"], check=True, stdout=subprocess.DEVNULL)
                figures.setdefault((START, name), []).append((time.perf_counter() - begun) * 1e3)
            for line in output(*command, str(HERE / "works.py")).splitlines():
                figure = json.loads(line)
                figures.setdefault((figure["work"], name), []).append(figure["median"])
    print("| work | " + " | ".join(all_systems) + " |")
    print("| --- |" + " --- |" * len(all_systems))
    for work in dict.fromkeys(work for work, _ in figures):
        cells = [f"{statistics.median(figures[work, name]):,.0f}" for name in all_systems]
        print(f"| {work}, {'ms' if work == START else 'ns'} | " + " | ".join(cells) + " |")


main()
