package dev.vivarium.behaviour;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.vivarium.Interpreter;
import dev.vivarium.InterpreterClosedException;
import dev.vivarium.InterpreterNotFoundException;
import dev.vivarium.InterpreterOptions;
import dev.vivarium.InterpreterView;
import dev.vivarium.Python;
import dev.vivarium.ThreadState;
import dev.vivarium.testing.Await;
import dev.vivarium.testing.ChildJvm;
import dev.vivarium.testing.PythonUnderTest;
import dev.vivarium.testing.Scenario;
import dev.vivarium.testing.Together;
import java.lang.ref.WeakReference;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Random;
import java.util.Set;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.Future;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.extension.ExtendWith;

@ExtendWith(PythonUnderTest.class)
final class ViewsTest {

  private static void assertEnded(InterpreterView view) {
    assertThat(view.isAlive()).isFalse();
    assertThatThrownBy(() -> ThreadState.ensure(view))
        .isInstanceOf(InterpreterClosedException.class);
    assertThatThrownBy(view::guard).isInstanceOf(InterpreterClosedException.class);
    assertThatThrownBy(() -> view.run(in -> {})).isInstanceOf(InterpreterClosedException.class);
  }

  @Test
  @Tag("V1")
  @DisplayName(
      "A view keeps nothing alive. After its interpreter ends it is safe for ever: isAlive() is"
          + " false, ensure and guard throw InterpreterClosedException")
  void viewKeepsNothingAlive() throws Exception {
    for (InterpreterOptions options :
        List.of(InterpreterOptions.isolated(), InterpreterOptions.shared())) {
      Interpreter sub = PythonUnderTest.python().newInterpreter(options);
      InterpreterView view = sub.view();
      long id = sub.id();
      assertThat(view.isAlive()).isTrue();
      assertThat(PythonUnderTest.liveIds()).contains(id);

      sub.close(Duration.ofSeconds(60));

      assertThat(PythonUnderTest.liveIds()).doesNotContain(id);
      assertThat(view.id()).isEqualTo(id);
      assertEnded(view);
      Together.run(4, i -> assertEnded(view));
      assertThatThrownBy(() -> sub.eval("1")).isInstanceOf(InterpreterClosedException.class);
    }
  }

  @Test
  @Tag("V1")
  @DisplayName("… and no memory of the dead interpreter is read")
  void viewIsReadAgainstItsEnd() throws Exception {
    Random random = new Random(11);
    for (int round = 0; round < 40; round++) {
      Interpreter sub =
          random.nextBoolean() ? PythonUnderTest.ownGil() : PythonUnderTest.sharedGil();
      InterpreterView view = sub.view();
      Together.run(
          4,
          i -> {
            if (i == 0) {
              sub.close();
              return;
            }
            while (true) {
              try (ThreadState entered = ThreadState.ensure(view)) {
                assertThat(GilStateClient.look().id()).isEqualTo(view.id());
              } catch (InterpreterClosedException e) {
                break;
              }
            }
            Await.until("the view says so", () -> !view.isAlive());
          });
      assertEnded(view);
    }
  }

  @Test
  @Tag("V2")
  @DisplayName(
      "A view means one interpreter, never an address: after that one ends and another is created"
          + " in the same memory, the old view still fails. (10,000 create/end cycles with every"
          + " view kept.)")
  @Timeout(1500)
  void viewMeansOneInterpreter() {
    // Free-threaded 3.13 leaks 2 MB for each interpreter of any kind, so a process makes fewer
    // there
    int processes = PythonUnderTest.version().endsWith("t") ? 8 : 1;
    String cycles = Integer.toString(PythonUnderTest.count(10_000) / processes);
    for (int i = 0; i < processes; i++) {
      ChildJvm.run(Duration.ofMinutes(24), Cycles.class, cycles)
          .expect(0)
          .expectOut("cycles " + cycles);
    }
  }

  /** Makes and ends interpreters, and keeps all views. */
  static final class Cycles implements Scenario {
    @Override
    public void run(String... arguments) {
      int cycles = Integer.parseInt(arguments[0]);
      // Without site an interpreter is made in half the time
      Python python = PythonUnderTest.start(PythonUnderTest.options().site(false).build());
      Random random = new Random(2);
      List<InterpreterView> ended = new ArrayList<>();
      Set<Long> addresses = new HashSet<>();
      int reused = 0;
      for (int i = 0; i < cycles; i++) {
        // 3.12 and 3.13 leak megabytes for each interpreter with a GIL of its own
        boolean own = i % 100 == 0;
        Interpreter sub =
            python.newInterpreter(
                own ? InterpreterOptions.isolated() : InterpreterOptions.shared());
        InterpreterView view = sub.view();
        try (ThreadState entered = ThreadState.ensure(view)) {
          GilStateClient.Seen seen = GilStateClient.look();
          assertThat(seen.id()).isEqualTo(view.id());
          reused += addresses.add(seen.interpreter()) ? 0 : 1;
        }
        for (int j = Math.max(0, ended.size() - 3); j < ended.size(); j++) {
          assertEnded(ended.get(j));
        }
        if (!ended.isEmpty()) {
          assertEnded(ended.get(random.nextInt(ended.size())));
        }
        sub.close();
        ended.add(view);
      }
      ended.forEach(ViewsTest::assertEnded);
      assertThat(reused).as("interpreters in memory that was another's").isPositive();
      System.out.println("cycles " + cycles + ", addresses " + addresses.size());
      python.close();
    }
  }

  @Test
  @Tag("V3")
  @DisplayName(
      "Views come from: an interpreter object, the current attached thread state, the main"
          + " interpreter, and an interpreter's id")
  void viewsComeFrom() throws Exception {
    Interpreter main = PythonUnderTest.main();
    assertThat(InterpreterView.main().id()).isZero();
    assertThat(main.view().id()).isZero();
    assertThat(InterpreterView.current()).isEmpty();
    try (Interpreter own = PythonUnderTest.ownGil();
        Interpreter shared = PythonUnderTest.sharedGil()) {
      for (Interpreter one : List.of(main, own, shared)) {
        InterpreterView view = one.view();
        assertThat(view.id()).isEqualTo(one.id());
        try (ThreadState entered = ThreadState.ensure(view)) {
          assertThat(InterpreterView.current().orElseThrow().id()).isEqualTo(one.id());
          assertThat(entered.interpreter().id()).isEqualTo(one.id());
        }
        assertThat(InterpreterView.current()).isEmpty();
        assertThat(InterpreterView.of(one.id()).id()).isEqualTo(one.id());
        InterpreterView byId = InterpreterView.of(one.id());
        long id = byId.call(in -> GilStateClient.look().id());
        assertThat(id).isEqualTo(one.id());
      }
      // Attached by someone else's PyGILState_Ensure
      GilStateClient.onPthread(() ->
          GilStateClient.inGilState(
              1, () -> assertThat(InterpreterView.current().orElseThrow().id()).isZero()));
    }
  }

  @Test
  @Tag("V3")
  @DisplayName(
      "… also where Python code created that interpreter (concurrent.interpreters, _interpreters)")
  void viewsOfInterpretersThatPythonMade() throws Exception {
    Interpreter main = PythonUnderTest.main();
    main.exec(
        """
        try:
            import _interpreters as _made_by
        except ImportError:
            import _xxsubinterpreters as _made_by
        made = _made_by.create()
        made_id = int(made)
        """);
    long id = main.eval("made_id").asLong();
    InterpreterView view = InterpreterView.of(id);
    assertThat(view.id()).isEqualTo(id);
    assertThat(view.isAlive()).isTrue();
    view.run(in -> in.exec("only_here = 7"));
    Together.run(
        4,
        i -> {
          try (ThreadState entered = ThreadState.ensure(view)) {
            assertThat(GilStateClient.look().id()).isEqualTo(id);
            assertThat(entered.interpreter().eval("only_here").asInt()).isEqualTo(7);
          }
        });
    assertThatThrownBy(() -> main.eval("only_here")).hasMessageContaining("NameError");
    main.exec("_made_by.destroy(made); del made");
    assertEnded(view);
    assertThatThrownBy(() -> InterpreterView.of(id)).isInstanceOf(InterpreterClosedException.class);
  }

  @Test
  @Tag("V3")
  @DisplayName("… An id that never existed and one that ended give different, clear errors")
  void unknownAndEndedIds() {
    Interpreter sub = PythonUnderTest.ownGil();
    long id = sub.id();
    sub.close();
    assertThatThrownBy(() -> InterpreterView.of(id))
        .isInstanceOf(InterpreterClosedException.class)
        .hasMessageContaining(Long.toString(id));
    for (long never : new long[] {1_000_000_007L, Long.MAX_VALUE, -1, Long.MIN_VALUE}) {
      assertThatThrownBy(() -> InterpreterView.of(never))
          .isInstanceOf(InterpreterNotFoundException.class)
          .hasMessageContaining(Long.toString(never));
    }
  }

  @Test
  @Tag("V4")
  @DisplayName(
      "Taking, copying and dropping views needs no attached thread state and no close call")
  void viewsNeedNoThreadState() throws Exception {
    assertThat(AutoCloseable.class.isAssignableFrom(InterpreterView.class)).isFalse();
    Interpreter main = PythonUnderTest.main();
    try (Interpreter sub = PythonUnderTest.ownGil()) {
      CountDownLatch hogging = new CountDownLatch(1);
      CountDownLatch enough = new CountDownLatch(1);
      // Whoever would attach to either interpreter now would wait for this thread
      Future<Void> hog =
          Together.start(
              "hog",
              () -> {
                try (ThreadState a = ThreadState.ensure(main.view())) {
                  try (ThreadState b = ThreadState.ensure(sub.view())) {
                    hogging.countDown();
                    Await.latch(enough);
                  }
                }
              });
      Await.latch(hogging);
      Future<Void> mainHog =
          Together.start(
              "main hog",
              () -> {
                try (ThreadState a = ThreadState.ensure(main.view())) {
                  Await.latch(enough);
                }
              });
      Together.run(
          4,
          i -> {
            List<WeakReference<InterpreterView>> dropped = new ArrayList<>();
            for (int j = 0; j < 1000; j++) {
              InterpreterView view = j % 2 == 0 ? sub.view() : InterpreterView.main();
              assertThat(view.isAlive()).isTrue();
              InterpreterView copy = InterpreterView.of(view.id());
              assertThat(copy.id()).isEqualTo(view.id());
              dropped.add(new WeakReference<>(copy));
            }
            assertThat(GilStateClient.look().isAttached()).isFalse();
            assertThat(GilStateClient.look().slot()).isZero();
          });
      System.gc();
      enough.countDown();
      Await.done(hog);
      Await.done(mainHog);
    }
  }
}
