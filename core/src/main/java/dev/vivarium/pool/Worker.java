package dev.vivarium.pool;

import dev.vivarium.Interpreter;
import dev.vivarium.internal.lifecycle.ThreadStarter;
import java.util.concurrent.locks.LockSupport;
import org.jspecify.annotations.Nullable;

/** A thread of a pool with its interpreter: does what the crew gives it, until it is to leave. */
final class Worker implements Runnable, ThreadStarter.Start {

  // What Python's own main thread has on most systems, for the deepest C code
  private static final long STACK_BYTES = 16L << 20;

  private final Crew crew;
  private final int place;
  private final int generation;
  private final Thread thread;
  private volatile @Nullable Workplace workplace;

  private volatile @Nullable Call assigned;
  private volatile boolean leaving;

  // Under the crew's lock
  boolean idle;
  boolean retired;
  long calls;

  /** When it had its last call, as {@link System#nanoTime()}; its own thread reads it too. */
  volatile long idleSince;

  /** What it does; as its own thread sees it, too, since it is given that after this is set. */
  @Nullable Call current;

  Worker(Crew crew, int place, int generation, String name) {
    this.crew = crew;
    this.place = place;
    this.generation = generation;
    this.thread = new PoolThread(this, name);
  }

  /** One of a pool's threads, by which a call from inside a call knows it. */
  private static final class PoolThread extends Thread {

    private final Worker worker;

    PoolThread(Worker worker, String name) {
      super(null, worker, name, STACK_BYTES, false);
      this.worker = worker;
      setDaemon(true);
      setContextClassLoader(worker.crew.contextClassLoader());
    }
  }

  /** Whose thread the calling one is, if it is one of that crew. */
  static @Nullable Worker current(Crew crew) {
    return Thread.currentThread() instanceof PoolThread own && own.worker.crew == crew
        ? own.worker
        : null;
  }

  /** Has its thread started, soon: who asks has the crew's lock, and may be late already. */
  void start() {
    ThreadStarter.start(this);
  }

  @Override
  public void notStarted(Throwable thrown) {
    crew.notStarted(this, thrown);
  }

  int place() {
    return place;
  }

  int generation() {
    return generation;
  }

  @Override
  public Thread thread() {
    return thread;
  }

  /** Where it works; there is one from when it serves. */
  Workplace workplace() {
    Workplace mine = workplace;
    if (mine == null) {
      throw new IllegalStateException("it has no interpreter yet");
    }
    return mine;
  }

  /** On its own thread: whether it is at a call. */
  boolean isAtCall() {
    return current != null;
  }

  boolean isAlive() {
    return workplace().interpreter().isAlive();
  }

  @Override
  public void run() {
    if (leaving) {
      return; // its pool has been closed before the thread was started
    }
    Workplace mine;
    try {
      mine = crew.workplaces().open(generation);
    } catch (Throwable t) {
      crew.notMade(this, t);
      return;
    }
    workplace = mine;
    try {
      crew.made(this);
      serve(mine.interpreter());
    } finally {
      try {
        crew.leave(this);
      } finally {
        close(mine);
      }
    }
  }

  private void close(Workplace mine) {
    try {
      crew.workplaces().close(mine);
    } finally {
      crew.ended(this);
    }
  }

  private void serve(Interpreter interpreter) {
    Call call = next();
    while (call != null) {
      Throwable thrown = null;
      try {
        call.run(interpreter);
      } catch (Throwable t) {
        thrown = t;
      }
      boolean broken = true;
      try {
        broken = thrown != null && call.breaks(thrown);
      } finally {
        done(call, thrown, broken); // whatever happens: somebody waits
      }
      call = next();
    }
  }

  private void done(Call call, @Nullable Throwable thrown, boolean broken) {
    try {
      crew.done(this, call, thrown, broken);
    } finally {
      call.wake();
    }
  }

  private @Nullable Call next() {
    long idleNanos = crew.idleNanos();
    while (true) {
      Call call = assigned;
      if (call != null) {
        assigned = null;
        return call;
      }
      if (leaving) {
        return null;
      }
      boolean ignored = Thread.interrupted(); // else it would not park
      long left = idleNanos - (System.nanoTime() - idleSince);
      if (left <= 0) {
        crew.leaveIfIdle(this);
        left = idleNanos; // if it leaves, it is not going to park
      }
      LockSupport.parkNanos(crew, left);
    }
  }

  /** By the crew, of one that is idle: has it do that. */
  void assign(Call call) {
    assigned = call;
    LockSupport.unpark(thread);
  }

  /** By the crew: has it leave its interpreter when it is done with what it does. */
  void dismiss() {
    leaving = true;
    LockSupport.unpark(thread);
  }

  /** Makes it stop to make its interpreter, if it does. */
  void interruptMaking() {
    if (workplace == null) {
      thread.interrupt();
    }
  }

  boolean isDismissed() {
    return leaving;
  }
}
