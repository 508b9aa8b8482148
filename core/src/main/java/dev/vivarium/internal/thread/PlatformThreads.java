package dev.vivarium.internal.thread;

import dev.vivarium.internal.lifecycle.Caller;
import dev.vivarium.internal.lifecycle.ServiceThread;
import java.util.Arrays;
import java.util.Set;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.Callable;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.FutureTask;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.ThreadPoolExecutor;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.function.Supplier;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;

/**
 * The platform threads that run Python for virtual ones, which cannot hold a thread state. A
 * virtual thread that waits for one of them frees its carrier.
 */
public final class PlatformThreads {

  private static final System.Logger LOG = System.getLogger("dev.vivarium");

  // For C code that CPython's recursion limits do not reach; only what is used takes memory
  private static final long STACK_BYTES = 64L << 20;
  private static final long STARVED_NANOS = 10_000_000_000L;
  private static final long WARN_AGAIN_NANOS = 60_000_000_000L;
  private static final int FRAMES = 4;

  private static final AtomicInteger NUMBER = new AtomicInteger();
  private static final Set<Worker> WORKERS = ConcurrentHashMap.newKeySet();
  private static final BlockingQueue<Runnable> WAITING = new LinkedBlockingQueue<>();
  private static final ThreadPoolExecutor POOL =
      new ThreadPoolExecutor(1, 1, 10, TimeUnit.SECONDS, WAITING, PlatformThreads::make);

  private static long warned = System.nanoTime() - WARN_AGAIN_NANOS; // the reaper's alone

  static {
    POOL.allowCoreThreadTimeOut(true);
  }

  private PlatformThreads() {}

  /** Sets how many there may be. */
  public static void limit(int threads) {
    POOL.setMaximumPoolSize(Math.max(threads, POOL.getCorePoolSize()));
    POOL.setCorePoolSize(threads);
    POOL.setMaximumPoolSize(threads);
  }

  /** Runs a body on a platform thread and waits for it, through interrupts. */
  public static <T> T call(Callable<T> body) throws Throwable {
    Task<T> task = new Task<>(body);
    POOL.execute(task);
    boolean interrupted = false;
    try {
      while (true) {
        try {
          return task.get();
        } catch (InterruptedException e) {
          interrupted = true;
        } catch (ExecutionException e) {
          throw e.getCause();
        }
      }
    } finally {
      if (interrupted) {
        Thread.currentThread().interrupt();
      }
    }
  }

  /** As {@link #call}, for a body that throws no checked exceptions but may pass some on. */
  public static <T> T callUnchecked(Supplier<T> body) {
    try {
      return call(body::get);
    } catch (Throwable t) {
      throw PlatformThreads.<RuntimeException>sneaky(t);
    }
  }

  @SuppressWarnings("unchecked")
  private static <X extends Throwable> RuntimeException sneaky(Throwable thrown) throws X {
    throw (X) thrown;
  }

  /**
   * Runs a body on a platform thread and waits for it; interrupts go to that thread, and are those
   * of the calling one again if the body does not answer with an exception.
   */
  public static <T> T callInterruptibly(Callable<T> body) throws Throwable {
    Passing<T> passing = new Passing<>(body);
    Task<T> task = new Task<>(passing);
    POOL.execute(task);
    boolean interrupted = false;
    while (true) {
      try {
        T result = task.get();
        if (interrupted) {
          Thread.currentThread().interrupt();
        }
        return result;
      } catch (InterruptedException e) {
        interrupted = true;
        passing.interrupt();
      } catch (ExecutionException e) {
        if (interrupted && !(e.getCause() instanceof InterruptedException)) {
          Thread.currentThread().interrupt();
        }
        throw e.getCause();
      }
    }
  }

  /**
   * Now and then, on one thread: whether virtual threads have long waited for a worker. They may
   * wait for what another of them is to do.
   */
  static void warnIfStarved() {
    long now = System.nanoTime();
    if (!(WAITING.peek() instanceof Task<?> first)
        || now - first.since < STARVED_NANOS
        || now - warned < WARN_AGAIN_NANOS) {
      return;
    }
    warned = now;
    LOG.log(
        System.Logger.Level.WARNING,
        WAITING.size()
            + " virtual threads wait for a thread to run Python on, the first for "
            + TimeUnit.NANOSECONDS.toSeconds(now - first.since)
            + " s. All "
            + POOL.getPoolSize()
            + " (PythonOptions.virtualThreadWorkers) are at work: "
            + WORKERS.stream().map(PlatformThreads::describe).collect(Collectors.joining("; ")));
  }

  private static String describe(Worker worker) {
    Thread caller = worker.caller();
    return worker.getName()
        + (caller == null ? "" : " for " + caller)
        + " at "
        + Arrays.stream(worker.getStackTrace())
            .limit(FRAMES)
            .map(StackTraceElement::toString)
            .collect(Collectors.joining(" < "));
  }

  /** A body and the thread that waits for it. */
  private static final class Task<T> extends FutureTask<T> {

    private final Thread caller = Caller.current();
    final long since = System.nanoTime();

    Task(Callable<T> body) {
      super(body);
    }

    @Override
    public void run() {
      Worker worker = (Worker) Thread.currentThread();
      worker.caller = caller;
      try {
        super.run();
      } finally {
        worker.caller = null;
      }
    }
  }

  private static final class Worker extends Thread implements Caller.Worker {

    private volatile @Nullable Thread caller;

    Worker(Runnable work) {
      super(null, work, "python-for-virtual-" + NUMBER.incrementAndGet(), STACK_BYTES, false);
      setDaemon(true);
      ServiceThread.letGo(this);
    }

    @Override
    public @Nullable Thread caller() {
      return caller;
    }

    @Override
    public void run() {
      WORKERS.add(this);
      try {
        super.run();
      } finally {
        WORKERS.remove(this);
      }
    }
  }

  /** A body that another thread can interrupt, and nothing that its thread does after it. */
  private static final class Passing<T> implements Callable<T> {

    private final Callable<T> body;
    private @Nullable Thread runner;
    private boolean interrupted;

    Passing(Callable<T> body) {
      this.body = body;
    }

    synchronized void interrupt() {
      interrupted = true;
      if (runner != null) {
        runner.interrupt();
      }
    }

    @Override
    public T call() throws Exception {
      begin();
      try {
        return body.call();
      } finally {
        end();
      }
    }

    private synchronized void begin() {
      runner = Thread.currentThread();
      if (interrupted) {
        runner.interrupt();
      }
    }

    private synchronized void end() {
      runner = null;
      boolean ignored = Thread.interrupted();
    }
  }

  private static Thread make(Runnable work) {
    return new Worker(work);
  }
}
