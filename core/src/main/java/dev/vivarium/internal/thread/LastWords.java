package dev.vivarium.internal.thread;

import dev.vivarium.internal.lifecycle.Deadline;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;

/**
 * What is done for Python where it cannot end before the process does: {@code atexit} functions,
 * and flushing what is open.
 */
public final class LastWords {

  private static final long NANOS = 1_000_000_000L;

  private LastWords() {}

  /**
   * Says those of all interpreters, main's last: it has its time whatever the others take. From
   * then on nobody waits for an end of theirs, and none lets anyone in.
   *
   * @param threads until when Python's own threads are waited for
   */
  public static void say(InterpreterState main, Deadline threads) {
    try {
      sayOthers(main, threads);
    } finally {
      try {
        Ending.lastWords(main, threads, limit(threads));
      } finally {
        forgetAll();
      }
    }
  }

  private static Duration limit(Deadline threads) {
    long left = Math.clamp(threads.nanosLeft(), 0, Long.MAX_VALUE - NANOS);
    return Duration.ofNanos(left + NANOS);
  }

  // Each on its own, so that what one takes too long for costs no other its files
  private static void sayOthers(InterpreterState main, Deadline threads) {
    Duration limit = limit(threads);
    Deadline deadline = Deadline.in(limit);
    List<Thread> speaking = new ArrayList<>();
    for (InterpreterState one : Interpreters.living()) {
      if (one != main) {
        speaking.add(
            Thread.ofPlatform()
                .daemon()
                .name("python-last-words")
                .start(() -> Ending.lastWords(one, threads, limit)));
      }
    }
    for (Thread one : speaking) {
      join(one, deadline);
    }
  }

  private static void join(Thread thread, Deadline deadline) {
    try {
      thread.join(Duration.ofNanos(Math.max(deadline.nanosLeft(), 0)));
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    }
  }

  // A hook of the application's may be closing one, and would wait for ever for who never leaves.
  // Those who stay somewhere keep closers there: when these go on, there must be nothing to end
  private static void forgetAll() {
    Interpreters.living().stream()
        .sorted(
            Comparator.comparing((InterpreterState one) -> !one.gate().stays().isEmpty())
                .thenComparing(one -> !one.isMain()))
        .forEach(one -> one.gate().end());
  }
}
