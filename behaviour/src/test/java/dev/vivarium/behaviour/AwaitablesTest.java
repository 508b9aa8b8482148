package dev.vivarium.behaviour;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.vivarium.ConversionException;
import dev.vivarium.Interpreter;
import dev.vivarium.InterpreterClosedException;
import dev.vivarium.PyObject;
import dev.vivarium.PythonException;
import dev.vivarium.PythonExit;
import dev.vivarium.testing.Await;
import dev.vivarium.testing.PythonUnderTest;
import dev.vivarium.testing.Together;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.Callable;
import java.util.concurrent.CancellationException;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.FutureTask;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.extension.ExtendWith;

/** Python's async functions as Java's futures, in main and in a sub-interpreter. */
@ExtendWith(PythonUnderTest.class)
@Timeout(300)
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
      async def stubborn(started):
          try:
              started()
              await asyncio.Event().wait()
          except asyncio.CancelledError:
              return 7
      cleaning = False
      async def clean_up_for_ever(started):
          global cleaning
          try:
              started()
              await asyncio.Event().wait()
          finally:
              cleaning = True
              await asyncio.Event().wait()
      class Empty(Exception):
          def __len__(self): return 0
      async def fail_empty():
          raise Empty("nothing in it")
      async def await_it(future):
          return await future
      async def leave_in_task():
          await asyncio.create_task(leave())
      class Result: pass
      async def make():
          import weakref
          global result
          made = Result()
          result = weakref.ref(made)
          return made
      async def leave():
          await asyncio.sleep(0)
          raise SystemExit(3)
      async def begin(function):
          async def later():
              await asyncio.sleep(0.01)
              function()
          global task
          task = asyncio.create_task(later())
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
  static Interpreter sub() {
    return PythonUnderTest.version().equals("3.12")
        ? PythonUnderTest.sharedGil()
        : PythonUnderTest.ownGil();
  }

  private static CompletableFuture<?> future(Interpreter in, String function, Object... args) {
    return in.eval(function).call(args).as(CompletableFuture.class);
  }

  private static Object get(CompletableFuture<?> future) throws Exception {
    return future.get(Await.LIMIT.toSeconds(), TimeUnit.SECONDS);
  }

  @Test
  @Tag("A1")
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
  @Tag("A2")
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
      in.exec("del awaited, kept, cancelled, dependent, raises_cancelled, main");
    });
  }

  @Test
  @Tag("A1")
  @DisplayName(
      "An exception that counts as false, as an empty one with a length does, is raised too")
  void falseException() throws Exception {
    everywhere(in -> {
      assertThatThrownBy(() -> get(future(in, "fail_empty")))
          .cause()
          .isInstanceOf(PythonException.class)
          .hasMessageEndingWith("nothing in it");
    });
  }

  @Test
  @Tag("A1")
  @DisplayName("A result is gone when Java closes it: nothing else of what awaited it has it")
  void resultGoes() throws Exception {
    everywhere(in -> {
      in.eval("make()").await().close();
      if (!PythonUnderTest.version().endsWith("t")) { // there its thread has to see it first
        assertThat(in.eval("result()").isNone()).isTrue();
      }
    });
  }

  @Test
  @Tag("A1")
  @DisplayName("An interpreter closes also amid a cancelled coroutine that waits as it cleans up")
  void closingAmidCleaningUp() throws Exception {
    Interpreter sub = sub();
    sub.exec(SOURCE);
    CountDownLatch started = new CountDownLatch(1);
    CompletableFuture<?> future = future(sub, "clean_up_for_ever", (Runnable) started::countDown);
    Await.latch(started);
    future.cancel(true);
    Await.until("it cleans up", () -> sub.eval("cleaning").isTrue());
    sub.close(Await.LIMIT);
  }

  @Test
  @Tag("A2")
  @DisplayName(
      "What completes a Java future may be attached to another interpreter, or deep in calls")
  void completedFromAnywhere() throws Exception {
    Interpreter main = PythonUnderTest.main();
    everywhere(in -> {
      CompletableFuture<String> attached = new CompletableFuture<>();
      CompletableFuture<?> one = future(in, "await_it", attached);
      CompletableFuture<String> deep = new CompletableFuture<>();
      CompletableFuture<?> other = future(in, "await_it", deep);
      in.eval("double(1)").await(); // so that both wait
      main.run(same -> attached.complete("attached"));
      assertThat(get(one)).isEqualTo("attached");
      PyObject probe = main.eval("object()");
      Await.done(Together.start("deep", () -> whereNoPythonIs(probe, () -> deep.complete("deep"))));
      assertThat(get(other)).isEqualTo("deep");
    });
  }

  // Where the stack has no room for Python code, but enough for Java's
  private static void whereNoPythonIs(PyObject probe, Runnable body) {
    boolean isRoom;
    try {
      isRoom = probe.isTrue();
    } catch (StackOverflowError e) {
      isRoom = false;
    }
    if (isRoom) {
      whereNoPythonIs(probe, body);
    } else {
      body.run();
    }
  }

  @Test
  @Tag("A1")
  @DisplayName("What another thread schedules on the loop runs, also where nothing is awaited")
  void scheduledByOthers() throws Exception {
    everywhere(in -> {
      in.exec(
          """
          async def its_loop():
              global on
              on = asyncio.get_running_loop()
          """);
      in.eval("its_loop()").await();
      awaitItsEnd(in);
      in.exec("scheduled = asyncio.run_coroutine_threadsafe(double(21), on)");
      int limit = (int) Await.LIMIT.toSeconds();
      assertThat(in.eval("scheduled.result(" + limit + ")").asInt()).isEqualTo(42);
      in.exec("del scheduled, on");
    });
  }

  /** Until the loop has nothing to do, and its thread has ended. */
  static void awaitItsEnd(Interpreter in) {
    String name = "python-async-" + in.id();
    Await.until(
        "the loop's thread has ended",
        () ->
            Thread.getAllStackTraces().keySet().stream()
                .noneMatch(thread -> thread.getName().equals(name)));
  }

  @Test
  @Tag("A1")
  @DisplayName("Many coroutines are awaited at once, by many threads")
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
  @Tag("A1")
  @DisplayName("through an interface, results have the declared type")
  void proxies() throws Exception {
    everywhere(in -> {
      Service service = in.eval("Service()").as(Service.class);
      assertThat(service.twice(4).get(Await.LIMIT.toSeconds(), TimeUnit.SECONDS)).isEqualTo(8);
      assertThat(service.names().get(Await.LIMIT.toSeconds(), TimeUnit.SECONDS))
          .containsExactly("a", "b");
    });
  }

  @Test
  @Tag("A1")
  @DisplayName("cancelling the future, or its time-out, cancels the task, and the other way round")
  void cancelling() throws Exception {
    everywhere(in -> {
      CountDownLatch started = new CountDownLatch(1);
      CompletableFuture<?> future = future(in, "forever", (Runnable) started::countDown);
      Await.latch(started);
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
  @Tag("A1")
  @DisplayName("an interpreter that closes cancels what would be awaited for ever")
  void closing() throws Exception {
    Interpreter sub = sub();
    sub.exec(SOURCE);
    CountDownLatch started = new CountDownLatch(3);
    List<CompletableFuture<?>> all = new ArrayList<>();
    for (int i = 0; i < 3; i++) {
      all.add(future(sub, "forever", (Runnable) started::countDown));
    }
    Await.latch(started);
    PyObject unawaited = sub.eval("double(1)");
    sub.close(Await.LIMIT);
    for (CompletableFuture<?> one : all) {
      assertThatThrownBy(() -> get(one)).isInstanceOf(CancellationException.class);
    }
    assertThatThrownBy(() -> unawaited.as(CompletableFuture.class))
        .isInstanceOf(InterpreterClosedException.class);
  }

  @Test
  @Tag("A1")
  @DisplayName("await() has a coroutine's result, throws what it raises, on threads of all kinds")
  void awaited() throws Exception {
    everywhere(in -> {
      assertThat(in.eval("double").call(21).await().asInt()).isEqualTo(42);
      int attached = in.call(same -> in.eval("double(2)").await().asInt());
      assertThat(attached).isEqualTo(4);
      assertThat(in.eval("call").call((Runnable) () -> {}).await().isNone()).isTrue();
      FutureTask<Integer> virtual = new FutureTask<>(() -> in.eval("double(3)").await().asInt());
      Thread.ofVirtual().start(virtual);
      assertThat(Await.done(virtual)).isEqualTo(6);
      assertThatThrownBy(() -> in.eval("fail()").await())
          .isInstanceOf(PythonException.class)
          .hasMessage("ValueError: of async");
      java.io.IOException thrown = new java.io.IOException("from Java");
      Callable<?> throwing =
          () -> {
            throw thrown;
          };
      assertThatThrownBy(() -> in.eval("call").call(throwing).await()).isSameAs(thrown);
      assertThatThrownBy(() -> in.eval("cancel_itself()").await())
          .isInstanceOf(CancellationException.class);
      assertThatThrownBy(() -> in.eval("1").await())
          .isInstanceOf(ConversionException.class)
          .hasMessageContaining("int");
      Callable<?> onTheLoop = () -> in.eval("double(1)").await();
      assertThatThrownBy(() -> in.eval("call").call(onTheLoop).await())
          .isInstanceOf(IllegalStateException.class)
          .hasMessageContaining("would wait for itself");
    });
  }

  @Test
  @Tag("A1")
  @DisplayName("An interrupt of a thread that awaits cancels the task, and waits for its end")
  void interrupted() throws Exception {
    everywhere(in -> {
      CountDownLatch started = new CountDownLatch(4);
      List<Future<?>> all = new ArrayList<>();
      ExecutorService virtual = Executors.newVirtualThreadPerTaskExecutor();
      PyObject forever = in.eval("forever");
      for (int i = 0; i < 3; i++) {
        all.add(virtual.submit(() -> forever.call((Runnable) started::countDown).await()));
      }
      all.add(
          virtual.submit(() -> {
            int got = in.eval("stubborn").call((Runnable) started::countDown).await().asInt();
            assertThat(Thread.interrupted()).as("ended in another way").isTrue();
            return got;
          }));
      Await.latch(started);
      // As a scope of tasks does that fails or is closed
      assertThat(virtual.shutdownNow()).isEmpty();
      assertThat(virtual.awaitTermination(Await.LIMIT.toSeconds(), TimeUnit.SECONDS)).isTrue();
      assertThat(in.eval("len(cleaned)").asInt()).isEqualTo(3);
      for (Future<?> one : all.subList(0, 3)) {
        assertThat(one.exceptionNow()).isInstanceOf(InterruptedException.class);
      }
      assertThat(all.getLast().resultNow()).isEqualTo(7);
      PyObject unawaited = in.eval("double(1)");
      Thread.currentThread().interrupt();
      assertThatThrownBy(unawaited::await).isInstanceOf(InterruptedException.class);
      assertThat(Thread.currentThread().isInterrupted()).isFalse();
      unawaited.callMethod("close").close();
      in.exec("cleaned.clear()");
    });
  }

  @Test
  @Tag("A1")
  @DisplayName("Ten thousand coroutines at once, awaited by as many virtual threads, and cancelled")
  void tenThousand() throws Exception {
    everywhere(in -> {
      int many = PythonUnderTest.count(10_000);
      PyObject twice = in.eval("double");
      List<Future<Long>> all = new ArrayList<>();
      try (ExecutorService virtual = Executors.newVirtualThreadPerTaskExecutor()) {
        for (int i = 0; i < many; i++) {
          long n = i;
          all.add(virtual.submit(() -> twice.call(n).await().asLong()));
        }
        for (int i = 0; i < many; i++) {
          assertThat(Await.done(all.get(i))).isEqualTo(2L * i);
        }
      }
      CountDownLatch started = new CountDownLatch(many);
      List<CompletableFuture<?>> endless = new ArrayList<>();
      for (int i = 0; i < many; i++) {
        endless.add(future(in, "forever", (Runnable) started::countDown));
      }
      Await.latch(started);
      endless.forEach(one -> one.cancel(true));
      Await.until("all are cancelled", () -> in.eval("len(cleaned)").asInt() == many);
      in.exec("cleaned.clear()");
    });
  }

  @Test
  @Tag("A1")
  @DisplayName("An interpreter that closes amid thousands of coroutines ends each future")
  void closingAmidMany() throws Exception {
    Interpreter sub = sub();
    sub.exec(SOURCE);
    int many = PythonUnderTest.count(10_000);
    List<CompletableFuture<?>> all = new ArrayList<>();
    CountDownLatch some = new CountDownLatch(many / 2);
    Future<Void> beginner =
        Together.start(
            "beginner",
            () -> {
              try {
                while (true) {
                  CompletableFuture<?> one = future(sub, "forever", (Runnable) some::countDown);
                  all.add(one);
                }
              } catch (InterpreterClosedException e) {
                // As it should be
              }
            });
    Await.latch(some);
    sub.eval("begin").call((Runnable) () -> {}).await();
    sub.close(Await.LIMIT);
    Await.done(beginner);
    assertThat(all).hasSizeGreaterThanOrEqualTo(many / 2);
    for (CompletableFuture<?> one : all) {
      assertThatThrownBy(() -> get(one)).isInstanceOf(CancellationException.class);
    }
  }

  @Test
  @Tag("A1")
  @DisplayName("SystemExit in one coroutine is that one's result, and a task left behind goes on")
  void amongOthers() throws Exception {
    everywhere(in -> {
      CountDownLatch started = new CountDownLatch(1);
      CompletableFuture<?> other = future(in, "forever", (Runnable) started::countDown);
      Await.latch(started);
      assertThatThrownBy(() -> in.eval("leave()").await()).isInstanceOf(PythonExit.class);
      assertThat(in.eval("double(1)").await().asInt()).isEqualTo(2);
      assertThatThrownBy(() -> in.eval("leave_in_task()").await()).isInstanceOf(PythonExit.class);
      assertThat(in.eval("double(1)").await().asInt()).isEqualTo(2);
      assertThat(other).isNotDone();
      other.cancel(true);
      Await.until("it is cancelled", () -> in.eval("cleaned.pop() if cleaned else False").isTrue());
      CountDownLatch later = new CountDownLatch(1);
      in.eval("begin").call((Runnable) later::countDown).await();
      Await.latch(later);
    });
  }

  @Test
  @Tag("A2")
  @DisplayName("A future of an executor can be awaited in Python, and is cancelled with the task")
  void futuresOfExecutors() throws Exception {
    everywhere(in -> {
      CountDownLatch interrupted = new CountDownLatch(1);
      CountDownLatch running = new CountDownLatch(1);
      try (ExecutorService executor = Executors.newVirtualThreadPerTaskExecutor()) {
        PyObject await = in.eval("await_it");
        assertThat(await.call(executor.submit(() -> 42)).await().asInt()).isEqualTo(42);
        IllegalStateException thrown = new IllegalStateException("of a task");
        Callable<?> throwing =
            () -> {
              throw thrown;
            };
        assertThatThrownBy(() -> await.call(executor.submit(throwing)).await()).isSameAs(thrown);
        Future<?> endless =
            executor.submit(() -> {
              try {
                running.countDown();
                new CountDownLatch(1).await();
              } catch (InterruptedException e) {
                interrupted.countDown();
              }
            });
        CompletableFuture<?> awaiting = await.call(endless).as(CompletableFuture.class);
        Await.latch(running);
        in.eval("double(1)").await(); // so that it has begun
        awaiting.cancel(true);
        Await.latch(interrupted);
        assertThat(endless.isCancelled()).isTrue();
      }
    });
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
