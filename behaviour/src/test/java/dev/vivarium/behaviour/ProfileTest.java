package dev.vivarium.behaviour;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import dev.vivarium.Interpreter;
import dev.vivarium.PyObject;
import dev.vivarium.Python;
import dev.vivarium.PythonProfile;
import dev.vivarium.testing.Await;
import dev.vivarium.testing.ChildJvm;
import dev.vivarium.testing.PythonUnderTest;
import dev.vivarium.testing.Scenario;
import dev.vivarium.testing.Together;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.Future;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.function.BooleanSupplier;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;
import org.junit.jupiter.api.io.TempDir;

@ExtendWith(PythonUnderTest.class)
final class ProfileTest {

  private static final Duration INTERVAL = Duration.ofMillis(2);

  @TempDir Path folder;

  private static boolean hasGil() {
    return !PythonUnderTest.version().endsWith("t");
  }

  private static void assumeGil() {
    assumeTrue(hasGil(), "no GIL: a profile is refused");
  }

  private static PythonProfile start() {
    return PythonProfile.start(PythonUnderTest.python(), INTERVAL);
  }

  private static List<String> linesOf(PythonProfile profile, Path file) {
    try {
      profile.writeCollapsed(file);
      return Files.readAllLines(file);
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  /** Waits until there is a stack in which these come in that order. */
  private void awaitStack(PythonProfile profile, String... frames) {
    Path file = folder.resolve("stacks.txt");
    String pattern = ".*" + String.join(".*", List.of(frames)) + ".* [1-9][0-9]*";
    Await.until(
        () -> pattern + " in " + linesOf(profile, file),
        () -> linesOf(profile, file).stream().anyMatch(line -> line.matches(pattern)));
  }

  @Test
  @Tag("W5")
  @DisplayName(
      "A profile has Java's and Python's functions in the order in which they call each other,"
          + " also where Python calls Java that calls Python")
  void mixed() throws Exception {
    assumeGil();
    AtomicBoolean over = new AtomicBoolean();
    try (Interpreter sub = PythonUnderTest.ownGil();
        PythonProfile profile = start()) {
      sub.exec(
          """
          def outer(inner): beside(); before(inner)
          def beside(): through(nothing)
          def nothing(): pass
          def before(inner): through(inner)
          def inner():
              while not over(): pass
          """);
      PythonUnderTest.define(sub, "over", (BooleanSupplier) over::get);
      PythonUnderTest.define(sub, "through", (CallsPython) this::through);
      Future<Void> spinning = Together.start("spins", () -> sub.exec("outer(inner)"));
      try {
        awaitStack(
            profile,
            "java.lang.Thread.run;",
            "dev.vivarium.Interpreter.exec;",
            ";<module> .<string>.;outer .<string>.;before .<string>.;dev.vivarium.",
            "ProfileTest.through",
            ";inner .<string>.");
      } finally {
        over.set(true);
      }
      Await.done(spinning);
    }
  }

  /** Java code that Python code has call Python code. */
  @FunctionalInterface
  public interface CallsPython {
    void call(Runnable python);
  }

  private void through(Runnable python) {
    python.run();
  }

  @Test
  @Tag("W5")
  @DisplayName("A profile has Java code that Python waits for behind the Python functions")
  void waitsInJava() throws Exception {
    assumeGil();
    CountDownLatch inside = new CountDownLatch(1);
    CountDownLatch letGo = new CountDownLatch(1);
    Runnable wait =
        () -> {
          inside.countDown();
          Await.latch(letGo);
        };
    try (Interpreter sub = PythonUnderTest.sharedGil()) {
      PythonUnderTest.define(sub, "wait", wait);
      sub.exec("def calling(): wait()");
      Future<Void> before = Together.start("waits", () -> sub.exec("calling()"));
      Await.latch(inside); // also where it has begun before the profile
      try (PythonProfile profile = start()) {
        awaitStack(profile, "exec;", "calling .<string>.;", "ProfileTest.*;", "Await.latch;");
      }
      letGo.countDown();
      Await.done(before);
    }
  }

  @Test
  @Tag("W5")
  @DisplayName("A profile has virtual threads by their own frames, and threads that Python started")
  void otherThreads() throws Exception {
    assumeGil();
    try (Interpreter sub = PythonUnderTest.ownGil();
        PythonProfile profile = start()) {
      sub.exec(
          """
          import threading
          over = threading.Event()
          def of_python(): over.wait()
          def of_virtual(): over.wait()
          thread = threading.Thread(target=of_python)
          thread.start()
          """);
      Thread virtual = Thread.ofVirtual().start(() -> virtually(sub));
      awaitStack(
          profile, "ProfileTest.virtually;", "Interpreter.exec;", "of_virtual .<string>.;Event");
      awaitStack(profile, "^Thread._bootstrap .threading.py.;", ";of_python .<string>.;Event.wait");
      sub.exec("over.set(); thread.join()");
      virtual.join();
    }
  }

  private static void virtually(Interpreter sub) {
    sub.exec("of_virtual()");
  }

  @Test
  @Tag("W5")
  @DisplayName("A profile goes on while interpreters come, end and are called by many threads")
  void comingAndGoing() throws Exception {
    assumeGil();
    try (PythonProfile profile = start();
        PythonProfile another = start()) {
      Together.run(
          3,
          index -> {
            for (int i = 0; i < PythonUnderTest.count(10); i++) {
              try (Interpreter sub =
                      index == 0 ? PythonUnderTest.sharedGil() : PythonUnderTest.ownGil();
                  PyObject function = sub.eval("lambda f, x: f(f, x - 1) if x else 0")) {
                PythonUnderTest.define(sub, "through", (CallsPython) this::through);
                sub.exec("for i in range(2000): through(lambda: None)");
                function.call(function, 100).close();
              }
            }
          });
      Path file = folder.resolve("stacks.txt");
      Await.until(
          "both have seen something",
          () -> !linesOf(profile, file).isEmpty() && !linesOf(another, file).isEmpty());
      another.close();
      another.close();
      assertThat(linesOf(another, file)).isEqualTo(linesOf(another, file));
    }
  }

  @Test
  @Tag("W5")
  @DisplayName("A profile is closed also by Java code that Python code has called")
  void closedInside() throws Exception {
    assumeGil();
    try (Interpreter sub = PythonUnderTest.ownGil()) {
      PythonProfile profile = start();
      PythonUnderTest.define(sub, "close", (Runnable) profile::close);
      sub.exec("close()");
      sub.call(in -> {
        PythonProfile attached = start();
        attached.close();
        return null;
      });
    }
  }

  @Test
  @Tag("W5")
  @DisplayName("Where C code keeps the GIL a profile has the Java functions, and says so")
  void hogged() {
    assumeGil();
    ChildJvm.run(Await.LIMIT, Hogged.class, folder.toString()).expect(0).expectOut("profiled");
  }

  /** A thread in C code that does not let go, and a profile that is written meanwhile. */
  static final class Hogged implements Scenario {
    @Override
    public void run(String... arguments) throws Exception {
      Python python = PythonUnderTest.start();
      Interpreter one = Hog.subinterpreter(python);
      Hog.define(one);
      Path file = Path.of(arguments[0], "hogged.txt");
      PythonProfile profile = PythonProfile.start(python, INTERVAL);
      Future<Void> greedy =
          Together.start(
              "greedy",
              () -> one.exec("def keeping(): greedy.hog_await(); greedy.hog_stay()\nkeeping()"));
      Hog.begin();
      Hog.awaitInside();
      Await.until(
          () -> "Java's frames in " + linesOf(profile, file),
          () ->
              linesOf(profile, file).stream()
                  .anyMatch(line -> line.matches(".*Interpreter.exec;.*the GIL is kept. [0-9]+")));
      Hog.letGo();
      Await.done(greedy);
      python.close(Duration.ofMinutes(1)); // the profile is still there
      linesOf(profile, file);
      profile.close();
      assertThatThrownBy(() -> PythonProfile.start(python, INTERVAL))
          .isInstanceOf(IllegalStateException.class)
          .hasMessageContaining("Python has been closed");
      System.out.println("profiled");
    }
  }

  @Test
  @Tag("W5")
  @DisplayName("What cannot be profiled is refused: no interval, and a CPython without a GIL")
  void refused() {
    Python python = PythonUnderTest.python();
    assertThatThrownBy(() -> PythonProfile.start(python, Duration.ZERO))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessageContaining("1 ms or more");
    if (!hasGil()) {
      assertThatThrownBy(() -> PythonProfile.start(python, INTERVAL))
          .isInstanceOf(UnsupportedOperationException.class)
          .hasMessageContaining("free-threaded");
    }
  }
}
