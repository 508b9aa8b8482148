package dev.vivarium.internal.object;

import dev.vivarium.internal.thread.Attachment;
import dev.vivarium.internal.thread.JavaThread;
import dev.vivarium.internal.thread.ThreadStates;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;

/** Enters an interpreter for one operation on an object of it, where the thread is not attached. */
public final class Entry {

  private Entry() {}

  /**
   * Attaches if need be.
   *
   * @return what {@link #leave} undoes; null if the thread is attached to the interpreter already
   * @throws RuntimeException if it is attached to another, or the interpreter is closing
   * @throws StackOverflowError if the thread's stack has no room for it
   */
  public static @Nullable Attachment enter(Home home) {
    return enter(home, JavaThread.current());
  }

  /**
   * Runs a body inside also where the thread is attached to another interpreter, whose code may for
   * instance complete what this one's awaits. On a virtual thread the body goes in by itself.
   */
  public static <T extends @Nullable Object> T fromAnywhere(Home home, Supplier<T> body) {
    if (Thread.currentThread().isVirtual()) {
      return body.get();
    }
    Attachment entered = ThreadStates.ensure(home.state(), null);
    if (entered == null) {
      throw home.closed();
    }
    try {
      return body.get();
    } finally {
      leave(entered);
    }
  }

  static @Nullable Attachment enter(Home home, JavaThread calling) {
    return ThreadStates.isReadyIn(home.state(), calling) ? null : attach(home);
  }

  /** Refuses what {@link #enter} would, for what has been read before. */
  public static void check(Home home) {
    boolean virtual = Thread.currentThread().isVirtual();
    if (!virtual && ThreadStates.isReadyIn(home.state(), JavaThread.current())) {
      return;
    }
    if (!home.state().gate().isAlive()) {
      throw home.closed();
    } else if (!virtual && ThreadStates.attachedInterpreter() != null) {
      throw home.wrongInterpreter();
    }
  }

  private static Attachment attach(Home home) {
    if (ThreadStates.attachedInterpreter() != null) {
      throw home.state().gate().isAlive() ? home.wrongInterpreter() : home.closed();
    }
    Attachment entered = ThreadStates.ensure(home.state(), null);
    if (entered == null) {
      throw home.closed();
    }
    return entered;
  }

  public static void leave(@Nullable Attachment entered) {
    if (entered != null) {
      ThreadStates.endBody(entered, entered.depth());
    }
  }
}
