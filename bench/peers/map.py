"""`vivarium map` beside Python's own executors: the same function, input, output and CPython, whole commands.

    PYTHON bench/peers/map.py [ROUNDS [WORK...]]

PYTHON is the CPython to measure with, 3.14 to have InterpreterPoolExecutor too; `./vivarium` uses the same one.
WORK is one of 100000, 1000000 (short lines) and @stdlib; all by default. The commands take turns; the table has the
medians of ROUNDS (5). Each executor is measured with every chunk size in CHUNKS, and shown with its best. Writes
target/peers/map.svg beside the table.
"""

import os
import pathlib
import statistics
import subprocess
import sys
import sysconfig
import time

HERE = pathlib.Path(__file__).resolve().parent
TOP = HERE.parent.parent
OUT = TOP / "target" / "peers"
CHUNKS = (1, 16, 256, 4096, 65536)
QUICK = "def length(line):\n    return len(line)\n"


def commands(work, reference, source, lines):
    """A name, a chunk size or none, and a command each."""
    home = sysconfig.get_config_var("installed_base") or sys.base_prefix
    ours = [str(TOP / "vivarium"), "map", reference, source, "--quiet", "--python", home]
    yield "vivarium map", None, ours + (["--lines"] if lines else [])
    kinds = ["pool", "processes", "threads"]
    if sys.version_info >= (3, 14):
        kinds.append("interpreters")
    for kind in kinds:
        for chunk in CHUNKS:
            if work.wants(kind, chunk):
                yield kind, chunk, [sys.executable, str(HERE / "executors.py"), kind, str(chunk), reference, source]


class Work:
    """A function over an input."""

    def __init__(self, name, count, reference, source, lines):
        self.name = name
        self.count = count
        self.reference = reference
        self.source = source
        self.lines = lines
        self.runs = {}

    def wants(self, kind, chunk):
        # Items that are sent one by one take minutes, where there are very many
        return self.count // chunk <= 20_000 and (chunk < self.count or chunk == 1)

    def measure(self, rounds):
        for _ in range(rounds):
            for name, chunk, command in commands(self, self.reference, self.source, self.lines):
                seconds, cpu, mib = run(command)
                print(f"{self.name}: {name} {chunk or ''} {seconds:.2f} s", file=sys.stderr, flush=True)
                self.runs.setdefault((name, chunk), []).append((seconds, cpu, mib))

    def rows(self):
        """The best chunk size of each: name, chunk, and the medians of seconds, processor seconds and MiB."""
        best = {}
        for (name, chunk), runs in self.runs.items():
            row = (name, chunk, *(statistics.median(column) for column in zip(*runs)))
            if name not in best or row[2] < best[name][2]:
                best[name] = row
        return list(best.values())


def run(command):
    """Seconds, processor seconds of it and its children, and MiB of the largest of them times their number."""
    with open(os.devnull, "wb") as nothing:
        began = time.monotonic()
        process = subprocess.Popen(command, stdout=nothing)
        most = 0
        while process.poll() is None:
            most = max(most, memory(process.pid))
            time.sleep(0.02)
        seconds = time.monotonic() - began
    if process.returncode not in (0, 1):
        sys.exit(f"status {process.returncode} of {' '.join(command)}")
    times = os.times()
    cpu = times.children_user + times.children_system - run.before
    run.before += cpu
    return seconds, cpu, most / 1024


run.before = 0.0


def memory(pid):
    """KiB of a process and its children: what they have for themselves, and their part of what they share."""
    total = 0
    try:
        for line in pathlib.Path(f"/proc/{pid}/smaps_rollup").read_text().splitlines():
            if line.startswith("Pss:"):
                total += int(line.split()[1])
        for task in pathlib.Path(f"/proc/{pid}/task").iterdir():
            for child in (task / "children").read_text().split():
                total += memory(int(child))
    except OSError:
        pass  # it has ended
    return total


def table(works):
    lines = ["| work | who | chunk | seconds | processor seconds | MiB |", "| --- | --- | --- | --- | --- | --- |"]
    for work in works:
        for name, chunk, seconds, cpu, mib in work.rows():
            lines.append(f"| {work.name} | {name} | {chunk or ''} | {seconds:.2f} | {cpu:.2f} | {mib:.0f} |")
    return "\n".join(lines)


def plot(works):
    """Bars of seconds, a group for each work."""
    bars, y = [], 10
    for work in works:
        rows = work.rows()
        longest = max(row[2] for row in rows)
        bars.append(f'<text x="10" y="{y + 14}" font-weight="bold">{work.name}</text>')
        y += 24
        for name, chunk, seconds, *_ in rows:
            label = name if chunk is None else f"{name}, chunks of {chunk}"
            colour = "#2a6f4e" if chunk is None else "#b0b8b4"
            bars.append(f'<text x="200" y="{y + 13}" text-anchor="end">{label}</text>')
            bars.append(f'<rect x="210" y="{y}" width="{seconds / longest * 380:.0f}" height="16" fill="{colour}"/>')
            bars.append(f'<text x="{215 + seconds / longest * 380:.0f}" y="{y + 13}">{seconds:.2f} s</text>')
            y += 22
        y += 12
    return (
        f'<svg xmlns="http://www.w3.org/2000/svg" width="680" height="{y}" font-family="sans-serif" font-size="12">'
        f'<rect width="100%" height="100%" fill="white"/>{"".join(bars)}</svg>\n'
    )


def works(names):
    (OUT / "quick.py").write_text(QUICK)
    for count in (100_000, 1_000_000):
        source = OUT / f"{count}.txt"
        source.write_text("".join(f"{number}\n" for number in range(count)))
        if not names or str(count) in names:
            yield Work(f"{count:,} short lines", count, f"{OUT / 'quick.py'}:length", str(source), True)
    if not names or "@stdlib" in names:
        yield Work("@stdlib", 1846, f"{TOP / 'examples' / 'complexity.py'}:measure", "@stdlib", False)


def main(rounds=5, *names):
    OUT.mkdir(parents=True, exist_ok=True)
    measured = list(works(names))
    run([str(TOP / "vivarium"), "version"])  # builds it
    for work in measured:
        work.measure(int(rounds))
    print(table(measured))
    (OUT / "map.svg").write_text(plot(measured))


if __name__ == "__main__":
    main(*sys.argv[1:])
