package dev.vivarium.internal.thread;

import dev.vivarium.internal.events.Events;
import dev.vivarium.internal.lifecycle.Caller;
import dev.vivarium.internal.lifecycle.ServiceThread;
import java.lang.management.ManagementFactory;
import java.lang.management.ThreadMXBean;
import java.util.Arrays;
import java.util.Set;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.ThreadPoolExecutor;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.locks.LockSupport;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;

/**
 * The threads that {@link PlatformThreads} has. As many as are wanted to be at work at once, and
 * more where those are all blocked: what one of them waits for may be a task that waits for a
 * thread. Whether a thread is blocked or at work is told by the processor time that it takes: in
 * Python's C code it looks the same to Java.
 */
final class WorkerPool {

  private static final System.Logger LOG = System.getLogger("dev.vivarium");

  // For C code that CPython's recursion limits do not reach; only what is used takes memory
  private static final long STACK_BYTES = 64L << 20;
  private static final long KEPT_SECONDS = 10;

  private static final long TICK_NANOS = 20_000_000L;
  private static final int LOOK_ONE_IN = 8; // of the time: with thousands of them it takes a while
  private static final int BLOCKED_ONE_IN = 5; // of one processor, by all of them
  private static final int LEAST_STEP = 8;
  private static final long SLOW_STEP_NANOS = 1_000_000_000L; // where they are at work, one each
  private static final long SHRINK_NANOS = 1_000_000_000L;
  private static final long AWAKE_NANOS = 1_000_000_000L; // to wake it costs more than its looks
  private static final long REFUSED_NANOS = 10_000_000_000L; // the system has no thread for now

  private static final long STARVED_NANOS = 10_000_000_000L;
  private static final long WARN_AGAIN_NANOS = 60_000_000_000L;
  private static final int FRAMES = 4;

  private static final AtomicInteger NUMBER = new AtomicInteger();
  private static final Set<Worker> WORKERS = ConcurrentHashMap.newKeySet();
  private static final BlockingQueue<Runnable> WAITING = new LinkedBlockingQueue<>();
  private static final ThreadPoolExecutor POOL =
      new ThreadPoolExecutor(1, 1, KEPT_SECONDS, TimeUnit.SECONDS, WAITING, WorkerPool::make);

  private static volatile int atOnce = 1;
  private static volatile int most = 1;

  private static final AtomicBoolean STARTED = new AtomicBoolean();
  private static volatile boolean asleep;
  private static volatile @Nullable Thread tender;

  // The tender's alone
  private static long tick = TICK_NANOS;
  private static @Nullable Runnable head;
  private static long headSince;
  private static long looked;
  private static long wanted;
  private static long shrunk;
  private static long refused = System.nanoTime() - REFUSED_NANOS;

  private static volatile long grown = System.nanoTime() - STARVED_NANOS;
  private static long warned = System.nanoTime() - WARN_AGAIN_NANOS; // the reaper's alone

  static {
    POOL.allowCoreThreadTimeOut(true);
  }

  private WorkerPool() {}

  /** Something to be done, for a thread that waits for it. */
  private static final class Task implements Runnable {

    private final Runnable body;
    private final Thread caller = Caller.current();
    private final long since = System.nanoTime();

    Task(Runnable body) {
      this.body = body;
    }

    @Override
    public void run() {
      Worker worker = (Worker) Thread.currentThread();
      worker.caller = caller;
      try {
        body.run();
      } finally {
        worker.caller = null;
      }
    }
  }

  private static final class Worker extends Thread implements Caller.Worker {

    private volatile @Nullable Thread caller;
    private long processorTime; // the tender's alone

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

  private static Thread make(Runnable work) {
    return new Worker(work);
  }

  /**
   * Sets how many there may be.
   *
   * @param atOnce while they are at work
   * @param most also where they are blocked
   */
  static void limit(int atOnce, int most) {
    WorkerPool.atOnce = atOnce;
    WorkerPool.most = Math.max(atOnce, most);
    setSize(atOnce);
  }

  private static synchronized void setSize(int threads) {
    if (threads > POOL.getMaximumPoolSize()) {
      POOL.setMaximumPoolSize(threads);
      POOL.setCorePoolSize(threads); // starts those that there are tasks for
    } else {
      POOL.setCorePoolSize(threads);
      POOL.setMaximumPoolSize(threads);
    }
  }

  /** Has something done on a worker, whose caller is the calling thread, which waits for it. */
  static void execute(Runnable body) {
    Task task = new Task(body);
    try {
      POOL.execute(task);
    } catch (OutOfMemoryError e) { // no thread for it: it waits for one of those that there are
      if (POOL.getPoolSize() == 0) {
        throw e;
      }
      WAITING.add(task);
    }
    if (!WAITING.isEmpty()) {
      wakeTender();
    }
  }

  private static void wakeTender() {
    if (asleep) {
      LockSupport.unpark(tender);
    } else if (!STARTED.get() && STARTED.compareAndSet(false, true)) {
      startTender();
    }
  }

  private static void startTender() {
    boolean started = false;
    try {
      ServiceThread.named("python-worker-tender", WorkerPool::tend).start();
      started = true;
    } finally {
      STARTED.set(started); // without memory the next who waits tries again
    }
  }

  private static void tend() {
    tender = Thread.currentThread();
    while (true) {
      try {
        pause(System.nanoTime());
        look(System.nanoTime());
      } catch (Throwable t) {
        refuse();
      }
    }
  }

  // No thread to be had, mostly: those that there are go on, and none is asked for by those who
  // call
  private static void refuse() {
    refused = System.nanoTime();
    try {
      setSize(Math.max(atOnce, POOL.getPoolSize()));
    } catch (Throwable t) {
      // At the next look
    }
  }

  // Whoever adds a task looks whether this is asleep, after that; and this looks for tasks, after
  // it has said so: one of the two sees the other
  private static void pause(long now) {
    asleep = true;
    boolean idle =
        WAITING.isEmpty() && POOL.getMaximumPoolSize() == atOnce && now - wanted > AWAKE_NANOS;
    if (idle) {
      LockSupport.park();
    }
    asleep = false;
    if (idle) {
      wanted = System.nanoTime();
    } else {
      LockSupport.parkNanos(tick);
    }
  }

  @SuppressWarnings("ReferenceEquality") // whether it is still the same one
  private static void look(long now) {
    Runnable first = WAITING.peek();
    if (first != head) {
      head = first;
      headSince = now;
    }
    if (first == null) {
      shrink(now);
    } else if (POOL.getPoolSize() >= POOL.getMaximumPoolSize()) {
      grow(now, now - ((Task) first).since);
    } else if (now - refused > REFUSED_NANOS) {
      POOL.prestartAllCoreThreads(); // what the system has had no threads for
    }
  }

  private static void grow(long now, long waited) {
    long passed = now - looked;
    looked = now;
    long taken = processorTimeTaken(); // also what the next look compares with
    tick = Math.max(TICK_NANOS, (System.nanoTime() - now) * LOOK_ONE_IN);
    int size = POOL.getMaximumPoolSize();
    if (waited < TICK_NANOS || now - refused < REFUSED_NANOS || size >= most) {
      return;
    }
    int step = 0;
    if (passed < 10 * tick && taken < passed / BLOCKED_ONE_IN) {
      step = Math.max(LEAST_STEP, size / 2);
    } else if (now - headSince > SLOW_STEP_NANOS) {
      step = 1; // one that is at work may wait for a task as well, by looking again and again
      headSince = now;
    }
    if (step > 0) {
      grown = now;
      setSize(Math.min(size + Math.min(step, WAITING.size()), most));
    }
  }

  private static void shrink(long now) {
    if (now - shrunk < SHRINK_NANOS) {
      return;
    }
    shrunk = now;
    int active = POOL.getActiveCount();
    int enough = Math.max(atOnce, active + active / 2);
    if (enough < POOL.getMaximumPoolSize()) {
      setSize(enough); // the others go as soon as they are idle
    }
  }

  /** By all of them since it was asked for the last time; a lot, where that is not known. */
  private static long processorTimeTaken() {
    ThreadMXBean times = ProcessorTimes.FOUND;
    if (times == null) {
      return Long.MAX_VALUE;
    }
    long taken = 0;
    for (Worker worker : WORKERS) {
      long now = times.getThreadCpuTime(worker.threadId());
      taken += Math.max(0, now - worker.processorTime);
      worker.processorTime = now;
    }
    return taken;
  }

  private static final class ProcessorTimes {

    private static final @Nullable ThreadMXBean FOUND = find();

    private static @Nullable ThreadMXBean find() {
      try {
        ThreadMXBean threads = ManagementFactory.getThreadMXBean();
        return threads.isThreadCpuTimeSupported() && threads.isThreadCpuTimeEnabled()
            ? threads
            : null;
      } catch (LinkageError | UnsupportedOperationException e) {
        return null; // a JVM without the module java.management
      }
    }
  }

  /**
   * Now and then, on one thread: whether virtual threads have long waited for a worker. They may
   * wait for what another of them is to do.
   */
  static void warnIfStarved() {
    long now = System.nanoTime();
    if (!(WAITING.peek() instanceof Task first)
        || now - first.since < STARVED_NANOS
        || now - grown < STARVED_NANOS
        || now - warned < WARN_AGAIN_NANOS) {
      return;
    }
    warned = now;
    Events.starved(WAITING.size(), POOL.getPoolSize(), now - first.since);
    LOG.log(
        System.Logger.Level.WARNING,
        WAITING.size()
            + " virtual threads wait for a thread to run Python on, the first for "
            + TimeUnit.NANOSECONDS.toSeconds(now - first.since)
            + " s. All "
            + POOL.getPoolSize()
            + " (PythonOptions.virtualThreadWorkers: "
            + atOnce
            + ", or "
            + most
            + " where those are blocked) have something to do: "
            + WORKERS.stream().map(WorkerPool::describe).collect(Collectors.joining("; ")));
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
}
