package dev.vivarium.cli.map;

import java.util.ArrayList;
import java.util.List;
import me.tongfei.progressbar.ConsoleProgressBarConsumer;
import me.tongfei.progressbar.ProgressBar;
import me.tongfei.progressbar.ProgressBarBuilder;

/** How far the work is, drawn on the terminal until it is closed. */
final class Progress implements AutoCloseable {

  private static final int PERIOD_MILLIS = 200;
  private static final int UNKNOWN = -1;

  private final ProgressBar bar;

  /**
   * Begins to draw.
   *
   * @param size how many items there are, or 0 if nobody knows
   */
  Progress(Statistics statistics, long size) {
    bar =
        new ProgressBarBuilder()
            .setTaskName("map")
            .setInitialMax(size > 0 ? size : UNKNOWN)
            .setUpdateIntervalMillis(PERIOD_MILLIS)
            .setConsumer(new ConsoleProgressBarConsumer(System.err))
            .showSpeed()
            .clearDisplayOnFinish()
            .build();
    statistics.onItem(() -> show(statistics));
  }

  private void show(Statistics statistics) {
    bar.stepTo(statistics.items());
    List<String> more = new ArrayList<>();
    if (statistics.rows() > 0) {
      more.add(statistics.shownRows());
    }
    if (statistics.failures() > 0) {
      more.add(statistics.failures() + " failed");
    }
    bar.setExtraMessage(String.join(", ", more));
  }

  /** Wipes the line. */
  @Override
  public void close() {
    bar.close();
  }
}
