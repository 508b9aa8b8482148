package dev.vivarium.behaviour;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.vivarium.Interpreter;
import dev.vivarium.PythonException;
import dev.vivarium.testing.Await;
import dev.vivarium.testing.PythonUnderTest;
import dev.vivarium.testing.Together;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;

@ExtendWith(PythonUnderTest.class)
final class InterruptsTest {

  private record Outcome(Object result, boolean interrupted) {}

  /** What Python code that another thread interrupts comes to, on a thread of that kind. */
  private static Outcome interrupt(Interpreter in, Thread.Builder kind, String code)
      throws Exception {
    CountDownLatch inside = new CountDownLatch(1);
    PythonUnderTest.define(in, "inside", (Runnable) inside::countDown);
    CompletableFuture<Outcome> outcome = new CompletableFuture<>();
    Thread thread =
        kind.start(() -> {
          Object result;
          try {
            result =
                in.callInterruptibly(within -> {
                  within.exec(code);
                  return within.eval("result").asString();
                });
          } catch (Throwable t) {
            result = t;
          }
          outcome.complete(new Outcome(result, Thread.currentThread().isInterrupted()));
        });
    Await.latch(inside);
    thread.interrupt();
    return outcome.get(Await.LIMIT.toSeconds(), TimeUnit.SECONDS);
  }

  @Test
  @Tag("T3")
  @DisplayName(
      "Thread.interrupt during interruptibly(...): KeyboardInterrupt in the Python code,"
          + " InterruptedException in Java")
  void raisesInPython() throws Exception {
    Interpreter[] all = {
      PythonUnderTest.main(), PythonUnderTest.ownGil(), PythonUnderTest.sharedGil()
    };
    for (Interpreter in : all) {
      for (boolean virtual : new boolean[] {false, true}) {
        Outcome outcome =
            interrupt(
                in,
                virtual ? Thread.ofVirtual() : Thread.ofPlatform(),
                """
                seen = []
                try:
                    inside()
                    while True: pass
                except BaseException as e:
                    seen.append(type(e).__name__)
                    raise
                """);
        assertThat(outcome.result())
            .isInstanceOf(InterruptedException.class)
            .extracting(e -> ((Throwable) e).getCause())
            .isInstanceOfSatisfying(
                PythonException.class,
                e -> assertThat(e.typeName()).isEqualTo("KeyboardInterrupt"));
        assertThat(outcome.interrupted()).isFalse();
        assertThat(in.eval("seen").as(java.util.List.class))
            .isEqualTo(java.util.List.of("KeyboardInterrupt"));
      }
      if (in.id() != 0) {
        in.close();
      }
    }
  }

  @Test
  @Tag("T3")
  @DisplayName("… and Python code that catches it goes on, with the Java thread still interrupted")
  void caughtInPython() throws Exception {
    for (boolean virtual : new boolean[] {false, true}) {
      Outcome outcome =
          interrupt(
              PythonUnderTest.main(),
              virtual ? Thread.ofVirtual() : Thread.ofPlatform(),
              """
              try:
                  inside()
                  while True: pass
              except KeyboardInterrupt:
                  result = "caught"
              """);
      assertThat(outcome).isEqualTo(new Outcome("caught", true));
    }
  }

  @Test
  @Tag("T3")
  @DisplayName("… and a thread interrupted before does not enter, nor does a later visit get it")
  void interruptedBefore() throws Exception {
    Together.elsewhere(() -> {
      Interpreter in = PythonUnderTest.main();
      Thread.currentThread().interrupt();
      assertThatThrownBy(() -> in.runInterruptibly(within -> within.exec("entered = 1")))
          .isInstanceOf(InterruptedException.class);
      assertThat(Thread.currentThread().isInterrupted()).isFalse();
      assertThat(in.eval("'entered' in globals()").asBoolean()).isFalse();
      // One that comes at the very end is the Java thread's own affair
      in.runInterruptibly(within -> Thread.currentThread().interrupt());
      assertThat(in.eval("sum(range(100_000))").asLong()).isEqualTo(4_999_950_000L);
      assertThat(Thread.interrupted()).isTrue();
    });
  }

  @Test
  @Tag("T3")
  @DisplayName("… of one inside another the inner call's alone, and not twice")
  void nested() throws Exception {
    Interpreter main = PythonUnderTest.main();
    for (int round = 0; round < 10; round++) {
      CountDownLatch inside = new CountDownLatch(1);
      List<String> seen = new CopyOnWriteArrayList<>();
      PythonUnderTest.define(main, "inside", (Runnable) inside::countDown);
      PythonUnderTest.define(
          main,
          "inner",
          (Runnable)
              () -> {
                try {
                  main.runInterruptibly(in -> in.exec("inside()\nwhile True: pass"));
                } catch (InterruptedException e) {
                  seen.add("inner");
                }
              });
      CompletableFuture<Void> done = new CompletableFuture<>();
      Thread thread =
          Thread.ofPlatform()
              .start(() -> {
                try {
                  main.runInterruptibly(in -> in.exec("inner()\nfor i in range(1000): pass"));
                  seen.add("outer goes on");
                  done.complete(null);
                } catch (Throwable t) {
                  done.completeExceptionally(t);
                }
              });
      Await.latch(inside);
      thread.interrupt();
      Await.done(done);
      assertThat(seen).containsExactly("inner", "outer goes on");
    }
  }
}
