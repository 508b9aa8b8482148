package dev.vivarium.cli.map;

/** How many items a caller takes at once: as many as take a short time, by those before. */
final class Portion {

  /** What lines that wait for others, and memory, can bear. */
  static final int MOST = 128;

  /**
   * Long beside what a call costs, and short for who waits for a line, or for the end of it all.
   */
  static final long NANOS = 1_000_000;

  private static final int GROWTH = 4;

  private final int most;
  private final long time;
  private int size = 1;

  /**
   * One of so many items at most.
   *
   * @param time how long it should take, in nanoseconds
   */
  Portion(int most, long time) {
    this.most = most;
    this.time = time;
  }

  int size() {
    return size;
  }

  /** So many items took so long. */
  void took(long nanos, int items) {
    long fitting = time * items / Math.max(1, nanos);
    size = (int) Math.clamp(fitting, 1, Math.min(most, (long) size * GROWTH));
  }
}
