package dev.vivarium.pool;

import dev.vivarium.CloseOption;
import dev.vivarium.Interpreter;
import dev.vivarium.InterpreterAction;
import dev.vivarium.InterpreterBusyException;
import dev.vivarium.InterpreterOptions;
import dev.vivarium.Python;
import dev.vivarium.internal.lifecycle.Deadline;
import java.time.Duration;
import java.util.concurrent.locks.LockSupport;
import java.util.concurrent.locks.ReentrantLock;
import org.jspecify.annotations.Nullable;

/** Where the workers of a pool get their interpreters from, and what becomes of those. */
final class Workplaces {

  /** How long an interpreter's end may take. */
  static final Duration TO_END = Duration.ofSeconds(5);

  private static final long AGAIN_NANOS = 50_000_000;
  private static final System.Logger LOG = System.getLogger("dev.vivarium");

  private final Python python;
  private final @Nullable InterpreterOptions interpreters;
  private final @Nullable InterpreterAction<?> initializer;

  // Main's, of the generation for which it has been initialized last
  private final ReentrantLock initializing = new ReentrantLock();
  private volatile Workplace main;
  private int initialized = -1;

  Workplaces(Python python, PoolOptions.Values options) {
    this.python = python;
    this.interpreters = options.interpreters;
    this.initializer = options.initializer;
    this.main = new Workplace(python.main());
  }

  /**
   * One that is ready to serve; on the thread that will.
   *
   * @throws Throwable what the initializer throws; nothing is left then
   */
  Workplace open(int generation) throws Throwable {
    InterpreterOptions options = interpreters;
    if (options == null) {
      main.interpreter().guard().close(); // throws where it has ended
      initializing.lockInterruptibly();
      try {
        if (initialized < generation) {
          Workplace next = new Workplace(main.interpreter()); // with functions of its own
          initialize(next.interpreter());
          main = next;
          initialized = generation;
        }
        return main;
      } finally {
        initializing.unlock();
      }
    }
    Interpreter made = python.newInterpreter(options);
    try {
      initialize(made);
      return new Workplace(made);
    } catch (Throwable t) {
      boolean ignored = Thread.interrupted(); // it has ended what it was for
      close(made);
      throw t;
    }
  }

  private void initialize(Interpreter interpreter) throws Throwable {
    InterpreterAction<?> action = initializer;
    if (action != null) {
      interpreter.runInterruptibly(action);
    }
  }

  /** Its worker has left it. */
  void close(Workplace place) {
    if (interpreters != null) {
      close(place.interpreter());
    }
  }

  private static void close(Interpreter interpreter) {
    Deadline deadline = Deadline.in(TO_END);
    while (true) {
      try {
        end(interpreter);
        return;
      } catch (OutOfMemoryError e) { // of Java's heap, which others may fill for a moment only
        if (deadline.hasPassed()) {
          throw e;
        }
        LockSupport.parkNanos(AGAIN_NANOS);
      }
    }
  }

  private static void end(Interpreter interpreter) {
    try {
      interpreter.close(TO_END, CloseOption.INTERRUPT);
    } catch (InterpreterBusyException e) {
      LOG.log(System.Logger.Level.WARNING, interpreter + " of a pool is left behind", e);
    } catch (RuntimeException e) {
      LOG.log(System.Logger.Level.WARNING, interpreter + " of a pool did not end", e);
    }
  }
}
