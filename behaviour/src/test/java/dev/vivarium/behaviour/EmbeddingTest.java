package dev.vivarium.behaviour;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.vivarium.Interpreter;
import dev.vivarium.InterpreterClosedException;
import dev.vivarium.InterpreterGuard;
import dev.vivarium.InterpreterView;
import dev.vivarium.Python;
import dev.vivarium.ThreadState;
import dev.vivarium.testing.Await;
import dev.vivarium.testing.ChildJvm;
import dev.vivarium.testing.PythonUnderTest;
import dev.vivarium.testing.Scenario;
import dev.vivarium.testing.Together;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.Future;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/**
 * CPython 3.15's own tests of views, guards, ensure and release ({@code test_embed}, {@code
 * _testinternalcapi}), done through the Java API on every CPython. Where a C function fails or
 * hangs there, its Java counterpart throws.
 */
final class EmbeddingTest {

  private static final Duration LIMIT = Duration.ofMinutes(5);

  private static void inChild(Class<? extends Scenario> scenario) {
    ChildJvm.run(LIMIT, scenario).expect(0).expectOut("done");
  }

  @Test
  @Tag("V1")
  @DisplayName("test_gilstate_after_finalization: a new thread that comes after the end is refused")
  void afterFinalization() {
    inChild(AfterFinalization.class);
  }

  static final class AfterFinalization implements Scenario {
    @Override
    public void run(String... arguments) throws Exception {
      Python python = PythonUnderTest.start();
      InterpreterView main = python.main().view();
      GilStateClient.onPthread(() -> ThreadState.ensure(main).close());
      python.close();
      Together.elsewhere(() -> assertRefused(main));
      GilStateClient.onPthread(() -> assertRefused(main));
      System.out.println("done");
    }
  }

  private static void assertRefused(InterpreterView view) {
    assertThat(view.isAlive()).isFalse();
    assertThatThrownBy(() -> ThreadState.ensure(view))
        .isInstanceOf(InterpreterClosedException.class);
    assertThatThrownBy(view::guard).isInstanceOf(InterpreterClosedException.class);
  }

  @Test
  @Tag("G1")
  @DisplayName(
      "test_thread_state_ensure: a native thread ensures three deep with a guard that main gave it,"
          + " PyGILState_Ensure between; the end of main waits for it")
  void ensureInNativeThread() {
    inChild(EnsureInNativeThread.class);
  }

  static final class EnsureInNativeThread implements Scenario {
    @Override
    public void run(String... arguments) throws Exception {
      Python python = PythonUnderTest.start();
      InterpreterGuard guard = python.main().guard();
      AtomicBoolean finished = new AtomicBoolean();
      CountDownLatch closing = new CountDownLatch(1);
      Future<Void> worker =
          Together.start(
              "worker",
              () ->
                  GilStateClient.onPthread(() -> {
                    Await.latch(closing);
                    try (ThreadState first = ThreadState.ensure(guard);
                        ThreadState second = ThreadState.ensure(guard);
                        ThreadState third = ThreadState.ensure(guard)) {
                      long attached = GilStateClient.look().attached();
                      GilStateClient.inGilState(
                          1,
                          () -> {
                            try (ThreadState inner = ThreadState.ensure(guard)) {
                              assertThat(GilStateClient.look().attached()).isEqualTo(attached);
                            }
                          });
                      assertThat(third.interpreter().eval("4 + 2").asInt()).isEqualTo(6);
                    }
                    finished.set(true);
                    guard.close();
                  }));
      Future<Void> closer = Together.start("closer", python::close);
      Await.until("closing has begun", () -> PythonUnderTest.refuses(guard.view()));
      closing.countDown();
      Await.done(closer);
      assertThat(finished).isTrue();
      Await.done(worker);
      System.out.println("done");
    }
  }

  @Test
  @Tag("V3")
  @DisplayName(
      "test_main_interpreter_view: a view of main before the start is refused, works in between,"
          + " and fails after the end")
  void viewOfMain() {
    inChild(ViewOfMain.class);
  }

  static final class ViewOfMain implements Scenario {
    @Override
    public void run(String... arguments) {
      assertThatThrownBy(InterpreterView::main)
          .isInstanceOf(IllegalStateException.class)
          .hasMessageContaining("Python.start()");
      Python python = PythonUnderTest.start();
      InterpreterView main = InterpreterView.main();
      main.guard().close();
      try (ThreadState entered = ThreadState.ensure(main)) {
        assertThat(InterpreterView.current()).contains(main);
      }
      python.close();
      assertRefused(main);
      assertRefused(InterpreterView.main());
      System.out.println("done");
    }
  }

  @Test
  @Tag("F1")
  @DisplayName(
      "test_thread_state_ensure_from_view: the end waits for a native thread that has ensured from"
          + " a view, until its Python code is done")
  void ensureFromView() {
    inChild(EnsureFromView.class);
  }

  static final class EnsureFromView implements Scenario {
    @Override
    public void run(String... arguments) throws Exception {
      Python python = PythonUnderTest.start();
      InterpreterView view = python.main().view();
      CountDownLatch inside = new CountDownLatch(1);
      AtomicBoolean finished = new AtomicBoolean();
      Future<Void> worker =
          Together.start(
              "worker",
              () ->
                  GilStateClient.onPthread(() -> {
                    try (ThreadState entered = ThreadState.ensure(view)) {
                      inside.countDown();
                      entered.interpreter().exec("import time; time.sleep(0.3); slept = True");
                      finished.set(entered.interpreter().eval("slept").asBoolean());
                    }
                  }));
      Await.latch(inside);
      python.close();
      assertThat(finished).isTrue();
      Await.done(worker);
      System.out.println("done");
    }
  }

  @Test
  @Tag("F1")
  @DisplayName(
      "test_concurrent_finalization_stress: fifty interpreters, and at last main, close while four"
          + " threads enter by guard, by PyGILState_Ensure and by view as often as they are let in")
  @Timeout(600)
  void finalizationStress() {
    inChild(FinalizationStress.class);
  }

  static final class FinalizationStress implements Scenario {

    private static final int THREADS = 4;
    private static final int ROUNDS = 1000;

    private final AtomicInteger served = new AtomicInteger();

    @Override
    public void run(String... arguments) throws Exception {
      Python python = PythonUnderTest.start();
      for (int i = 0; i < 50; i++) {
        Interpreter sub = i % 2 == 0 ? PythonUnderTest.ownGil() : PythonUnderTest.sharedGil();
        race(sub.view(), sub::close);
      }
      assertThat(served.get()).isPositive();
      race(python.main().view(), python::close);
      System.out.println("done, served " + served);
    }

    private void race(InterpreterView view, Runnable close) throws Exception {
      List<Future<Void>> threads = new ArrayList<>();
      CountDownLatch running = new CountDownLatch(THREADS); // a loaded machine starts them late
      for (int i = 0; i < THREADS; i++) {
        threads.add(
            Together.start(
                "racer-" + i,
                () ->
                    GilStateClient.onPthread(() -> {
                      running.countDown();
                      enterOften(view);
                    })));
      }
      assertThat(running.await(1, TimeUnit.MINUTES)).isTrue();
      close.run();
      for (Future<Void> thread : threads) {
        Await.done(thread);
      }
      assertRefused(view);
    }

    private void enterOften(InterpreterView view) throws Exception {
      for (int i = 0; i < ROUNDS; i++) {
        InterpreterGuard guard;
        try {
          guard = view.guard();
        } catch (InterpreterClosedException e) {
          return;
        }
        try (guard;
            ThreadState outer = ThreadState.ensure(guard)) {
          long id = view.id();
          GilStateClient.Course course =
              GilStateClient.inGilState(
                  1,
                  () -> {
                    // Already inside: also while the interpreter refuses newcomers
                    try (ThreadState inner = ThreadState.ensure(view)) {
                      assertThat(GilStateClient.look().id()).isEqualTo(id);
                    }
                  });
          assertThat(course.entered()).isEqualTo(course.before());
          assertThat(course.after()).isEqualTo(course.before());
          served.incrementAndGet();
        }
      }
    }
  }

  @Test
  @Tag("G1")
  @DisplayName(
      "test_interp_guard_countdown: with a hundred guards it stays, with each one closed too, and"
          + " ends after the last")
  void guardCountdown() {
    inChild(GuardCountdown.class);
  }

  static final class GuardCountdown implements Scenario {
    @Override
    public void run(String... arguments) throws Exception {
      try (Python python = PythonUnderTest.start()) {
        Interpreter sub = python.newInterpreter();
        List<InterpreterGuard> guards = new ArrayList<>();
        sub.run(in -> {
          for (int i = 0; i < 100; i++) {
            guards.add(InterpreterGuard.current());
          }
        });
        Future<Void> closer = Together.start("closer", sub::close);
        Await.until("closing has begun", () -> PythonUnderTest.refuses(sub.view()));
        for (InterpreterGuard guard : guards) {
          assertThat(sub.isAlive()).isTrue();
          assertThat(closer.isDone()).isFalse();
          guard.close();
        }
        Await.done(closer);
        assertThat(sub.isAlive()).isFalse();
      }
      System.out.println("done");
    }
  }

  @Test
  @Tag("G3")
  @DisplayName(
      "test_interp_view_countdown: a hundred guards from one view hold the view's interpreter")
  void viewCountdown() {
    inChild(ViewCountdown.class);
  }

  static final class ViewCountdown implements Scenario {
    @Override
    public void run(String... arguments) throws Exception {
      try (Python python = PythonUnderTest.start()) {
        Interpreter sub = python.newInterpreter();
        InterpreterView view = sub.view();
        List<InterpreterGuard> guards = new ArrayList<>();
        for (int i = 0; i < 100; i++) {
          InterpreterGuard guard = view.guard();
          assertThat(guard.view()).isEqualTo(view);
          try (ThreadState entered = ThreadState.ensure(guard)) {
            assertThat(GilStateClient.look().id()).isEqualTo(sub.id());
          }
          guards.add(guard);
        }
        Together.elsewhere(() -> guards.forEach(InterpreterGuard::close));
        sub.close(Duration.ZERO); // nothing holds it any more
        assertRefused(view);
      }
      System.out.println("done");
    }
  }

  @Test
  @Tag("E3")
  @DisplayName(
      "test_thread_state_ensure_from_view_interp_switch: ensured where it is attached and where it"
          + " is detached, it leaves things as they were and no guard behind")
  void switchFromView() {
    inChild(SwitchFromView.class);
  }

  static final class SwitchFromView implements Scenario {
    @Override
    public void run(String... arguments) throws Exception {
      try (Python python = PythonUnderTest.start()) {
        Interpreter sub = python.newInterpreter();
        for (Interpreter one : List.of(python.main(), sub)) {
          try (ThreadState outer = ThreadState.ensure(one.view())) {
            GilStateClient.Seen before = GilStateClient.look();
            ThreadState.ensure(one.view()).close();
            assertThat(GilStateClient.look()).isEqualTo(before);
            outer.runDetached(() -> {
              GilStateClient.Seen detached = GilStateClient.look();
              assertThat(detached.isAttached()).isFalse();
              try (ThreadState inner = ThreadState.ensure(one.view())) {
                assertThat(GilStateClient.look().attached()).isEqualTo(before.attached());
              }
              assertThat(GilStateClient.look().isAttached()).isFalse();
            });
            assertThat(GilStateClient.look()).isEqualTo(before);
          }
          one.view().guard().close();
        }
        sub.close(Duration.ZERO);
      }
      System.out.println("done");
    }
  }
}
