package dev.vivarium.internal.thread;

import dev.vivarium.internal.lifecycle.ServiceThread;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.locks.LockSupport;
import org.jspecify.annotations.Nullable;

/**
 * Has an interrupt of a Java thread raise {@code KeyboardInterrupt} in the Python code that it
 * runs, for as long as this is open. A thread that runs Python code is not in any wait of Java's
 * that an interrupt would end, so one thread looks at all that are watched.
 */
public final class InterruptWatch implements AutoCloseable {

  private static final long LOOK_NANOS = 10_000_000L;
  private static final long RAISE_AGAIN_NANOS = 500_000_000L; // Python code may have caught it
  private static final long AWAKE_NANOS = 1_000_000_000L; // to wake it costs more than its looks

  // The innermost of each thread: an interrupt is for that one, and for the next where it stays
  private static final Map<Thread, InterruptWatch> OPEN = new ConcurrentHashMap<>();
  private static final AtomicBoolean STARTED = new AtomicBoolean();
  private static volatile boolean asleep;
  private static volatile @Nullable Thread watcher;

  private final Thread watched = Thread.currentThread();
  private final Attachment attachment;
  private final long stay;
  private final @Nullable InterruptWatch outer = OPEN.get(watched);
  private boolean raised;
  private volatile boolean closed;

  // The watcher's alone
  private boolean seen;
  private long nextRaise;

  private volatile boolean raising;

  private InterruptWatch(Attachment attachment) {
    this.attachment = attachment;
    this.stay = attachment.stayNumber();
  }

  /** For an attachment of the calling thread. */
  public static InterruptWatch of(Attachment attachment) {
    InterruptWatch made = new InterruptWatch(attachment);
    wakeWatcher();
    OPEN.put(made.watched, made);
    if (asleep) { // which it says before it looks whether there is one
      LockSupport.unpark(watcher);
    }
    return made;
  }

  private static void wakeWatcher() {
    if (!STARTED.get() && STARTED.compareAndSet(false, true)) {
      boolean started = false;
      try {
        ServiceThread.named("python-interrupts", new Watcher()).start();
        started = true;
      } finally {
        STARTED.set(started); // without memory the next one tries again
      }
    }
  }

  private static final class Watcher implements Runnable {

    private long lastOpen = System.nanoTime();

    @Override
    public void run() {
      watcher = Thread.currentThread();
      while (true) {
        try {
          pause();
          look(System.nanoTime());
        } catch (Throwable t) {
          // It has to go on whatever comes: without memory, mostly, of which there may be some
          // later
        }
      }
    }

    private void pause() {
      asleep = true;
      boolean idle = OPEN.isEmpty() && System.nanoTime() - lastOpen > AWAKE_NANOS;
      if (idle) {
        LockSupport.park(this);
      }
      asleep = false;
      if (!idle) {
        LockSupport.parkNanos(this, LOOK_NANOS);
      }
    }

    private void look(long now) {
      for (InterruptWatch open : OPEN.values()) {
        lastOpen = now;
        open.look(now);
      }
    }
  }

  private void look(long now) {
    if (closed || !watched.isInterrupted()) {
      seen = false;
    } else if (!raising && (!seen || now - nextRaise >= 0)) {
      seen = true;
      nextRaise = now + RAISE_AGAIN_NANOS;
      raiseElsewhere();
    }
  }

  // Not by the watcher: the GIL that this waits for may be hogged
  private void raiseElsewhere() {
    boolean begun = false;
    raising = true;
    try {
      IdleThreads.run(new Raise());
      begun = true;
    } finally {
      if (!begun) {
        raising = false;
      }
    }
  }

  private final class Raise implements Runnable {
    @Override
    public void run() {
      try {
        raise();
      } finally {
        raising = false;
      }
    }
  }

  private void raise() {
    Attachment entered = ThreadStates.ensure(attachment.interpreter(), null);
    if (entered == null) {
      return; // whoever closes it interrupts, too, if that is wanted
    }
    try {
      raiseIfOpen();
    } finally {
      ThreadStates.endBody(entered, entered.depth());
    }
  }

  private synchronized void raiseIfOpen() {
    if (!closed && watched.isInterrupted()) {
      raised = true;
      Interrupts.raise(attachment, stay);
    }
  }

  /** On the watched thread, attached: whether {@code KeyboardInterrupt} has been raised. */
  public synchronized boolean hasRaised() {
    return raised;
  }

  /** On the watched thread, attached: what was raised and has not arrived will not. */
  @Override
  public void close() {
    synchronized (this) {
      closed = true;
      if (raised) {
        Interrupts.clear(attachment.membership);
      }
    }
    if (outer == null) {
      OPEN.remove(watched);
    } else {
      OPEN.put(watched, outer);
    }
  }
}
