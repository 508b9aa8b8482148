package dev.vivarium.testing;

import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.Callable;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.Future;

/** Platform threads for one test, let go together by one latch. */
public final class Together {

  /** What a thread does. */
  @FunctionalInterface
  public interface Body {
    void run(int index) throws Exception;
  }

  /** What one thread does. */
  @FunctionalInterface
  public interface Errand {
    void run() throws Throwable;
  }

  private Together() {}

  /** Runs the body on so many new threads at once, and waits for all. */
  public static void run(int threads, Body body) throws Exception {
    CountDownLatch go = new CountDownLatch(1);
    List<Future<Void>> all = new ArrayList<>();
    for (int i = 0; i < threads; i++) {
      int index = i;
      all.add(
          start(
              "together-" + i,
              () -> {
                go.await();
                body.run(index);
              }));
    }
    go.countDown();
    for (Future<Void> one : all) {
      Await.done(one);
    }
  }

  /** Runs the errand on a new thread, and waits for it. */
  public static void elsewhere(Errand errand) throws Exception {
    Await.done(start("elsewhere", errand));
  }

  /** The value from a new thread. */
  public static <T> T elsewhere(Callable<T> errand) throws Exception {
    CompletableFuture<T> value = new CompletableFuture<>();
    Await.done(start("elsewhere", () -> value.complete(errand.call())));
    return value.get();
  }

  /** Starts a daemon thread with that name. */
  public static Future<Void> start(String name, Errand errand) {
    CompletableFuture<Void> result = new CompletableFuture<>();
    Thread.ofPlatform()
        .daemon()
        .name(name)
        .start(() -> {
          try {
            errand.run();
            result.complete(null);
          } catch (Throwable t) {
            result.completeExceptionally(t);
          }
        });
    return result;
  }

  /** The stacks of all threads, for a message about a hang. */
  public static String stacks() {
    StringBuilder text = new StringBuilder("\nthreads:\n");
    for (Map.Entry<Thread, StackTraceElement[]> entry : Thread.getAllStackTraces().entrySet()) {
      text.append(entry.getKey()).append(' ').append(entry.getKey().getState()).append('\n');
      for (StackTraceElement element : entry.getValue()) {
        text.append("    ").append(element).append('\n');
      }
    }
    return text.toString();
  }
}
