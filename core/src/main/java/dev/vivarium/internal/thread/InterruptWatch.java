package dev.vivarium.internal.thread;

import java.util.concurrent.locks.LockSupport;

/**
 * Has an interrupt of a Java thread raise {@code KeyboardInterrupt} in the Python code that it
 * runs, for as long as this is open. A thread that runs Python code is not in any wait of Java's
 * that an interrupt would end, so a thread of its own looks.
 */
public final class InterruptWatch implements AutoCloseable {

  private static final long LOOK_NANOS = 10_000_000L;
  private static final long RAISE_AGAIN_LOOKS = 50;

  private final Thread watched = Thread.currentThread();
  private final Attachment attachment;
  private final long stay;
  private final Thread watcher;
  private boolean raised;
  private volatile boolean closed;

  /** For an attachment of the calling thread. */
  public InterruptWatch(Attachment attachment) {
    this.attachment = attachment;
    this.stay = attachment.stayNumber();
    this.watcher =
        Thread.ofPlatform()
            .daemon()
            .name("python-interrupts-of-" + watched.getName())
            .start(this::watch);
  }

  private void watch() {
    long looks = 0; // since it was raised: Python code may have caught it, and the thread gone on
    while (!closed) {
      if (!watched.isInterrupted()) {
        looks = 0;
      } else if (looks++ % RAISE_AGAIN_LOOKS == 0) {
        raise();
      }
      LockSupport.parkNanos(this, LOOK_NANOS);
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
    if (!closed) {
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
    LockSupport.unpark(watcher);
  }
}
