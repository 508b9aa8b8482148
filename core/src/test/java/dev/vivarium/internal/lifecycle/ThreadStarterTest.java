package dev.vivarium.internal.lifecycle;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;

/** Threads that are started by another one. */
class ThreadStarterTest {

  private static final long LIMIT_SECONDS = 60;

  private record Told(Thread thread, BlockingQueue<Throwable> thrown)
      implements ThreadStarter.Start {

    @Override
    public void notStarted(Throwable by) {
      thrown.add(by);
      throw new IllegalStateException("as what it tells may, without memory");
    }
  }

  private static Told of(Thread thread) {
    return new Told(thread, new LinkedBlockingQueue<>());
  }

  @Test
  @DisplayName("each is started once, also where many ask at once")
  void starts() throws Exception {
    BlockingQueue<Integer> ran = new LinkedBlockingQueue<>();
    List<Thread> asking = new ArrayList<>();
    for (int i = 0; i < 8; i++) {
      int first = i * 100;
      asking.add(
          Thread.ofPlatform()
              .start(() -> {
                for (int n = first; n < first + 100; n++) {
                  int number = n;
                  ThreadStarter.start(of(Thread.ofVirtual().unstarted(() -> ran.add(number))));
                }
              }));
    }
    List<Integer> numbers = new ArrayList<>();
    for (int n = 0; n < 800; n++) {
      numbers.add(ran.poll(LIMIT_SECONDS, TimeUnit.SECONDS));
    }
    for (Thread one : asking) {
      one.join();
    }
    assertThat(numbers).doesNotContainNull().doesNotHaveDuplicates();
    assertThat(ran).isEmpty();
  }

  @Test
  @DisplayName("what cannot be started is told so, and the next is started whatever that throws")
  void cannot() throws Exception {
    Thread started = Thread.ofVirtual().start(() -> {});
    Told twice = of(started);
    ThreadStarter.start(twice);
    assertThat(twice.thrown().poll(LIMIT_SECONDS, TimeUnit.SECONDS))
        .isInstanceOf(IllegalThreadStateException.class);
    CompletableFuture<String> next = new CompletableFuture<>();
    ThreadStarter.start(of(Thread.ofVirtual().unstarted(() -> next.complete("ran"))));
    assertThat(next.get(LIMIT_SECONDS, TimeUnit.SECONDS)).isEqualTo("ran");
  }
}
