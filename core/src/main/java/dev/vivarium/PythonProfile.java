package dev.vivarium;

import dev.vivarium.internal.capi.Types;
import dev.vivarium.internal.lifecycle.Deadline;
import dev.vivarium.internal.lifecycle.ServiceThread;
import dev.vivarium.internal.thread.Insiders;
import dev.vivarium.internal.thread.InterpreterState;
import dev.vivarium.internal.thread.Interpreters;
import dev.vivarium.internal.thread.ThreadStates;
import java.io.IOException;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Objects;
import java.util.concurrent.locks.LockSupport;

/**
 * Where time goes in all interpreters, for a flame graph: a thread of the library's own looks,
 * again and again, where each thread is that is inside one, and counts how often it has seen which
 * stack of Java's and Python's functions.
 *
 * <pre>{@code
 * try (PythonProfile profile = PythonProfile.start(python, Duration.ofMillis(10))) {
 *   work();
 *   profile.writeCollapsed(Path.of("work.txt"));
 * }
 * }</pre>
 *
 * <p>It is time that passes that is counted, also that of threads that wait. Python's frames are
 * looked at under their GIL, which CPython hands on within 5 ms, at the end of a loop or the
 * beginning of a function. Where C code keeps it longer the stack has the Java frames, and says so.
 * Memory is bounded, by 64 MiB: stacks that come when that is used up are counted together, as
 * {@code (others)}.
 *
 * <p>For any thread, and not for a free-threaded CPython. Several may run at once. The guide is
 * {@code docs/guide/observability.md}.
 */
public final class PythonProfile implements AutoCloseable {

  private static final Duration SHORTEST = Duration.ofMillis(1);

  // Several threads may want the GIL, and each may have it for 5 ms
  private static final Duration PATIENCE = Duration.ofMillis(200);

  private final Python python;
  private final long intervalNanos;
  private final ProfileStacks stacks = new ProfileStacks();
  private final Thread sampler = ServiceThread.named("python-profile", this::sampleToTheEnd);
  private volatile boolean closed;

  private PythonProfile(Python python, Duration interval) {
    this.python = python;
    intervalNanos = interval.toNanos();
  }

  /**
   * Begins one, which goes on until it is closed, or Python ends.
   *
   * @param interval between two looks: 1 ms or more, 10 ms for a start
   * @throws IllegalArgumentException if it is shorter than that
   * @throws IllegalStateException if Python has ended
   * @throws UnsupportedOperationException on a free-threaded CPython, whose frames change under
   *     whoever looks
   */
  public static PythonProfile start(Python python, Duration interval) {
    if (interval.compareTo(SHORTEST) < 0 || interval.compareTo(Duration.ofDays(1)) > 0) {
      throw new IllegalArgumentException(
          "the interval of a profile is 1 ms or more, and a day at most, not " + interval);
    }
    if (!Objects.requireNonNull(python, "python").main().isAlive()) {
      throw new IllegalStateException("Python has been closed: there is nothing to profile");
    }
    if (!Types.hasGil()) {
      throw new UnsupportedOperationException(
          "a free-threaded CPython cannot be profiled from outside, since its frames change under"
              + " whoever looks: use a CPython with a GIL, or Python's cProfile");
    }
    PythonProfile profile = new PythonProfile(python, interval);
    boolean started = false;
    Insiders.followCalls();
    try {
      profile.sampler.start();
      started = true;
    } finally {
      if (!started) {
        Insiders.unfollowCalls();
      }
    }
    return profile;
  }

  private void sampleToTheEnd() {
    try {
      long last = System.nanoTime();
      while (!closed && python.main().isAlive()) {
        long now = System.nanoTime();
        long left = last + intervalNanos - now;
        if (left > 0) {
          LockSupport.parkNanos(left);
        } else {
          // One that came late stands for all the time since the one before
          long times = Math.max(1, (now - last + intervalNanos / 2) / intervalNanos);
          last = now;
          sample(times);
        }
      }
    } finally {
      Insiders.unfollowCalls();
    }
  }

  private void sample(long times) {
    try {
      List<ProfileSample> all = new ArrayList<>();
      for (InterpreterState state : Interpreters.living()) {
        ProfileSample one = new ProfileSample(state);
        one.begin(); // all at once: each may take all the time
        all.add(one);
      }
      Deadline deadline = Deadline.in(PATIENCE);
      for (ProfileSample one : all) {
        one.tell(deadline, stack -> stacks.add(stack, times));
      }
    } catch (RuntimeException | OutOfMemoryError e) {
      // Without memory, or with an interpreter that is gone: the next one may be luckier
    }
  }

  /**
   * Writes what has been seen until now, or until the end, as collapsed stacks: a line for each,
   * {@code frame;frame;frame count}, the outermost frame first. A Java frame is {@code
   * package.Class.method}, a Python frame {@code function (file.py)}; Java's own frames of this
   * library are left out but for an innermost one. {@code flamegraph.pl}, speedscope, and what else
   * reads such files shows them.
   *
   * @throws IOException if the file cannot be written
   */
  public void writeCollapsed(Path file) throws IOException {
    stacks.write(file);
  }

  /** Ends it. What it has seen can still be written. A second time it does nothing. */
  @Override
  public void close() {
    closed = true;
    LockSupport.unpark(sampler);
    // It may be waiting for the GIL that this thread has
    ThreadStates.unattached(() -> joined(sampler));
  }

  private static boolean joined(Thread sampler) {
    boolean interrupted = false;
    while (sampler.isAlive()) {
      try {
        sampler.join();
      } catch (InterruptedException e) {
        interrupted = true;
      }
    }
    if (interrupted) {
      Thread.currentThread().interrupt();
    }
    return interrupted;
  }
}
