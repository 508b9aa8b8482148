package dev.vivarium.cli.map;

/** How many items a worker takes at once: as many as take a short time, by those before. */
final class Portion {

  /** What lines that wait for others, and memory, can bear. */
  static final int MOST = 128;

  // Long beside what a call costs, and short for who waits for a line, or for the end of it all
  private static final long NANOS = 1_000_000;
  private static final int GROWTH = 4;

  private final int most;
  private int size = 1;

  Portion(int most) {
    this.most = most;
  }

  int size() {
    return size;
  }

  /** So many items took so long. */
  void took(long nanos, int items) {
    long fitting = NANOS * items / Math.max(1, nanos);
    size = (int) Math.clamp(fitting, 1, Math.min(most, (long) size * GROWTH));
  }
}
