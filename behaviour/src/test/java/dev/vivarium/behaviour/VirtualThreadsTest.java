package dev.vivarium.behaviour;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.vivarium.Interpreter;
import dev.vivarium.InterpreterBusyException;
import dev.vivarium.InterpreterGuard;
import dev.vivarium.Python;
import dev.vivarium.ThreadState;
import dev.vivarium.testing.Await;
import dev.vivarium.testing.ChildJvm;
import dev.vivarium.testing.PythonUnderTest;
import dev.vivarium.testing.Scenario;
import dev.vivarium.testing.Together;
import java.io.IOException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;

@ExtendWith(PythonUnderTest.class)
final class VirtualThreadsTest {

  @Test
  @Tag("T1")
  @DisplayName("Virtual threads: 10,000 of them call Python at once; results right")
  void tenThousandAtOnce() throws Exception {
    try (Interpreter own = PythonUnderTest.ownGil();
        Interpreter shared = PythonUnderTest.sharedGil();
        ExecutorService virtual = Executors.newVirtualThreadPerTaskExecutor()) {
      List<Interpreter> all = List.of(PythonUnderTest.main(), own, shared);
      for (Interpreter one : all) {
        one.exec("def square(n): return n * n");
      }
      CountDownLatch go = new CountDownLatch(1);
      List<Future<Long>> results = new ArrayList<>();
      for (int i = 0; i < 10_000; i++) {
        long n = i;
        Interpreter one = all.get(i % 3);
        results.add(
            virtual.submit(() -> {
              go.await();
              return one.view().call(in -> in.eval("square").call(n).asLong());
            }));
      }
      go.countDown();
      for (int i = 0; i < results.size(); i++) {
        assertThat(Await.done(results.get(i))).isEqualTo((long) i * i);
      }
    }
  }

  @Test
  @Tag("T1")
  @DisplayName(
      "… a virtual thread that has moved to another carrier never finds a wrong thread state")
  void movedToAnotherCarrier() throws Exception {
    try (Interpreter own = PythonUnderTest.ownGil();
        ExecutorService virtual = Executors.newVirtualThreadPerTaskExecutor()) {
      Interpreter main = PythonUnderTest.main();
      List<Future<Void>> all = new ArrayList<>();
      for (int t = 0; t < 200; t++) {
        int index = t;
        all.add(
            virtual.submit(() -> {
              for (int round = 0; round < 20; round++) {
                Interpreter one = (index + round) % 2 == 0 ? main : own;
                long id =
                    one.view()
                        .call(in -> {
                          Thread.yield();
                          long inside = GilStateClient.look().id();
                          // Nested in another one and back
                          Interpreter other = one == main ? own : main;
                          long nested = other.view().call(o -> GilStateClient.look().id());
                          assertThat(nested).isEqualTo(other.id());
                          assertThat(GilStateClient.look().id()).isEqualTo(inside);
                          return inside;
                        });
                assertThat(id).isEqualTo(one.id());
                Thread.yield();
                assertThat(one.eval("6 * 7").asInt()).isEqualTo(42);
                // Whatever carrier this is, nothing is left attached on it
                assertThat(GilStateClient.look().isAttached()).isFalse();
                Thread.sleep(0, 100_000);
              }
              return null;
            }));
      }
      for (Future<Void> one : all) {
        Await.done(one);
      }
    }
  }

  @Test
  @Tag("T1")
  @DisplayName("… ensure on a virtual thread is refused, and says what to do instead")
  void ensureIsRefused() throws Exception {
    Interpreter main = PythonUnderTest.main();
    try (ExecutorService virtual = Executors.newVirtualThreadPerTaskExecutor()) {
      Await.done(
          virtual.submit(() -> {
            assertThatThrownBy(() -> ThreadState.ensure(main.view()))
                .hasMessageContaining("view.call");
            IOException thrown = new IOException("from the body");
            assertThatThrownBy(() ->
                    main.view()
                        .run(in -> {
                          throw thrown;
                        }))
                .isSameAs(thrown);
            return null;
          }));
    }
  }

  @Test
  @Tag("T1")
  @DisplayName("… a carrier is not blocked while its virtual thread waits for an interpreter")
  void carrierIsNotBlocked() {
    ChildJvm.start(
            Duration.ofSeconds(150),
            List.of(
                "-Djdk.virtualThreadScheduler.parallelism=1",
                "-Djdk.virtualThreadScheduler.maxPoolSize=1"),
            OneCarrier.class)
        .await()
        .expect(0)
        .expectOut("not blocked");
  }

  /** With one carrier, a virtual thread that blocked it would keep out the one that frees it. */
  static final class OneCarrier implements Scenario {
    @Override
    public void run(String... arguments) throws Exception {
      Python python = PythonUnderTest.start();
      for (Interpreter one : List.of(python.main(), PythonUnderTest.ownGil())) {
        CountDownLatch hogging = new CountDownLatch(1);
        CountDownLatch free = new CountDownLatch(1);
        Future<Void> hog =
            Together.start(
                "hog",
                () -> {
                  try (ThreadState entered = ThreadState.ensure(one.view())) {
                    hogging.countDown();
                    Await.latch(free);
                  }
                });
        Await.latch(hogging);
        try (ExecutorService virtual = Executors.newVirtualThreadPerTaskExecutor()) {
          List<Future<Integer>> waiting = new ArrayList<>();
          CountDownLatch begun = new CountDownLatch(200);
          for (int i = 0; i < 200; i++) {
            waiting.add(
                virtual.submit(() -> {
                  begun.countDown();
                  return one.view().call(in -> in.eval("6 * 7").asInt());
                }));
          }
          // Begins only if all of those have let go of the one carrier
          Await.latch(begun);
          Await.done(virtual.submit(free::countDown));
          for (Future<Integer> result : waiting) {
            assertThat(Await.done(result)).isEqualTo(42);
          }
          // Python code that takes its time, waiting for another virtual thread
          CountDownLatch fromPython = new CountDownLatch(1);
          PythonUnderTest.define(one, "ready", (Runnable) fromPython::countDown);
          Future<?> slow =
              virtual.submit(() ->
                  one.view()
                      .run(in ->
                          in.exec(
                              """
                              import threading
                              flag = threading.Event()
                              ready()
                              assert flag.wait(50)
                              """)));
          Await.done(
              virtual.submit(() -> {
                fromPython.await();
                one.view().run(in -> in.exec("flag.set()"));
                return null;
              }));
          Await.done(slow);
        }
        Await.done(hog);
      }
      python.close();
      System.out.println("not blocked");
    }
  }

  @Test
  @Tag("G5")
  @DisplayName("… on a virtual thread too: its guards are its own wherever it has taken them")
  void closingWithOwnGuard() throws Exception {
    try (ExecutorService virtual = Executors.newVirtualThreadPerTaskExecutor()) {
      for (boolean inBody : new boolean[] {false, true}) {
        Interpreter own = PythonUnderTest.ownGil();
        CompletableFuture<InterpreterGuard> taken = new CompletableFuture<>();
        CountDownLatch seen = new CountDownLatch(1);
        Future<?> holder =
            virtual.submit(() -> {
              InterpreterGuard guard =
                  inBody ? own.view().call(in -> in.guard()) : own.view().guard();
              for (int i = 0; i < 2; i++) { // at once, and nothing has begun
                assertThatThrownBy(() -> own.close(Duration.ofSeconds(60)))
                    .isInstanceOf(IllegalStateException.class)
                    .hasMessageContaining("guard");
                assertThatThrownBy(() ->
                        PythonUnderTest.main().view().run(in -> own.close(Duration.ofSeconds(60))))
                    .isInstanceOf(IllegalStateException.class)
                    .hasMessageContaining("guard");
                assertThatThrownBy(() -> own.view().run(in -> own.close(Duration.ofSeconds(60))))
                    .isInstanceOf(IllegalStateException.class)
                    .hasMessageContaining("attached");
              }
              taken.complete(guard);
              Await.latch(seen);
              guard.close();
              own.close(Duration.ofSeconds(60));
            });
        InterpreterGuard guard = Await.done(taken);
        // Nobody else's is it, not even that of another whom the same worker works for
        Await.done(
            virtual.submit(() -> {
              own.view().run(in -> in.exec("assert 1 + 1 == 2"));
              assertThatThrownBy(() -> own.close(Duration.ofMillis(50)))
                  .isInstanceOf(InterpreterBusyException.class);
            }));
        assertThat(guard.isOpen()).isTrue();
        seen.countDown();
        Await.done(holder);
        assertThat(own.isAlive()).isFalse();
      }
    }
  }

  @Test
  @Tag("T1")
  @DisplayName("… closers on virtual threads take no thread from those who are to call Python yet")
  void manyClosers() {
    ChildJvm.run(Duration.ofSeconds(150), ManyClosers.class, Rounds.inside(10))
        .expect(0)
        .expectOut("all closed");
  }

  /** With two workers, eight closers wait for a guard whose holder calls Python before it goes. */
  static final class ManyClosers implements Scenario {
    @Override
    public void run(String... arguments) throws Exception {
      Python python =
          PythonUnderTest.start(PythonUnderTest.options().virtualThreadWorkers(2).build());
      try (ExecutorService virtual = Executors.newVirtualThreadPerTaskExecutor()) {
        for (int round = 0; round < Integer.parseInt(arguments[0]); round++) {
          Interpreter own = PythonUnderTest.ownGil();
          InterpreterGuard guard = own.view().guard();
          List<Future<?>> closers = new ArrayList<>();
          for (int i = 0; i < 8; i++) {
            boolean limited = i % 2 == 0;
            closers.add(
                virtual.submit(() -> {
                  if (limited) {
                    own.close(Duration.ofSeconds(100));
                  } else {
                    own.close();
                  }
                }));
          }
          Await.until("it is closing", () -> PythonUnderTest.refuses(own.view()));
          Await.done(
              virtual.submit(() ->
                  python.main().view().run(in -> assertThat(in.eval("3").asInt()).isEqualTo(3))));
          guard.close();
          for (Future<?> closer : closers) {
            Await.done(closer);
          }
        }
        Await.done(virtual.submit(() -> python.close()));
      }
      System.out.println("all closed");
    }
  }

  @Test
  @Tag("T4")
  @DisplayName("Virtual threads that wait for each other through Python, in any number, go on")
  void waitForEachOther() {
    ChildJvm.run(
            Duration.ofSeconds(300), WaitForEachOther.class, "" + PythonUnderTest.count(10_000))
        .expect(0)
        .expectOut("all went on");
  }

  /** Many wait in Python, or in Java from there, for what only one more of them brings. */
  static final class WaitForEachOther implements Scenario {
    @Override
    public void run(String... arguments) throws Exception {
      int many = Integer.parseInt(arguments[0]);
      Python python = PythonUnderTest.start();
      try (Interpreter own = PythonUnderTest.ownGil();
          ExecutorService virtual = Executors.newVirtualThreadPerTaskExecutor()) {
        inPython(virtual, python.main(), many);
        inPython(virtual, own, many / 10);
        inJava(virtual, python.main(), Math.min(many, 300));
        spinning(virtual, python.main());
        // Those that nothing waits for any more go
        Await.until("the workers are as few as before", () -> workers() <= 64);
      }
      python.close();
      System.out.println("all went on");
    }

    private static void inPython(ExecutorService virtual, Interpreter one, int many)
        throws Exception {
      one.exec("import threading; event = threading.Event(); inside = []");
      List<Future<?>> waiting = new ArrayList<>();
      for (int i = 0; i < many; i++) {
        waiting.add(
            virtual.submit(() -> one.view().run(in -> in.exec("inside.append(1); event.wait()"))));
      }
      // Comes in behind all of those
      Future<?> last =
          virtual.submit(() -> {
            while (one.view().call(in -> in.eval("len(inside)").asInt()) < many) {
              Thread.sleep(5);
            }
            one.view().run(in -> in.exec("event.set()"));
            return null;
          });
      Await.done(last);
      for (Future<?> waiter : waiting) {
        Await.done(waiter);
      }
    }

    private static void inJava(ExecutorService virtual, Interpreter one, int many)
        throws Exception {
      CountDownLatch all = new CountDownLatch(many);
      PythonUnderTest.define(
          one,
          "through_java",
          (Runnable)
              () -> {
                all.countDown();
                Await.latch(all);
              });
      List<Future<?>> waiting = new ArrayList<>();
      for (int i = 0; i < many; i++) {
        waiting.add(virtual.submit(() -> one.view().run(in -> in.exec("through_java()"))));
      }
      for (Future<?> waiter : waiting) {
        Await.done(waiter);
      }
    }

    // One that looks again and again takes processor time, and waits all the same
    private static void spinning(ExecutorService virtual, Interpreter one) throws Exception {
      one.exec("event = threading.Event()");
      List<Future<?>> waiting = new ArrayList<>();
      waiting.add(
          virtual.submit(() -> one.view().run(in -> in.exec("while not event.is_set(): pass"))));
      for (int i = 0; i < 64; i++) {
        waiting.add(virtual.submit(() -> one.view().run(in -> in.exec("event.wait()"))));
      }
      Await.done(virtual.submit(() -> one.view().run(in -> in.exec("event.set()"))));
      for (Future<?> waiter : waiting) {
        Await.done(waiter);
      }
    }

    private static long workers() {
      ThreadGroup all = Thread.currentThread().getThreadGroup();
      Thread[] threads = new Thread[2 * all.activeCount()];
      int found = all.enumerate(threads);
      return Arrays.stream(threads, 0, found)
          .filter(thread -> thread.getName().startsWith("python-for-virtual-"))
          .count();
    }
  }

  @Test
  @Tag("T1")
  @DisplayName("… where the threads that they wait for are busy for long, the log says with what")
  void starvedPool() {
    ChildJvm.run(Duration.ofSeconds(150), StarvedPool.class).expect(0).expectOut("logged once");
  }

  /** Bodies that wait, for another virtual thread's body. */
  static final class StarvedPool implements Scenario {
    @Override
    public void run(String... arguments) throws Exception {
      Logged.all();
      Python python =
          PythonUnderTest.start(PythonUnderTest.options().virtualThreadWorkers(2, 2).build());
      CountDownLatch inside = new CountDownLatch(2);
      CountDownLatch free = new CountDownLatch(1);
      try (ExecutorService virtual = Executors.newVirtualThreadPerTaskExecutor()) {
        List<Future<?>> bodies = new ArrayList<>();
        for (int i = 0; i < 2; i++) {
          bodies.add(
              virtual.submit(() ->
                  python
                      .main()
                      .view()
                      .run(in -> {
                        try (ThreadState entered = ThreadState.ensure(in.view())) {
                          entered.runDetached(() -> {
                            inside.countDown();
                            waitFor(free);
                          });
                        }
                      })));
        }
        Await.latch(inside);
        Future<?> waiting =
            virtual.submit(() -> python.main().view().run(in -> in.eval("1").close()));
        Await.until("it is logged", () -> !Logged.with("wait for a thread").isEmpty());
        assertThat(Logged.with("1 virtual threads wait for a thread"))
            .singleElement()
            .asString()
            .contains("python-for-virtual-1", "python-for-virtual-2", "VirtualThread[#")
            .contains("virtualThreadWorkers");
        Thread.sleep(2_500); // in which it could be logged again
        free.countDown();
        Await.done(waiting);
        for (Future<?> body : bodies) {
          Await.done(body);
        }
      }
      assertThat(Logged.with("wait for a thread")).hasSize(1);
      python.close();
      System.out.println("logged once");
    }

    private static void waitFor(CountDownLatch latch) {
      Await.latch(latch);
    }
  }
}
