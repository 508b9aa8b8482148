package dev.vivarium.behaviour;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.catchThrowable;
import static org.assertj.core.api.Assertions.catchThrowableOfType;

import dev.vivarium.CloseOption;
import dev.vivarium.Interpreter;
import dev.vivarium.InterpreterBusyException;
import dev.vivarium.InterpreterClosedException;
import dev.vivarium.InterpreterView;
import dev.vivarium.Occupant;
import dev.vivarium.PyObject;
import dev.vivarium.Python;
import dev.vivarium.PythonException;
import dev.vivarium.ThreadState;
import dev.vivarium.testing.Await;
import dev.vivarium.testing.ChildJvm;
import dev.vivarium.testing.PythonUnderTest;
import dev.vivarium.testing.Scenario;
import dev.vivarium.testing.Together;
import java.lang.reflect.Method;
import java.net.URL;
import java.net.URLClassLoader;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.Future;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.function.LongSupplier;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;

/** Interpreters and what is left of them: chapter F, but for threads and the process. */
@ExtendWith(PythonUnderTest.class)
final class FinalizationTest {

  private static Future<Void> closer(Interpreter interpreter) {
    Future<Void> closer = Together.start("closer", interpreter::close);
    Await.until("closing has begun", () -> PythonUnderTest.refuses(interpreter.view()));
    return closer;
  }

  @Test
  @Tag("F1")
  @DisplayName(
      "close() refuses new guards and attachments from that moment, waits for those there are, then"
          + " ends the interpreter")
  void closeRefusesWaitsEnds() throws Exception {
    for (int round = 0; round < 10; round++) {
      Interpreter sub = round % 2 == 0 ? PythonUnderTest.ownGil() : PythonUnderTest.sharedGil();
      InterpreterView view = sub.view();
      CountDownLatch inside = new CountDownLatch(2);
      CountDownLatch goOn = new CountDownLatch(1);
      List<String> order = new CopyOnWriteArrayList<>();
      PythonUnderTest.define(sub, "ended", (Runnable) () -> order.add("ended"));
      sub.exec("import atexit; atexit.register(ended)");
      Together.Errand stays =
          () -> {
            try (ThreadState entered = ThreadState.ensure(view)) {
              inside.countDown();
              entered.runDetached(() -> Await.latch(goOn));
              // One that is inside goes on as before, and may nest
              try (ThreadState nested = ThreadState.ensure(view)) {
                assertThat(nested.interpreter().eval("6 * 7").asInt()).isEqualTo(42);
              }
              order.add("left");
            }
          };
      Future<Void> one = Together.start("one", stays);
      Future<Void> two = Together.start("two", stays);
      Await.latch(inside);
      Future<Void> closer = closer(sub);
      Together.run(
          4,
          i -> {
            assertThatThrownBy(() -> ThreadState.ensure(view))
                .isInstanceOf(InterpreterClosedException.class);
            assertThatThrownBy(view::guard).isInstanceOf(InterpreterClosedException.class);
            assertThatThrownBy(() -> sub.eval("1"))
                .isInstanceOfSatisfying(
                    InterpreterClosedException.class, e -> assertThat(e.hasEnded()).isFalse());
          });
      assertThat(closer.isDone()).isFalse();
      assertThat(view.isAlive()).isTrue();
      goOn.countDown();
      Await.done(one);
      Await.done(two);
      Await.done(closer);
      assertThat(order).containsExactly("left", "left", "ended");
      assertThat(view.isAlive()).isFalse();
    }
  }

  @Test
  @Tag("F2")
  @DisplayName(
      "close(Duration) past its time: InterpreterBusyException naming who is inside; nothing is torn"
          + " down, and it can be called again")
  void closePastItsTime() throws Exception {
    for (boolean own : new boolean[] {true, false}) {
      Interpreter sub = own ? PythonUnderTest.ownGil() : PythonUnderTest.sharedGil();
      sub.exec("kept = 42");
      CountDownLatch inside = new CountDownLatch(1);
      CountDownLatch goOn = new CountDownLatch(1);
      Instant before = Instant.now().minusSeconds(3);
      Future<Void> stays =
          Together.start(
              "who is inside",
              () -> {
                try (ThreadState entered = ThreadState.ensure(sub.view())) {
                  inside.countDown();
                  entered.runDetached(() -> Await.latch(goOn));
                }
              });
      Await.latch(inside);
      for (int round = 0; round < 3; round++) {
        InterpreterBusyException busy =
            catchThrowableOfType(
                InterpreterBusyException.class, () -> sub.close(Duration.ofMillis(20)));
        assertThat(busy).as("thrown").isNotNull();
        assertThat(busy.getMessage()).contains("who is inside");
        assertThat(busy.occupants())
            .singleElement()
            .satisfies(o -> {
              assertThat(o.kind()).isEqualTo(Occupant.Kind.ATTACHMENT);
              assertThat(o.threadName()).isEqualTo("who is inside");
              assertThat(o.since()).isBetween(before, Instant.now());
            });
        assertThat(sub.isAlive()).isTrue();
        assertThat(sub.eval("kept").asInt()).isEqualTo(42);
        sub.guard().close();
      }
      goOn.countDown();
      Await.done(stays);
      sub.close(Duration.ofSeconds(60));
      assertThat(sub.isAlive()).isFalse();
    }
  }

  @Test
  @Tag("F2")
  @DisplayName(
      "… With CloseOption.INTERRUPT, KeyboardInterrupt is first raised in the Python code of whoever"
          + " is inside")
  void closeInterrupts() throws Exception {
    for (boolean own : new boolean[] {true, false}) {
      Interpreter sub = own ? PythonUnderTest.ownGil() : PythonUnderTest.sharedGil();
      CountDownLatch begun = new CountDownLatch(3);
      PythonUnderTest.define(sub, "begun", (Runnable) begun::countDown);
      sub.exec("cleaned = []");
      List<Throwable> thrown = new CopyOnWriteArrayList<>();
      List<Future<Void>> all = new ArrayList<>();
      for (int i = 0; i < 3; i++) {
        String code =
            i == 2
                ? "import time\nbegun()\nwhile True: time.sleep(0.01)"
                : "begun()\ntry:\n    while True: pass\nfinally:\n    cleaned.append(1)";
        all.add(
            Together.start("endless-" + i, () -> thrown.add(catchThrowable(() -> sub.exec(code)))));
      }
      Await.latch(begun);
      assertThatThrownBy(() -> sub.close(Duration.ofMillis(20)))
          .isInstanceOfSatisfying(
              InterpreterBusyException.class, e -> assertThat(e.occupants()).hasSize(3));
      sub.close(Duration.ofSeconds(60), CloseOption.INTERRUPT);
      for (Future<Void> one : all) {
        Await.done(one);
      }
      assertThat(thrown)
          .hasSize(3)
          .allSatisfy(t ->
              assertThat(t)
                  .isInstanceOfSatisfying(
                      PythonException.class,
                      e -> assertThat(e.typeName()).isEqualTo("KeyboardInterrupt")));
      assertThat(sub.isAlive()).isFalse();
    }
  }

  @Test
  @Tag("F4")
  @DisplayName(
      "Garbage collection and __del__ inside an ensured region that detach and reattach (print, file"
          + " close, locks) while a close is under way: they finish")
  void finalizersWhileClosing() throws Exception {
    for (int round = 0; round < 6; round++) {
      Interpreter sub = round % 2 == 0 ? PythonUnderTest.ownGil() : PythonUnderTest.sharedGil();
      sub.exec(
          """
          import gc, os, threading, time
          lock = threading.Lock()
          sink = open(os.devnull, 'w')
          finished = 0
          class Cyclic:
              def __init__(self):
                  self.me = self
                  self.file = open(os.devnull, 'w')
              def __del__(self):
                  global finished
                  print('dropped', file=sink, flush=True)
                  self.file.close()
                  with lock:
                      time.sleep(0)
                      finished += 1
          def work():
              for _ in range(20):
                  Cyclic()
              gc.collect()
          done = []
          def settle():
              # gc.collect() does nothing while another thread is at it
              done.append(1)
              while len(done) == 4 and finished < 4 * 10 * 20:
                  gc.collect()
                  time.sleep(.001)
          """);
      CountDownLatch inside = new CountDownLatch(4);
      CountDownLatch closing = new CountDownLatch(1);
      AtomicInteger finished = new AtomicInteger();
      List<Future<Void>> all = new ArrayList<>();
      for (int t = 0; t < 4; t++) {
        all.add(
            Together.start(
                "collecting-" + t,
                () -> {
                  try (ThreadState entered = ThreadState.ensure(sub.view())) {
                    inside.countDown();
                    entered.runDetached(() -> Await.latch(closing));
                    for (int k = 0; k < 10; k++) {
                      entered.interpreter().exec("work()");
                    }
                    entered.interpreter().exec("settle()");
                    finished.accumulateAndGet(sub.eval("finished").asInt(), Math::max);
                  }
                }));
      }
      Await.latch(inside);
      Future<Void> closer = closer(sub);
      closing.countDown();
      for (Future<Void> one : all) {
        Await.done(one);
      }
      Await.done(closer);
      assertThat(finished.get()).isEqualTo(4 * 10 * 20);
    }
  }

  @Test
  @Tag("F7")
  @DisplayName(
      "A Java callback called by native code after its interpreter ended: no crash; the caller gets"
          + " the error value, and the Java side is told")
  void nativeCallbackAfterTheEnd() throws Exception {
    for (boolean own : new boolean[] {true, false}) {
      Interpreter sub = own ? PythonUnderTest.ownGil() : PythonUnderTest.sharedGil();
      InterpreterView view = sub.view();
      PyObject function = sub.eval("lambda: 42");
      LongSupplier typed = function.as(LongSupplier.class);
      AtomicInteger result = new AtomicInteger();
      List<Throwable> told = new CopyOnWriteArrayList<>();
      GilStateClient.Body callback =
          () -> {
            try (ThreadState entered = ThreadState.ensure(view)) {
              result.set((int) typed.getAsLong());
              assertThat(entered.interpreter().id()).isEqualTo(sub.id());
            } catch (InterpreterClosedException e) {
              result.set(-1);
              told.add(e);
            }
          };
      GilStateClient.onPthread(callback);
      assertThat(result.get()).isEqualTo(42);
      sub.close();
      GilStateClient.onPthread(callback);
      assertThat(result.get()).isEqualTo(-1);
      GilStateClient.inGilState(1, callback);
      Together.run(4, i -> GilStateClient.inGilState(1, callback));
      assertThat(told).hasSize(6);
      assertThatThrownBy(typed::getAsLong).isInstanceOf(InterpreterClosedException.class);
    }
  }

  @Test
  @Tag("F8")
  @DisplayName(
      "A Python object held by Java past its interpreter's end: close and garbage collection do"
          + " nothing; any other use throws InterpreterClosedException")
  void objectsPastTheEnd() throws Exception {
    for (boolean own : new boolean[] {true, false}) {
      Interpreter sub = own ? PythonUnderTest.ownGil() : PythonUnderTest.sharedGil();
      PyObject list = sub.eval("[1, 2]");
      PyObject function = sub.eval("lambda *a: a");
      for (int i = 0; i < 10_000; i++) {
        sub.eval("object()");
      }
      PyObject closedBefore = sub.eval("[]");
      closedBefore.close();
      sub.close();
      for (boolean attached : new boolean[] {false, true}) {
        ThreadState entered = attached ? ThreadState.ensure(PythonUnderTest.main().view()) : null;
        assertEnded(() -> list.attr("append"));
        assertEnded(() -> list.hasAttr("append"));
        assertEnded(() -> function.setAttr("x", 1));
        assertEnded(() -> function.delAttr("x"));
        assertEnded(() -> list.item(0));
        assertEnded(() -> list.setItem(0, 1));
        assertEnded(() -> list.delItem(0));
        assertEnded(() -> function.call(1));
        assertEnded(() -> function.callKw(Map.of("a", 1)));
        assertEnded(() -> list.callMethod("append", 1));
        assertEnded(() -> list.as(List.class));
        assertEnded(list::asBoolean);
        assertEnded(list::asInt);
        assertEnded(list::asLong);
        assertEnded(list::asDouble);
        assertEnded(list::asString);
        assertEnded(list::isNone);
        assertEnded(list::len);
        assertEnded(() -> list.contains(1));
        assertEnded(list::type);
        assertEnded(list::repr);
        assertEnded(list::iterator);
        // Given to a living one
        assertThat(catchThrowable(() -> PythonUnderTest.main().eval("len").call(list)))
            .isInstanceOf(IllegalStateException.class);
        assertThat(list.view().isAlive()).isFalse();
        if (entered != null) {
          entered.close();
        }
      }
      list.close();
      list.close();
      closedBefore.close();
      function.close();
      for (int i = 0; i < 3; i++) {
        System.gc();
        try (Interpreter next = own ? PythonUnderTest.ownGil() : PythonUnderTest.sharedGil()) {
          assertThat(next.eval("[object() for _ in range(20000)]").len()).isEqualTo(20_000);
        }
      }
    }
  }

  private static void assertEnded(org.assertj.core.api.ThrowableAssert.ThrowingCallable use) {
    assertThatThrownBy(use).isInstanceOf(InterpreterClosedException.class);
  }

  @Test
  @Tag("F11")
  @DisplayName(
      "Closing main closes the others first, each by these rules. Concurrent closers: one works, the"
          + " others wait for it. Starting again afterwards: a clear error")
  void closingMain() {
    ChildJvm.run(Duration.ofSeconds(150), ClosingMain.class).expect(0).expectOut("closed once");
  }

  /** Closes Python from many threads, and starts it again. */
  static final class ClosingMain implements Scenario {
    @Override
    public void run(String... arguments) throws Exception {
      Python python = PythonUnderTest.start();
      assertThat(Python.running()).containsSame(python);
      List<Interpreter> all =
          List.of(
              python.main(),
              PythonUnderTest.ownGil(),
              PythonUnderTest.sharedGil(),
              PythonUnderTest.ownGil());
      List<Long> order = new CopyOnWriteArrayList<>();
      for (Interpreter one : all) {
        PythonUnderTest.define(one, "ended", (Runnable) () -> order.add(one.id()));
        one.exec("import atexit; atexit.register(ended)");
      }
      CountDownLatch inside = new CountDownLatch(1);
      CountDownLatch goOn = new CountDownLatch(1);
      Future<Void> stays =
          Together.start(
              "who stays",
              () -> {
                try (ThreadState entered = ThreadState.ensure(all.get(2).view())) {
                  inside.countDown();
                  entered.runDetached(() -> Await.latch(goOn));
                  assertThat(entered.interpreter().eval("6 * 7").asInt()).isEqualTo(42);
                }
              });
      Await.latch(inside);
      // By these rules: one that is busy keeps all as they were
      assertThatThrownBy(() -> python.close(Duration.ofMillis(50)))
          .isInstanceOfSatisfying(
              InterpreterBusyException.class,
              e -> assertThat(e.getMessage()).contains("who stays"));
      for (Interpreter one : all) {
        assertThat(one.eval("6 * 7").asInt()).isEqualTo(42);
      }
      assertThat(order).isEmpty();

      List<Future<Void>> closers = new ArrayList<>();
      for (int i = 0; i < 6; i++) {
        Interpreter one = all.get(i % all.size());
        closers.add(
            Together.start(
                "closer-" + i,
                () -> {
                  if (one.id() == 0) {
                    python.close();
                    assertThat(python.main().isAlive()).isFalse();
                  } else {
                    one.close();
                  }
                  assertThat(one.isAlive()).isFalse();
                }));
      }
      Await.until("main closes", () -> PythonUnderTest.refuses(python.main().view()));
      Await.until("so does the busy one", () -> PythonUnderTest.refuses(all.get(2).view()));
      assertThat(closers.getFirst().isDone()).isFalse();
      goOn.countDown();
      Await.done(stays);
      for (Future<Void> closer : closers) {
        Await.done(closer);
      }
      python.close();
      python.main().close();
      all.forEach(Interpreter::close);
      assertThat(order).hasSize(4).doesNotHaveDuplicates().endsWith(0L);
      assertThat(Python.running()).isEmpty();
      assertThatThrownBy(PythonUnderTest::start)
          .isInstanceOf(RuntimeException.class)
          .message()
          .containsIgnoringCase("one");
      assertThatThrownBy(python::newInterpreter).isInstanceOf(IllegalStateException.class);
      assertThatThrownBy(() -> python.main().eval("1"))
          .isInstanceOf(InterpreterClosedException.class);
      System.out.println("closed once");
    }
  }

  @Test
  @Tag("F11")
  @DisplayName(
      "… also by a copy of the library in another class loader, while Python runs and after it")
  void anotherCopy() {
    ChildJvm.run(Duration.ofSeconds(60), AnotherCopy.class, Rounds.inside(1))
        .expect(0)
        .expectOut("told twice");
  }

  /** Starts Python from two copies of the library. */
  static final class AnotherCopy implements Scenario {
    @Override
    public void run(String... arguments) throws Exception {
      URL ours = Python.class.getProtectionDomain().getCodeSource().getLocation();
      int rounds = Integer.parseInt(arguments[0]);
      Python python = PythonUnderTest.start();
      for (int round = 0; round < rounds; round++) {
        assertTold(ours);
      }
      python.close();
      for (int round = 0; round < rounds; round++) {
        assertTold(ours);
      }
      System.out.println("told twice");
    }

    private static void assertTold(URL ours) throws Exception {
      try (URLClassLoader loader =
          new URLClassLoader("webapp", new URL[] {ours}, ClassLoader.getPlatformClassLoader())) {
        assertTold(loader.loadClass(Python.class.getName()).getMethod("start"));
      }
    }

    private static void assertTold(Method start) {
      assertThatThrownBy(() -> start.invoke(null))
          .cause()
          .isInstanceOf(IllegalStateException.class)
          .hasMessageContaining("another copy of Vivarium")
          .hasMessageContaining("webapp");
    }
  }

  @Test
  @Tag("F11")
  @DisplayName("… concurrent closers of one sub-interpreter, in a race")
  void concurrentClosers() throws Exception {
    for (int round = 0; round < 20; round++) {
      Interpreter sub = round % 2 == 0 ? PythonUnderTest.ownGil() : PythonUnderTest.sharedGil();
      ConcurrentLinkedQueue<String> ended = new ConcurrentLinkedQueue<>();
      PythonUnderTest.define(sub, "ended", (Runnable) () -> ended.add("ended"));
      sub.exec("import atexit; atexit.register(ended)");
      Together.run(
          6,
          i -> {
            if (i % 2 == 0) {
              sub.close();
            } else {
              sub.close(Duration.ofSeconds(60));
            }
            assertThat(sub.isAlive()).isFalse();
            assertThat(ended).containsExactly("ended");
          });
    }
  }
}
