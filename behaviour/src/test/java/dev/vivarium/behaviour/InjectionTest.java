package dev.vivarium.behaviour;

import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import dev.vivarium.CloseOption;
import dev.vivarium.Interpreter;
import dev.vivarium.InterpreterBusyException;
import dev.vivarium.InterpreterGuard;
import dev.vivarium.Occupant;
import dev.vivarium.PyObject;
import dev.vivarium.Python;
import dev.vivarium.PythonException;
import dev.vivarium.ThreadState;
import dev.vivarium.testing.ChildJvm;
import dev.vivarium.testing.PythonUnderTest;
import dev.vivarium.testing.Scenario;
import dev.vivarium.testing.Together;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.Future;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import java.util.concurrent.atomic.AtomicReference;
import java.util.concurrent.locks.LockSupport;
import java.util.function.BooleanSupplier;
import java.util.function.Predicate;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/**
 * Throws at each step of what attaches, releases, makes and ends, one after the other, and looks
 * whether anything is lost. The steps are woven into the compiled classes by {@link Weaver}; each
 * child JVM has those in front of its class path. {@code -Dvivarium.test.injection.stride=1} takes
 * every step everywhere.
 */
@Timeout(1800)
final class InjectionTest {

  private static final boolean WANTED = Boolean.getBoolean("vivarium.test.injection");
  private static final Duration LIMIT = Duration.ofMinutes(4);
  private static final int MANY_FAILURES = 8;
  private static final int STEPS_OF_A_CHILD = 600; // so that its limit tells a hang from many steps

  private static final int LOST = 3; // the step at which it failed is known
  private static final int TAINTED = 4; // one of some steps has left something

  @TempDir private static Path woven;
  private static Path sites;

  @BeforeAll
  static void weave() throws IOException {
    if (!WANTED) {
      return;
    }
    Path classes = Files.createDirectory(woven.resolve("classes"));
    List<String> found = Weaver.weave(classes);
    assertThat(found).hasSizeGreaterThan(300);
    sites = Files.write(woven.resolve("sites.txt"), found);
  }

  private static void assertNothingIsLost(String course, int stride) {
    assumeTrue(WANTED, "an hour: -Dvivarium.test.injection=true");
    List<String> failures = new ArrayList<>();
    StringBuilder said = new StringBuilder();
    for (String kind : List.of("memory", "overflow", "asynchronous")) {
      List<String> ofKind = new ArrayList<>();
      throwAtEach(course, kind, stride, 1, Integer.MAX_VALUE, 40, ofKind, said);
      failures.addAll(ofKind);
    }
    assertThat(failures).as("steps of %s at which something is lost", course).isEmpty();
    System.out.print(said);
  }

  private static void throwAtEach(
      String course,
      String kind,
      int stride,
      int first,
      int last,
      int batch,
      List<String> failures,
      StringBuilder said) {
    int from = first;
    while (from <= last && failures.size() < MANY_FAILURES) {
      int until = Math.min(last, from + STEPS_OF_A_CHILD - 1);
      ChildJvm.Ended ended =
          ChildJvm.start(
                  LIMIT,
                  List.of("-Dvivarium.test.injection.sites=" + sites),
                  woven.resolve("classes"),
                  Steps.class,
                  course,
                  kind,
                  Integer.toString(stride),
                  Integer.toString(from),
                  Integer.toString(until),
                  Integer.toString(batch))
              .await();
      if (ended.status() == 0) {
        Matcher done = lastMatch("^done: .* of (\\d+), every .*$", ended.out());
        said.append(done.group()).append('\n');
        if (until >= Integer.parseInt(done.group(1))) {
          return;
        }
        from = until + 1;
        continue;
      }
      Matcher at = lastMatch("^at (\\d+) (.*)$", ended.out());
      if (at == null) {
        throw new AssertionError(course + " did not begin" + ended.all());
      }
      int step = Integer.parseInt(at.group(1));
      if (ended.status() == TAINTED && batch > 1) {
        Matcher range = lastMatch("^tainted (\\d+) (\\d+)$", ended.out());
        int tainted = failures.size();
        int to = Integer.parseInt(range.group(2));
        throwAtEach(course, kind, stride, Integer.parseInt(range.group(1)), to, 1, failures, said);
        if (failures.size() == tainted) {
          failures.add(kind + " at one of the steps " + range.group(1) + " to " + to + why(ended));
        }
        from = to + 1;
      } else {
        failures.add(kind + " at step " + step + ": " + at.group(2) + why(ended));
        from = step + 1;
      }
    }
  }

  private static String why(ChildJvm.Ended ended) {
    Matcher lost = lastMatch("^lost (.*)$", ended.out());
    return "\n    "
        + (lost != null
            ? lost.group(1)
            : "exit status "
                + ended.status()
                + ended.err().substring(0, Math.min(1500, ended.err().length())));
  }

  private static Matcher lastMatch(String pattern, String text) {
    Matcher matcher = Pattern.compile(pattern, Pattern.MULTILINE).matcher(text);
    Matcher last = null;
    while (matcher.find()) {
      last = Pattern.compile(pattern).matcher(matcher.group());
      if (!last.matches()) {
        return null;
      }
    }
    return last;
  }

  private static int stride(int inDailyRuns) {
    return Integer.getInteger("vivarium.test.injection.stride", inDailyRuns);
  }

  @Test
  @Tag("E11")
  @DisplayName("… at each single step of attach, nest, switch, guard, release, detach and callback")
  void attaching() {
    assertNothingIsLost("attach", stride(1));
  }

  @Test
  @Tag("E11")
  @DisplayName("… at each single step of making an interpreter and of ending it, where it is asked")
  void makingAndEnding() {
    assertNothingIsLost("make", stride(3));
  }

  @Test
  @Tag("E11")
  @DisplayName("… at each single step of the interpreters' own threads, which make and end them")
  void ownThreads() {
    assertNothingIsLost("own threads", stride(3));
  }

  @Test
  @Tag("E11")
  @DisplayName("… at each single step of a closing in vain, on all threads that it needs")
  void closingInVain() {
    assertNothingIsLost("close in vain", stride(3));
  }

  @Test
  @Tag("E11")
  @DisplayName("… at each single step of the thread that reaps what dead threads have left")
  void reaping() {
    assertNothingIsLost("reap", stride(3));
  }

  @Test
  @Tag("E11")
  @DisplayName("… at each single step of the thread that gives back what was collected")
  void collecting() {
    assertNothingIsLost("collect", stride(3));
  }

  /**
   * Throws at some of the steps of a course, by turns, and looks after each what is lost.
   * Arguments: the course, what is thrown, every which step, the first, the last, and after how
   * many to look for what only a slow look finds.
   */
  static final class Steps implements Scenario {

    private static final long HANGS_SECONDS = 20;

    /** What is done, on whichever threads. */
    private interface Doing {
      void run() throws Throwable;
    }

    private final List<String> names = names();
    private Python python;
    private Interpreter own;
    private Interpreter shared;
    private List<Interpreter> all;
    private List<Long> states;
    private int live;
    private PyObject callback;
    private PyObject failing;
    private volatile InterpreterGuard keeper;
    private int swallowed;

    private static List<String> names() {
      try {
        return Files.readAllLines(
            Path.of(PythonUnderTest.property("vivarium.test.injection.sites")));
      } catch (IOException e) {
        throw new AssertionError(e);
      }
    }

    @Override
    public void run(String... arguments) throws Throwable {
      String course = arguments[0];
      Throwable thrown =
          switch (arguments[1]) {
            case "overflow" -> new StackOverflowError("thrown at a step");
            case "memory" -> new OutOfMemoryError("thrown at a step");
            default -> new Injector.Asynchronous();
          };
      thrown.setStackTrace(new StackTraceElement[0]);
      int stride = Integer.parseInt(arguments[2]);
      int first = Integer.parseInt(arguments[3]);
      int last = Integer.parseInt(arguments[4]);
      int batch = Integer.parseInt(arguments[5]);
      prepare();
      int steps = 0;
      for (int i = 0; i < 4; i++) { // until all is loaded and each thread has its states
        Injector.Course counted = steps(course, 0, thrown);
        Throwable wrong = go(course, counted);
        if (wrong != null) {
          throw new AssertionError("without anything thrown", wrong);
        }
        steps = counted.sites().size();
      }
      states = settledStates();
      live = PythonUnderTest.liveIds().size();
      int end = Math.min(last, steps);
      int begun = first;
      for (int step = first; step <= end; step++) {
        if ((step - 1) % stride == 0) {
          throwAt(course, step, thrown);
        }
        if ((step - first + 1) % batch == 0 || step == end) {
          lookClosely(begun, step, batch);
          begun = step + 1;
        }
      }
      keeper.close();
      shared.close(Duration.ofSeconds(HANGS_SECONDS));
      own.close(Duration.ofSeconds(HANGS_SECONDS));
      python.close(Duration.ofSeconds(HANGS_SECONDS));
      System.out.printf(
          "done: %s, %s: steps %d to %d of %d, every %d., %d not passed on%n",
          course, arguments[1], first, end, steps, stride, swallowed);
    }

    private void prepare() throws Exception {
      python = PythonUnderTest.start(PythonUnderTest.options().site(false).build());
      own = PythonUnderTest.ownGil();
      shared = PythonUnderTest.sharedGil();
      all = List.of(python.main(), own, shared);
      own.exec(
          """
          def caller(f):
              f()
              try:
                  f()
              finally:
                  g = None
          """);
      callback = own.toPython((Runnable) this::calledBack);
      failing =
          own.toPython(
              (Runnable)
                  () -> {
                    throw new IllegalArgumentException("on purpose");
                  });
      // For the closings in vain
      Together.start("keeper", () -> keeper = python.main().guard()).get();
    }

    private Injector.Course steps(String course, int at, Throwable thrown) {
      boolean memory = thrown instanceof OutOfMemoryError;
      return new Injector.Course(
          marked(course),
          site -> !memory || names.get(site).startsWith(Weaver.MEMORY),
          at,
          thrown,
          site -> say(at, site));
    }

    // Before and after it has its interpreter's number in its name
    private static boolean isOwn(Thread thread) {
      String name = thread.getName();
      return name.startsWith("python-") && name.endsWith("interpreter");
    }

    private static Predicate<Thread> marked(String course) {
      return switch (course) {
        case "own threads" -> Steps::isOwn;
        case "close in vain" ->
            thread ->
                thread.getName().equals("marked")
                    || isOwn(thread)
                    || thread.getName().equals("python-tender");
        case "reap" -> thread -> thread.getName().equals("python-reaper");
        case "collect" -> thread -> thread.getName().equals("python-references");
        default -> thread -> thread.getName().equals("marked");
      };
    }

    private Doing doing(String course) {
      return switch (course) {
        case "attach" -> this::attach;
        case "make", "own threads" -> this::makeAndEnd;
        case "close in vain" -> this::closeInVain;
        case "reap" -> this::reap;
        default -> this::collect;
      };
    }

    private void throwAt(String course, int step, Throwable thrown) throws Exception {
      Injector.Course aimed = steps(course, step, thrown);
      say(aimed);
      Throwable arrived = go(course, aimed);
      say(aimed);
      if (arrived == null) {
        swallowed += aimed.thrownAt() >= 0 ? 1 : 0;
      } else if (!isExpected(arrived, thrown)) {
        lost("not the error that was thrown: " + text(arrived));
      }
      try {
        python.dumpThreads(); // which asks each interpreter that there seems to be
        Aftermath.assertOthersEnter(all);
      } catch (AssertionError e) {
        lost(text(e));
      }
    }

    /** On a new thread, and back with what came out of it. */
    private Throwable go(String course, Injector.Course steps) throws Exception {
      AtomicReference<Throwable> arrived = new AtomicReference<>();
      Doing doing = doing(course);
      Future<Void> done =
          Together.start(
              "marked",
              () -> {
                Injector.begin(steps);
                try {
                  doing.run();
                } catch (Throwable t) {
                  arrived.set(t);
                } finally {
                  Injector.end();
                }
                Aftermath.assertNothingAttached();
              });
      try {
        done.get(3 * HANGS_SECONDS, TimeUnit.SECONDS);
      } catch (TimeoutException e) {
        say(steps);
        System.err.println(Together.stacks());
        lost("it hangs" + text(arrived.get()));
      } catch (java.util.concurrent.ExecutionException e) {
        say(steps);
        lost(text(e.getCause()) + ", after " + text(arrived.get()));
      }
      return arrived.get();
    }

    private void say(Injector.Course aimed) {
      say(aimed.at(), aimed.thrownAt());
    }

    private void say(int at, int site) {
      System.out.println("at " + at + " " + (site < 0 ? "not reached" : names.get(site)));
      System.out.flush();
    }

    private static void lost(String what) {
      System.out.println("lost " + what.replaceAll("\\s+", " "));
      System.out.flush();
      Runtime.getRuntime().halt(LOST);
    }

    private static String text(Throwable thrown) {
      if (thrown == null) {
        return "nothing";
      }
      StringBuilder text = new StringBuilder(thrown.toString());
      StackTraceElement[] trace = thrown.getStackTrace();
      for (int i = 0; i < Math.min(4, trace.length); i++) {
        text.append(" < ").append(trace[i]);
      }
      return thrown.getCause() == null
          ? text.substring(0, Math.min(1200, text.length()))
          : text.substring(0, Math.min(800, text.length())) + "; by " + text(thrown.getCause());
    }

    // The one thrown, or what Python makes of it on its way
    private static boolean isExpected(Throwable arrived, Throwable thrown) {
      for (Throwable t = arrived; t != null; t = t.getCause()) {
        if (t == thrown) {
          return true;
        }
        if (t instanceof PythonException e) {
          String type = e.typeName();
          boolean fits =
              switch (thrown) {
                case StackOverflowError ignored -> type.equals("RecursionError");
                case OutOfMemoryError ignored -> type.equals("MemoryError");
                default -> type.equals("RuntimeError");
              };
          String message = e.getMessage();
          if (fits || message.contains("thrown at a step") || message.contains("on purpose")) {
            return true;
          }
        }
      }
      return false;
    }

    /** What takes a moment to see: states and stays that are left, interpreters, closings. */
    private void lookClosely(int from, int to, int batch) throws Exception {
      String left = "";
      List<Long> now = settledStates();
      if (!Aftermath.isAsBefore(states, now)) {
        left += " thread states: " + states + " before, " + now + " now;";
      }
      List<Long> ids = settledIds();
      if (ids.size() > live) {
        left += " interpreters: " + live + " before, now " + ids + ";";
      }
      left += whoIsInside();
      if (!left.isEmpty()) {
        if (batch > 1) {
          System.out.println("tainted " + from + " " + to);
          System.out.println("lost one of some steps:" + left);
          System.out.flush();
          Runtime.getRuntime().halt(TAINTED);
        }
        lost(left);
      }
    }

    /**
     * A closing of all, which the keeper's guard on main holds up, names whoever else is inside.
     */
    private String whoIsInside() {
      String others = "";
      for (int millis : new int[] {100, 2000, 10_000}) { // a slow machine has others in its way
        others = whoIsInside(Duration.ofMillis(millis));
        if (others.isEmpty()) {
          return "";
        }
      }
      return others;
    }

    private String whoIsInside(Duration deadline) {
      try {
        python.close(deadline);
        return " main was closed under a guard;";
      } catch (InterpreterBusyException e) {
        boolean keeperAlone =
            e.occupants().size() == 1
                && e.occupants().getFirst().kind() == Occupant.Kind.GUARD
                && e.occupants().getFirst().threadName().equals("keeper");
        return keeperAlone ? "" : " inside: " + e.getMessage() + ";";
      } catch (RuntimeException e) {
        return " closing all fails: " + text(e) + ";";
      }
    }

    private List<Long> settledStates() {
      List<Long> least = Aftermath.countStates(all);
      int looks = states == null ? 150 : 4000;
      for (int i = 0; i < looks; i++) {
        if (states != null && Aftermath.isAsBefore(states, least)) {
          return least;
        }
        wake("python-reaper");
        LockSupport.parkNanos(5_000_000);
        List<Long> now = Aftermath.countStates(all);
        List<Long> before = least;
        least = new ArrayList<>();
        for (int k = 0; k < now.size(); k++) {
          least.add(Math.min(now.get(k), before.get(k)));
        }
      }
      return least;
    }

    // The reaper ends what nobody knows of
    private List<Long> settledIds() {
      long end = System.nanoTime() + TimeUnit.SECONDS.toNanos(HANGS_SECONDS);
      List<Long> ids = PythonUnderTest.liveIds();
      while (ids.size() > live && System.nanoTime() < end) {
        wake("python-reaper");
        LockSupport.parkNanos(5_000_000);
        ids = PythonUnderTest.liveIds();
      }
      return ids;
    }

    private static void wake(String name) {
      for (Thread thread : Thread.getAllStackTraces().keySet()) {
        if (thread.getName().equals(name)) {
          LockSupport.unpark(thread);
        }
      }
    }

    // ---- what is done

    /** Whoever is told that a release has failed tries it once more. */
    private static void within(ThreadState entered, Doing body) throws Throwable {
      Throwable thrown = null;
      try {
        body.run();
      } catch (Throwable t) {
        thrown = t;
      }
      for (int attempt = 0; attempt < 2; attempt++) {
        try {
          entered.close();
          break;
        } catch (Throwable t) {
          thrown = thrown == null ? t : thrown;
        }
      }
      if (thrown != null) {
        throw thrown;
      }
    }

    private static void holding(InterpreterGuard guard, Doing body) throws Throwable {
      Throwable thrown = null;
      try {
        body.run();
      } catch (Throwable t) {
        thrown = t;
      }
      for (int attempt = 0; attempt < 2; attempt++) {
        try {
          guard.close();
          break;
        } catch (Throwable t) {
          thrown = thrown == null ? t : thrown;
        }
      }
      if (thrown != null) {
        throw thrown;
      }
    }

    private void attach() throws Throwable {
      Interpreter main = python.main();
      for (int i = 0; i < 2; i++) { // with no states yet, and with kept ones
        within(ThreadState.ensure(main.view()), () -> {});
        within(ThreadState.ensure(own.view()), () -> {});
        within(
            ThreadState.ensure(own.view()), () -> within(ThreadState.ensure(own.view()), () -> {}));
        within(
            ThreadState.ensure(own.view()),
            () ->
                within(
                    ThreadState.ensure(main.view()),
                    () ->
                        within(
                            ThreadState.ensure(own.view()),
                            () -> within(ThreadState.ensure(shared.view()), () -> {}))));
        own.run(in -> {});
        own.run(in -> main.run(inner -> {}));
        holding(main.guard(), () -> {});
        InterpreterGuard guard = own.guard();
        holding(guard, () -> within(ThreadState.ensure(guard), () -> {}));
        ThreadState entered = ThreadState.ensure(own.view());
        within(
            entered,
            () -> {
              entered.runDetached(() -> {});
              entered.runDetached(() -> main.run(in -> {}));
              entered.runDetached(() -> own.run(in -> {}));
            });
        own.run(in -> {
          try (PyObject caller = in.eval("caller")) {
            caller.call(callback).close();
            try {
              caller.call(failing).close();
            } catch (IllegalArgumentException e) {
              assertThat(e).hasMessage("on purpose");
            }
          }
        });
        GilStateClient.inGilState(1, () -> main.run(in -> own.run(inner -> {})));
      }
    }

    private void calledBack() {
      own.run(in -> python.main().run(inner -> {}));
    }

    private void makeAndEnd() throws Throwable {
      Throwable thrown = null;
      Interpreter made = null;
      try {
        made = python.newInterpreter();
        made.run(in -> {});
        made.close(Duration.ofSeconds(HANGS_SECONDS));
      } catch (Throwable t) {
        thrown = t;
      }
      if (made != null) {
        made.close(Duration.ofSeconds(HANGS_SECONDS)); // whoever is told that it failed tries again
        assertThat(made.isAlive()).isFalse();
      }
      if (thrown != null) {
        throw thrown;
      }
    }

    private void closeInVain() {
      try {
        python.close(Duration.ofMillis(10), CloseOption.INTERRUPT);
      } catch (InterpreterBusyException e) {
        assertThat(e.occupants()).isNotEmpty();
      }
      assertThat(python.main().isAlive()).isTrue();
    }

    private void reap() throws Throwable {
      List<Long> before = Aftermath.countStates(all);
      CountDownLatch visited = new CountDownLatch(3);
      List<Thread> visitors = new ArrayList<>();
      for (int i = 0; i < 3; i++) {
        visitors.add(
            Thread.ofPlatform()
                .daemon()
                .name("visitor-" + i)
                .start(() -> {
                  for (Interpreter one : all) {
                    one.run(in -> {});
                  }
                  visited.countDown();
                }));
      }
      for (Thread visitor : visitors) {
        visitor.join();
      }
      assertThat(visited.getCount()).isZero();
      until(
          "the dead are reaped",
          () -> {
            wake("python-reaper");
            return Aftermath.isAsBefore(before, Aftermath.countStates(all));
          });
    }

    private void collect() throws Throwable {
      Interpreter made = shared;
      made.run(in -> {
        for (int i = 0; i < 100; i++) {
          in.eval("object()");
        }
      });
      until(
          "what was dropped is given back",
          () -> {
            System.gc();
            return !made.hasObjects();
          });
    }

    private static void until(String what, BooleanSupplier condition) {
      long end = System.nanoTime() + TimeUnit.SECONDS.toNanos(HANGS_SECONDS);
      while (!condition.getAsBoolean()) {
        if (System.nanoTime() > end) {
          throw new AssertionError("it did not come to this: " + what);
        }
        LockSupport.parkNanos(2_000_000);
      }
    }
  }
}
