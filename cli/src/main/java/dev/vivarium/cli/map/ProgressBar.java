package dev.vivarium.cli.map;

import java.util.Locale;

/** A line on the terminal that tells how far the work is, redrawn several times a second. */
final class ProgressBar implements AutoCloseable {

  private static final long PERIOD_MILLIS = 200;
  private static final int WIDTH = 24;
  private static final String CLEAR = "\r\033[K";

  private final Statistics statistics;
  private final long size;
  private final Thread thread;
  private boolean closed;

  /** Begins to draw. */
  ProgressBar(Statistics statistics, long size) {
    this.statistics = statistics;
    this.size = size;
    this.thread = Thread.ofPlatform().daemon().name("progress").start(this::draw);
  }

  private void draw() {
    while (true) {
      try {
        Thread.sleep(PERIOD_MILLIS);
      } catch (InterruptedException e) {
        return;
      }
      synchronized (this) {
        if (closed) {
          return;
        }
        System.err.print(
            CLEAR
                + text(
                    statistics.items(), size, statistics.failures(), statistics.itemsPerSecond()));
        System.err.flush();
      }
    }
  }

  static String text(long items, long size, long failures, double rate) {
    StringBuilder text = new StringBuilder();
    if (size > 0) {
      int full = (int) (WIDTH * items / size);
      text.append('[').repeat('#', full).repeat('.', WIDTH - full).append("] ");
      text.append(items).append('/').append(size);
    } else {
      text.append(items);
    }
    text.append(" items");
    if (failures > 0) {
      text.append(", ").append(failures).append(" failed");
    }
    return text.append(String.format(Locale.ROOT, ", %.4g/s", rate)).toString();
  }

  /** Wipes the line. */
  @Override
  public synchronized void close() {
    closed = true;
    thread.interrupt();
    System.err.print(CLEAR);
    System.err.flush();
  }
}
