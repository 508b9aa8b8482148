package dev.vivarium.behaviour;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.vivarium.Interpreter;
import dev.vivarium.InterpreterClosedException;
import dev.vivarium.InterpreterView;
import dev.vivarium.Python;
import dev.vivarium.ThreadState;
import dev.vivarium.behaviour.GilStateClient.Seen;
import dev.vivarium.testing.Await;
import dev.vivarium.testing.ChildJvm;
import dev.vivarium.testing.PythonUnderTest;
import dev.vivarium.testing.Scenario;
import dev.vivarium.testing.Together;
import java.io.IOException;
import java.time.Duration;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Deque;
import java.util.HashSet;
import java.util.List;
import java.util.Random;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.Future;
import java.util.concurrent.atomic.AtomicReference;
import java.util.stream.IntStream;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.extension.ExtendWith;

@ExtendWith(PythonUnderTest.class)
final class EnsureTest {

  /** Main, one with a GIL of its own, one with main's. */
  private interface WithAll {
    void run(List<Interpreter> all) throws Exception;
  }

  private static void withAll(WithAll body) throws Exception {
    try (Interpreter own = PythonUnderTest.ownGil();
        Interpreter shared = PythonUnderTest.sharedGil()) {
      body.run(List.of(PythonUnderTest.main(), own, shared));
    }
  }

  private static void assertIn(Interpreter interpreter) {
    assertThat(GilStateClient.look().id()).isEqualTo(interpreter.id());
    assertThat(InterpreterView.current().orElseThrow().id()).isEqualTo(interpreter.id());
  }

  @Test
  @Tag("E1")
  @DisplayName(
      "From a foreign thread with nothing attached: attached after ensure, nothing attached after"
          + " release")
  void attachedThenNot() throws Exception {
    withAll(all -> {
      for (Interpreter one : all) {
        GilStateClient.Body body =
            () -> {
              for (int i = 0; i < 3; i++) {
                assertThat(GilStateClient.look().isAttached()).isFalse();
                try (ThreadState entered = ThreadState.ensure(one.view())) {
                  assertIn(one);
                  assertThat(entered.interpreter().eval("2 ** 100").repr())
                      .isEqualTo("1267650600228229401496703205376");
                }
                assertThat(GilStateClient.look().isAttached()).isFalse();
                assertThat(InterpreterView.current()).isEmpty();
              }
            };
        Together.elsewhere(body::run);
        GilStateClient.onPthread(body);
      }
    });
  }

  @Test
  @Tag("E2")
  @DisplayName(
      "Nested for the same interpreter: the same thread state; only the outermost release detaches")
  void nestedIsTheSame() throws Exception {
    withAll(all -> {
      for (Interpreter one : all) {
        try (ThreadState outer = ThreadState.ensure(one.view())) {
          Seen seen = GilStateClient.look();
          Deque<ThreadState> inner = new ArrayDeque<>();
          for (int depth = 0; depth < 200; depth++) {
            inner.push(ThreadState.ensure(one.view()));
            assertThat(GilStateClient.look()).isEqualTo(seen);
          }
          while (!inner.isEmpty()) {
            inner.pop().close();
            assertThat(GilStateClient.look()).isEqualTo(seen);
          }
          assertThat(outer.interpreter().id()).isEqualTo(one.id());
        }
        assertThat(GilStateClient.look().isAttached()).isFalse();
      }
    });
  }

  @Test
  @Tag("E3")
  @DisplayName(
      "Nested across interpreters, any order and depth (A→B→A→C…): each release restores exactly"
          + " what was attached before its ensure")
  void nestedAcross() throws Exception {
    try (Interpreter second = PythonUnderTest.ownGil()) {
      withAll(all -> {
        List<Interpreter> four = new ArrayList<>(all);
        four.add(second);
        Together.run(
            4,
            i -> {
              Random random = new Random(300 + i);
              for (int round = 0; round < 60; round++) {
                descend(four, random, 12);
                assertThat(GilStateClient.look().isAttached()).isFalse();
              }
            });
      });
    }
  }

  private static void descend(List<Interpreter> all, Random random, int depth) {
    Interpreter one = all.get(random.nextInt(all.size()));
    Seen before = GilStateClient.look();
    try (ThreadState entered = ThreadState.ensure(one.view())) {
      assertIn(one);
      Seen inside = GilStateClient.look();
      int branches = random.nextInt(3);
      for (int b = 0; b < branches && depth > 0; b++) {
        descend(all, random, depth - 1);
        assertThat(GilStateClient.look()).isEqualTo(inside);
      }
      assertThat(entered.interpreter().eval("6 * 7").asInt()).isEqualTo(42);
      assertThat(GilStateClient.look()).isEqualTo(inside);
    }
    Seen after = GilStateClient.look();
    assertThat(after.attached()).isEqualTo(before.attached());
    assertThat(after.id()).isEqualTo(before.id());
  }

  @Test
  @Tag("E3")
  @DisplayName("… Restoring cannot fail, because an outer ensure holds its interpreter open")
  void restoringCannotFail() throws Exception {
    for (int round = 0; round < 20; round++) {
      Interpreter a = PythonUnderTest.ownGil();
      Interpreter b = round % 2 == 0 ? PythonUnderTest.ownGil() : PythonUnderTest.sharedGil();
      AtomicReference<Future<Void>> closer = new AtomicReference<>();
      Together.elsewhere(() -> {
        try (ThreadState inA = ThreadState.ensure(a.view())) {
          try (ThreadState inB = ThreadState.ensure(b.view())) {
            closer.set(Together.start("closer", a::close));
            Await.until("closing", () -> PythonUnderTest.refuses(a.view()));
            assertIn(b);
            // One that is inside already may nest
            try (ThreadState again = ThreadState.ensure(a.view())) {
              assertIn(a);
            }
          }
          assertIn(a);
          assertThat(inA.interpreter().eval("6 * 7").asInt()).isEqualTo(42);
          assertThat(closer.get().isDone()).isFalse();
        }
      });
      Await.done(closer.get());
      b.close();
    }
  }

  @Test
  @Tag("E4")
  @DisplayName(
      "Released on another thread, out of order, or twice: IllegalStateException (twice: nothing),"
          + " and every other attachment still sound")
  void wrongReleases() throws Exception {
    withAll(all -> {
      for (Interpreter one : all) {
        for (Interpreter other : all) {
          Together.elsewhere(() -> wrongReleases(one, other));
        }
      }
    });
  }

  private static void wrongReleases(Interpreter one, Interpreter other) throws Exception {
    ThreadState outer = ThreadState.ensure(one.view());
    Seen inOuter = GilStateClient.look();
    ThreadState inner = ThreadState.ensure(other.view());
    Seen inInner = GilStateClient.look();

    assertThatThrownBy(outer::close).isInstanceOf(IllegalStateException.class);
    assertThat(GilStateClient.look()).isEqualTo(inInner);
    inner.runDetached(() ->
        Together.elsewhere(() -> {
          assertThatThrownBy(inner::close).isInstanceOf(IllegalStateException.class);
          assertThatThrownBy(outer::close).isInstanceOf(IllegalStateException.class);
          try (ThreadState mine = ThreadState.ensure(other.view())) {
            assertThatThrownBy(inner::close).isInstanceOf(IllegalStateException.class);
            assertIn(other);
            assertThat(mine.interpreter().eval("1").asInt()).isEqualTo(1);
          }
        }));
    assertThat(GilStateClient.look()).isEqualTo(inInner);
    inner.close();
    assertThat(GilStateClient.look().attached()).isEqualTo(inOuter.attached());
    inner.close();
    assertThat(GilStateClient.look().attached()).isEqualTo(inOuter.attached());
    assertThat(one.eval("6 * 7").asInt()).isEqualTo(42);
    outer.close();
    outer.close();
    inner.close();
    assertThat(GilStateClient.look().isAttached()).isFalse();
  }

  @Test
  @Tag("E5")
  @DisplayName(
      "Called inside a callback that Python made into Java, whichever thread Python made it on: the"
          + " thread state already there is used, not a second one for the same interpreter")
  void callbackUsesWhatIsThere() throws Exception {
    withAll(all -> {
      for (Interpreter one : all) {
        Interpreter other = one == all.get(1) ? all.get(2) : all.get(1);
        List<Throwable> wrong = new CopyOnWriteArrayList<>();
        Set<Long> idents = ConcurrentHashMap.newKeySet();
        Runnable callback =
            () -> {
              assertThat(InterpreterView.current()).contains(one.view());
              try (ThreadState there = ThreadState.ensure(one.view())) {
                inCallback(one, other);
                idents.add(one.eval("__import__('threading').get_ident()").asLong());
              } catch (Throwable t) {
                wrong.add(t);
              }
            };
        PythonUnderTest.define(one, "callback", callback);
        one.exec(
            """
            import threading
            callback()
            for _ in range(5):
                t = threading.Thread(target=callback)
                t.start()
                t.join()
            import _thread
            done = threading.Semaphore(0)
            def bare():
                try:
                    callback()
                finally:
                    done.release()
            try:
                _thread.start_new_thread(bare, ())
                done.acquire()
            except RuntimeError:
                pass  # no daemon threads in an isolated interpreter
            """);
        assertThat(wrong).isEmpty();
        assertThat(idents).hasSizeGreaterThan(1);
      }
    });
  }

  private static void inCallback(Interpreter one, Interpreter other) {
    Seen seen = GilStateClient.look();
    assertThat(seen.id()).isEqualTo(one.id());
    long fewest = Long.MAX_VALUE;
    for (int i = 0; i < 3; i++) {
      long before = GilStateClient.countThreadStates();
      try (ThreadState entered = ThreadState.ensure(one.view())) {
        assertThat(GilStateClient.look()).isEqualTo(seen);
        try (ThreadState elsewhere = ThreadState.ensure(other.view())) {
          assertIn(other);
          try (ThreadState back = ThreadState.ensure(one.view())) {
            assertThat(GilStateClient.look().attached()).isEqualTo(seen.attached());
            fewest = Math.min(fewest, GilStateClient.countThreadStates() - before);
          }
        }
        assertThat(GilStateClient.look().attached()).isEqualTo(seen.attached());
      }
      assertThat(GilStateClient.look().attached()).isEqualTo(seen.attached());
    }
    // Not each time: the library's own housekeeping may come just then
    assertThat(fewest).as("thread states more").isLessThanOrEqualTo(0);
  }

  @Test
  @Tag("E6")
  @DisplayName(
      "A thread's state in the main interpreter is kept between calls: threading.local, contextvars"
          + " and decimal contexts set in one call are there in the next call of the same thread")
  void stateOfMainIsKept() throws Exception {
    Interpreter main = PythonUnderTest.main();
    main.exec(
        """
        import threading, contextvars, decimal
        e6_local = threading.local()
        e6_var = contextvars.ContextVar('e6_var')
        def e6_set(n):
            e6_local.n = n
            e6_var.set(n)
            decimal.getcontext().prec = 10 + n
        def e6_get():
            return [e6_local.n, e6_var.get(), decimal.getcontext().prec]
        """);
    try (Interpreter sub = PythonUnderTest.ownGil()) {
      Together.run(
          8,
          i -> {
            main.eval("e6_set").call(i).close();
            for (int round = 0; round < 200; round++) {
              if (round % 3 == 0) {
                sub.eval("1").close();
              }
              if (round % 5 == 0) {
                GilStateClient.inGilState(1, () -> {});
              }
              assertThat(main.eval("e6_get()").as(Object.class))
                  .isEqualTo(List.of((long) i, (long) i, 10L + i));
            }
          });
    }
    assertThatThrownBy(() -> Together.elsewhere(() -> main.eval("e6_get()").close()))
        .as("another thread has nothing of that")
        .hasMessageContaining("AttributeError");
  }

  @Test
  @Tag("E7")
  @DisplayName(
      "No thread states pile up: after 10,000 threads have come and gone, each interpreter has as"
          + " many thread states as before")
  @Timeout(600)
  void noStatesPileUp() {
    ChildJvm.run(Duration.ofMinutes(9), TenThousandThreads.class).expect(0).expectOut("none left");
  }

  /** Threads come and go; a JVM of its own, so that all that is counted is theirs. */
  static final class TenThousandThreads implements Scenario {
    @Override
    public void run(String... arguments) throws Exception {
      Python python = PythonUnderTest.start();
      List<Interpreter> all =
          List.of(python.main(), PythonUnderTest.ownGil(), PythonUnderTest.sharedGil());
      List<Long> before = counts(all);
      for (int batch = 0; batch < 625; batch++) {
        Together.run(
            16,
            i -> {
              for (int k = 0; k < all.size(); k++) {
                Interpreter one = all.get((i + k) % all.size());
                try (ThreadState entered = ThreadState.ensure(one.view())) {
                  assertIn(one);
                }
              }
              if (i == 0) {
                all.get(1).eval("len('abc')").close();
              }
            });
      }
      List<Long> after = new ArrayList<>();
      Await.until(
          () -> "as many as before: " + before + ", not " + after,
          () -> {
            after.clear();
            after.addAll(counts(all));
            return isAsBefore(before, after);
          });
      for (Interpreter one : all) {
        assertThat(one.eval("6 * 7").asInt()).isEqualTo(42);
      }
      python.close();
      System.out.println("none left over " + before);
    }

    // The library's thread that gives back what was collected may have come to have one of its own
    private static boolean isAsBefore(List<Long> before, List<Long> after) {
      return IntStream.range(0, before.size())
          .allMatch(i -> after.get(i) - before.get(i) == 0 || after.get(i) - before.get(i) == 1);
    }

    private static List<Long> counts(List<Interpreter> all) {
      return all.stream()
          .map(one -> one.view().call(in -> GilStateClient.countThreadStates()))
          .toList();
    }
  }

  @Test
  @Tag("E8")
  @DisplayName(
      "What a C library that knows nothing of Vivarium sees is unchanged: with nothing attached,"
          + " PyGILState_GetThisThreadState() is after a release what it was before the ensure, a"
          + " kept state of the main interpreter, or nothing; never one of a sub-interpreter, never"
          + " a freed one")
  void slotIsUnchanged() throws Exception {
    withAll(all ->
        Together.run(
            4,
            i -> {
              slotIsUnchanged(all, new Random(800 + i), 300);
              GilStateClient.onPthread(() -> slotIsUnchanged(all, new Random(850 + i), 100));
            }));
  }

  private static void slotIsUnchanged(List<Interpreter> all, Random random, int rounds)
      throws Exception {
    Set<Long> ofMain = new HashSet<>();
    Set<Long> ofSubs = new HashSet<>();
    for (int round = 0; round < rounds; round++) {
      long before = GilStateClient.look().slot();
      Deque<ThreadState> entered = new ArrayDeque<>();
      int depth = 1 + random.nextInt(4);
      for (int d = 0; d < depth; d++) {
        entered.push(ThreadState.ensure(all.get(random.nextInt(all.size())).view()));
        Seen seen = GilStateClient.look();
        (seen.id() == 0 ? ofMain : ofSubs).add(seen.attached());
      }
      while (!entered.isEmpty()) {
        entered.pop().close();
      }
      Seen after = GilStateClient.look();
      assertThat(after.isAttached()).isFalse();
      // Memory of a freed state of a sub-interpreter may become one of main's
      ofSubs.removeAll(ofMain);
      assertThat(after.slot()).isNotIn(ofSubs);
      assertThat(after.slot() == before || after.slot() == 0 || ofMain.contains(after.slot()))
          .as("slot %x after, %x before, main's %s", after.slot(), before, ofMain)
          .isTrue();
      if (random.nextInt(4) == 0) {
        // A freed one would be touched here, and one of a sub-interpreter entered
        GilStateClient.Course course = GilStateClient.inGilState(2, () -> {});
        assertThat(course.entered().id()).isZero();
        ofMain.add(course.entered().attached());
      }
    }
    assertThat(ofSubs).isNotEmpty();
  }

  @Test
  @Tag("E9")
  @DisplayName(
      "callDetached(body), runDetached(body): other threads run Python meanwhile; afterwards the same"
          + " state is attached. A blocking Java call inside it delays no other thread")
  void detachedLetsOthersIn() throws Exception {
    withAll(all -> {
      for (Interpreter one : all) {
        try (ThreadState entered = ThreadState.ensure(one.view())) {
          Seen seen = GilStateClient.look();
          for (int round = 0; round < 50; round++) {
            int value =
                entered.callDetached(() -> {
                  assertThat(GilStateClient.look().isAttached()).isFalse();
                  return Together.elsewhere(() -> one.eval("6 * 7").asInt());
                });
            assertThat(value).isEqualTo(42);
            assertThat(GilStateClient.look()).isEqualTo(seen);
          }
          IOException thrown = new IOException("from the body");
          assertThatThrownBy(() ->
                  entered.runDetached(() -> {
                    throw thrown;
                  }))
              .isSameAs(thrown);
          assertThat(GilStateClient.look()).isEqualTo(seen);
          // Inside it, everything may be entered again
          entered.runDetached(() -> {
            for (Interpreter other : all) {
              try (ThreadState inner = ThreadState.ensure(other.view())) {
                assertIn(other);
                assertThat(inner.interpreter().id()).isEqualTo(other.id());
                if (other == one) {
                  assertThat(GilStateClient.look().attached()).isEqualTo(seen.attached());
                }
              }
              assertThat(GilStateClient.look().isAttached()).isFalse();
            }
          });
          assertThat(GilStateClient.look()).isEqualTo(seen);
          assertThat(entered.interpreter().eval("6 * 7").asInt()).isEqualTo(42);
        }
        assertThat(GilStateClient.look().isAttached()).isFalse();
      }
    });
  }

  @Test
  @Tag("E9")
  @DisplayName("… the way back from callDetached(body) comes while the interpreter is closing")
  void detachedComesBackWhileClosing() throws Exception {
    for (int round = 0; round < 20; round++) {
      Interpreter sub = PythonUnderTest.ownGil();
      AtomicReference<Future<Void>> closer = new AtomicReference<>();
      Together.elsewhere(() -> {
        try (ThreadState entered = ThreadState.ensure(sub.view())) {
          entered.runDetached(() -> {
            closer.set(Together.start("closer", sub::close));
            Await.until("closing", () -> PythonUnderTest.refuses(sub.view()));
          });
          assertThat(entered.interpreter().eval("6 * 7").asInt()).isEqualTo(42);
        }
      });
      Await.done(closer.get());
    }
  }

  @Test
  @Tag("E10")
  @DisplayName(
      "A thread that dies without releasing (its ThreadState unreachable) does not keep an"
          + " interpreter from closing for ever: it is found, reported and reaped")
  @Timeout(400)
  void deadThreadsAreReaped() {
    ChildJvm.run(Duration.ofMinutes(6), DeadThreads.class).expect(0).expectOut("all reaped");
  }

  /** Threads die in every way inside interpreters. */
  static final class DeadThreads implements Scenario {

    @Override
    public void run(String... arguments) throws Exception {
      Logged.all();
      Python python = PythonUnderTest.start();
      Interpreter main = python.main();
      for (int round = 0; round < 8; round++) {
        Interpreter own = PythonUnderTest.ownGil();
        Interpreter shared = PythonUnderTest.sharedGil();
        String tag = round + " ";
        for (Interpreter one : List.of(main, own, shared)) {
          dies(tag + "attached " + one.id(), one, () -> ThreadState.ensure(one.view()));
          dies(
              tag + "nested " + one.id(),
              one,
              () -> {
                ThreadState.ensure(one.view());
                ThreadState.ensure(one.view());
              });
          Interpreter other = one == own ? shared : own;
          dies(
              tag + "suspended " + one.id(),
              one,
              () -> {
                ThreadState.ensure(one.view());
                ThreadState.ensure(other.view());
              });
          assertThat(other.eval("6 * 7").asInt()).isEqualTo(42);
        }
        own.close(Duration.ofSeconds(60));
        shared.close(Duration.ofSeconds(60));
        assertThatThrownBy(() -> own.eval("1")).isInstanceOf(InterpreterClosedException.class);
        for (String what : List.of("attached", "nested", "suspended")) {
          for (Interpreter one : List.of(own, shared)) {
            String name = tag + what + " " + one.id();
            assertThat(Logged.with(name)).as("%s, among %s", name, Logged.all()).isNotEmpty();
          }
        }
      }
      // Main is closed by nobody but the end, so the reaper comes by itself
      Await.until("main's dead are reported", () -> !Logged.with("7 suspended 0").isEmpty());
      python.close(Duration.ofSeconds(60));
      System.out.println("all reaped");
    }

    /** The thread dies; others get in at once, before any reaper comes. */
    private static void dies(String name, Interpreter one, Together.Errand errand)
        throws Exception {
      AtomicReference<Throwable> thrown = new AtomicReference<>();
      Thread thread =
          Thread.ofPlatform()
              .name(name)
              .start(() -> {
                try {
                  errand.run();
                } catch (Throwable t) {
                  thrown.set(t);
                }
              });
      thread.join();
      assertThat(thrown.get()).isNull();
      CountDownLatch in = new CountDownLatch(2);
      Together.run(
          2,
          i -> {
            try (ThreadState entered = ThreadState.ensure(one.view())) {
              in.countDown();
              assertThat(entered.interpreter().eval("6 * 7").asInt()).isEqualTo(42);
            }
          });
      Await.latch(in);
    }
  }
}
