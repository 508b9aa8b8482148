package dev.vivarium.internal.lifecycle;

/**
 * Keeps what a thread writes at each call off the cache lines that other threads read or write,
 * wherever the garbage collector moves it: the fields of a subclass lie behind these 128 bytes, two
 * lines since processors fetch them in pairs. A subclass of that one pads behind them.
 */
@SuppressWarnings("unused") // only their place counts
public abstract class Padded {

  // Where the header leaves 4 bytes before the first long, else a subclass's field would lie there
  private int gap;

  private long p1, p2, p3, p4, p5, p6, p7, p8, p9, p10, p11, p12, p13, p14, p15, p16;

  protected Padded() {}
}
