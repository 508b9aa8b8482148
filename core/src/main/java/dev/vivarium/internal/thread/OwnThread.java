package dev.vivarium.internal.thread;

import dev.vivarium.internal.lifecycle.Deadline;
import dev.vivarium.internal.lifecycle.NoThrow;
import dev.vivarium.internal.lifecycle.ServiceThread;
import java.util.ArrayDeque;
import java.util.concurrent.Callable;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;

/**
 * A thread of the library's own, on which one interpreter is made, tended and ended: CPython wants
 * the main one ended where it began, and older versions want that of any. After that it is one of
 * the {@link IdleThreads}. Main has two of them: one that tends it, and Python's main thread, which
 * made it and ends it, and ends then itself.
 */
final class OwnThread {

  private static final System.Logger LOG = System.getLogger("dev.vivarium");

  @SuppressWarnings("StaticAssignmentOfThrowable") // there is no memory for one when it is thrown
  private static final OutOfMemoryError LOST =
      new OutOfMemoryError("no memory to do what was asked for");

  private final ArrayDeque<Task<?>> tasks = new ArrayDeque<>(); // its own lock
  private final String name;
  private volatile @Nullable Thread thread; // while it is at work
  private volatile String whose = ""; // for messages
  private boolean stopping; // read and written there only
  private volatile boolean stopped;

  /** One that does nothing yet; tasks wait until it is started. */
  OwnThread(String name) {
    this.name = name;
  }

  static OwnThread start(String name) {
    OwnThread made = new OwnThread(name);
    made.start();
    return made;
  }

  /** One with a stack of that size, which is no other's afterwards. */
  static OwnThread start(String name, long stackBytes) {
    OwnThread made = new OwnThread(name);
    Thread large = new Thread(null, made.new Work(), name, stackBytes, false);
    large.setDaemon(true);
    ServiceThread.letGo(large);
    large.start();
    return made;
  }

  void start() {
    IdleThreads.run(new Work());
  }

  private final class Work implements Runnable {
    @Override
    public void run() {
      work();
    }
  }

  /**
   * Something to be done there. Whoever waits for it may stop waiting: if it has not begun then, it
   * never does, and a body that has begun asks whether it {@linkplain #isWanted() is wanted}, or
   * {@linkplain #commit commits} itself to what cannot be undone.
   */
  static final class Task<T extends @Nullable Object> {

    private final Body<T> body;
    private final Runnable afterwards;
    private boolean begun;
    private boolean committed;
    private boolean done;
    private volatile boolean abandoned;
    private boolean returned;
    private @Nullable T result;
    private @Nullable Throwable failure;

    private Task(Body<T> body, Runnable afterwards) {
      this.body = body;
      this.afterwards = afterwards;
    }

    /** Whether somebody may still be waiting for it. */
    boolean isWanted() {
      return !abandoned;
    }

    /** From now on it cannot be abandoned; false if it has been. */
    synchronized boolean commit() {
      committed = !abandoned;
      return committed;
    }

    /** Waits through interrupts; whether it is done, if only by an exception. */
    synchronized boolean await(Deadline deadline) {
      boolean interrupted = false;
      while (!done && !deadline.hasPassed()) {
        try {
          TimeUnit.NANOSECONDS.timedWait(this, Math.max(1_000_000, deadline.nanosLeft()));
        } catch (InterruptedException e) {
          interrupted = true;
        }
      }
      if (interrupted) {
        Thread.currentThread().interrupt();
      }
      return done;
    }

    synchronized @Nullable Throwable failure() {
      return failure;
    }

    /** What a task that is done has returned, or thrown. */
    @SuppressWarnings("NullAway") // it returns null only where T may be
    synchronized T outcome() {
      if (failure instanceof RuntimeException e) {
        throw e;
      } else if (failure instanceof Error e) {
        throw e;
      } else if (failure != null) {
        throw new IllegalStateException(failure);
      }
      return result;
    }

    private synchronized boolean begin() {
      begun = !abandoned;
      return begun;
    }

    // Stores only, so that nothing keeps the one who waits from hearing of it
    private synchronized void end() {
      done = true;
      notifyAll();
    }

    private void refuse(Throwable refusal) {
      failure = refusal;
      end();
    }

    private synchronized boolean abandon() {
      abandoned = !committed && !done;
      return abandoned;
    }

    private synchronized boolean hasBegun() {
      return begun;
    }

    // Once more, where the thread that does it was stopped by an error in between: the body is
    // never begun twice
    private void run() {
      if (begun) {
        failure = returned || failure != null ? failure : LOST;
      } else if (!begin()) {
        return;
      } else {
        try {
          result = body.run(this);
          returned = true;
        } catch (Throwable t) {
          failure = t;
        }
      }
      end();
      afterwards.run();
    }
  }

  /** What a task does; it may ask the task whether it is still wanted. */
  @FunctionalInterface
  interface Body<T extends @Nullable Object> {
    T run(Task<T> task) throws Exception;
  }

  /**
   * Says whose it is from now on, for messages.
   *
   * @param as what it is called from now on; null for what it has been. A report of a crash has
   *     nothing else that tells interpreters apart (docs/adr/0040)
   */
  void serve(Object interpreter, @Nullable String as) {
    whose = " of " + interpreter;
    Thread here = thread;
    if (as != null && here != null) {
      rename(here, as);
    }
  }

  /** Whether it is that one. */
  boolean is(Thread other) {
    return other == thread;
  }

  /** Whether it is the calling thread. */
  boolean isCurrent() {
    return Thread.currentThread() == thread;
  }

  /** Runs a task there and waits for it, through interrupts. */
  <T extends @Nullable Object> T run(Callable<T> body) {
    Task<T> task = submit(new Call<>(body));
    task.await(Deadline.NONE);
    return task.outcome();
  }

  private record Call<T extends @Nullable Object>(Callable<T> body) implements Body<T> {
    @Override
    public T run(Task<T> task) throws Exception {
      return body.call();
    }
  }

  /**
   * Runs a task there and waits for it; whether it was done in that time. Past it, one that has not
   * begun never does. A failure is logged.
   */
  boolean tryRun(Body<Boolean> body, long timeoutNanos) {
    Task<?> task = submit(body);
    if (!task.await(Deadline.inNanos(timeoutNanos))) {
      abandon(task);
      return false;
    }
    Throwable failure = task.failure();
    if (failure != null && !stopped) {
      LOG.log(System.Logger.Level.WARNING, "on the thread " + name + whose, failure);
    }
    return failure == null;
  }

  /** Stops waiting for a task; false if it is done, or has committed itself. */
  boolean abandon(Task<?> task) {
    boolean abandoned = task.abandon();
    if (abandoned && !task.hasBegun()) {
      drop(task);
    }
    return abandoned;
  }

  /** Lets the thread end after the task that it is at. */
  void stop() {
    submit(new Stop());
  }

  /** As {@link #stop}, where this is the calling thread: no other task is begun after this one. */
  @NoThrow
  void stopHere() {
    if (isCurrent()) {
      stopping = true;
    }
  }

  /** As {@link #stop}, and waits for that task; false if it took longer. */
  boolean stopWithin(long timeoutNanos) {
    return tryRun(new Stop(), timeoutNanos);
  }

  private final class Stop implements Body<Boolean> {
    @Override
    public Boolean run(Task<Boolean> task) {
      stopping = true;
      return true;
    }
  }

  /** Has a task done there; at once, where this is that thread. */
  <T extends @Nullable Object> Task<T> submit(Body<T> body) {
    return submit(body, new Nothing());
  }

  static final class Nothing implements Runnable {
    @Override
    public void run() {
      // Who waits for it sees to the rest
    }
  }

  /**
   * As {@link #submit(Body)}.
   *
   * @param afterwards done there once whoever waits for the task has been told; not for a task that
   *     is abandoned before it has begun
   */
  <T extends @Nullable Object> Task<T> submit(Body<T> body, Runnable afterwards) {
    Task<T> task = new Task<>(body, afterwards);
    if (isCurrent()) {
      task.run();
      return task;
    }
    synchronized (tasks) {
      tasks.add(task);
      tasks.notifyAll();
    }
    if (stopped && drop(task)) {
      refuse(task);
    }
    return task;
  }

  private boolean drop(Task<?> task) {
    synchronized (tasks) {
      return tasks.remove(task);
    }
  }

  // It stays in the queue until it is done: where the heap is full, one that has been taken out
  // could be lost, since code that HotSpot deoptimises throws wherever it is
  private void doNext() throws InterruptedException {
    Task<?> next = first();
    next.run();
    drop(next);
  }

  private Task<?> first() throws InterruptedException {
    synchronized (tasks) {
      while (tasks.isEmpty()) {
        tasks.wait();
      }
      return tasks.getFirst();
    }
  }

  private @Nullable Task<?> poll() {
    synchronized (tasks) {
      return tasks.poll();
    }
  }

  private void refuse(Task<?> task) {
    Throwable refusal;
    try {
      refusal = new IllegalStateException(name + " has ended with its interpreter");
    } catch (OutOfMemoryError e) {
      refusal = e; // whoever waits is to be told all the same
    }
    task.refuse(refusal);
  }

  private void work() {
    Thread here = Thread.currentThread();
    thread = here;
    String nameBefore = here.getName();
    rename(here, name);
    while (!stopping) {
      try {
        doNext();
      } catch (Throwable t) {
        // An interrupt, which nobody has a reason for, or no memory: this thread must go on
      }
    }
    stopped = true;
    for (Task<?> late = poll(); late != null; late = poll()) {
      refuse(late);
    }
    thread = null;
    rename(here, nameBefore);
  }

  // Without memory it keeps the name that it has
  private static void rename(Thread thread, String name) {
    try {
      thread.setName(name);
    } catch (OutOfMemoryError e) {
      // There is nothing to be told by a name
    }
  }
}
