package dev.vivarium.internal.thread;

import dev.vivarium.internal.lifecycle.Deadline;
import dev.vivarium.internal.lifecycle.ServiceThread;
import java.util.concurrent.atomic.AtomicBoolean;

/**
 * The JVM exits when its last thread has ended that is no daemon, and does not count those that
 * Python code has started. So one thread of Java's stays for them, from the first such on: once
 * nothing else keeps the JVM, it waits for them as {@code python} does at its end. They are not
 * waited for by {@link System#exit}, nor by a signal.
 */
public final class KeepAlive {

  private static final long LOOK_MILLIS = 50;
  private static final long STEP_NANOS = 200_000_000L;

  // What HotSpot calls the thread that waits for the others, and then ends the JVM
  private static final String LAST = "DestroyJavaVM";

  private static final AtomicBoolean BEGUN = new AtomicBoolean();

  private KeepAlive() {}

  /** Python code of the interpreter has started a thread that is no daemon. */
  public static void threadStarted(InterpreterState interpreter) {
    if (interpreter.isOurs() && BEGUN.compareAndSet(false, true)) {
      boolean begun = false;
      try {
        Thread keeper = ServiceThread.named("python-keeps-alive", KeepAlive::keep);
        keeper.setDaemon(false);
        keeper.start();
        begun = true;
      } finally {
        BEGUN.set(begun);
      }
    }
  }

  private static void keep() {
    boolean needed = true;
    while (needed) {
      try {
        Thread.sleep(LOOK_MILLIS);
        needed = isWanted() && !(isLast() && !isAnyRunning() && isLast());
      } catch (Throwable t) {
        // It has to go on whatever comes: no memory, mostly, of which there may be some later
      }
    }
    BEGUN.set(false); // for one that is started right now, if it keeps the JVM by itself
  }

  private static boolean isWanted() {
    return Interpreters.requireMain().gate().isAlive() && !ExitingThreads.processEnds();
  }

  /** Whether nothing else keeps the JVM, whose main method has returned. */
  private static boolean isLast() {
    ThreadGroup group = Thread.currentThread().getThreadGroup();
    while (group.getParent() != null) {
      group = group.getParent();
    }
    Thread[] threads = new Thread[group.activeCount() + 16];
    int found = group.enumerate(threads);
    boolean last = false;
    for (int i = 0; i < found; i++) {
      if (threads[i].getName().equals(LAST)) {
        last = true;
      } else if (!threads[i].isDaemon() && threads[i] != Thread.currentThread()) {
        return false;
      }
    }
    return last && found < threads.length;
  }

  private static boolean isAnyRunning() {
    boolean running = false;
    for (InterpreterState one : Interpreters.living()) {
      if (one.own != null && one.isOurs()) {
        running |= isAnyRunning(one, one.own);
      }
    }
    return running;
  }

  private static boolean isAnyRunning(InterpreterState interpreter, OwnThread own) {
    OwnThread.Task<Boolean> joining = own.submit(new Joining(interpreter));
    try {
      return !joining.await(Deadline.inNanos(2 * STEP_NANOS)) || joining.outcome();
    } catch (RuntimeException | Error e) {
      return interpreter.gate().isAlive(); // it may have ended meanwhile
    } finally {
      own.abandon(joining);
    }
  }

  private static final class Joining implements OwnThread.Body<Boolean>, Runnable {

    private final InterpreterState interpreter;
    private boolean running;

    Joining(InterpreterState interpreter) {
      this.interpreter = interpreter;
    }

    @Override
    public Boolean run(OwnThread.Task<Boolean> task) {
      if (task.isWanted() && interpreter.gate().isAlive()) {
        ThreadStates.withAttached(interpreter, interpreter.first, this);
      }
      return running;
    }

    @Override
    public void run() {
      running = interpreter.companion().joinProgram(Deadline.inNanos(STEP_NANOS));
    }
  }
}
