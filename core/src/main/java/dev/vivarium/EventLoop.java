package dev.vivarium;

import static dev.vivarium.internal.capi.CApi.C;

import dev.vivarium.internal.capi.Types;
import dev.vivarium.internal.lifecycle.VirtualThreads;
import dev.vivarium.internal.object.Conversion;
import dev.vivarium.internal.object.Entry;
import dev.vivarium.internal.object.Home;
import dev.vivarium.internal.object.OwnSource;
import dev.vivarium.internal.object.Owned;
import dev.vivarium.internal.object.PerInterpreter;
import dev.vivarium.internal.object.ToJava;
import dev.vivarium.internal.thread.Attachment;
import dev.vivarium.internal.thread.CarriedValues;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Set;
import java.util.concurrent.CancellationException;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.Executor;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.ThreadPoolExecutor;
import java.util.concurrent.TimeUnit;
import java.util.function.BooleanSupplier;
import org.jspecify.annotations.Nullable;

/**
 * The event loop on which what Java awaits of one interpreter runs: on a thread of its own, which
 * is inside the interpreter only while something is awaited, or a task is left. What another thread
 * has called on it begins it, too.
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
  private boolean wanted; // something has been given to the loop that it may not have seen

  private volatile @Nullable Thread runner;

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
    return begin(awaitable, conversion).future;
  }

  /**
   * Has a borrowed awaitable awaited; attached.
   *
   * @throws IllegalStateException on the loop's own thread
   */
  Waiting waiting(long awaitable) {
    if (Thread.currentThread().equals(runner)) {
      throw new IllegalStateException(
          "await() on the thread of the event loop would wait for itself: there only Python code"
              + " can await, or thenAccept(…) of its CompletableFuture go on");
    }
    Awaited awaited = begin(awaitable, ToJava::wrapped);
    return awaited::get;
  }

  /** What has been begun. */
  interface Waiting {
    /** Waits for the result; an interrupt cancels it. */
    PyObject get() throws InterruptedException;
  }

  private Awaited begin(long awaitable, Conversion conversion) {
    Owned python = PYTHON.in(home);
    Awaited awaited = new Awaited(conversion);
    synchronized (this) {
      pending.add(awaited);
    }
    C.Py_IncRef(awaitable);
    try (PyObject object = PyObject.take(home, awaitable)) {
      Done done = awaited::done;
      awaited.cancel = PyObject.ofCall(home, python.item("submit"), object, done, binding());
    } catch (RuntimeException | Error e) {
      forget(awaited);
      throw e;
    }
    var _ = awaited.future.whenComplete((result, thrown) -> awaited.endedInJava());
    return awaited;
  }

  /**
   * What gives a subscription the items of an async iterable: see {@code awaiting.py}; attached.
   */
  PyObject publishing(PyObject iterable, boolean again, BooleanSupplier take, Taker give) {
    return PyObject.ofCall(home, PYTHON.in(home).item("publish"), iterable, again, take, give);
  }

  /** Takes an item, from Python. */
  @FunctionalInterface
  interface Taker {
    void take(@Nullable PyObject item);
  }

  /** Runs a step of a coroutine with scoped values bound; from Python. */
  @FunctionalInterface
  private interface Binding {
    @SuppressWarnings("UnusedMethod") // from Python
    void run(PyObject step);
  }

  private static @Nullable Binding binding() {
    ScopedValue.Carrier bound = CarriedValues.bound();
    return bound == null
        ? null
        : step -> {
          try (step) {
            bound.run(() -> step.call().close());
          }
        };
  }

  /** What Python has given, None as null, converted, and given back. */
  static @Nullable Object convert(Home home, Conversion conversion, @Nullable PyObject given) {
    if (given != null) {
      try (given) { // Python may have no other use for it
        return given.<@Nullable Object>within(p -> conversion.convert(home, p));
      }
    }
    Attachment entered = Entry.enter(home);
    try {
      return conversion.convert(home, Types.NONE);
    } finally {
      Entry.leave(entered);
    }
  }

  private static long python(Home home) {
    BooleanSupplier closing = () -> !home.state().gate().isOpen();
    Runnable begin = () -> of(home).start();
    return SOURCE.run(home, Map.of("closing", closing, "begin", begin));
  }

  private synchronized void start() {
    wanted = true;
    if (!running) {
      thread.execute(this::run); // which may find no thread
      running = true;
    }
  }

  private synchronized boolean isOver() {
    running = wanted || !pending.isEmpty();
    wanted = false;
    return !running;
  }

  private synchronized boolean forget(Awaited awaited) {
    pending.remove(awaited);
    return pending.isEmpty();
  }

  private void run() {
    runner = Thread.currentThread();
    while (!isOver()) {
      try {
        runPython();
      } catch (Error e) {
        // Heap or stack has ended while all were told: they are still awaited, so on with them
      }
    }
  }

  private void runPython() {
    try {
      Interpreter.of(home).run(in -> PyObject.ofCall(home, PYTHON.in(home).item("run")).close());
    } catch (RuntimeException | Error e) {
      failAll(e); // the interpreter has ended, or this thread was interrupted
    }
  }

  // As what Python raises passes through Java: checked ones too
  @SuppressWarnings("unchecked")
  private static <X extends Throwable> RuntimeException sneaky(Throwable thrown) throws X {
    throw (X) thrown;
  }

  private void failAll(Throwable thrown) {
    List<Awaited> all;
    synchronized (this) {
      all = new ArrayList<>(pending);
    }
    for (Awaited awaited : all) {
      awaited.fail(thrown);
      boolean ignored = forget(awaited);
    }
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
      try {
        if (cancelled) {
          elsewhere(() -> future.cancel(false));
        } else {
          Object value = value(result, exception);
          elsewhere(() -> future.complete(value));
        }
      } catch (Throwable t) {
        fail(t);
      }
      return forget(this);
    }

    private @Nullable Object value(@Nullable PyObject result, @Nullable PyObject exception) {
      if (exception != null) {
        try (exception) {
          throw home.surface().raised(home, exception.referenceIn(home));
        }
      }
      return convert(home, conversion, result);
    }

    void fail(Throwable thrown) {
      ended = true;
      elsewhere(() -> future.completeExceptionally(thrown));
    }

    // Not on the loop's thread, which what comes next could block
    private void elsewhere(Runnable completion) {
      try {
        VirtualThreads.start("python-awaited", completion);
      } catch (OutOfMemoryError e) { // which is no reason to have someone wait for ever
        completion.run();
      }
    }

    /** Cancelled in Java, or timed out there: nobody waits for Python's result. */
    void endedInJava() {
      if (!ended) {
        cancelInPython();
      }
    }

    PyObject get() throws InterruptedException {
      boolean interrupted = false;
      try {
        while (true) {
          try {
            return (PyObject) Objects.requireNonNull(future.get());
          } catch (InterruptedException e) {
            interrupted = true;
            cancelInPython(); // and wait for its end: Python code may have something to clean up
          }
        }
      } catch (CancellationException e) {
        if (interrupted) {
          interrupted = false;
          InterruptedException thrown = new InterruptedException("interrupted in " + home.state());
          thrown.initCause(e);
          throw thrown;
        }
        throw e;
      } catch (ExecutionException e) {
        Throwable cause = e.getCause();
        throw EventLoop.<RuntimeException>sneaky(cause == null ? e : cause);
      } finally {
        if (interrupted) {
          Thread.currentThread().interrupt();
        }
      }
    }

    private void cancelInPython() {
      PyObject canceller = cancel;
      if (canceller != null) {
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
