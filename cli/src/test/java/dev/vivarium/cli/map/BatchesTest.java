package dev.vivarium.cli.map;

import static org.assertj.core.api.Assertions.assertThat;

import dev.vivarium.cli.Cli;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.IntStream;
import java.util.stream.Stream;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Batches of tables, with a pyarrow and a pandas. */
class BatchesTest {

  @TempDir Path folder;
  private Cli cli;

  @BeforeEach
  void sources() throws IOException {
    cli = Cli.withPyarrow(folder);
    cli.write(
        "work.py",
        "import time",
        "def same(item):",
        "    return item",
        "def sums(columns):",
        "    return {name: values.sum() for name, values in columns.items() if name != 'text'}",
        "def nap(batch):",
        "    print('seen')",
        "    time.sleep(0.1)",
        "    return batch");
    Files.write(
        folder.resolve("in.csv"),
        Stream.concat(
                Stream.of("n,text"), IntStream.range(0, 11).mapToObj(n -> n + ",\"t\n" + n + "\""))
            .toList());
  }

  private Cli.Ended map(String... arguments) throws Exception {
    return cli.run(command(arguments));
  }

  private static String[] command(String... arguments) {
    List<String> all = new ArrayList<>(List.of("map"));
    all.addAll(List.of(arguments));
    all.addAll(List.of("--python", "/usr/bin/python3"));
    return all.toArray(String[]::new);
  }

  @Test
  void csvIntoParquetAndItsRows() throws Exception {
    Cli.Ended written =
        map("work.py:same", "in.csv", "--batch", "arrow", "--batch-rows", "4", "-o", "o.parquet");
    assertThat(written.err()).contains("3 batches, 0 failures", " 11 rows, ", ", 1 interpreter");
    assertThat(written.out()).isEmpty();
    assertThat(written.status()).isZero();
    assertThat(folder.resolve("o.parquet.part")).doesNotExist();

    Cli.Ended rows = map("work.py:same", "o.parquet", "--rows", "--quiet");
    String row = "{\"n\": 10, \"text\": \"t\\n10\"}";
    assertThat(rows.lines())
        .hasSize(11)
        .last()
        .isEqualTo("{\"item\":" + row + ",\"index\":10,\"result\":" + row + "}");
    assertThat(rows.status()).isZero();
  }

  @Test
  void aFailingBatchIsALineAndTheRestIsWritten() throws Exception {
    cli.write(
        "picky.py",
        "def picky(batch):",
        "    n = batch.column('n')[0].as_py()",
        "    if n == 2: raise ValueError('bad batch')",
        "    if n == 4: return {'text': ['x'], 'n': ['y']}",
        "    if n == 6: return 7",
        "    while n == 8: pass",
        "    return batch");
    Cli.Ended ended =
        map(
            "picky.py:picky",
            "in.csv",
            "--batch=arrow",
            "--batch-rows=2",
            "--deadline=2s",
            "-o=out.arrow");
    assertThat(ended.status()).isEqualTo(1);
    assertThat(ended.err()).contains("6 batches, 4 failures", " 11 rows, ");
    List<String> lines = ended.lines();
    assertThat(lines).hasSize(4);
    assertThat(lines.get(0))
        .startsWith(
            "{\"item\":{\"file\": \"in.csv\", \"row\": 2, \"rows\": 2},\"index\":1,\"error\"")
        .contains("bad batch", "in picky")
        .doesNotContain("dev/vivarium");
    assertThat(lines.get(1))
        .contains("out.arrow", "column 'n' is string instead of int64, unlike the first result");
    assertThat(lines.get(2)).contains("of type int", "return a RecordBatch");
    assertThat(lines.get(3)).contains("\"type\": \"Deadline\"", "than 2s", "in picky");

    Cli.Ended counted = map("work.py:sums", "out.arrow", "--batch", "numpy", "--quiet");
    assertThat(counted.lines())
        .containsExactly(
            "{\"item\":{\"file\": \"out.arrow\", \"row\": 0, \"rows\": 3},\"index\":0,"
                + "\"result\":{\"n\": 11}}");
  }

  @Test
  void aFileThatCannotBeReadIsALineToo() throws Exception {
    cli.write("broken.parquet", "no table");
    cli.write("twins.tsv", "n\tn", "1\t2");
    Files.write( // past the first block, by which pyarrow takes the column for one of numbers
        folder.resolve("late.csv"), Stream.of("n", "1\n".repeat(600_000).strip(), "?").toList());
    String[] map = {
      "work.py:sums",
      "broken.parquet",
      "twins.tsv",
      "late.csv",
      "in.csv",
      "--batch=numpy",
      "--batch-rows=500000",
      "-o=out"
    };
    Cli.Ended ended = map(map);
    List<String> lines = Files.readAllLines(folder.resolve("out"));
    assertThat(lines).hasSize(6);
    assertThat(lines.get(0))
        .startsWith("{\"item\":{\"file\": \"broken.parquet\"},\"index\":0,\"error\"")
        .contains("pyarrow.lib.ArrowInvalid", "Parquet");
    assertThat(lines.get(1)).contains("twins.tsv", "two of its columns are named 'n'");
    assertThat(lines.get(2)).contains("late.csv", "\"row\": 0", "\"result\":{\"n\": 500000}");
    assertThat(lines.get(3)).contains("late.csv", "\"row\": 500000", "\"result\"");
    assertThat(lines.get(4)).contains("late.csv", "\"row\": 5", "\"error\"", "'?'");
    assertThat(lines.get(5)).contains("\"rows\": 11", "\"result\":{\"n\": 55}");
    assertThat(ended.status()).isEqualTo(1);
  }

  @Test
  void ctrlCLeavesNoHalfTable() throws Exception {
    Process process =
        cli.start(
            command("work.py:nap", "in.csv", "--batch=arrow", "--batch-rows=1", "-o=out.parquet"));
    cli.awaitLines("err.txt", 2);
    assertThat(folder.resolve("out.parquet.part")).exists();
    Cli.signal(process, "INT");
    Cli.Ended ended = cli.end(process);
    assertThat(ended.status()).isEqualTo(130);
    assertThat(ended.err()).contains("stopped (out.parquet is not written)");
    assertThat(folder.resolve("out.parquet.part")).doesNotExist();
    assertThat(folder.resolve("out.parquet")).doesNotExist();
  }

  @Test
  void theExample() throws Exception {
    cli.write("in.csv", "customer,price,quantity", "a,1.5,2", "b,2.5,", "b,4.0,1", "a,1.0,3");
    String example = Path.of("..", "examples", "batches.py").toRealPath().toString();
    // by_customer begins with what with_total gives
    map(example + ":by_customer", "in.csv", "--batch", "arrow", "-o", "out.csv");
    assertThat(folder.resolve("out.csv"))
        .hasContent(
            """
            "customer","quantity","total"
            "a",5,6
            "b",1,4
            """);
  }
}
