package dev.vivarium.behaviour;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.vivarium.Interpreter;
import dev.vivarium.InterpreterBusyException;
import dev.vivarium.InterpreterClosedException;
import dev.vivarium.InterpreterGuard;
import dev.vivarium.InterpreterOptions;
import dev.vivarium.InterpreterView;
import dev.vivarium.Python;
import dev.vivarium.PythonException;
import dev.vivarium.ThreadState;
import dev.vivarium.testing.Await;
import dev.vivarium.testing.ChildJvm;
import dev.vivarium.testing.PythonUnderTest;
import dev.vivarium.testing.Scenario;
import dev.vivarium.testing.Together;
import java.io.Writer;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.Future;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;

/** Interpreters that are made, ended and left behind while Python ends. */
final class MakersTest {

  private static final Duration LIMIT = Duration.ofSeconds(60);
  private static final int ROUNDS = PythonUnderTest.countsInFull() ? 3 : 1;

  private static final String MODULE =
      """
      try:
          import _interpreters as maker
      except ImportError:
          import _xxsubinterpreters as maker
      kept = []
      """;

  private static ChildJvm.Ended assertNoCrash(ChildJvm.Ended ended) {
    assertThat(ended.err()).doesNotContain("A fatal error", "Fatal Python error");
    return ended;
  }

  // Of those that Python code has left CPython may say that it has to end them
  private static void assertNoneLeft(String who, ChildJvm.Ended ended) {
    if (who.equals("java")) {
      assertThat(ended.err()).doesNotContain("remaining subinterpreters");
    }
  }

  @Test
  @Tag("F13")
  @DisplayName(
      "Interpreters made, ended and left behind in any order by Java and by Python code, while main"
          + " closes or the process is told to end: either made and ended by these rules, or"
          + " refused; main never ends before them")
  void makersRaceTheEnd() {
    for (String who : Rounds.turn("java", "python", "both")) {
      int rounds = Integer.parseInt(Rounds.inside(ROUNDS));
      for (int round = 0; round < rounds; round++) {
        ChildJvm.Ended ended =
            ChildJvm.run(LIMIT, Makers.class, who, "close", Integer.toString(round));
        assertNoCrash(ended).expect(0).expectOut("all ended");
        assertNoneLeft(who, ended);
      }
    }
  }

  @Test
  @Tag("F13")
  @DisplayName("… the process is told to end while three threads make them")
  void makersAtTheEndOfTheProcess() {
    for (String who : Rounds.turn("java", "python", "both")) {
      int rounds = Integer.parseInt(Rounds.inside(ROUNDS));
      for (int round = 0; round < rounds; round++) {
        ChildJvm child =
            ChildJvm.start(
                LIMIT, List.of(), Makers.class, who, "be told to end", Integer.toString(round));
        child.awaitOut("making");
        ChildJvm.Ended ended = assertNoCrash(child.terminate().await()).expect(143);
        assertNoneLeft(who, ended);
      }
    }
  }

  /** Threads make interpreters, end some and leave some, until they are refused. */
  static final class Makers implements Scenario {

    @Override
    public void run(String... arguments) throws Exception {
      String who = arguments[0];
      boolean closes = arguments[1].equals("close");
      int round = Integer.parseInt(arguments[2]);
      Python python =
          PythonUnderTest.start(
              PythonUnderTest.options().site(false).exitTimeout(Duration.ofSeconds(30)).build());
      python.main().exec(MODULE);
      CountDownLatch going = new CountDownLatch(3);
      List<Future<Void>> makers = new ArrayList<>();
      for (int i = 0; i < 3; i++) {
        int number = i;
        boolean java = who.equals("java") || (who.equals("both") && i < 2);
        makers.add(
            Together.start(
                "maker-" + i,
                () -> {
                  for (int made = 0; ; made++) {
                    if (made == 1) {
                      going.countDown();
                    }
                    try {
                      if (java) {
                        makeByJava(made + number + round, who.equals("both"));
                      } else {
                        makeByPython(python, made + number + round);
                      }
                    } catch (IllegalStateException e) {
                      assertThat(e).hasMessageMatching("(?s).*( is closing|has ended).*");
                      assertThat(made).as("made before it was refused").isPositive();
                      return;
                    }
                  }
                }));
      }
      Await.until(
          "they are going",
          () -> going.getCount() == 0 || makers.stream().anyMatch(Future::isDone));
      System.out.println("making");
      System.out.flush();
      if (!closes) {
        Thread.sleep(Duration.ofHours(1)); // until the process is told to end
      }
      python.close();
      for (Future<Void> maker : makers) {
        Await.done(maker);
      }
      assertThat(python.main().isAlive()).isFalse();
      assertThatThrownBy(python::newInterpreter).isInstanceOf(InterpreterClosedException.class);
      System.out.println("all ended");
    }

    private static void makeByJava(int kind, boolean pythonToo) {
      Interpreter made = make(kind);
      if (kind % 3 != 0) {
        assertThat(made.eval("6 * 7").asInt()).isEqualTo(42);
      }
      if (kind % 4 < 2) {
        made.close();
      }
      if (kind % 4 == 2 && pythonToo) {
        made.exec(MODULE + "kept.append(maker.create())");
      }
    }

    // With streams it is entered once while it is made, which main's closer may refuse by then
    private static Interpreter make(int kind) {
      InterpreterOptions options =
          kind % 2 == 0 ? InterpreterOptions.shared() : InterpreterOptions.isolated();
      return PythonUnderTest.python()
          .newInterpreter(kind % 3 == 0 ? options.stdout(Writer.nullWriter()) : options);
    }

    // By a name of its own: the makers share main's globals
    private static String used(String then) {
      return "(lambda one: (maker.run_string(one, '1'), " + then + "))(maker.create())";
    }

    private static void makeByPython(Python python, int kind) {
      python
          .main()
          .exec(
              switch (kind % 3) {
                case 0 -> "kept.append(maker.create())";
                case 1 -> used("maker.destroy(one)");
                default -> used("kept.append(one)");
              });
    }
  }

  @Test
  @Tag("F13")
  @DisplayName("… left behind by Python code: never used, used by Java, in each other, and in use")
  void leftBehind() {
    for (String kind :
        Rounds.turn("idle", "used", "met", "with objects", "in a closed one", "in an open one")) {
      assertNoCrash(ChildJvm.run(LIMIT, LeftBehind.class, kind)).expect(0).expectOut("ended too");
    }
  }

  /** Closes Python while interpreters of Python code are there. */
  static final class LeftBehind implements Scenario {
    @Override
    public void run(String... arguments) throws Exception {
      String kind = arguments[0];
      Python python = PythonUnderTest.start();
      Interpreter main = python.main();
      main.exec(MODULE);
      CountDownLatch used = new CountDownLatch(3);
      CountDownLatch ended = new CountDownLatch(1);
      List<Future<Void>> users = new ArrayList<>();
      List<InterpreterView> views = new ArrayList<>();
      switch (kind) {
        case "idle" -> main.exec("kept += [maker.create() for i in range(3)]");
        case "used" ->
            main.exec(
                "kept += [maker.create(), maker.create()]\n"
                    + "for one in kept: maker.run_string(one, 'import json')");
        case "met" -> {
          views.add(make(python, main));
          views.add(make(python, main));
          for (int i = 0; i < 3; i++) {
            users.add(
                Together.start(
                    "user-" + i,
                    () -> {
                      for (InterpreterView view : views) {
                        view.run(in -> in.exec("import json"));
                      }
                      used.countDown();
                      Await.latch(ended); // with kept states
                    }));
          }
          Await.latch(used);
        }
        case "with objects" -> {
          views.add(make(python, main));
          views
              .getFirst()
              .run(in -> {
                in.eval("[1, 2]");
                PythonUnderTest.define(in, "callback", (Runnable) () -> {});
                in.exec("import atexit\natexit.register(callback)");
              });
        }
        default -> {
          Interpreter sub = PythonUnderTest.sharedGil();
          sub.exec(MODULE);
          views.add(make(python, sub));
          views.getFirst().run(in -> in.exec(MODULE + "kept.append(maker.create())"));
          if (kind.equals("in a closed one")) {
            sub.close();
            assertThat(sub.isAlive()).isFalse();
          }
        }
      }
      python.close();
      assertThat(main.isAlive()).isFalse();
      for (InterpreterView view : views) {
        assertThat(view.isAlive()).isFalse();
        assertThatThrownBy(() -> view.run(in -> {})).isInstanceOf(InterpreterClosedException.class);
        assertThatThrownBy(view::guard).isInstanceOf(InterpreterClosedException.class);
      }
      ended.countDown();
      for (Future<Void> user : users) {
        Await.done(user);
      }
      System.out.println("ended too");
    }

    private static InterpreterView make(Python python, Interpreter in) {
      in.exec("kept.append(maker.create())");
      return InterpreterView.of(in.eval("int(kept[-1])").asLong());
    }
  }

  @Test
  @Tag("F13")
  @DisplayName("… one that Python code made, and that a thread of Java is inside, holds main's end")
  void madeByPythonAndInUse() {
    assertNoCrash(ChildJvm.run(LIMIT, InUse.class)).expect(0).expectOut("waited for");
  }

  /** Closes Python while a thread of Java is inside an interpreter of Python code. */
  static final class InUse implements Scenario {
    @Override
    public void run(String... arguments) throws Exception {
      Python python = PythonUnderTest.start();
      Interpreter main = python.main();
      main.exec(MODULE + "kept.append(maker.create())");
      InterpreterView view = InterpreterView.of(main.eval("int(kept[0])").asLong());
      CountDownLatch inside = new CountDownLatch(1);
      CountDownLatch goOn = new CountDownLatch(1);
      Future<Void> user =
          Together.start(
              "who is inside",
              () -> {
                try (ThreadState entered = ThreadState.ensure(view)) {
                  inside.countDown();
                  entered.runDetached(() -> Await.latch(goOn));
                  assertThat(entered.interpreter().eval("6 * 7").asInt()).isEqualTo(42);
                }
              });
      Await.latch(inside);
      assertThatThrownBy(() -> python.close(Duration.ofMillis(50)))
          .isInstanceOf(InterpreterBusyException.class)
          .hasMessageContaining("who is inside");
      assertThat(main.eval("6 * 7").asInt()).isEqualTo(42);
      Future<Void> closer = Together.start("closer", python::close);
      Await.until("closing has begun", () -> PythonUnderTest.refuses(view));
      assertThat(closer.isDone()).isFalse();
      goOn.countDown();
      Await.done(user);
      Await.done(closer);
      assertThat(view.isAlive()).isFalse();
      System.out.println("waited for");
    }
  }

  @Test
  @Tag("F13")
  @DisplayName(
      "… Python code that destroys one that Java made is refused, or waits as a closer does")
  void destroyedByPython() {
    for (String kind : Rounds.turn("idle", "used", "guarded", "inside")) {
      assertNoCrash(ChildJvm.run(LIMIT, Destroyed.class, Rounds.inside(2), kind))
          .expect(0)
          .expectOut("nobody was hurt");
    }
  }

  /** Python code destroys interpreters that Java made. */
  static final class Destroyed implements Scenario {
    @Override
    public void run(String... arguments) throws Exception {
      Python python = PythonUnderTest.start();
      Interpreter main = python.main();
      main.exec(MODULE);
      for (int round = 0; round < Integer.parseInt(arguments[0]); round++) {
        Interpreter sub = round % 2 == 0 ? PythonUnderTest.ownGil() : PythonUnderTest.sharedGil();
        destroy(main, sub, arguments[1]);
        assertThat(main.eval("6 * 7").asInt()).isEqualTo(42);
      }
      python.close();
      System.out.println("nobody was hurt");
    }

    private static void destroy(Interpreter main, Interpreter sub, String kind) throws Exception {
      CountDownLatch inside = new CountDownLatch(1);
      CountDownLatch goOn = new CountDownLatch(1);
      Future<Void> user =
          Together.start(
              "user",
              () -> {
                switch (kind) {
                  case "idle" -> inside.countDown();
                  case "used" -> {
                    sub.exec("import json");
                    inside.countDown();
                    Await.latch(goOn); // with a kept state
                  }
                  case "guarded" -> {
                    try (InterpreterGuard guard = sub.guard()) {
                      inside.countDown();
                      Await.latch(goOn);
                      try (ThreadState entered = ThreadState.ensure(guard)) {
                        assertThat(entered.interpreter().eval("6 * 7").asInt()).isEqualTo(42);
                      }
                    }
                  }
                  default -> {
                    try (ThreadState entered = ThreadState.ensure(sub.view())) {
                      inside.countDown();
                      entered.runDetached(() -> Await.latch(goOn));
                      assertThat(entered.interpreter().eval("6 * 7").asInt()).isEqualTo(42);
                    }
                  }
                }
              });
      Await.latch(inside);
      Future<Void> destroyer =
          Together.start(
              "destroyer",
              () -> {
                try {
                  main.exec("maker.destroy(" + sub.id() + ")");
                  assertThat(sub.isAlive()).isFalse();
                } catch (PythonException refused) {
                  assertThat(sub.isAlive()).isTrue();
                }
              });
      boolean held = kind.equals("guarded") || kind.equals("inside");
      Await.until(
          "it is refused, or waits, or is done",
          () -> destroyer.isDone() || PythonUnderTest.refuses(sub.view()));
      if (held) {
        assertThat(sub.isAlive()).isTrue();
      }
      goOn.countDown();
      Await.done(user);
      Await.done(destroyer);
      if (sub.isAlive()) {
        assertThat(sub.eval("6 * 7").asInt()).isEqualTo(42);
      } else {
        assertThatThrownBy(() -> sub.eval("1")).isInstanceOf(InterpreterClosedException.class);
      }
      sub.close();
      assertThat(sub.isAlive()).isFalse();
    }
  }
}
