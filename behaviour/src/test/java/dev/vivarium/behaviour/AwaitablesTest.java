package dev.vivarium.behaviour;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.vivarium.ConversionException;
import dev.vivarium.Interpreter;
import dev.vivarium.PyObject;
import dev.vivarium.PythonException;
import dev.vivarium.testing.Await;
import dev.vivarium.testing.PythonUnderTest;
import dev.vivarium.testing.Together;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CancellationException;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.extension.ExtendWith;

/** Python's async functions as Java's futures, in main and in a sub-interpreter. */
@ExtendWith(PythonUnderTest.class)
@Timeout(60)
public final class AwaitablesTest {

  private static final String SOURCE =
      """
      import asyncio
      cleaned = []
      async def double(x):
          await asyncio.sleep(0)
          return 2 * x
      async def fail():
          await asyncio.sleep(0)
          raise ValueError("of async")
      async def call(function):
          await asyncio.sleep(0)
          return function()
      async def forever(started):
          try:
              started()
              await asyncio.Event().wait()
          finally:
              cleaned.append(True)
      async def cancel_itself():
          asyncio.current_task().cancel()
          await asyncio.sleep(1)
      class Service:
          async def twice(self, x): return await double(x)
          async def names(self): return ["a", "b"]
      """;

  /** An async class. */
  public interface Service {
    /** A primitive's box. */
    CompletableFuture<Integer> twice(int x);

    /** A list, seen. */
    CompletableFuture<List<String>> names();
  }

  private interface In {
    void run(Interpreter interpreter) throws Exception;
  }

  private static void everywhere(In test) throws Exception {
    PythonUnderTest.main().exec(SOURCE);
    test.run(PythonUnderTest.main());
    try (Interpreter sub = sub()) {
      sub.exec(SOURCE);
      test.run(sub);
    }
  }

  // asyncio imports ssl, and 3.12.1 frees what is not its own when an interpreter that has imported
  // ssl and has a GIL of its own ends
  private static Interpreter sub() {
    return PythonUnderTest.version().equals("3.12")
        ? PythonUnderTest.sharedGil()
        : PythonUnderTest.ownGil();
  }

  private static CompletableFuture<?> future(Interpreter in, String function, Object... args) {
    return in.eval(function).call(args).as(CompletableFuture.class);
  }

  private static Object get(CompletableFuture<?> future) throws Exception {
    return future.get(30, TimeUnit.SECONDS);
  }

  @Test
  @DisplayName("a coroutine's result, exception and None become the future's")
  void results() throws Exception {
    everywhere(in -> {
      assertThat(get(future(in, "double", 21))).isEqualTo(42L);
      assertThat(get(future(in, "call", (Runnable) () -> {}))).isNull();
      assertThatThrownBy(() -> get(future(in, "fail")))
          .isInstanceOf(ExecutionException.class)
          .cause()
          .isInstanceOf(PythonException.class)
          .hasMessage("ValueError: of async");
      IllegalStateException thrown = new IllegalStateException("from Java");
      Runnable throwing =
          () -> {
            throw thrown;
          };
      assertThatThrownBy(() -> get(future(in, "call", throwing))).cause().isSameAs(thrown);
      assertThatThrownBy(() -> in.eval("1").as(CompletableFuture.class))
          .isInstanceOf(ConversionException.class)
          .hasMessageContaining("int");
      assertThat(get(future(in, "double", 1).thenApply(o -> in.eval("1 + 1").asInt())))
          .as("what comes next may use Python")
          .isEqualTo(2);
    });
  }

  @Test
  @DisplayName("a Java future that is awaited is cancelled with the task, and the task with it")
  void cancelledBothWays() throws Exception {
    everywhere(in -> {
      CompletableFuture<String> awaited = new CompletableFuture<>();
      CompletableFuture<String> kept = new CompletableFuture<>();
      CompletableFuture<String> cancelled = new CompletableFuture<>();
      CompletableFuture<String> dependent = cancelled.thenApply(text -> text);
      in.set("awaited", in.reference(awaited));
      in.set("kept", in.reference(kept.minimalCompletionStage()));
      in.set("cancelled", in.reference(cancelled));
      in.set("dependent", in.reference(dependent));
      in.exec(
          """
          async def await_it(future):
              return await future
          async def raises_cancelled(awaitable):
              try:
                  await awaitable
              except asyncio.CancelledError:
                  return True
          async def main():
              for future in awaited, kept:
                  task = asyncio.ensure_future(await_it(future))
                  await asyncio.sleep(0)
                  task.cancel()
                  assert await raises_cancelled(task) and task.cancelled()
              task = asyncio.ensure_future(await_it(cancelled))
              other = asyncio.ensure_future(await_it(dependent))
              await asyncio.sleep(0)
              cancelled.cancel(True)
              assert await raises_cancelled(task) and task.cancelled()
              assert await raises_cancelled(other) and other.cancelled()
              assert await raises_cancelled(await_it(cancelled))
          asyncio.run(main())
          """);
      assertThat(awaited).isCancelled();
      assertThat(kept).as("which has no way to be cancelled").isNotDone();
      in.exec("del awaited, kept, cancelled, dependent, await_it, raises_cancelled, main");
    });
  }

  @Test
  @DisplayName("many are awaited at once, by many threads")
  void many() throws Exception {
    everywhere(in -> {
      List<CompletableFuture<?>> all = java.util.Collections.synchronizedList(new ArrayList<>());
      Together.run(
          4,
          t -> {
            for (int i = 0; i < 100; i++) {
              all.add(future(in, "double", 1000 * t + i));
            }
          });
      long sum = 0;
      for (CompletableFuture<?> one : all) {
        sum += (long) get(one);
      }
      assertThat(sum).isEqualTo(2 * (100 * 6000 + 4 * 4950));
    });
  }

  @Test
  @DisplayName("through an interface, results have the declared type")
  void proxies() throws Exception {
    everywhere(in -> {
      Service service = in.eval("Service()").as(Service.class);
      assertThat(service.twice(4).get(30, TimeUnit.SECONDS)).isEqualTo(8);
      assertThat(service.names().get(30, TimeUnit.SECONDS)).containsExactly("a", "b");
    });
  }

  @Test
  @DisplayName("cancelling the future, or its time-out, cancels the task, and the other way round")
  void cancelling() throws Exception {
    everywhere(in -> {
      CountDownLatch started = new CountDownLatch(1);
      CompletableFuture<?> future = future(in, "forever", (Runnable) started::countDown);
      assertThat(started.await(30, TimeUnit.SECONDS)).isTrue();
      assertThat(future.cancel(true)).isTrue();
      Await.until("the task is cancelled", () -> in.eval("len(cleaned) == 1").isTrue());
      CompletableFuture<?> late =
          future(in, "forever", (Runnable) () -> {}).orTimeout(50, TimeUnit.MILLISECONDS);
      assertThatThrownBy(() -> get(late)).cause().isInstanceOf(TimeoutException.class);
      Await.until("the task is cancelled", () -> in.eval("len(cleaned) == 2").isTrue());
      assertThatThrownBy(() -> get(future(in, "cancel_itself")))
          .isInstanceOf(CancellationException.class);
      in.exec("cleaned.clear()");
    });
  }

  @Test
  @DisplayName("an interpreter that closes cancels what would be awaited for ever")
  void closing() throws Exception {
    Interpreter sub = sub();
    sub.exec(SOURCE);
    CountDownLatch started = new CountDownLatch(3);
    List<CompletableFuture<?>> all = new ArrayList<>();
    for (int i = 0; i < 3; i++) {
      all.add(future(sub, "forever", (Runnable) started::countDown));
    }
    assertThat(started.await(30, TimeUnit.SECONDS)).isTrue();
    PyObject unawaited = sub.eval("double(1)");
    sub.close(Duration.ofSeconds(30));
    for (CompletableFuture<?> one : all) {
      assertThatThrownBy(() -> get(one)).isInstanceOf(CancellationException.class);
    }
    assertThatThrownBy(() -> unawaited.as(CompletableFuture.class))
        .isInstanceOf(dev.vivarium.InterpreterClosedException.class);
  }

  @Test
  @DisplayName("what is not needed is not imported: no asyncio, datetime, decimal, uuid or pathlib")
  void lazily() {
    try (Interpreter sub = PythonUnderTest.ownGil()) {
      sub.exec("import sys\nbefore = set(sys.modules)\nclass Own: pass");
      sub.eval("[1, 'a', {2: 3.5}, {4}, b'', Own(), Own, None]").as(Object.class);
      sub.toPython(List.of(1, "a", new byte[1]));
      assertThat(sub.eval("[1]").as(List.class)).isEqualTo(List.of(1L));
      assertThat(sub.eval("set(sys.modules) - before").as(Object.class))
          .isEqualTo(java.util.Set.of());
    }
  }
}
