package dev.vivarium;

import dev.vivarium.internal.capi.ExitHandlers;
import dev.vivarium.internal.lifecycle.Deadline;
import dev.vivarium.internal.lifecycle.OtherHooks;
import dev.vivarium.internal.thread.ExitingThreads;
import dev.vivarium.internal.thread.KeptThreads;
import dev.vivarium.internal.thread.LastWords;
import java.time.Duration;
import java.util.concurrent.locks.LockSupport;
import org.jspecify.annotations.Nullable;

/**
 * The JVM's shutdown hook that ends Python once the application's own hooks have ended, or has it
 * say its last words where it can't be ended in time. It waits for nothing without a limit, and
 * whatever fails in one step, the others are done.
 */
final class ExitHook extends Thread {

  private static final System.Logger LOG = System.getLogger("dev.vivarium");

  private static final Duration LOOK_AGAIN = Duration.ofMillis(5);
  private static final long LOOK_AT_HOOKS_NANOS = 1_000_000L;
  private static final long INTERRUPT_AGAIN_NANOS = 500_000_000L;

  // A closing that has a deadline of its own has come back by then, or never will
  private static final long MARGIN_NANOS = 1_500_000_000L;

  private final Interpreter main;
  private final Duration hooksTimeout;
  private final Duration timeout;
  private final boolean closes;
  private final boolean hosted;
  private @Nullable OtherHooks others;

  /**
   * @param hosted whether Python is a program's, and main not ours to end
   */
  ExitHook(Interpreter main, PythonOptions options, boolean hosted) {
    super("python-exit");
    this.main = main;
    this.hooksTimeout = options.hooksTimeout();
    this.timeout = options.exitTimeout();
    this.closes = options.closeAtExit();
    this.hosted = hosted;
  }

  /** By the thread that exits, which waits for the hooks from then on and never comes back. */
  @Override
  public void start() {
    attempt(ExitingThreads::letGo);
    attempt(() -> others = new OtherHooks(this));
    super.start();
  }

  @Override
  public void run() {
    if (!hosted && !closes) {
      attempt(() -> skipHandlers(!main.isAlive()));
      return;
    }
    if (!hosted) {
      attempt(this::awaitOthers);
    }
    // Java ends a program's process since the program has let it: nobody is waited for
    Deadline deadline = Deadline.in(hosted ? Duration.ZERO : timeout);
    if (!hosted) {
      attempt(() -> close(deadline));
    }
    boolean ended = !main.isAlive();
    if (!ended) {
      attempt(() -> LastWords.say(main.state(), deadline));
    }
    if (!hosted) {
      attempt(() -> skipHandlers(ended));
    }
  }

  private void awaitOthers() {
    OtherHooks running = others;
    Deadline deadline = Deadline.in(hooksTimeout);
    while (running != null
        && !deadline.hasPassed()
        && main.isAlive()
        && !ExitingThreads.areWaitedFor()
        && running.areRunning()) {
      LockSupport.parkNanos(LOOK_AT_HOOKS_NANOS);
    }
  }

  /** Closes Python, until that is done, or is in vain, or the time is up. */
  private void close(Deadline deadline) {
    Thread closing =
        Thread.ofPlatform().daemon().name("python-closing").start(() -> attempt(this::close));
    long next = System.nanoTime();
    while (deadline.nanosLeft() > -MARGIN_NANOS
        && !join(closing)
        && !ExitingThreads.areAllThatStay()) {
      if (System.nanoTime() - next > 0) {
        next = System.nanoTime() + INTERRUPT_AGAIN_NANOS;
        ExitingThreads.interruptOthers();
      }
    }
  }

  private void close() {
    try {
      main.close(timeout, CloseOption.INTERRUPT);
    } catch (InterpreterBusyException e) {
      LOG.log(System.Logger.Level.DEBUG, "Python could not be closed at exit", e);
    }
  }

  private static boolean join(Thread thread) {
    try {
      return thread.join(LOOK_AGAIN);
    } catch (InterruptedException e) {
      return false; // nobody has a reason to, and the limit holds
    }
  }

  private static void skipHandlers(boolean ended) {
    if (!ended || keptThreadsExist()) {
      ExitHandlers.skip();
    }
  }

  private static boolean keptThreadsExist() {
    try {
      return KeptThreads.exist();
    } catch (Throwable t) {
      return true; // to skip is the lesser evil
    }
  }

  private static void attempt(Runnable step) {
    try {
      step.run();
    } catch (Throwable t) {
      try {
        LOG.log(System.Logger.Level.WARNING, "Python could not be closed well at exit", t);
      } catch (Throwable again) {
        // memory or stack is short, and the other steps count for more
      }
    }
  }
}
