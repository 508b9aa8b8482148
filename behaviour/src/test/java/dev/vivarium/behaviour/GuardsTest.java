package dev.vivarium.behaviour;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.catchThrowableOfType;

import dev.vivarium.Interpreter;
import dev.vivarium.InterpreterBusyException;
import dev.vivarium.InterpreterClosedException;
import dev.vivarium.InterpreterGuard;
import dev.vivarium.InterpreterView;
import dev.vivarium.Occupant;
import dev.vivarium.Python;
import dev.vivarium.ThreadState;
import dev.vivarium.testing.Await;
import dev.vivarium.testing.ChildJvm;
import dev.vivarium.testing.PythonUnderTest;
import dev.vivarium.testing.Scenario;
import dev.vivarium.testing.Together;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.Future;
import java.util.concurrent.atomic.AtomicReference;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;

@ExtendWith(PythonUnderTest.class)
final class GuardsTest {

  private static Future<Void> closer(Interpreter interpreter) {
    Future<Void> closer = Together.start("closer", interpreter::close);
    Await.until("closing has begun", () -> PythonUnderTest.refuses(interpreter.view()));
    return closer;
  }

  @Test
  @Tag("G1")
  @DisplayName("While a guard is open its interpreter does not begin to finalize; the closer waits")
  void closerWaitsForGuards() throws Exception {
    for (int round = 0; round < 20; round++) {
      Interpreter sub = round % 2 == 0 ? PythonUnderTest.ownGil() : PythonUnderTest.sharedGil();
      List<String> order = new CopyOnWriteArrayList<>();
      PythonUnderTest.define(sub, "ended", (Runnable) () -> order.add("finalization"));
      sub.exec("import atexit; atexit.register(ended)");
      InterpreterGuard first = sub.guard();
      InterpreterGuard second = sub.view().guard();
      Future<Void> closer = closer(sub);
      first.close();
      // With a guard one may come in while the closer waits, and Python is whole
      Together.elsewhere(() -> {
        try (ThreadState entered = ThreadState.ensure(second)) {
          assertThat(entered.interpreter().eval("sum(range(100_000))").asLong())
              .isEqualTo(4_999_950_000L);
        }
      });
      assertThat(closer.isDone()).isFalse();
      assertThat(sub.isAlive()).isTrue();
      order.add("guard closed");
      second.close();
      Await.done(closer);
      assertThat(order).containsExactly("guard closed", "finalization");
      assertThat(sub.isAlive()).isFalse();
    }
  }

  @Test
  @Tag("G2")
  @DisplayName(
      "Once closing has begun, no new guard is given out, and the asker gets an exception at once:"
          + " it never waits")
  void noGuardOnceClosing() throws Exception {
    Interpreter sub = PythonUnderTest.ownGil();
    InterpreterView view = sub.view();
    InterpreterGuard open = view.guard();
    Future<Void> closer = closer(sub);
    // The closer waits for the guard below, so an asker that waited for it would hang
    Together.run(
        4,
        i -> {
          assertThatThrownBy(view::guard).isInstanceOf(InterpreterClosedException.class);
          assertThatThrownBy(sub::guard).isInstanceOf(InterpreterClosedException.class);
          assertThatThrownBy(() -> ThreadState.ensure(view))
              .isInstanceOf(InterpreterClosedException.class);
        });
    Together.elsewhere(() -> {
      try (ThreadState entered = ThreadState.ensure(open)) {
        assertThatThrownBy(view::guard).isInstanceOf(InterpreterClosedException.class);
        assertThatThrownBy(InterpreterGuard::current)
            .isInstanceOf(InterpreterClosedException.class);
      }
    });
    assertThat(closer.isDone()).isFalse();
    open.close();
    Await.done(closer);
    assertThatThrownBy(view::guard).isInstanceOf(InterpreterClosedException.class);
  }

  @Test
  @Tag("G2")
  @DisplayName("… every guard that was given out in a race with a closer is waited for")
  void guardsRaceWithTheCloser() throws Exception {
    for (int round = 0; round < 30; round++) {
      Interpreter sub = PythonUnderTest.sharedGil();
      InterpreterView view = sub.view();
      Together.run(
          4,
          i -> {
            if (i == 0) {
              sub.close();
              return;
            }
            for (int k = 0; k < 100_000; k++) {
              InterpreterGuard guard;
              try {
                guard = view.guard();
              } catch (InterpreterClosedException e) {
                return;
              }
              try (guard;
                  ThreadState entered = ThreadState.ensure(guard)) {
                assertThat(GilStateClient.look().id()).isEqualTo(view.id());
              }
            }
            throw new AssertionError("the closer never came to close");
          });
    }
  }

  @Test
  @Tag("G3")
  @DisplayName(
      "A guard can be taken from a view with no thread state attached, and closed on another thread"
          + " than the one that took it. Closing twice is harmless")
  void guardsMoveBetweenThreads() throws Exception {
    Interpreter sub = PythonUnderTest.ownGil();
    CountDownLatch hogging = new CountDownLatch(1);
    CountDownLatch enough = new CountDownLatch(1);
    Future<Void> hog =
        Together.start(
            "hog",
            () -> {
              try (ThreadState entered = ThreadState.ensure(sub.view())) {
                hogging.countDown();
                Await.latch(enough);
              }
            });
    Await.latch(hogging);
    AtomicReference<InterpreterGuard> taken = new AtomicReference<>();
    Together.elsewhere(() -> {
      taken.set(sub.view().guard());
      assertThat(GilStateClient.look().isAttached()).isFalse();
    });
    InterpreterGuard guard = taken.get();
    assertThat(guard.isOpen()).isTrue();
    assertThat(guard.view().id()).isEqualTo(sub.id());
    InterpreterGuard other = sub.guard();
    Together.run(4, i -> guard.close());
    guard.close();
    assertThat(guard.isOpen()).isFalse();
    assertThat(other.isOpen()).isTrue();
    enough.countDown();
    Await.done(hog);
    assertThatThrownBy(() -> ThreadState.ensure(guard)).isInstanceOf(IllegalStateException.class);
    // A second close that counted would have let go of the other one
    Future<Void> closer = closer(sub);
    Together.elsewhere(() -> ThreadState.ensure(other).close());
    assertThat(closer.isDone()).isFalse();
    Together.elsewhere(other::close);
    Await.done(closer);
    other.close();
    guard.close();
  }

  @Test
  @Tag("G4")
  @DisplayName(
      "A guard that is never closed cannot hang the program without a word: close(Duration) fails"
          + " with the list of what it waits for (thread, since when)")
  void closeTellsWhomItWaitsFor() throws Exception {
    Interpreter sub = PythonUnderTest.ownGil();
    Instant before = Instant.now().minusSeconds(2);
    AtomicReference<InterpreterGuard> forgotten = new AtomicReference<>();
    Await.done(Together.start("forgetful", () -> forgotten.set(sub.guard())));
    InterpreterBusyException busy =
        catchThrowableOfType(
            InterpreterBusyException.class, () -> sub.close(Duration.ofMillis(50)));
    assertThat(busy.getMessage()).contains("forgetful");
    assertThat(busy.occupants())
        .singleElement()
        .satisfies(o -> {
          assertThat(o.kind()).isEqualTo(Occupant.Kind.GUARD);
          assertThat(o.threadName()).isEqualTo("forgetful");
          assertThat(o.since()).isBetween(before, Instant.now());
        });
    forgotten.get().close();
    sub.close(Duration.ofSeconds(60));
    assertThat(sub.isAlive()).isFalse();
  }

  @Test
  @Tag("G4")
  @DisplayName(
      "… (and where it was taken when tracing is on), and a plain close() logs that list at"
          + " intervals")
  void tracedAndLogged() {
    ChildJvm.run(Duration.ofSeconds(150), Traced.class).expect(0).expectOut("traced");
  }

  /** Guards with tracing, and a close that logs. */
  static final class Traced implements Scenario {
    @Override
    public void run(String... arguments) throws Exception {
      Logged.all();
      Python python =
          PythonUnderTest.start(
              PythonUnderTest.options()
                  .traceGuards(true)
                  .busyLogInterval(Duration.ofMillis(30))
                  .build());
      Interpreter sub = PythonUnderTest.ownGil();
      AtomicReference<InterpreterGuard> forgotten = new AtomicReference<>();
      Await.done(Together.start("forgetful", () -> forgotten.set(takenHere(sub))));
      InterpreterBusyException busy =
          catchThrowableOfType(
              InterpreterBusyException.class, () -> sub.close(Duration.ofMillis(50)));
      assertThat(busy.occupants().getFirst().where())
          .anySatisfy(frame -> assertThat(frame.getMethodName()).isEqualTo("takenHere"));
      assertThat(busy.getMessage()).contains("takenHere");
      Future<Void> closer = Together.start("closer", sub::close);
      Await.until("three more reports", () -> Logged.with("forgetful").size() >= 3);
      assertThat(closer.isDone()).isFalse();
      forgotten.get().close();
      Await.done(closer);
      python.close();
      System.out.println("traced " + Logged.all());
    }

    private static InterpreterGuard takenHere(Interpreter interpreter) {
      return interpreter.guard();
    }
  }

  @Test
  @Tag("G5")
  @DisplayName(
      "Closing an interpreter on a thread that holds a guard on it, or is attached to it, throws at"
          + " once instead of waiting for itself")
  void nobodyWaitsForItself() throws Exception {
    try (Interpreter sub = PythonUnderTest.ownGil();
        Interpreter other = PythonUnderTest.sharedGil()) {
      Runnable refused =
          () -> {
            assertThatThrownBy(sub::close)
                .isInstanceOf(IllegalStateException.class)
                .isNotInstanceOf(InterpreterBusyException.class)
                .isNotInstanceOf(InterpreterClosedException.class);
            assertThatThrownBy(() -> sub.close(Duration.ofHours(1)))
                .isInstanceOf(IllegalStateException.class)
                .isNotInstanceOf(InterpreterBusyException.class);
            assertThat(sub.isAlive()).isTrue();
          };
      try (InterpreterGuard guard = sub.guard()) {
        refused.run();
        guard.view();
      }
      try (ThreadState entered = ThreadState.ensure(sub.view())) {
        refused.run();
        entered.runDetached(() -> refused.run());
        try (ThreadState inner = ThreadState.ensure(other.view())) {
          refused.run();
        }
      }
      PythonUnderTest.define(sub, "refused", refused);
      sub.exec("refused()");
      sub.exec("import threading; t = threading.Thread(target=refused); t.start(); t.join()");
      // Nothing of that has begun a close
      assertThat(sub.eval("1 + 1").asInt()).isEqualTo(2);
      sub.guard().close();
    }
  }

  @Test
  @Tag("G5")
  @DisplayName("… the same for closing Python on a thread that is inside any interpreter")
  void nobodyClosesPythonFromInside() {
    ChildJvm.run(Duration.ofSeconds(150), FromInside.class).expect(0).expectOut("refused");
  }

  /** Closes Python where it would wait for itself. */
  static final class FromInside implements Scenario {
    @Override
    public void run(String... arguments) {
      Python python = PythonUnderTest.start();
      Interpreter sub = PythonUnderTest.ownGil();
      for (Interpreter one : List.of(python.main(), sub)) {
        try (ThreadState entered = ThreadState.ensure(one.view())) {
          assertThatThrownBy(python::close).isInstanceOf(IllegalStateException.class);
        }
        try (InterpreterGuard guard = one.guard()) {
          assertThatThrownBy(() -> python.close(Duration.ofHours(1)))
              .isInstanceOf(IllegalStateException.class);
          assertThat(guard.isOpen()).isTrue();
        }
        assertThat(one.eval("6 * 7").asInt()).isEqualTo(42);
      }
      python.close();
      System.out.println("refused");
    }
  }
}
