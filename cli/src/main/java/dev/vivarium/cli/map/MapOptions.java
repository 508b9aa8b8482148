package dev.vivarium.cli.map;

import dev.vivarium.cli.shell.CommandFailure;
import dev.vivarium.cli.shell.DurationConverter;
import java.nio.file.Path;
import java.time.Duration;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Option;

/** The options of map itself. */
final class MapOptions {

  private static final int MOST_INTERPRETERS = 1024;

  @Option(
      names = "--interpreters",
      paramLabel = "N",
      description = "How many interpreters work at once. Default: one a core.")
  private int interpreters = Runtime.getRuntime().availableProcessors();

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
        "it finished. Until it is complete, FILE.resume lies beside it."
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
    if (interpreters < 1 || interpreters > MOST_INTERPRETERS) {
      throw new CommandFailure(
          "--interpreters: " + interpreters + " is not from 1 to " + MOST_INTERPRETERS);
    }
    if (lines && jsonl) {
      throw new CommandFailure("--lines and --jsonl: give one of them");
    }
    if ((resume || force) && output == null) {
      throw new CommandFailure(
          (resume ? "--resume" : "--force") + " is for --output FILE, which is not given");
    }
    if (resume && force) {
      throw new CommandFailure("--resume and --force: give one of them");
    }
  }

  int interpreters() {
    return interpreters;
  }

  ItemKind kind() {
    if (jsonl) {
      return ItemKind.JSONL;
    }
    return lines ? ItemKind.LINES : ItemKind.FILES;
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
