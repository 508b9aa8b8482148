package dev.vivarium.internal.object;

import dev.vivarium.internal.thread.Attachment;
import dev.vivarium.internal.thread.InterpreterState;
import dev.vivarium.internal.thread.ThreadStates;
import org.jspecify.annotations.Nullable;

/** One stretch of Java code that Python has called, and during which others run Python. */
public final class Detached {

  private static final ThreadLocal<@Nullable Detached> INNERMOST = new ThreadLocal<>();

  private final Attachment attachment;
  private final @Nullable Detached outer;

  private Detached(Attachment attachment, @Nullable Detached outer) {
    this.attachment = attachment;
    this.outer = outer;
  }

  /**
   * Lets go of the GIL of the interpreter that the calling thread is attached to. What may fail
   * comes first.
   *
   * @throws StackOverflowError if the thread's stack has no room for the way back
   */
  public static Detached begin(Home home) {
    Attachment here = ThreadStates.ensure(home.state(), null);
    if (here == null) {
      throw home.closed();
    }
    Detached outer = INNERMOST.get();
    try {
      Detached begun = new Detached(here, outer);
      INNERMOST.set(begun);
      ThreadStates.beginDetached(here);
      return begun;
    } catch (Throwable t) {
      ThreadStates.endBody(here, here.depth());
      INNERMOST.set(outer);
      throw t;
    }
  }

  /**
   * Takes it again.
   *
   * @throws IllegalStateException if the code has left a thread state open, which is released then
   */
  public static void end(Detached begun) {
    Attachment here = begun.attachment;
    boolean forgotten = ThreadStates.endDetached(here);
    ThreadStates.endBody(here, here.depth());
    INNERMOST.set(begun.outer);
    if (forgotten) {
      throw new IllegalStateException("Java code left a thread state open; it has been released");
    }
  }

  /** The interpreter whose code has called the calling thread's, if that runs detached; or null. */
  public static @Nullable InterpreterState caller() {
    Detached innermost = INNERMOST.get();
    return innermost == null ? null : innermost.attachment.interpreter();
  }
}
