package dev.vivarium;

import static dev.vivarium.internal.capi.CApi.C;

import dev.vivarium.internal.capi.Types;
import dev.vivarium.internal.object.Conversion;
import dev.vivarium.internal.object.Home;
import dev.vivarium.internal.object.OwnSource;
import dev.vivarium.internal.object.Owned;
import dev.vivarium.internal.object.PerInterpreter;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.Executor;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.ThreadPoolExecutor;
import java.util.concurrent.TimeUnit;
import java.util.function.BooleanSupplier;
import org.jspecify.annotations.Nullable;

/**
 * The event loop on which what Java awaits of one interpreter runs: on a thread of its own, which
 * is inside the interpreter only while something is awaited.
 */
final class EventLoop {

  private static final OwnSource SOURCE = new OwnSource(EventLoop.class, "awaiting.py");
  private static final long STACK_BYTES = 64L << 20; // as for virtual threads
  private static final int KEEP_SECONDS = 5;

  /** Told by Python how an awaitable ended; says whether nothing else is awaited. */
  @FunctionalInterface
  private interface Done {
    @SuppressWarnings("UnusedMethod") // from Python
    boolean done(@Nullable PyObject result, @Nullable PyObject exception, boolean cancelled);
  }

  private static final PerInterpreter<Owned> PYTHON = PerInterpreter.owned(EventLoop::python);
  private static final PerInterpreter<EventLoop> ALL = new PerInterpreter<>(EventLoop::new);

  private final Home home;
  private final Executor thread;

  // Under this lock, which nobody holds while calling Python
  private final Set<Awaited> pending = new HashSet<>();
  private boolean running;

  static EventLoop of(Home home) {
    return ALL.in(home);
  }

  private EventLoop(Home home) {
    this.home = home;
    ThreadPoolExecutor one =
        new ThreadPoolExecutor(
            1, 1, KEEP_SECONDS, TimeUnit.SECONDS, new LinkedBlockingQueue<>(), this::thread);
    one.allowCoreThreadTimeOut(true);
    this.thread = one;
  }

  private Thread thread(Runnable work) {
    Thread made = new Thread(null, work, "python-async-" + home.state().id(), STACK_BYTES);
    made.setDaemon(true);
    return made;
  }

  /** What becomes of a borrowed awaitable; attached. */
  CompletableFuture<@Nullable Object> await(long awaitable, Conversion conversion) {
    Owned python = PYTHON.in(home);
    Awaited awaited = new Awaited(conversion);
    synchronized (this) {
      pending.add(awaited);
    }
    C.Py_IncRef(awaitable);
    try (PyObject object = PyObject.take(home, awaitable)) {
      Done done = awaited::done;
      awaited.cancel = PyObject.ofCall(home, python.item("submit"), object, done);
    } catch (RuntimeException | Error e) {
      forget(awaited);
      PyObject.ofCall(home, python.item("nudge")).close(); // others may have ended meanwhile
      throw e;
    }
    start();
    var _ = awaited.future.whenComplete((result, thrown) -> awaited.endedInJava());
    return awaited.future;
  }

  private static long python(Home home) {
    BooleanSupplier closing = () -> !home.state().gate().isOpen();
    return SOURCE.run(home, Map.of("closing", closing));
  }

  private synchronized void start() {
    if (!running && !pending.isEmpty()) {
      running = true;
      thread.execute(this::run);
    }
  }

  private synchronized boolean isOver() {
    running = !pending.isEmpty();
    return !running;
  }

  private synchronized boolean forget(Awaited awaited) {
    pending.remove(awaited);
    return pending.isEmpty();
  }

  private void run() {
    while (!isOver()) {
      try {
        Interpreter.of(home).run(in -> PyObject.ofCall(home, PYTHON.in(home).item("run")).close());
      } catch (RuntimeException | Error e) {
        failAll(e); // the interpreter has ended, or this thread was interrupted
      }
    }
  }

  private void failAll(Throwable thrown) {
    List<Awaited> all;
    synchronized (this) {
      all = new ArrayList<>(pending);
      pending.clear();
    }
    all.forEach(awaited -> awaited.fail(thrown));
  }

  /** One awaitable. */
  private final class Awaited {

    final CompletableFuture<@Nullable Object> future = new CompletableFuture<>();
    private final Conversion conversion;
    private volatile boolean ended;
    volatile @Nullable PyObject cancel;

    Awaited(Conversion conversion) {
      this.conversion = conversion;
    }

    boolean done(@Nullable PyObject result, @Nullable PyObject exception, boolean cancelled) {
      ended = true;
      if (cancelled) {
        elsewhere(() -> future.cancel(false));
      } else {
        try {
          Object value = value(result, exception);
          elsewhere(() -> future.complete(value));
        } catch (Throwable t) {
          fail(t);
        }
      }
      return forget(this);
    }

    private @Nullable Object value(@Nullable PyObject result, @Nullable PyObject exception) {
      if (exception != null) {
        throw home.surface().raised(home, exception.referenceIn(home));
      }
      return result == null
          ? conversion.convert(home, Types.NONE)
          : result.<@Nullable Object>within(p -> conversion.convert(home, p));
    }

    void fail(Throwable thrown) {
      ended = true;
      elsewhere(() -> future.completeExceptionally(thrown));
    }

    // Not on the loop's thread, which what comes next could block
    private void elsewhere(Runnable completion) {
      Thread.ofVirtual().name("python-awaited").start(completion);
    }

    /** Cancelled in Java, or timed out there: nobody waits for Python's result. */
    void endedInJava() {
      PyObject canceller = cancel;
      if (!ended && canceller != null) {
        elsewhere(() -> {
          try {
            canceller.call().close();
          } catch (InterpreterClosedException e) {
            // Then it has been cancelled
          }
        });
      }
    }
  }
}
