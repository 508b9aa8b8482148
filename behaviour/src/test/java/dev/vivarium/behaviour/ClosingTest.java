package dev.vivarium.behaviour;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.catchThrowable;
import static org.assertj.core.api.Assertions.catchThrowableOfType;

import dev.vivarium.CloseOption;
import dev.vivarium.Interpreter;
import dev.vivarium.InterpreterBusyException;
import dev.vivarium.InterpreterClosedException;
import dev.vivarium.InterpreterGuard;
import dev.vivarium.InterpreterView;
import dev.vivarium.PyObject;
import dev.vivarium.Python;
import dev.vivarium.PythonException;
import dev.vivarium.ThreadState;
import dev.vivarium.testing.Await;
import dev.vivarium.testing.ChildJvm;
import dev.vivarium.testing.PythonUnderTest;
import dev.vivarium.testing.Scenario;
import dev.vivarium.testing.Together;
import java.lang.foreign.FunctionDescriptor;
import java.lang.foreign.Linker;
import java.lang.foreign.ValueLayout;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.Future;
import java.util.concurrent.ThreadLocalRandom;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicLong;
import java.util.function.LongSupplier;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;

/** Closers that meet each other, interrupts that come late, and uses after the end. */
final class ClosingTest {

  private static final Duration LIMIT = Duration.ofSeconds(90);

  private static Future<Void> closer(Interpreter interpreter) {
    Future<Void> closer = Together.start("closer", interpreter::close);
    Await.until("closing has begun", () -> PythonUnderTest.refuses(interpreter.view()));
    return closer;
  }

  private static InterpreterGuard guardOfAnother(Interpreter interpreter) throws Exception {
    return Together.elsewhere(interpreter::guard); // its taker would be refused to close
  }

  private static void assertRefused(Interpreter interpreter) {
    assertThatThrownBy(interpreter::guard).isInstanceOf(InterpreterClosedException.class);
    assertThatThrownBy(() -> ThreadState.ensure(interpreter.view()))
        .isInstanceOf(InterpreterClosedException.class);
    assertThatThrownBy(() -> interpreter.eval("1")).isInstanceOf(InterpreterClosedException.class);
  }

  @Test
  @Tag("F14")
  @DisplayName(
      "One closer owns a closing: another's that gives up changes nothing of it. Two interpreters"
          + " whose insides close each other: refused to the second")
  void othersGiveUp() {
    ChildJvm.run(LIMIT, OthersGiveUp.class, Rounds.inside(4)).expect(0).expectOut("still closing");
  }

  /** Closes Python in vain while a sub-interpreter is closing. */
  static final class OthersGiveUp implements Scenario {
    @Override
    public void run(String... arguments) throws Exception {
      Python python = PythonUnderTest.start();
      for (int round = 0; round < Integer.parseInt(arguments[0]); round++) {
        Interpreter sub = round % 2 == 0 ? PythonUnderTest.ownGil() : PythonUnderTest.sharedGil();
        Interpreter free = PythonUnderTest.sharedGil();
        InterpreterGuard guard = guardOfAnother(sub);
        Future<Void> closer = closer(sub);
        for (int attempt = 0; attempt < 3; attempt++) {
          assertThatThrownBy(() -> python.close(Duration.ofMillis(50)))
              .isInstanceOf(InterpreterBusyException.class);
          assertThatThrownBy(() -> sub.close(Duration.ofMillis(5)))
              .isInstanceOf(InterpreterBusyException.class);
          assertRefused(sub);
          assertThat(closer.isDone()).isFalse();
          // What nobody else is closing takes newcomers in again
          assertThat(python.main().eval("6 * 7").asInt()).isEqualTo(42);
          assertThat(free.eval("6 * 7").asInt()).isEqualTo(42);
          // One who holds a guard is served as before
          Together.elsewhere(() -> {
            try (ThreadState entered = ThreadState.ensure(guard)) {
              assertThat(entered.interpreter().eval("6 * 7").asInt()).isEqualTo(42);
            }
          });
        }
        guard.close();
        Await.done(closer);
        assertThat(sub.isAlive()).isFalse();
        assertRefused(sub);
        free.close();
      }
      python.close();
      System.out.println("still closing");
    }
  }

  @Test
  @Tag("F14")
  @DisplayName("… one that was closed while Python's own closer gave up is closed for good")
  void aCloserThatGivesUpLeavesOthersTheirTurn() {
    ChildJvm.run(LIMIT, TurnsAreTaken.class, Rounds.inside(5)).expect(0).expectOut("each in turn");
  }

  /** Closes a sub-interpreter while a closer of Python waits for another one. */
  static final class TurnsAreTaken implements Scenario {
    @Override
    public void run(String... arguments) throws Exception {
      Python python = PythonUnderTest.start();
      for (int round = 0; round < Integer.parseInt(arguments[0]); round++) {
        Interpreter before = PythonUnderTest.sharedGil();
        Interpreter busy = PythonUnderTest.ownGil();
        Interpreter after = PythonUnderTest.sharedGil();
        InterpreterGuard guard = guardOfAnother(busy);
        Future<Void> ofAll =
            Together.start(
                "closer of all",
                () ->
                    assertThatThrownBy(() -> python.close(Duration.ofMillis(300)))
                        .isInstanceOf(InterpreterBusyException.class));
        Await.until("closing has begun", () -> PythonUnderTest.refuses(busy.view()));
        Future<Void> one = Together.start("closer of one", before::close);
        Future<Void> other = Together.start("closer of another", after::close);
        Await.done(ofAll);
        Await.done(one);
        Await.done(other);
        assertThat(before.isAlive()).isFalse();
        assertThat(after.isAlive()).isFalse();
        assertRefused(before);
        assertRefused(after);
        assertThat(busy.eval("6 * 7").asInt()).isEqualTo(42);
        guard.close();
        busy.close();
      }
      python.close();
      System.out.println("each in turn");
    }
  }

  @Test
  @Tag("F14")
  @DisplayName("… callers, a closer, and closers of all that give up at once, in a race")
  void closersRace() {
    ChildJvm.run(LIMIT, ClosersRace.class, Rounds.inside(30)).expect(0).expectOut("all closed");
  }

  /** Three threads call, one closes, one closes everything for a millisecond. */
  static final class ClosersRace implements Scenario {
    @Override
    public void run(String... arguments) throws Exception {
      int rounds = Integer.parseInt(arguments[0]);
      Python python = PythonUnderTest.start();
      InterpreterGuard keepsMain = guardOfAnother(python.main());
      AtomicInteger gaveUp = new AtomicInteger();
      for (int round = 0; round < rounds; round++) {
        Interpreter sub = round % 2 == 0 ? PythonUnderTest.ownGil() : PythonUnderTest.sharedGil();
        CountDownLatch called = new CountDownLatch(3);
        Together.run(
            5,
            i -> {
              switch (i) {
                case 0 -> {
                  Await.latch(called);
                  sub.close();
                  assertThat(sub.isAlive()).isFalse();
                }
                case 1 -> {
                  while (sub.isAlive()) {
                    assertThatThrownBy(() -> python.close(Duration.ofMillis(1)))
                        .isInstanceOf(InterpreterBusyException.class);
                    gaveUp.incrementAndGet();
                  }
                }
                default -> {
                  callUntilItEnds(sub, called);
                }
              }
            });
        assertRefused(sub);
      }
      keepsMain.close();
      python.close();
      System.out.println("all closed, " + gaveUp + " gave up");
    }

    private static void callUntilItEnds(Interpreter sub, CountDownLatch called) {
      boolean first = true;
      while (sub.isAlive()) {
        try {
          assertThat(sub.<Integer, RuntimeException>call(in -> in.eval("6 * 7").asInt()))
              .isEqualTo(42);
        } catch (InterpreterClosedException e) {
          Thread.onSpinWait();
          continue;
        }
        if (first) {
          called.countDown();
          first = false;
        }
      }
    }
  }

  @Test
  @Tag("F14")
  @DisplayName("… closers of all that give up while others begin: none is taken for a circle")
  void closersInVain() {
    ChildJvm.run(LIMIT, ClosersInVain.class, Rounds.inside(400)).expect(0).expectOut("all in vain");
  }

  /** Three threads close everything for moments, with someone in a sub-interpreter. */
  static final class ClosersInVain implements Scenario {
    @Override
    public void run(String... arguments) throws Exception {
      int times = Integer.parseInt(arguments[0]);
      Python python = PythonUnderTest.start();
      List<Interpreter> subs = List.of(PythonUnderTest.ownGil(), PythonUnderTest.sharedGil());
      InterpreterGuard keepsLast = guardOfAnother(subs.getLast());
      InterpreterGuard keepsMain = guardOfAnother(python.main());
      Together.run(
          3,
          i -> {
            for (int n = 0; n < times; n++) {
              Duration moment = Duration.ofNanos(ThreadLocalRandom.current().nextInt(2_000_000));
              assertThatThrownBy(() -> python.close(moment))
                  .isInstanceOf(InterpreterBusyException.class);
            }
          });
      keepsLast.close();
      keepsMain.close();
      python.close();
      assertThat(subs).noneMatch(Interpreter::isAlive);
      System.out.println("all in vain");
    }
  }

  /** A thread that is inside one interpreter and closes another when told to. */
  private static final class Insider {

    private final CountDownLatch go = new CountDownLatch(1);
    private final CountDownLatch inside = new CountDownLatch(1);
    private final AtomicLong refused;
    private final Future<Void> done;

    Insider(Interpreter in, Interpreter closes, boolean detached, AtomicLong refused) {
      this.refused = refused;
      done =
          Together.start(
              "in " + in.id(),
              () -> {
                try (ThreadState entered = ThreadState.ensure(in.view())) {
                  inside.countDown();
                  entered.runDetached(() -> Await.latch(go));
                  if (detached) {
                    entered.runDetached(() -> close(closes));
                  } else {
                    close(closes);
                  }
                  assertThat(entered.interpreter().eval("6 * 7").asInt()).isEqualTo(42);
                }
              });
      Await.latch(inside);
    }

    private void close(Interpreter closes) {
      try {
        closes.close();
        assertThat(closes.isAlive()).isFalse();
      } catch (IllegalStateException e) {
        assertThat(e)
            .isNotInstanceOf(InterpreterBusyException.class)
            .isNotInstanceOf(InterpreterClosedException.class);
        refused.incrementAndGet();
        assertThat(closes.isAlive()).isTrue();
      }
    }
  }

  @Test
  @Tag("F14")
  @DisplayName("… two, and three in a circle, from inside their insides")
  void circles() {
    ChildJvm.run(LIMIT, Circles.class, Rounds.inside(1)).expect(0).expectOut("no circle is closed");
  }

  /** Threads close what the next one is inside. */
  static final class Circles implements Scenario {
    @Override
    public void run(String... arguments) throws Exception {
      Python python = PythonUnderTest.start();
      for (int round = 0; round < Integer.parseInt(arguments[0]); round++) {
        for (int size = 2; size <= 3; size++) {
          for (boolean detached : new boolean[] {false, true}) {
            circle(size, detached, true);
            circle(size, detached, false);
          }
        }
      }
      python.close();
      System.out.println("no circle is closed");
    }

    private static void circle(int size, boolean detached, boolean inOrder) throws Exception {
      List<Interpreter> all = new ArrayList<>();
      for (int i = 0; i < size; i++) {
        all.add(PythonUnderTest.ownGil());
      }
      AtomicLong refused = new AtomicLong();
      List<Insider> insiders = new ArrayList<>();
      for (int i = 0; i < size; i++) {
        insiders.add(new Insider(all.get(i), all.get((i + 1) % size), detached, refused));
      }
      for (int i = 0; i < size; i++) {
        insiders.get(i).go.countDown();
        if (inOrder && i < size - 1) {
          InterpreterView closing = all.get(i + 1).view();
          Await.until("closing has begun", () -> PythonUnderTest.refuses(closing));
        }
      }
      for (Insider one : insiders) {
        Await.done(one.done);
      }
      if (inOrder) {
        assertThat(refused).hasValue(1);
        assertThat(all.getFirst().eval("6 * 7").asInt()).as("not begun").isEqualTo(42);
      } else {
        assertThat(refused).hasPositiveValue();
      }
      for (Interpreter one : all) {
        one.close();
      }
    }
  }

  @Test
  @Tag("F14")
  @DisplayName("… with main in the circle: who is inside what main's end would close is refused")
  void circlesWithMain() {
    ChildJvm.run(LIMIT, CircleWithMain.class, Rounds.inside(4)).expect(0).expectOut("main goes on");
  }

  /** A thread inside main closes one whose insider closes main. */
  static final class CircleWithMain implements Scenario {
    @Override
    public void run(String... arguments) throws Exception {
      Python python = PythonUnderTest.start();
      for (int round = 0; round < Integer.parseInt(arguments[0]); round++) {
        boolean mainFirst = round % 2 == 0;
        Interpreter sub = round % 4 < 2 ? PythonUnderTest.ownGil() : PythonUnderTest.sharedGil();
        AtomicLong refused = new AtomicLong();
        Insider inMain = new Insider(python.main(), sub, true, refused);
        Insider inSub = new Insider(sub, python.main(), true, refused);
        (mainFirst ? inMain : inSub).go.countDown();
        if (mainFirst) {
          Await.until("closing has begun", () -> PythonUnderTest.refuses(sub.view()));
        } else {
          Await.done(inSub.done);
        }
        (mainFirst ? inSub : inMain).go.countDown();
        Await.done(inMain.done);
        Await.done(inSub.done);
        assertThat(refused).hasValue(1);
        assertThat(sub.isAlive()).isFalse();
        assertThat(python.main().eval("6 * 7").asInt()).isEqualTo(42);
      }
      python.close();
      System.out.println("main goes on");
    }
  }

  @Test
  @Tag("F16")
  @DisplayName("An interrupt reaches the stay that it was meant for, or nothing")
  void interruptsAreNotLate() {
    ChildJvm.run(LIMIT, LateInterrupts.class, Rounds.inside(250), "400")
        .expect(0)
        .expectOut("none was late");
  }

  /** A closer interrupts in vain, again and again, beside calls without end. */
  static final class LateInterrupts implements Scenario {

    private final AtomicLong attempt = new AtomicLong(); // odd while a closer is at it
    private final AtomicLong calls = new AtomicLong(); // of this attempt
    private final AtomicLong all = new AtomicLong();
    private final AtomicInteger meant = new AtomicInteger();
    private volatile boolean over;

    @Override
    public void run(String... arguments) throws Exception {
      int attempts = Integer.parseInt(arguments[0]);
      int callsEach = Integer.parseInt(arguments[1]);
      Python python = PythonUnderTest.start();
      for (boolean own : new boolean[] {true, false}) {
        Interpreter sub = own ? PythonUnderTest.ownGil() : PythonUnderTest.sharedGil();
        sub.exec("def work(n):\n    for i in range(n): pass\n    return n");
        InterpreterGuard guard = guardOfAnother(sub);
        PyObject work = sub.eval("work");
        over = false;
        Together.run(
            4,
            i -> {
              if (i == 0) {
                try {
                  closeInVain(sub, attempts / 2, callsEach);
                } finally {
                  over = true;
                }
              } else {
                callAgainAndAgain(work);
              }
            });
        guard.close();
        sub.close();
      }
      python.close();
      System.out.println("none was late in " + all + " calls, " + meant + " were meant");
    }

    private void closeInVain(Interpreter sub, int attempts, int callsEach) {
      for (int i = 0; i < attempts; i++) {
        attempt.incrementAndGet();
        assertThatThrownBy(() -> sub.close(Duration.ofMillis(2), CloseOption.INTERRUPT))
            .isInstanceOf(InterpreterBusyException.class);
        calls.set(0);
        attempt.incrementAndGet();
        Await.until("calls are made", () -> over || calls.get() >= callsEach);
      }
    }

    private void callAgainAndAgain(PyObject work) {
      while (!over) {
        long begun = attempt.get();
        try {
          assertThat(work.call(300).asInt()).isEqualTo(300);
        } catch (InterpreterClosedException e) {
          Thread.onSpinWait();
        } catch (PythonException e) {
          assertThat(e.typeName()).isEqualTo("KeyboardInterrupt");
          boolean mayBeMeant = begun % 2 == 1 || attempt.get() != begun;
          if (!mayBeMeant) {
            over = true;
            throw new AssertionError("a call begun after the closer gave up was interrupted", e);
          }
          meant.incrementAndGet();
        }
        calls.incrementAndGet();
        all.incrementAndGet();
      }
    }
  }

  @Test
  @Tag("V1")
  @DisplayName(
      "… nor of main's after Python's own end: every use, on every thread that has been inside, says"
          + " that it has ended")
  void usesAfterTheEnd() {
    ChildJvm.run(LIMIT, AfterTheEnd.class).expect(0).expectOut("all refused");
  }

  /** Uses what is left on threads with and without states of what has ended. */
  static final class AfterTheEnd implements Scenario {

    private static final int M_PERTURB = -6;

    @Override
    public void run(String... arguments) throws Exception {
      fillFreedMemory();
      Python python = PythonUnderTest.start();
      Interpreter own = PythonUnderTest.ownGil();
      Interpreter shared = PythonUnderTest.sharedGil();
      List<Interpreter> all = List.of(python.main(), own, shared);
      List<InterpreterGuard> guards = new CopyOnWriteArrayList<>();
      List<PyObject> objects = new CopyOnWriteArrayList<>();
      List<LongSupplier> functions = new CopyOnWriteArrayList<>();
      for (Interpreter one : all) {
        InterpreterGuard guard = one.guard();
        guards.add(guard);
        guard.close();
        objects.add(one.eval("[1, 2]"));
        functions.add(one.eval("lambda: 42").as(LongSupplier.class));
      }
      CountDownLatch ready = new CountDownLatch(6);
      CountDownLatch ended = new CountDownLatch(1);
      List<Future<Void>> threads = new ArrayList<>();
      for (int i = 0; i < 6; i++) {
        int which = i;
        threads.add(
            Together.start(
                "has been inside-" + i,
                () -> {
                  for (int k = 0; k < which; k++) {
                    // A state of main, of others, the one entered within the other, or none
                    Interpreter one = all.get((which + k) % 3);
                    one.run(in -> all.get(which % 3).run(inner -> inner.eval("1").close()));
                  }
                  ready.countDown();
                  Await.latch(ended);
                  for (int round = 0; round < 3; round++) {
                    assertAllRefused(python, all, guards, objects, functions);
                  }
                }));
      }
      Await.latch(ready);
      python.close();
      ended.countDown();
      for (Future<Void> thread : threads) {
        Await.done(thread);
      }
      assertAllRefused(python, all, guards, objects, functions);
      Together.elsewhere(() -> assertAllRefused(python, all, guards, objects, functions));
      objects.forEach(PyObject::close);
      System.out.println("all refused");
    }

    // So that what reads freed memory reads nonsense
    private static void fillFreedMemory() throws Exception {
      Linker linker = Linker.nativeLinker();
      var mallopt = linker.defaultLookup().find("mallopt");
      if (mallopt.isPresent()) {
        var set =
            linker.downcallHandle(
                mallopt.get(),
                FunctionDescriptor.of(
                    ValueLayout.JAVA_INT, ValueLayout.JAVA_INT, ValueLayout.JAVA_INT));
        try {
          int ignored = (int) set.invokeExact(M_PERTURB, 0x5a);
        } catch (Throwable t) {
          throw new AssertionError(t);
        }
      }
    }

    private static void assertAllRefused(
        Python python,
        List<Interpreter> all,
        List<InterpreterGuard> guards,
        List<PyObject> objects,
        List<LongSupplier> functions) {
      assertThat(Python.running()).isEmpty();
      assertThat(InterpreterView.current()).isEmpty();
      assertThatThrownBy(python::newInterpreter).isInstanceOf(InterpreterClosedException.class);
      for (Interpreter one : all) {
        InterpreterView view = one.view();
        assertThat(view.isAlive()).isFalse();
        assertRefused(one);
        assertThatThrownBy(() -> one.exec("1")).isInstanceOf(InterpreterClosedException.class);
        assertThatThrownBy(() -> one.importModule("sys"))
            .isInstanceOf(InterpreterClosedException.class);
        assertThatThrownBy(() -> one.toPython("text"))
            .isInstanceOf(InterpreterClosedException.class);
        assertThatThrownBy(() -> view.run(in -> {})).isInstanceOf(InterpreterClosedException.class);
        assertThatThrownBy(() -> view.runInterruptibly(in -> {}))
            .isInstanceOf(InterpreterClosedException.class);
        one.close();
        one.close(Duration.ofMillis(1), CloseOption.INTERRUPT);
      }
      for (InterpreterGuard guard : guards) {
        guard.close();
        assertThatThrownBy(() -> ThreadState.ensure(guard))
            .isInstanceOf(IllegalStateException.class);
        assertThat(guard.view().isAlive()).isFalse();
      }
      for (PyObject object : objects) {
        assertThatThrownBy(object::len).isInstanceOf(InterpreterClosedException.class);
        assertThatThrownBy(() -> object.callMethod("append", 1))
            .isInstanceOf(InterpreterClosedException.class);
      }
      for (LongSupplier function : functions) {
        assertThatThrownBy(function::getAsLong).isInstanceOf(InterpreterClosedException.class);
      }
      python.close();
    }
  }

  @Test
  @Tag("F2")
  @DisplayName("… naming who is inside: of thousands some, and how many there are in all")
  void longListsAreCut() {
    ChildJvm.run(LIMIT, Crowd.class, Rounds.inside(1), "2000").expect(0).expectOut("in few lines");
  }

  /** Closes in vain what many threads are inside. */
  static final class Crowd implements Scenario {
    @Override
    public void run(String... arguments) throws Exception {
      int rounds = Integer.parseInt(arguments[0]);
      int threads = Integer.parseInt(arguments[1]);
      Logged.all();
      Python python =
          PythonUnderTest.start(
              PythonUnderTest.options().busyLogInterval(Duration.ofMillis(50)).build());
      for (int round = 0; round < rounds; round++) {
        closeCrowded(PythonUnderTest.ownGil(), threads);
      }
      python.close();
      System.out.println("in few lines");
    }

    private static void closeCrowded(Interpreter sub, int threads) throws Exception {
      CountDownLatch inside = new CountDownLatch(threads);
      CountDownLatch goOn = new CountDownLatch(1);
      List<Future<Void>> crowd = new ArrayList<>();
      for (int i = 0; i < threads; i++) {
        crowd.add(
            Together.start(
                "one of the crowd " + i,
                () -> {
                  try (ThreadState entered = ThreadState.ensure(sub.view())) {
                    inside.countDown();
                    entered.runDetached(() -> Await.latch(goOn));
                  }
                }));
      }
      Await.latch(inside);
      InterpreterBusyException busy =
          catchThrowableOfType(
              InterpreterBusyException.class, () -> sub.close(Duration.ofMillis(500)));
      assertThat(busy.occupants()).hasSize(threads);
      assertThat(busy.getMessage().lines().count()).isLessThan(100);
      assertThat(busy.getMessage()).contains("one of the crowd").hasSizeLessThan(20_000);
      assertThat(Logged.with("one of the crowd"))
          .isNotEmpty()
          .allSatisfy(message -> assertThat(message).hasSizeLessThan(20_000));
      assertThat(catchThrowable(() -> sub.eval("6 * 7").close())).isNull();
      goOn.countDown();
      for (Future<Void> one : crowd) {
        Await.done(one);
      }
      sub.close();
    }
  }
}
