package dev.vivarium.cli.map;

import static java.util.stream.Collectors.joining;
import static org.assertj.core.api.Assertions.assertThat;

import dev.vivarium.cli.Cli;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.TimeUnit;
import java.util.stream.IntStream;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class MapCommandTest {

  @TempDir Path folder;
  private Cli cli;

  @BeforeEach
  void sources() throws IOException {
    cli = new Cli(folder);
    cli.write("helper.py", "FACTOR = 2");
    cli.write(
        "work.py",
        "import sys, time",
        "import helper",
        "LIMIT = 3",
        "def double(value):",
        "    print('seen', value)",
        "    return value * helper.FACTOR",
        "def size(path):",
        "    return len(open(path, 'rb').read())",
        "def picky(line):",
        "    if line == 'bad': raise ValueError('bad line')",
        "    if line == 'set': return {1}",
        "    if line == 'nan': return float('nan')",
        "    if line == 'exit': sys.exit(3)",
        "    while line == 'spin': pass",
        "    while line == 'stuck':",
        "        try:",
        "            while True: pass",
        "        except KeyboardInterrupt: pass",
        "    return line",
        "def nap(line):",
        "    time.sleep(0.02)",
        "    return line");
  }

  @Test
  void filesInInputOrder() throws Exception {
    cli.write("b.txt", "12345");
    cli.write("a.txt", "");
    Cli.Ended ended = cli.run("map", "work.py:size", "b.txt", "*.txt", "--quiet");
    assertThat(ended.lines())
        .startsWith(
            "{\"item\":\"b.txt\",\"index\":0,\"result\":6}",
            "{\"item\":\"a.txt\",\"index\":1,\"result\":1}",
            "{\"item\":\"b.txt\",\"index\":2,\"result\":6}");
    assertThat(ended.status()).isZero();
    assertThat(ended.err()).isEmpty();
  }

  @Test
  void aFailingItemIsALineAndTheRestGoesOn() throws Exception {
    Cli.Ended ended =
        cli.runWithInput(
            "bad\nset\nnan\nexit\nspin\ngood\n".replace("good", "g\u00e9\ud83d\ude00"),
            "map",
            "work.py:picky",
            "--lines",
            "--deadline",
            "500ms");
    assertThat(ended.status()).isEqualTo(1);
    List<String> lines = ended.lines();
    assertThat(lines).hasSize(6);
    assertThat(lines.get(0))
        .contains("\"type\": \"ValueError\"", "bad line", "in picky")
        .doesNotContain("dev/vivarium");
    assertThat(lines.get(1)).contains("TypeError", "of type set");
    assertThat(lines.get(2)).contains("ValueError", "of type float");
    assertThat(lines.get(3)).contains("SystemExit");
    assertThat(lines.get(4)).contains("\"type\": \"Deadline\"", "500ms", "in picky");
    assertThat(lines.get(5)).isEqualTo("{\"item\":\"gé😀\",\"index\":5,\"result\":\"gé😀\"}");
    assertThat(ended.err()).contains("6 items, 5 failures");
  }

  @Test
  void manyQuickItemsWithAllKindsOfEndsAmongThem() throws Exception {
    cli.write(
        "quick.py",
        "def f(n):",
        "    if n % 97 == 5: raise KeyboardInterrupt",
        "    if n % 101 == 7: raise SystemExit(4)",
        "    if n % 103 == 9: return {1: {2}}",
        "    return {'n': [n, str(n)]}");
    String input = IntStream.range(0, 5000).mapToObj(n -> n + "\n").collect(joining());
    Cli.Ended ended = cli.runWithInput(input, "map", "quick.py:f", "--jsonl", "--quiet");
    assertThat(ended.status()).isEqualTo(1);
    List<String> lines = ended.lines();
    assertThat(lines).hasSize(5000);
    for (int n = 0; n < 5000; n++) {
      assertThat(lines.get(n)).startsWith("{\"item\":" + n + ",\"index\":" + n + ",");
      String end =
          n % 97 == 5
              ? "KeyboardInterrupt"
              : n % 101 == 7
                  ? "SystemExit"
                  : n % 103 == 9
                      ? "of type dict cannot be written"
                      : "\"result\":{\"n\": [" + n + ", \"" + n + "\"]}}";
      assertThat(lines.get(n)).contains(end);
    }
  }

  @Test
  void whoeverDoesNotLetGoIsAbandoned() throws Exception {
    Cli.Ended ended =
        cli.runWithInput(
            "stuck\nstuck\na\nb\n",
            "map",
            "work.py:picky",
            "--lines",
            "--deadline",
            "200ms",
            "--interpreters",
            "2");
    assertThat(ended.status()).isEqualTo(1);
    assertThat(ended.lines()).hasSize(4);
    assertThat(ended.lines().get(0)).contains("Deadline", "abandoned", "work.py", "in picky");
    assertThat(ended.lines().get(3)).contains("\"result\":\"b\"");
  }

  @Test
  void anItemsTimeBeginsWhenThereIsAnInterpreterForIt() throws Exception {
    cli.write(
        "slow.py",
        "import time",
        "time.sleep(3)",
        "def f(line):",
        "    if line == 'stuck': time.sleep(60)",
        "    return line");
    Cli.Ended ended =
        cli.runWithInput(
            "stuck\na\nstuck\nb\n",
            "map",
            "slow.py:f",
            "--lines",
            "--deadline",
            "2s",
            "--interpreters",
            "1");
    assertThat(ended.lines()).hasSize(4);
    assertThat(ended.lines().get(0)).contains("Deadline", "abandoned", "line 4, in f");
    assertThat(ended.lines().get(1)).contains("\"result\":\"a\"");
    assertThat(ended.lines().get(2)).contains("Deadline", "abandoned");
    assertThat(ended.lines().get(3)).contains("\"result\":\"b\"");
    assertThat(ended.status()).isEqualTo(1);
  }

  @Test
  void anInterpreterThatCannotBeReplacedEndsIt() throws Exception {
    cli.write(
        "once.py",
        "import os, time",
        "os.mkdir('loaded')",
        "def f(line):",
        "    if line == 'stuck': time.sleep(60)",
        "    return line");
    Cli.Ended ended =
        cli.runWithInput(
            "a\nstuck\nb\n",
            "map",
            "once.py:f",
            "--lines",
            "--deadline",
            "500ms",
            "--interpreters",
            "1");
    assertThat(ended.status()).isEqualTo(2);
    assertThat(ended.lines()).hasSize(2);
    assertThat(ended.lines().get(1)).contains("abandoned");
    assertThat(ended.err()).contains("once.py cannot be loaded: FileExistsError");
  }

  @Test
  void ctrlCStopsWhileTheFunctionIsLoaded() throws Exception {
    cli.write(
        "slow.py",
        "import pathlib, time",
        "pathlib.Path('out').write_text('x\\n')",
        "time.sleep(600)");
    Process process = cli.start("map", "slow.py:f", "work.py", "--interpreters", "1");
    cli.awaitLines("out", 1);
    Cli.signal(process, "INT");
    Cli.Ended ended = cli.end(process);
    assertThat(ended.status()).isEqualTo(130);
  }

  @Test
  void jsonLinesAndWhatIsPrinted() throws Exception {
    Cli.Ended ended =
        cli.runWithInput("[1]\n\n{bad\n\"x\"\n", "map", "work.py:double", "--jsonl", "--quiet");
    assertThat(ended.status()).isEqualTo(1);
    assertThat(ended.lines()).hasSize(3);
    assertThat(ended.lines().get(0)).isEqualTo("{\"item\":[1],\"index\":0,\"result\":[1, 1]}");
    assertThat(ended.lines().get(1)).contains("\"item\":\"{bad\"", "JSONDecodeError");
    assertThat(ended.err()).contains("seen x");
  }

  @Test
  void aLineThatIsNotUtf8() throws Exception {
    Cli.Ended ended =
        cli.runWithInput(new byte[] {(byte) 0xff, '\n', 'y'}, "map", "work.py:double", "--lines");
    assertThat(ended.status()).isEqualTo(1);
    assertThat(ended.lines().get(0)).contains("UnicodeDecodeError", "0xff");
    assertThat(ended.lines().get(1)).contains("\"yy\"");
  }

  @Test
  void bootlessUsesAreOneLine() throws Exception {
    cli.write("broken.py", "def f(:");
    assertRefused("its functions are double, size, picky, nap", "work.py:nope", "work.py");
    assertRefused("not a function but of type int", "work.py:LIMIT", "work.py");
    assertRefused("FILE.py:FUNCTION", "work.py", "work.py");
    assertRefused("SyntaxError", "broken.py:f", "work.py");
    assertRefused("no such file: 'absent'", "work.py:size", "absent");
    assertRefused("is not a duration", "work.py:size", "work.py", "--deadline", "soon");
    assertRefused("--output FILE", "work.py:size", "work.py", "--resume");
    assertRefused("--lines", "work.py:size");
  }

  @Test
  void bootlessUsesOfTablesAreOneLine() throws Exception {
    cli.write("a.csv", "n", "1");
    assertRefused("must end in .csv", "work.py:double", "a.csv", "work.py", "--rows");
    assertRefused("files that end in .csv", "work.py:double", "--batch", "arrow");
    // The Python that comes with Vivarium has none
    assertRefused("needs pyarrow, which Python 3", "work.py:double", "a.csv", "--batch", "arrow");
  }

  @Test
  void rowsOfCsv() throws Exception {
    Files.write(
        folder.resolve("a.csv"),
        "\ufeffn,t\r\n1,\"x,\"\"y\"\"\n\"\n\n2\n\"3\"4,z\n4,\u00ff\n5,?\n6,ü\n"
            .getBytes(StandardCharsets.UTF_8));
    byte[] bytes = Files.readAllBytes(folder.resolve("a.csv"));
    for (int i = 0; i < bytes.length; i++) {
      bytes[i] = bytes[i] == '?' ? (byte) 0xff : bytes[i];
    }
    Files.write(folder.resolve("a.csv"), bytes);
    cli.write("b.tsv", "n\tt", "7\t,");
    cli.write("empty.csv");
    cli.write("rows.py", "def number(row):", "    return int(row['n'])");
    Cli.Ended ended = cli.run("map", "rows.py:number", "a.csv", "b.tsv", "empty.csv", "--rows");
    assertThat(ended.status()).isEqualTo(1);
    List<String> lines = ended.lines();
    assertThat(lines).hasSize(8);
    assertThat(lines.get(0))
        .isEqualTo("{\"item\":{\"n\": \"1\", \"t\": \"x,\\\"y\\\"\\n\"},\"index\":0,\"result\":1}");
    assertThat(lines.get(1))
        .contains("{\"file\": \"a.csv\", \"line\": 5}", "1 fields for 2 columns");
    assertThat(lines.get(2)).contains("\"line\": 6}", "_csv.Error");
    assertThat(lines.get(3)).contains("\"result\":4");
    assertThat(lines.get(4)).contains("\"line\": 8}", "not UTF-8: byte 0xff");
    assertThat(lines.get(5)).contains("\"t\": \"ü\"", "\"result\":6");
    assertThat(lines.get(6)).contains("\"t\": \",\"", "\"result\":7");
    assertThat(lines.get(7)).contains("{\"file\": \"empty.csv\"}", "names of its columns");
  }

  @Test
  void rowsAreGoneOnWith() throws Exception {
    List<String> table = new ArrayList<>(List.of("n"));
    IntStream.range(0, 100).forEach(n -> table.add(Integer.toString(n)));
    Files.write(folder.resolve("in.csv"), table);
    String[] map = {"map", "work.py:nap", "in.csv", "--rows", "-o", "out"};
    Process process = cli.start(map);
    cli.awaitLines("out", 5);
    process.destroyForcibly();
    cli.end(process);
    Cli.Ended resumed = cli.run("map", "work.py:nap", "in.csv", "--rows", "-o", "out", "--resume");
    assertThat(resumed.err()).contains("100 items, 0 failures", "from before");
    assertThat(Files.readAllLines(folder.resolve("out")))
        .hasSize(100)
        .last()
        .isEqualTo("{\"item\":{\"n\": \"99\"},\"index\":99,\"result\":{\"n\": \"99\"}}");
  }

  private void assertRefused(String message, String... arguments) throws Exception {
    List<String> all = new ArrayList<>(List.of("map"));
    all.addAll(List.of(arguments));
    Cli.Ended ended = cli.run(all.toArray(String[]::new));
    assertThat(ended.status()).isEqualTo(2);
    assertThat(ended.out()).isEmpty();
    assertThat(ended.err().lines()).singleElement().asString().contains("vivarium: ", message);
  }

  @Test
  void aKilledRunLosesNothingItFinished() throws Exception {
    writeNumbers("in.txt", 300);
    String[] map = {"map", "work.py:nap", "in.txt", "--lines", "-o", "out"};
    Process process = cli.start(map);
    cli.awaitLines("out", 20);
    process.destroyForcibly();
    cli.end(process);
    List<String> before = Files.readAllLines(folder.resolve("out"));
    assertThat(before).hasSizeBetween(20, 299);
    assertThat(cli.run(map).err()).contains("--resume");

    Cli.Ended resumed = cli.run("map", "work.py:nap", "in.txt", "--lines", "-o", "out", "--resume");
    assertThat(resumed.status()).isZero();
    assertThat(resumed.err()).contains("300 items, 0 failures", "from before");
    assertNumbers("out", 300);
    assertThat(folder.resolve("out.resume")).doesNotExist();
  }

  @Test
  void ctrlCStopsInOrder() throws Exception {
    writeNumbers("in.txt", 300);
    Process process = cli.start("map", "work.py:nap", "in.txt", "--lines", "-o", "out");
    cli.awaitLines("out", 5);
    Cli.signal(process, "INT");
    Cli.Ended ended = cli.end(process);
    assertThat(ended.status()).isEqualTo(130);
    assertThat(ended.err()).contains("stopped").doesNotContain("Exception");
    assertThat(cli.run("map", "work.py:double", "in.txt", "--lines", "-o", "out", "--resume").err())
        .contains("was begun as");
    assertThat(cli.run("map", "work.py:nap", "in.txt", "--lines", "-o", "out", "--resume").status())
        .isZero();
    assertNumbers("out", 300);
  }

  @Test
  void killStopsOneThatDoesNotLetGo() throws Exception {
    Process process = cli.start("map", "work.py:picky", "--lines");
    try (var stdin = process.getOutputStream()) {
      stdin.write("a\nstuck\n".getBytes(StandardCharsets.UTF_8));
      stdin.flush();
      cli.awaitLines("out.txt", 1);
      Thread.sleep(300);
      Cli.signal(process, "TERM");
      assertThat(process.waitFor(10, TimeUnit.SECONDS)).isTrue();
    }
    assertThat(process.exitValue()).isEqualTo(143);
  }

  @Test
  void aReaderThatGoesAwayEndsItQuietly() throws Exception {
    writeNumbers("in.txt", 500);
    Process process = cli.startPiped("map", "work.py:nap", "in.txt", "--lines");
    try (var out = process.getInputStream()) {
      assertThat(out.read()).isEqualTo('{');
    }
    assertThat(process.waitFor(30, TimeUnit.SECONDS)).isTrue();
    assertThat(process.exitValue()).isEqualTo(141);
    assertThat(folder.resolve("err.txt")).isEmptyFile();
  }

  @Test
  void aLineIsAnsweredBeforeTheNextComes() throws Exception {
    Process process = cli.startPiped("map", "work.py:picky", "--lines", "--quiet");
    try (var to = process.outputWriter(StandardCharsets.UTF_8);
        var out = process.inputReader(StandardCharsets.UTF_8)) {
      for (int i = 0; i < 100; i++) { // quick ones, of which several could go together
        to.write("line " + i + "\n");
        to.flush();
        assertThat(out.readLine()).endsWith("\"result\":\"line " + i + "\"}");
      }
    }
    assertThat(process.waitFor(30, TimeUnit.SECONDS)).isTrue();
    assertThat(process.exitValue()).isZero();
  }

  private void writeNumbers(String file, int count) throws IOException {
    Files.write(
        folder.resolve(file), IntStream.range(0, count).mapToObj(Integer::toString).toList());
  }

  private void assertNumbers(String file, int count) throws IOException {
    assertThat(Files.readAllLines(folder.resolve(file)))
        .containsExactlyElementsOf(
            IntStream.range(0, count)
                .mapToObj(
                    i -> "{\"item\":\"" + i + "\",\"index\":" + i + ",\"result\":\"" + i + "\"}")
                .toList());
  }
}
