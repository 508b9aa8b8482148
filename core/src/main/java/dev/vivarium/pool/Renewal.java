package dev.vivarium.pool;

import dev.vivarium.internal.lifecycle.VirtualThreads;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.RejectedExecutionException;
import org.jspecify.annotations.Nullable;

/** The replacement of all workers of a crew by those of the next generation. Under its lock. */
final class Renewal {

  private final String whenClosed;
  private int generation;
  private @Nullable CompletableFuture<@Nullable Void> underWay;

  /** None yet; in words, that the crew is closed. */
  Renewal(String whenClosed) {
    this.whenClosed = whenClosed;
  }

  /** That of workers which are made now. */
  int generation() {
    return generation;
  }

  boolean isUnderWay() {
    return underWay != null;
  }

  /** From now on all that are there are old; what is under way goes on until none of them is. */
  CompletableFuture<@Nullable Void> begin() {
    generation++;
    CompletableFuture<@Nullable Void> future = underWay;
    if (future == null) {
      future = new CompletableFuture<>();
      underWay = future;
    }
    return future;
  }

  /**
   * Ends it.
   *
   * @param early whether some are old, and will not be replaced
   */
  void end(boolean early) {
    end(early, null);
  }

  /** Ends it with what was thrown. */
  void fail(Throwable thrown) {
    end(true, thrown);
  }

  // On a thread of its own: what follows is the user's
  private void end(boolean early, @Nullable Throwable thrown) {
    CompletableFuture<@Nullable Void> future = underWay;
    if (future == null) {
      return;
    }
    try {
      VirtualThreads.start(
          "python-pool-renewed",
          () -> {
            if (!early) {
              future.complete(null);
            } else {
              future.completeExceptionally(
                  thrown == null ? new RejectedExecutionException(whenClosed) : thrown);
            }
          });
      underWay = null;
    } catch (OutOfMemoryError e) {
      // Goes on, and ends another time
    }
  }
}
