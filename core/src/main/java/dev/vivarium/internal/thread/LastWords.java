package dev.vivarium.internal.thread;

import static dev.vivarium.internal.capi.CApi.C;

import dev.vivarium.internal.lifecycle.Deadline;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Set;

/**
 * What is done for Python where it cannot end before the process does: {@code atexit} functions,
 * and flushing what is open.
 */
public final class LastWords {

  private static final long NANOS = 1_000_000_000L;

  // The JVM exits without an end of Python, and nobody waits for anyone any more
  private static volatile boolean said;

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
        say(main, threads, limit(threads));
      } finally {
        forgetAll();
      }
    }
  }

  /** Whether they are being said, or have been. */
  static boolean areSaid() {
    return said;
  }

  /**
   * The last resort at the JVM's exit, when not everyone lets go: {@code atexit} and flushing
   * without an end, if the GIL can be had in that time.
   *
   * @param threads until when Python's own threads are waited for
   */
  private static void say(InterpreterState interpreter, Deadline threads, Duration timeout) {
    Set<Long> exiting = ExitingThreads.idents(interpreter);
    // Somebody else's may end at any moment, but not under a thread that exits
    if (!interpreter.gate().isAlive() || (interpreter.own == null && exiting.isEmpty())) {
      return;
    }
    said = true;
    OwnThread own = interpreter.own;
    OwnThread speaking = own != null ? own : OwnThread.start("python-last-words");
    speaking.tryRun(
        task -> {
          if (interpreter.gate().isAlive()) { // else an end that took too long is done now
            ThreadStates.withAttached(
                interpreter,
                own != null ? interpreter.first : C.PyThreadState_New(interpreter.pointer),
                () -> interpreter.companion().lastWords(threads, exiting));
          }
          return true;
        },
        timeout.toNanos());
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
                .start(() -> say(one, threads, limit)));
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
        .map(InterpreterState::gate)
        .forEach(gate -> {
          gate.end();
          gate.forgetEveryone();
        });
  }
}
