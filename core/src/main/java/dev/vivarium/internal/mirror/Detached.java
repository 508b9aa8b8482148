package dev.vivarium.internal.mirror;

import dev.vivarium.internal.object.Home;
import dev.vivarium.internal.thread.Attachment;
import dev.vivarium.internal.thread.ThreadStates;
import org.jspecify.annotations.Nullable;

/** Java code that Python has called and that lets other threads run Python meanwhile. */
final class Detached {

  private Detached() {}

  /** What is called. */
  @FunctionalInterface
  interface Body {
    @Nullable Object call() throws Throwable;
  }

  static @Nullable Object call(Home home, Body body) throws Throwable {
    Attachment here = ThreadStates.ensureReady(home.state());
    if (here == null) {
      throw home.surface().closed(home);
    }
    int depth = here.depth();
    try {
      ThreadStates.beginDetached(here);
      try {
        return body.call();
      } finally {
        ThreadStates.endDetached(here);
      }
    } finally {
      ThreadStates.release(here, depth);
    }
  }
}
