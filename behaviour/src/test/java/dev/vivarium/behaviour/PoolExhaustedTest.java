package dev.vivarium.behaviour;

import static org.assertj.core.api.Assertions.assertThat;

import dev.vivarium.pool.DeadlineException;
import dev.vivarium.pool.InterpreterPool;
import dev.vivarium.pool.PoolOptions;
import dev.vivarium.pool.PoolStatistics;
import dev.vivarium.pool.PythonFunction;
import dev.vivarium.testing.Await;
import dev.vivarium.testing.ChildJvm;
import dev.vivarium.testing.PythonUnderTest;
import dev.vivarium.testing.Scenario;
import dev.vivarium.testing.Together;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.Future;
import java.util.concurrent.RejectedExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicBoolean;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;

/** Pools where the caller's stack, or the heap, comes to its end at any moment. */
final class PoolExhaustedTest {

  private static final PythonFunction SQUARE =
      PythonFunction.source("def square(n): return n * n", "square");

  private static final PythonFunction ENDLESS =
      PythonFunction.source("def endless():\n  while True: pass", "endless");

  private static final int KINDS = 4;

  private static void call(InterpreterPool pool, int kind) throws Exception {
    switch (kind) {
      case 0 -> assertThat(pool.forKey(1).call(SQUARE, Integer.class, 3)).isEqualTo(9);
      case 1 -> assertThat(pool.submit(SQUARE, Integer.class, 3).get()).isEqualTo(9);
      case 2 -> pool.checkOut().close();
      default -> pool.within(Duration.ofMillis(2)).call(ENDLESS, Integer.class);
    }
  }

  private static InterpreterPool open(PoolOptions options) throws Exception {
    InterpreterPool pool = InterpreterPool.open(PythonUnderTest.python(), options);
    for (int i = 0; i < 10 * KINDS; i++) { // so that no class is loaded at the end of anything
      try {
        call(pool, i % KINDS);
      } catch (DeadlineException e) {
        assertThat(e).hasMessageContaining("within");
      }
    }
    return pool;
  }

  private static void assertWhole(InterpreterPool pool) throws Exception {
    for (int key = 0; key < 2; key++) {
      assertThat(pool.forKey(key).within(Await.LIMIT).call(SQUARE, Integer.class, 4)).isEqualTo(16);
    }
    Await.until(() -> "it rests: " + pool.statistics(), () -> rests(pool.statistics()));
    pool.close();
    PythonUnderTest.python().close(Duration.ofSeconds(60));
    System.out.println("whole");
  }

  private static boolean rests(PoolStatistics now) {
    return now.waiting() == 0 && now.stuck() == 0 && now.idle() == now.interpreters();
  }

  /** Calls on the way back from a stack's end, ever further from it. */
  static final class Deep implements Scenario {
    private int left;

    @Override
    public void run(String... arguments) throws Exception {
      PythonUnderTest.start();
      InterpreterPool pool = open(PoolOptions.isolated(2));
      for (int i = 0; i < 3 * KINDS; i++) {
        int kind = i % KINDS;
        left = 1500;
        Thread thread = new Thread(null, () -> down(pool, kind), "deep", 200_000L + i * 64);
        thread.start();
        thread.join(Await.LIMIT.toMillis());
        assertThat(thread.isAlive()).as("hangs: " + pool.statistics()).isFalse();
      }
      assertWhole(pool);
    }

    private void down(InterpreterPool pool, int kind) {
      try {
        down(pool, kind);
      } catch (StackOverflowError e) {
        left--;
      }
      if (left > 0) {
        left--;
        try {
          call(pool, kind);
        } catch (StackOverflowError | Exception e) {
          left--; // as may be
        }
      }
    }
  }

  @Test
  @Tag("P1")
  @DisplayName("… from the end of a stack, refused or done, without an interpreter or a call lost")
  void deep() {
    boolean all = Boolean.getBoolean("vivarium.test.full");
    for (String mode : all ? List.of("-Xmixed", "-Xint") : List.of("-Xmixed")) {
      ChildJvm.start(Duration.ofMinutes(4), List.of(mode), Deep.class)
          .await()
          .expect(0)
          .expectOut("whole");
    }
  }

  /** Calls while the heap is filled again and again. */
  static final class Full implements Scenario {
    private static final int MOST_PIECES = 100_000;

    @Override
    public void run(String... arguments) throws Exception {
      PythonUnderTest.start();
      InterpreterPool pool =
          open(PoolOptions.isolated(0, 2).replaceAfterCalls(200).idleTime(Duration.ofMillis(20)));
      AtomicBoolean over = new AtomicBoolean();
      List<Future<Void>> all = new ArrayList<>();
      for (int i = 0; i < KINDS; i++) {
        int kind = i;
        all.add(Together.start("calls", () -> callUntil(over, pool, kind)));
      }
      for (int i = 0; i < 10; i++) {
        fill();
        Thread.sleep(50); // for what has waited for memory
      }
      over.set(true);
      for (Future<Void> each : all) {
        Await.done(each);
      }
      Thread.sleep(1100); // what could not be made is refused for a second
      assertWhole(pool);
    }

    private static void callUntil(AtomicBoolean over, InterpreterPool pool, int kind)
        throws Exception {
      while (!over.get()) {
        try {
          call(pool, kind);
        } catch (OutOfMemoryError
            | DeadlineException
            | RejectedExecutionException
            | ExecutionException e) {
          Thread.onSpinWait(); // as may be
        }
      }
    }

    private static void fill() {
      List<byte[]> held = new ArrayList<>(MOST_PIECES);
      int size = 1 << 20;
      long end = System.nanoTime() + TimeUnit.MILLISECONDS.toNanos(300);
      while (System.nanoTime() < end && held.size() < MOST_PIECES) {
        try {
          held.add(new byte[size]);
        } catch (OutOfMemoryError e) {
          size = Math.max(16, size / 2);
        }
      }
    }
  }

  @Test
  @Tag("P1")
  @DisplayName("… while there is no heap: thrown or done, without an interpreter or a call lost")
  void full() {
    // The JDK allocates at the 127th call of each upcall's target, and ends the JVM where it can't
    List<String> options =
        List.of("-Xmx40m", "-Djava.lang.invoke.MethodHandle.CUSTOMIZE_THRESHOLD=-1");
    ChildJvm.start(Duration.ofMinutes(4), options, Full.class).await().expect(0).expectOut("whole");
  }
}
