package dev.vivarium.behaviour;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.catchThrowable;

import dev.vivarium.CloseOption;
import dev.vivarium.Interpreter;
import dev.vivarium.InterpreterBusyException;
import dev.vivarium.InterpreterClosedException;
import dev.vivarium.Python;
import dev.vivarium.testing.Await;
import dev.vivarium.testing.ChildJvm;
import dev.vivarium.testing.PythonUnderTest;
import dev.vivarium.testing.Scenario;
import dev.vivarium.testing.Together;
import java.time.Duration;
import java.util.concurrent.Future;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.parallel.Execution;
import org.junit.jupiter.api.parallel.ExecutionMode;

/**
 * Closing with a deadline what does not come to an end. Nothing here measures how late it is: who
 * keeps the interpreter is let go only once the closer is back.
 */
@Execution(ExecutionMode.CONCURRENT) // its children wait more than they work
final class DeadlinesTest {

  private static final Duration LIMIT = Duration.ofSeconds(60);
  private static final Duration DEADLINE = Duration.ofSeconds(1);
  private static final long BACK_WITHIN_SECONDS = 20;

  private static Interpreter startOne(String which) {
    Python python = PythonUnderTest.start(PythonUnderTest.options().exitTimeout(DEADLINE).build());
    Interpreter one = which.equals("main") ? python.main() : Hog.subinterpreter(python);
    Hog.define(one);
    return one;
  }

  /** Closes with the deadline, and is back by it: with what keeps the interpreter still there. */
  private static void closeInVain(Interpreter one, CloseOption... options) throws Exception {
    Future<Void> closer =
        Together.start(
            "closer",
            () ->
                assertThat(catchThrowable(() -> one.close(DEADLINE, options)))
                    .isInstanceOf(InterpreterBusyException.class));
    try {
      closer.get(BACK_WITHIN_SECONDS, TimeUnit.SECONDS);
    } catch (TimeoutException e) {
      throw new AssertionError(
          "the closer is not back after a deadline of " + DEADLINE + Together.stacks(), e);
    }
    assertThat(Hog.isInside()).as("what keeps it is still there").isTrue();
    assertThat(one.isAlive()).isTrue();
  }

  private static void endAll(Interpreter one) {
    one.close();
    assertThat(one.isAlive()).isFalse();
    assertThat(catchThrowable(() -> one.eval("1"))).isInstanceOf(InterpreterClosedException.class);
    PythonUnderTest.python().close();
    assertThat(PythonUnderTest.main().isAlive()).isFalse();
  }

  @Test
  @Tag("F15")
  @DisplayName(
      "A deadline covers all of a closing: waiting for people, for the GIL, for atexit, __del__ and"
          + " threads of Python. Past it the caller is back, and what comes late does no harm")
  void hogged() {
    // Without a GIL the end of main begins beside a daemon, and waits for that by itself
    String[] all =
        PythonUnderTest.version().endsWith("t")
            ? new String[] {"main False", "sub False"}
            : new String[] {"main False", "sub False", "main True"};
    for (String which : Rounds.turn(all)) {
      ChildJvm.run(LIMIT, Hogged.class, which.split(" ")).expect(0).expectOut("back in time");
    }
  }

  /** A thread of Python keeps the GIL in C code while its interpreter is closed. */
  static final class Hogged implements Scenario {
    @Override
    public void run(String... arguments) throws Exception {
      Interpreter one = startOne(arguments[0]);
      one.exec(
          """
          import threading
          def hog():
              calm.hog_await()
              greedy.hog_stay()
          thread = threading.Thread(target=hog, daemon=%s)
          thread.start()
          """
              .formatted(arguments[1]));
      Hog.begin();
      Hog.awaitInside();
      closeInVain(one, CloseOption.INTERRUPT);
      closeInVain(one);
      Hog.letGo();
      one.exec("thread.join()");
      // Nothing was torn down, and no interrupt comes late
      for (int i = 0; i < 2000; i++) {
        assertThat(one.eval("6 * 7").asInt()).isEqualTo(42);
      }
      endAll(one);
      System.out.println("back in time");
    }
  }

  @Test
  @Tag("F15")
  @DisplayName("… an atexit function, or a __del__ at the end, that does not come back for a while")
  void slowLastWords() {
    for (String kind : Rounds.turn("atexit", "del")) {
      for (String which : Rounds.turn("main", "sub")) {
        ChildJvm.run(LIMIT, SlowLastWords.class, which, kind).expect(0).expectOut("back in time");
      }
    }
  }

  private static void defineLastWords(Interpreter one, String kind) {
    one.exec(
        kind.equals("atexit")
            ? "import atexit\natexit.register(calm.hog_stay)"
            : """
            class Slow:
                def __init__(self): self.stay = calm.hog_stay
                def __del__(self): self.stay()
            slow = Slow()
            """);
  }

  /** Closes an interpreter whose last words take their time. */
  static final class SlowLastWords implements Scenario {
    @Override
    public void run(String... arguments) throws Exception {
      Interpreter one = startOne(arguments[0]);
      defineLastWords(one, arguments[1]);
      closeInVain(one);
      closeInVain(one, CloseOption.INTERRUPT);
      // Others are served or refused, and wait for nothing
      Future<Void> other =
          Together.start(
              "other",
              () -> {
                try {
                  assertThat(one.eval("6 * 7").asInt()).isEqualTo(42);
                } catch (InterpreterClosedException e) {
                  assertThat(one.isAlive()).isTrue();
                }
              });
      other.get(BACK_WITHIN_SECONDS, TimeUnit.SECONDS);
      Hog.letGo();
      endAll(one);
      System.out.println("back in time");
    }
  }

  @Test
  @Tag("F15")
  @DisplayName(
      "… of Python's close too, where it is a sub-interpreter that does not come to an end")
  void slowLastWordsOfOthers() {
    ChildJvm.run(LIMIT, SlowSub.class).expect(0).expectOut("back in time");
  }

  /** Closes Python with a sub-interpreter whose last words take their time. */
  static final class SlowSub implements Scenario {
    @Override
    public void run(String... arguments) throws Exception {
      Interpreter sub = startOne("sub");
      Interpreter main = PythonUnderTest.main();
      defineLastWords(sub, "atexit");
      closeInVain(main);
      Hog.letGo();
      Await.until(
          "main is served, or ends",
          () -> {
            try {
              return main.eval("6 * 7").asInt() == 42;
            } catch (InterpreterClosedException e) {
              return true;
            }
          });
      endAll(main);
      assertThat(sub.isAlive()).isFalse();
      System.out.println("back in time");
    }
  }

  @Test
  @Tag("F15")
  @DisplayName("… and of the JVM's exit, which is gone in time with its status")
  void exitInTime() {
    for (String kind :
        Rounds.turn("main atexit", "main del", "main hog", "main re", "sub atexit", "sub hog")) {
      ChildJvm.Ended ended = ChildJvm.run(LIMIT, Exits.class, kind.split(" ")).expect(7);
      assertThat(ended.err()).doesNotContain("A fatal error", "Fatal Python error");
    }
  }

  /** Exits, where what keeps an interpreter is never let go. */
  static final class Exits implements Scenario {
    @Override
    public void run(String... arguments) {
      Interpreter one = startOne(arguments[0]);
      switch (arguments[1]) {
        case "hog" -> {
          one.exec(
              """
              import threading
              def hog():
                  calm.hog_await()
                  greedy.hog_stay()
              threading.Thread(target=hog).start()
              """);
          Hog.begin();
          Hog.awaitInside();
        }
        case "re" -> {
          one.exec(
              """
              import re, threading
              def hog():
                  calm.hog_await()
                  re.match(r'(a+)+$', 'a' * 60 + 'b')
              threading.Thread(target=hog).start()
              """);
          Hog.begin();
        }
        default -> defineLastWords(one, arguments[1]);
      }
      System.exit(7);
    }
  }
}
