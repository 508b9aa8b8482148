package dev.vivarium.cli.map;

import dev.vivarium.cli.shell.CommandFailure;
import dev.vivarium.cli.shell.ExitStatus;
import dev.vivarium.cli.shell.Json;
import dev.vivarium.cli.shell.Signals;
import dev.vivarium.cli.shell.Terminal;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.concurrent.Semaphore;
import org.jspecify.annotations.Nullable;

/** One run of map: puts the parts together, and tells how it went. */
final class Mapping {

  private final Engine engine;
  private final FunctionReference function;
  private final MapOptions options;

  Mapping(Engine engine, FunctionReference function, MapOptions options) {
    this.engine = engine;
    this.function = function;
    this.options = options;
  }

  /**
   * Maps all items, into lines.
   *
   * @return the status to exit with
   * @throws Exception what made the work impossible
   */
  int run(ItemSource source) throws Exception {
    Path output = options.output();
    EarlierRun earlier =
        output != null && options.resume()
            ? EarlierRun.read(output, work(), options.ordered())
            : null;
    try (LineSink sink = sink(output, earlier)) {
      return run(source, sink, earlier);
    }
  }

  /** The same, into a file of tables. */
  int run(ItemSource source, TableOutput tables) throws Exception {
    return run(source, tables, null);
  }

  private int run(ItemSource source, LineSink sink, @Nullable EarlierRun earlier) throws Exception {
    Statistics statistics =
        options.kind() == ItemKind.BATCHES
            ? new Statistics("batch", "batches")
            : new Statistics("item", "items");
    if (earlier != null) {
      statistics.failedEarlier(earlier.finished().failures());
    }
    Semaphore room = new Semaphore(0); // until it is open
    Delivery delivery = new Delivery(sink, options.ordered(), room);
    Feed feed = new Feed(source, room, delivery, statistics, earlier);
    Callers callers = new Callers(engine, feed, delivery, statistics, room);
    Signals.onStop(callers::stop);
    int status;
    Progress progress =
        !options.quiet() && Terminal.isStandardErrorOne()
            ? new Progress(statistics, source.size())
            : null;
    try {
      status = callers.run();
    } finally {
      if (progress != null) {
        progress.close();
      }
    }
    if (status == ExitStatus.OK) {
      sink.complete();
      status = statistics.failures() > 0 ? ExitStatus.FAILED : ExitStatus.OK;
    }
    if (!options.quiet() && status != ExitStatus.BROKEN_PIPE) {
      summarize(statistics, status);
    }
    if (callers.hasLeftovers()) {
      sink.close();
      // Python could only be closed if they let go
      Runtime.getRuntime().halt(status);
    }
    return status;
  }

  private void summarize(Statistics statistics, int status) {
    boolean stopped = status > ExitStatus.FAILED;
    System.err.println(
        (stopped ? "vivarium: stopped" + advice() + ": " : "vivarium: ")
            + statistics.summary(engine.shown()));
    System.err.flush();
  }

  private String advice() {
    if (options.output() == null) {
      return "";
    }
    return options.writesTables()
        ? " (" + options.output() + " is not written)"
        : " (finished lines are kept: go on with --resume)";
  }

  private LineSink sink(@Nullable Path output, @Nullable EarlierRun earlier) throws IOException {
    if (output == null) {
      return new StandardOutput();
    }
    if (earlier == null) {
      return OutputFile.create(output, work(), options.force());
    }
    if (earlier.complete()) {
      return new CompleteFile(output, earlier.length());
    }
    if (Files.exists(output) && !Files.isRegularFile(output)) {
      throw new CommandFailure("--output: " + output + " is not a regular file");
    }
    return OutputFile.resume(output, work(), earlier.length(), earlier.sideLength());
  }

  private String work() {
    return "{\"function\":"
        + Json.quote(function.absolute())
        + ",\"items\":"
        + Json.quote(options.items())
        + ",\"ordered\":"
        + options.ordered()
        + "}";
  }
}
