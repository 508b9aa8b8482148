package dev.vivarium.cli.run;

import static org.assertj.core.api.Assertions.assertThat;

import dev.vivarium.cli.Cli;
import java.nio.file.Path;
import java.time.Duration;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Children that {@code multiprocessing} spawns in a program of {@code vivarium run}. */
class ChildrenTest {

  private static final Duration SOON = Duration.ofSeconds(30);

  @TempDir Path folder;
  private Cli cli;

  @BeforeEach
  void start() {
    cli = new Cli(folder);
  }

  @Test
  void haveJavaWhereTheMainModuleImportsIt() throws Exception {
    cli.write(
        "program.py",
        "from java.lang import ProcessHandle, System",
        "from java.util import ArrayList",
        "from concurrent.futures import ProcessPoolExecutor",
        "import multiprocessing, os",
        "def size(x):",
        "    here = ProcessHandle.current().pid() == os.getpid()",
        "    return ArrayList([x, x]).size() + x, here, System.getProperty('own')",
        "if __name__ == '__main__':",
        "    System.setProperty('own', 'parent')",
        "    with multiprocessing.Pool(2) as pool:",
        "        print(pool.map(size, range(2)))",
        "    with ProcessPoolExecutor(2) as executor:",
        "        print(executor.submit(size, 2).result())");
    Cli.Ended ended = end(cli.startGroup("run", "program.py"));
    assertThat(ended.err()).isEmpty();
    assertThat(ended.out()).isEqualTo("[(2, True, None), (3, True, None)]\n(4, True, None)\n");
    assertThat(ended.status()).isZero();
  }

  @Test
  void ofAModule() throws Exception {
    cli.write(
        "program.py",
        "from java.util import ArrayList",
        "import multiprocessing",
        "def works(values): values.append(ArrayList([1]).size())",
        "if __name__ == '__main__':",
        "    with multiprocessing.Manager() as manager:",
        "        values = manager.list()",
        "        child = multiprocessing.Process(target=works, args=(values,))",
        "        child.start(); child.join()",
        "        print(child.exitcode, list(values))");
    Cli.Ended ended = end(cli.startGroup("run", "-m", "program"));
    assertThat(ended.err()).isEmpty();
    assertThat(ended.out()).isEqualTo("0 [1]\n");
  }

  @Test
  void endAsOthersDo() throws Exception {
    cli.write(
        "program.py",
        "from java.lang import Integer",
        "from java.util.concurrent import Executors",
        "import multiprocessing, signal, sys, time",
        "def leaves(begun): sys.exit(3)",
        "def says(begun): sys.exit('no luck')",
        "def fails(begun): raise KeyError('why')",
        "def javas(begun): Integer.parseInt('x')",
        "def waits(begun):",
        "    begun.set()",
        "    time.sleep(100)",
        "def tidies(begun):",
        "    signal.signal(signal.SIGTERM, lambda number, frame: sys.exit(7))",
        "    waits(begun)",
        "def leavesThreads(begun): Executors.newFixedThreadPool(1).submit(lambda: None).get()",
        "def ended(function, end=None):",
        "    begun = multiprocessing.Event()",
        "    child = multiprocessing.Process(target=function, args=(begun,), daemon=True)",
        "    child.start()",
        "    if end is not None:",
        "        begun.wait()",
        "        getattr(child, end)()",
        "    child.join(60)",
        "    print(function.__name__, child.exitcode, flush=True)",
        "if __name__ == '__main__':",
        "    for function in leaves, says, fails, javas, leavesThreads: ended(function)",
        "    for end in 'terminate', 'kill': ended(waits, end)",
        "    ended(tidies, 'terminate')",
        "    begun = multiprocessing.Event()",
        "    multiprocessing.Process(target=waits, args=(begun,), daemon=True).start()",
        "    begun.wait()");
    Cli.Ended ended = end(cli.startGroup("run", "program.py"));
    assertThat(ended.lines())
        .containsExactly(
            "leaves 3",
            "says 1",
            "fails 1",
            "javas 1",
            "leavesThreads 0",
            "waits -15",
            "waits -9",
            "tidies 7");
    assertThat(ended.err())
        .contains("no luck", "line 6, in fails", "KeyError: 'why'")
        .contains("line 7, in javas", "NumberFormatException: For input string: \"x\"")
        .doesNotContain("vivarium.");
    assertThat(ended.status()).isZero();
  }

  @Test
  void ctrlCInterruptsThemAll() throws Exception {
    cli.write(
        "program.py",
        "from java.util import ArrayList",
        "import multiprocessing, time",
        "def waits(begun):",
        "    begun.release()",
        "    try:",
        "        time.sleep(100)",
        "    except KeyboardInterrupt:",
        "        print('interrupted', ArrayList().size(), flush=True)",
        "        raise",
        "if __name__ == '__main__':",
        "    begun = multiprocessing.Semaphore(0)",
        "    children = [multiprocessing.Process(target=waits, args=(begun,)) for _ in range(2)]",
        "    for child in children: child.start()",
        "    for child in children: begun.acquire()",
        "    print('in', flush=True)",
        "    try:",
        "        time.sleep(100)",
        "    finally:",
        "        for child in children: child.join()",
        "        print([child.exitcode for child in children])");
    Process process = cli.startGroup("run", "program.py");
    cli.awaitLines("out.txt", 1);
    Thread.sleep(500); // until they sleep, mostly
    Cli.signalGroup(process, "INT");
    Cli.Ended ended = end(process);
    assertThat(ended.lines()).containsExactly("in", "interrupted 0", "interrupted 0", "[1, 1]");
    assertThat(ended.err()).endsWith("KeyboardInterrupt\n");
    assertThat(ended.status()).isEqualTo(130);
  }

  @Test
  void areAsPlainAsUnderPythonOtherwise() throws Exception {
    cli.write(
        "program.py",
        "import multiprocessing",
        "def late():",
        "    from java.util import ArrayList",
        "def square(x): return x * x",
        "if __name__ == '__main__':",
        "    with multiprocessing.Pool(1) as pool:",
        "        print(pool.map(square, range(3)))",
        "        try: pool.apply(late)",
        "        except ModuleNotFoundError as e: print(e)");
    Cli.Ended ended = end(cli.startGroup("run", "program.py"));
    assertThat(ended.err()).isEmpty();
    assertThat(ended.out())
        .isEqualTo(
            "[0, 1, 4]\nthere is no Java in this child of multiprocessing: its parent had imported"
                + " nothing of Java's by then\n");
  }

  /** Waits for it, and for all processes that it has left. */
  private Cli.Ended end(Process process) throws Exception {
    Cli.Ended ended = cli.end(process);
    long last = System.nanoTime() + SOON.toNanos();
    while (Cli.signalGroup(process, "0")) {
      assertThat(System.nanoTime()).as("a process is left: " + ended).isLessThan(last);
      Thread.sleep(50);
    }
    return ended;
  }
}
