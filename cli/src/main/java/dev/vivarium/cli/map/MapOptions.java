package dev.vivarium.cli.map;

import dev.vivarium.cli.shell.CommandFailure;
import dev.vivarium.cli.shell.DurationConverter;
import java.nio.file.Path;
import java.time.Duration;
import java.util.LinkedHashMap;
import java.util.Map;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Option;

/** The options of map itself. */
final class MapOptions {

  private static final int MOST_INTERPRETERS = 1024;
  private static final int BATCH_ROWS = 1 << 16;
  private static final String LOCAL = "local";
  private static final String SPARK = "spark";
  private static final String SPARKS_OWN = "spark.master"; // as spark-submit gives it

  @Option(
      names = "--interpreters",
      paramLabel = "N",
      description = "How many interpreters work at once. Default: one a core.")
  private @Nullable Integer interpreters;

  @Option(
      names = "--engine",
      paramLabel = "local|spark",
      description = {
        "What calls the function: interpreters of this process, or",
        "those of Apache Spark's executors. Default: local."
      })
  private String engine = LOCAL;

  @Option(
      names = "--master",
      paramLabel = "URL",
      description = {
        "For --engine spark, the master: local[4] for threads of this",
        "process, spark://HOST:7077, or another one that Spark knows.",
      })
  private @Nullable String master;

  @Option(
      names = "--lines",
      description = {
        "Items are the lines of the inputs, or of standard input;",
        "the function gets the line."
      })
  private boolean lines;

  @Option(
      names = "--jsonl",
      description = {
        "Items are lines of JSON; the function gets the value.",
        "Blank lines are passed over."
      })
  private boolean jsonl;

  @Option(
      names = "--rows",
      description = {
        "Items are the rows of tables; the function gets a dict. The",
        "inputs end in .csv, .tsv, .parquet, .arrow, .feather or .ipc.",
        "What CSV holds stays text. The others need pyarrow."
      })
  private boolean rows;

  @Option(
      names = "--batch",
      paramLabel = "arrow|numpy",
      description = {
        "Items are many rows of tables at once; the function gets a",
        "pyarrow.RecordBatch, or a dict of NumPy arrays by column. Runs",
        "in the main interpreter, alone, since NumPy and pyarrow load",
        "in no other. Needs pyarrow."
      })
  private @Nullable String batch;

  @Option(
      names = "--batch-rows",
      paramLabel = "N",
      description = "How many rows a batch has. Default: 65536.")
  private @Nullable Integer batchRows;

  @Option(names = "--unordered", description = "Write lines as they come, not in input order.")
  private boolean unordered;

  @Option(
      names = "--deadline",
      paramLabel = "TIME",
      converter = DurationConverter.class,
      description = {
        "Interrupt a call after this long: 500ms, 2s, 1.5m. Its item",
        "gets an error of the type Deadline."
      })
  private @Nullable Duration deadline;

  @Option(
      names = {"-o", "--output"},
      paramLabel = "FILE",
      description = {
        "Write the lines into FILE. An interrupted run loses nothing",
        "it finished. Until it is complete, FILE.resume lies beside it.",
        "With --batch and a FILE that ends like an input of --rows, the",
        "results are tables and become one; lines of batches that fail",
        "go to standard output. FILE appears when it is complete."
      })
  private @Nullable Path output;

  @Option(names = "--resume", description = "Go on with the FILE of an interrupted run.")
  private boolean resume;

  @Option(names = "--force", description = "Overwrite FILE.")
  private boolean force;

  @Option(
      names = {"-q", "--quiet"},
      description = "No progress bar and no summary.")
  private boolean quiet;

  /** Refuses what does not go together. */
  void check() {
    checkItems();
    checkEngine();
    if (interpreters() < 1 || interpreters() > MOST_INTERPRETERS) {
      throw new CommandFailure(
          "--interpreters: " + interpreters() + " is not from 1 to " + MOST_INTERPRETERS);
    }
    if ((resume || force) && output == null) {
      throw new CommandFailure(
          (resume ? "--resume" : "--force") + " is for --output FILE, which is not given");
    }
    if (resume && force) {
      throw new CommandFailure("--resume and --force: give one of them");
    }
    checkOutput();
  }

  private void checkItems() {
    Map<String, Boolean> given = new LinkedHashMap<>();
    given.put("--lines", lines);
    given.put("--jsonl", jsonl);
    given.put("--rows", rows);
    given.put("--batch", batch != null);
    given.values().removeIf(is -> !is);
    if (given.size() > 1) {
      throw new CommandFailure(String.join(" and ", given.keySet()) + ": give one of them");
    }
    if (batch == null) {
      if (batchRows != null) {
        throw new CommandFailure("--batch-rows is for --batch, which is not given");
      }
      return;
    }
    if (!batch.equals("arrow") && !batch.equals("numpy")) {
      throw new CommandFailure("--batch: '" + batch + "' is neither arrow nor numpy");
    }
    if (batchRows() < 1) {
      throw new CommandFailure("--batch-rows: " + batchRows() + " is less than 1");
    }
    if (interpreters != null) {
      throw new CommandFailure(
          "--interpreters is not for --batch: NumPy and pyarrow load in the main interpreter only");
    }
  }

  private void checkEngine() {
    if (!engine.equals(LOCAL) && !engine.equals(SPARK)) {
      throw new CommandFailure("--engine: '" + engine + "' is neither local nor spark");
    }
    if (!isOnSpark()) {
      if (master != null) {
        throw new CommandFailure("--master is for --engine spark, which is not given");
      }
      return;
    }
    if (interpreters != null) {
      throw new CommandFailure(
          "--interpreters is not for --engine spark: each executor has as many as it has cores, of"
              + " which --master says how many, such as local["
              + interpreters
              + "]");
    }
    if (batch != null) {
      throw new CommandFailure(
          "--batch is not for --engine spark: VivariumSpark.mapInArrow gives batches to a function");
    }
    if (master == null && System.getProperty(SPARKS_OWN) == null) {
      throw new CommandFailure(
          "--engine spark: say which one by --master, such as local[4] or spark://HOST:7077");
    }
  }

  private void checkOutput() {
    if (output == null || TableFormat.of(output.toString()).isEmpty()) {
      return;
    }
    if (!writesTables()) {
      throw new CommandFailure(
          "--output: " + output + " would be a table, which takes --batch; lines go into a .jsonl");
    }
    if (resume) {
      throw new CommandFailure(
          "--resume: a table is written as a whole, " + output + " cannot be gone on with");
    }
  }

  boolean isOnSpark() {
    return engine.equals(SPARK);
  }

  /** What {@code --engine} names. */
  String engine() {
    return engine;
  }

  /** Spark's master; null for the one that Spark's own settings name. */
  @Nullable String master() {
    return master;
  }

  int interpreters() {
    if (batch != null) {
      return 1;
    }
    return interpreters == null ? Runtime.getRuntime().availableProcessors() : interpreters;
  }

  ItemKind kind() {
    if (batch != null) {
      return ItemKind.BATCHES;
    }
    if (rows) {
      return ItemKind.ROWS;
    }
    if (jsonl) {
      return ItemKind.JSONL;
    }
    return lines ? ItemKind.LINES : ItemKind.FILES;
  }

  /** What makes the items, in words. */
  String items() {
    return batch == null ? kind().id() : batch + " batches of " + batchRows();
  }

  /** The form of batches, arrow or numpy. */
  String batch() {
    return String.valueOf(batch);
  }

  int batchRows() {
    return batchRows == null ? BATCH_ROWS : batchRows;
  }

  /** Whether the output is a table, not lines. */
  boolean writesTables() {
    return batch != null && output != null && TableFormat.of(output.toString()).isPresent();
  }

  boolean ordered() {
    return !unordered;
  }

  @Nullable Duration deadline() {
    return deadline;
  }

  @Nullable Path output() {
    return output;
  }

  boolean resume() {
    return resume;
  }

  boolean force() {
    return force;
  }

  boolean quiet() {
    return quiet;
  }
}
