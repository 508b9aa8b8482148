package dev.vivarium.behaviour;

import dev.vivarium.testing.PythonUnderTest;
import java.lang.reflect.Constructor;
import java.lang.reflect.Field;
import java.lang.reflect.InvocationTargetException;
import java.lang.reflect.Method;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicReference;
import java.util.stream.Stream;
import org.junit.jupiter.api.extension.ExtendWith;
import org.junit.jupiter.api.io.TempDir;
import org.opentest4j.TestAbortedException;

/**
 * Repeats the tests that hold what was once found, until each scenario has been green so often in a
 * row; {@code .build/rounds.sh} starts it. Arguments: how often, and which of the {@link #CASES},
 * or none for all. What a test does again and again in one JVM it says by {@link #inside}; a test
 * that says nothing is one round. What it does in several ways it does here by {@link #turn}.
 */
final class Rounds {

  /**
   * Tests of one case.
   *
   * @param name the case
   * @param inside how many rounds one run of the test is asked to do, where it can do several
   * @param beside how many runs go side by side, 1 for what runs in this JVM
   */
  private record Case(String name, int inside, int beside, Class<?> test, List<String> methods) {

    Case among(List<String> names) {
      boolean whole = names.isEmpty() || names.contains(name);
      return whole
          ? this
          : new Case(name, inside, beside, test, methods.stream().filter(names::contains).toList());
    }
  }

  private static final List<Case> CASES =
      List.of(
          of("closers", 20, 2, ClosingTest.class, "othersGiveUp"),
          of("closers", 20, 4, ClosingTest.class, "aCloserThatGivesUpLeavesOthersTheirTurn"),
          of("closers", 40, 2, ClosingTest.class, "closersRace", "closersInVain"),
          of("makers", 3, 2, MakersTest.class, "makersRaceTheEnd", "makersAtTheEndOfTheProcess"),
          of("overflow", 24, 2, AttachFailuresTest.class, "overflows"),
          of("memory", 1, 2, AttachFailuresTest.class, "heapIsFull", "heapIsFullAtFirst"),
          of("memory", 10, 6, AttachFailuresTest.class, "servantsSurvive"),
          of("left behind", 1, 2, MakersTest.class, "leftBehind", "madeByPythonAndInUse"),
          of("native threads", 40, 2, NativeThreadsTest.class, "livesOn", "pools", "neverDetached"),
          of("native threads", 1, 8, NativeThreadsTest.class, "leftInside"),
          of("deadlines", 1, 12, DeadlinesTest.class, "hogged", "slowLastWords"),
          of("deadlines", 1, 12, DeadlinesTest.class, "slowLastWordsOfOthers", "exitInTime"),
          of("deadlines", 1, 4, ExitFromPythonTest.class, "hooksCallPython", "exitInBoundedTime"),
          of("common pool", 1, 1, NativeThreadsTest.class, "commonPool", "parallelStreams"),
          of("virtual threads", 1, 1, VirtualThreadsTest.class, "closingWithOwnGuard"),
          of("virtual threads", 20, 2, VirtualThreadsTest.class, "manyClosers"),
          of("virtual threads", 1, 12, VirtualThreadsTest.class, "starvedPool"),
          of("interrupts", 1, 1, ClosingTest.class, "interruptsAreNotLate"),
          of("after the end", 1, 2, ClosingTest.class, "usesAfterTheEnd"),
          of("forgotten", 10, 2, AttachFailuresTest.class, "forgottenInBodies"),
          of("circles", 20, 2, ClosingTest.class, "circles", "circlesWithMain"),
          of("others", 20, 2, MakersTest.class, "destroyedByPython"),
          of("others", 20, 2, FinalizationTest.class, "anotherCopy"),
          of("others", 10, 2, ClosingTest.class, "longListsAreCut"),
          of("locks", 1, 2, JavaLocksTest.class, "monitors", "others", "io", "everyWay"),
          of("exit", 1, 2, ExitFromPythonTest.class, "exitAtOnce", "exitFromNested"),
          of("exit", 1, 2, ExitFromPythonTest.class, "exitFromPythonsThreads", "exitBySeveral"),
          of("exit", 1, 2, ExitFromPythonTest.class, "exitFromPythonsInterpreter"),
          of("exit", 1, 8, ExitFromPythonTest.class, "exitBesideOthers", "exitInSpiteOfFailures"));

  private static Case of(String name, int inside, int beside, Class<?> test, String... methods) {
    return new Case(name, inside, beside, test, List.of(methods));
  }

  /** A run of a test, by one thread of this class. */
  private static final class Run {
    private final int inside;
    private int turns; // what is left of its number when its turns are taken
    private int done = 1;

    Run(int inside, int number) {
      this.inside = inside;
      this.turns = number;
    }
  }

  private static final ThreadLocal<Run> RUN = new ThreadLocal<>(); // none in the daily tests

  private Rounds() {}

  /**
   * How many rounds a scenario is to do in its JVM: {@code daily}, or more where it is repeated
   * here, which counts them as so many.
   */
  static String inside(int daily) {
    Run run = RUN.get();
    if (run == null) {
      return Integer.toString(daily);
    }
    run.done = Math.max(daily, run.inside);
    return Integer.toString(run.done);
  }

  /**
   * The kinds of a scenario: all of them, or where it is repeated here the one whose turn it is.
   */
  static List<String> turn(String... kinds) {
    Run run = RUN.get();
    if (run == null) {
      return List.of(kinds);
    }
    String kind = kinds[run.turns % kinds.length];
    run.turns /= kinds.length;
    return List.of(kind);
  }

  public static void main(String[] arguments) throws Exception {
    int rounds = Integer.parseInt(arguments[0]);
    List<String> names = Arrays.asList(arguments).subList(1, arguments.length);
    List<Case> chosen =
        CASES.stream().map(one -> one.among(names)).filter(one -> !one.methods.isEmpty()).toList();
    if (chosen.isEmpty()) {
      throw new IllegalArgumentException(
          "none of these; there are " + CASES.stream().map(Case::name).distinct().toList());
    }
    boolean inThisJvm = chosen.stream().anyMatch(one -> runsHere(one.test));
    if (inThisJvm) {
      PythonUnderTest.start();
    }
    for (Case one : chosen) {
      for (String method : one.methods) {
        repeat(one, method, rounds);
      }
    }
    if (inThisJvm) {
      PythonUnderTest.python().close(Duration.ofMinutes(1));
    }
  }

  private static boolean runsHere(Class<?> test) {
    ExtendWith extended = test.getAnnotation(ExtendWith.class);
    return extended != null && List.of(extended.value()).contains(PythonUnderTest.class);
  }

  private static void repeat(Case one, String method, int rounds) throws Exception {
    AtomicInteger runs = new AtomicInteger();
    AtomicInteger green = new AtomicInteger();
    AtomicReference<Throwable> failure = new AtomicReference<>();
    long start = System.nanoTime();
    List<Thread> workers = new ArrayList<>();
    for (int i = 0; i < one.beside; i++) {
      workers.add(
          Thread.ofPlatform()
              .start(() -> {
                while (failure.get() == null && green.get() < rounds) {
                  Run run = new Run(one.inside, runs.getAndIncrement());
                  RUN.set(run);
                  try {
                    run(one.test, method);
                    green.addAndGet(run.done);
                  } catch (Throwable t) {
                    failure.compareAndSet(null, t);
                  }
                }
              }));
    }
    for (Thread worker : workers) {
      worker.join();
    }
    String what = one.name + ": " + one.test.getSimpleName() + "#" + method;
    long seconds = Duration.ofNanos(System.nanoTime() - start).toSeconds();
    Throwable failed = failure.get();
    if (failed instanceof TestAbortedException) {
      System.out.println(what + " is not for this CPython: " + failed.getMessage());
    } else {
      System.out.printf(
          "%s: %d rounds green in %d runs, %d s%n", what, green.get(), runs.get(), seconds);
      if (failed != null) {
        failed.printStackTrace();
        System.out.println(what + " FAILED");
        System.out.flush();
        Runtime.getRuntime().halt(1); // whatever it has left in this JVM
      }
    }
    System.out.flush();
  }

  private static void run(Class<?> test, String method) throws Throwable {
    Constructor<?> constructor = test.getDeclaredConstructor();
    constructor.setAccessible(true);
    Object object = constructor.newInstance();
    Path folder = Files.createTempDirectory("rounds");
    for (Field field : test.getDeclaredFields()) {
      if (field.isAnnotationPresent(TempDir.class)) {
        field.setAccessible(true);
        field.set(object, folder);
      }
    }
    Method body = test.getDeclaredMethod(method);
    body.setAccessible(true);
    try {
      body.invoke(object);
    } catch (InvocationTargetException e) {
      throw e.getCause();
    } finally {
      try (Stream<Path> files = Files.list(folder)) {
        for (Path file : files.toList()) {
          Files.delete(file);
        }
      }
      Files.delete(folder);
    }
  }
}
