import java.util.Arrays;
import java.util.HashMap;
import java.util.Locale;
import java.util.Map;
import java.util.function.IntBinaryOperator;
import java.util.function.UnaryOperator;

/** The same small works for each system that has Python beside Java; prints a line of JSON each. */
public final class Work {

  /** What a system makes of the functions of works.py. */
  public interface Peer {

    /** {@code add}, to be called by Java. */
    IntBinaryOperator add();

    /** {@code same}, to be called by Java. */
    UnaryOperator<String> same();

    /** Calls {@code fail}, whose exception comes. */
    void fail();

    /** {@code callbacks}: Python calls a Java function so many times. */
    void callbacks(IntBinaryOperator function, int times);

    /** {@code gets}: Python reads a value of a Java map so many times. */
    void gets(Map<String, Object> map, int times);
  }

  /** Does something so many times. */
  private interface Loop {
    void run(int times);
  }

  private static final int TURNS = 40;
  private static final long TURN_NANOS = 50_000_000;
  private static final long WARM_NANOS = 3_000_000_000L;

  private Work() {}

  /** Measures all works. */
  public static void run(String system, Peer peer) {
    IntBinaryOperator add = peer.add();
    UnaryOperator<String> same = peer.same();
    Map<String, Object> map = new HashMap<>(Map.of("key", "value", "other", "value"));
    String text = "abcdefghij".repeat(1_000);
    if (add.applyAsInt(2, 3) != 5 || !same.apply(text).equals(text)) {
      throw new AssertionError(system + " does not do the work");
    }
    measure(
        system,
        "Java calls a Python function of two ints",
        n -> {
          for (int i = 0; i < n; i++) {
            add.applyAsInt(i, 1);
          }
        });
    int[] called = new int[1];
    measure(
        system,
        "Python calls a Java function of two ints",
        n -> {
          called[0] = 0;
          peer.callbacks(
              (a, b) -> {
                called[0]++;
                return a + b;
              },
              n);
          if (called[0] != n) {
            throw new AssertionError(system + " called " + called[0] + " times, not " + n);
          }
        });
    measure(system, "Python reads a HashMap by a str", n -> peer.gets(map, n));
    measure(
        system,
        "a string of 10,000 there and back",
        n -> {
          for (int i = 0; i < n; i++) {
            same.apply(text);
          }
        });
    measure(
        system,
        "a Python exception caught in Java",
        n -> {
          for (int i = 0; i < n; i++) {
            if (!fails(peer)) {
              throw new AssertionError(system + " lost an exception");
            }
          }
        });
  }

  private static boolean fails(Peer peer) {
    try {
      peer.fail();
      return false;
    } catch (RuntimeException e) {
      return true;
    }
  }

  private static void measure(String system, String work, Loop loop) {
    int times = 1;
    long begun = System.nanoTime();
    while (System.nanoTime() - begun < WARM_NANOS) {
      long start = System.nanoTime();
      loop.run(times);
      long took = Math.max(1, System.nanoTime() - start);
      times = (int) Math.clamp(times * (double) TURN_NANOS / took, 1, 10_000_000);
    }
    double[] nanos = new double[TURNS];
    for (int turn = 0; turn < TURNS; turn++) {
      long start = System.nanoTime();
      loop.run(times);
      nanos[turn] = (System.nanoTime() - start) / (double) times;
    }
    Arrays.sort(nanos);
    System.out.printf(
        Locale.ROOT,
        "{\"system\": \"%s\", \"work\": \"%s\", \"floor\": %.1f, \"median\": %.1f}%n",
        system,
        work,
        nanos[0],
        nanos[TURNS / 2]);
  }
}
