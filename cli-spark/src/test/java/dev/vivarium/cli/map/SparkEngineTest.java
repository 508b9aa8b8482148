package dev.vivarium.cli.map;

import static org.assertj.core.api.Assertions.assertThat;

import dev.vivarium.cli.Cli;
import java.io.File;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.stream.Collectors;
import java.util.stream.IntStream;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** The same by Spark as by the interpreters of the process. */
class SparkEngineTest {

  private static final String[] ON_SPARK = {"--engine", "spark", "--master", "local[2]"};

  @TempDir Path folder;
  private Cli cli;

  @BeforeEach
  void sources() throws IOException {
    cli =
        new Cli(folder)
            .with("SPARK_LOCAL_IP", "127.0.0.1")
            .withJava("@" + Path.of("..", ".build", "spark.options").toAbsolutePath());
    cli.write("helper.py", "FACTOR = 2");
    cli.write(
        "work.py",
        "import os, sys, time",
        "import helper",
        "def double(value):",
        "    print('seen', value)",
        "    return value * helper.FACTOR",
        "def size(path):",
        "    return len(open(path, 'rb').read())",
        "def named(row):",
        "    return row['name'].upper()",
        "def picky(line):",
        "    if line == 'bad': raise ValueError('bad line')",
        "    if line == 'set': return {1}",
        "    if line == 'exit': sys.exit(3)",
        "    while line == 'spin': pass",
        "    while line == 'stuck':",
        "        try:",
        "            while True: pass",
        "        except KeyboardInterrupt: pass",
        "    return line",
        "def nap(line):",
        "    time.sleep(0.02)",
        "    return line",
        "def process(path):",
        "    return [size(path), os.getpid()]");
  }

  private Cli.Ended bySpark(String input, String... arguments) throws Exception {
    List<String> all = new ArrayList<>(List.of(arguments));
    all.addAll(List.of(ON_SPARK));
    return cli.runWithInput(input, all.toArray(String[]::new));
  }

  private Cli.Ended assertSame(int status, String input, String... arguments) throws Exception {
    Cli.Ended here = cli.runWithInput(input, arguments);
    Cli.Ended there = bySpark(input, arguments);
    assertThat(there.out()).isEqualTo(here.out());
    assertThat(there.status()).as(there.err()).isEqualTo(here.status()).isEqualTo(status);
    return there;
  }

  private static String numbers(int count) {
    return IntStream.range(0, count).mapToObj(n -> n + "\n").collect(Collectors.joining());
  }

  @Test
  void itemsOfAllKindsGiveTheSameLines() throws Exception {
    Files.createDirectory(folder.resolve("data"));
    cli.write("data/b.txt", "12345");
    cli.write("data/a.txt", "");
    cli.write("people.csv", "name,born", "Ada,1815", "Grace,1906", "broken");
    Cli.Ended files = assertSame(0, "", "map", "work.py:size", "data/b.txt", "data/*.txt");
    assertThat(files.lines()).contains("{\"item\":\"data/b.txt\",\"index\":0,\"result\":6}");
    assertThat(files.err()).contains("items, 0 failures").contains(", Spark on local[2]");
    assertSame(1, "", "map", "work.py:named", "people.csv", "--rows", "--quiet");
    Cli.Ended many = assertSame(0, numbers(20_000), "map", "work.py:double", "--jsonl", "--quiet");
    assertThat(many.lines())
        .hasSize(20_000)
        .endsWith("{\"item\":19999,\"index\":19999,\"result\":39998}");
    cli.write("big.py", "def f(n): return str(n) * 10_000"); // more than goes beside a task's end
    assertSame(0, numbers(600), "map", "big.py:f", "--jsonl", "--quiet");
    assertThat(many.err()).contains("seen 77").doesNotContain("spark:", "WARN", "INFO");
  }

  @Test
  void aFailingItemIsTheSameLineAndTheRestGoesOn() throws Exception {
    Cli.Ended ended =
        assertSame(
            1,
            "bad\nset\nexit\nspin\ngé😀\n",
            "map",
            "work.py:picky",
            "--lines",
            "--deadline",
            "2s");
    assertThat(ended.lines()).hasSize(5);
    assertThat(ended.lines().get(0)).contains("ValueError", "bad line", "in picky");
    assertThat(ended.lines().get(3)).contains("\"type\": \"Deadline\"", "in picky");
    assertThat(ended.err()).contains("5 items, 4 failures");
    assertSame(1, "bad\nset\ngood\nexit\n", "map", "work.py:picky", "--lines", "--quiet");
  }

  @Test
  void whoeverDoesNotLetGoIsAbandoned() throws Exception {
    Cli.Ended ended =
        bySpark("stuck\na\nstuck\nb\n", "map", "work.py:picky", "--lines", "--deadline", "2s");
    assertThat(ended.status()).isEqualTo(1);
    assertThat(ended.lines()).hasSize(4);
    assertThat(ended.lines().get(0)).contains("did not let go: its thread was abandoned");
    assertThat(ended.lines().get(3)).isEqualTo("{\"item\":\"b\",\"index\":3,\"result\":\"b\"}");
  }

  @Test
  void aStoppedRunGoesOnHereOrThere() throws Exception {
    Files.writeString(folder.resolve("lines"), numbers(400));
    cli.run("map", "work.py:nap", "--lines", "lines", "-o", "whole.jsonl");
    Process process =
        cli.start(
            "map",
            "work.py:nap",
            "--lines",
            "lines",
            "-o",
            "out.jsonl",
            "--engine=spark",
            "--master=local[2]");
    cli.awaitLines("out.jsonl", 10);
    Cli.signal(process, "INT");
    Cli.Ended stopped = cli.end(process);
    assertThat(stopped.status()).isEqualTo(130);
    assertThat(stopped.err()).contains("finished lines are kept: go on with --resume");
    assertThat(Files.size(folder.resolve("out.jsonl")))
        .isLessThan(Files.size(folder.resolve("whole.jsonl")));
    Cli.Ended more =
        bySpark("", "map", "work.py:nap", "--lines", "lines", "-o", "out.jsonl", "--resume");
    assertThat(more.status()).as(more.err()).isZero();
    assertThat(more.err()).contains("of the items from before");
    assertThat(folder.resolve("out.jsonl")).hasSameTextualContentAs(folder.resolve("whole.jsonl"));
  }

  @Test
  void whatMakesTheWorkImpossibleIsToldAlike() throws Exception {
    for (String function : List.of("work.py:none", "broken.py:f")) {
      cli.write("broken.py", "def f(x):", "return 1");
      Cli.Ended here = cli.run("map", function, "--lines", "--quiet");
      Cli.Ended there = bySpark("", "map", function, "--lines", "--quiet");
      assertThat(there.err()).isEqualTo(here.err()).isNotEmpty();
      assertThat(there.status()).isEqualTo(here.status()).isEqualTo(2);
    }
    Cli.Ended wrong =
        cli.run("map", "work.py:double", "--lines", "--engine=spark", "--master=nowhere");
    assertThat(wrong.status()).isEqualTo(2);
    assertThat(wrong.err())
        .contains("vivarium: --engine spark: Spark does not start: ", "'nowhere'");
  }

  @Test
  void withoutSparkItSaysWhereOneIsHad() throws Exception {
    String others =
        Arrays.stream(System.getProperty("java.class.path").split(File.pathSeparator))
            .filter(entry -> !entry.contains("spark-core"))
            .collect(Collectors.joining(File.pathSeparator));
    Cli.Ended ended =
        cli.withJava("-cp", others)
            .run("map", "work.py:double", "--lines", "--engine=spark", "--master=local[2]");
    assertThat(ended.status()).isEqualTo(2);
    assertThat(ended.out()).isEmpty();
    assertThat(ended.err())
        .isEqualTo(
            "vivarium: --engine spark: there is no Spark on the class path: ./vivarium of a checkout"
                + " brings one, or takes that of SPARK_HOME; elsewhere start this by spark-submit\n");
  }

  @Test
  void executorsOfTheirOwnWorkInTheSameFolder() throws Exception {
    Path home = Path.of("target", "spark-home").toAbsolutePath();
    Path jars = Files.createDirectories(home.resolve("jars"));
    Files.writeString(home.resolve("RELEASE"), "");
    String[] classPath = System.getProperty("java.class.path").split(File.pathSeparator);
    for (String each : classPath) {
      Path link = jars.resolve(Path.of(each).getFileName());
      if (each.endsWith(".jar") && !Files.exists(link)) {
        Files.createSymbolicLink(link, Path.of(each));
      }
    }
    String classes =
        Arrays.stream(classPath)
            .filter(each -> !each.endsWith(".jar"))
            .collect(Collectors.joining(File.pathSeparator));
    Cli cluster =
        cli.with("SPARK_HOME", home.toString())
            .with("SPARK_SCALA_VERSION", "2.13")
            .withJava(
                "-Dspark.jars=",
                "-Dspark.executor.extraClassPath=" + classes,
                "-Dspark.driver.host=127.0.0.1",
                "-Dspark.driver.bindAddress=127.0.0.1");
    cli.write("a.txt", "123");
    Process process =
        cluster.start(
            "map",
            "work.py:process",
            "a.txt",
            "work.py",
            "--engine=spark",
            "--master=local-cluster[2,1,1024]");
    Cli.Ended ended = cluster.end(process);
    assertThat(ended.status()).as(ended.err()).isZero();
    assertThat(ended.lines()).hasSize(2);
    assertThat(ended.lines().getFirst())
        .startsWith("{\"item\":\"a.txt\",\"index\":0,\"result\":[4, ")
        .doesNotContain(", " + process.pid() + "]");
  }
}
