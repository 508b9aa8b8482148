package dev.vivarium.behaviour;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.catchThrowable;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import dev.vivarium.Interpreter;
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
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicReference;
import java.util.concurrent.locks.LockSupport;
import java.util.logging.Level;
import java.util.logging.Logger;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;

/** What is left when attaching and releasing fail half-way, or are forgotten. */
final class AttachFailuresTest {

  private static final Duration LIMIT = Duration.ofSeconds(180);

  // All stacks, places and compilers: for a day with time, and after a change here
  private static final boolean FULL = Boolean.getBoolean("vivarium.test.full");
  private static final int TIMES = FULL ? 12 : 4;
  private static final List<String> NONE = List.of();

  @Test
  @Tag("E11")
  @DisplayName(
      "Whatever is thrown at whichever step of ensure, release, detach or a callback"
          + " (StackOverflowError, OutOfMemoryError, an exception of user code): nothing stays"
          + " attached that is not recorded, nothing counted that is not inside, no GIL is lost; the"
          + " error that arrives is the one that was thrown")
  void overflows() {
    for (List<String> options : FULL ? List.of(NONE, List.of("-Xint")) : List.of(NONE)) {
      ChildJvm.start(LIMIT, options, Overflows.class, Rounds.inside(TIMES))
          .await()
          .expect(0)
          .expectOut("nothing is lost");
    }
  }

  @Test
  @Tag("E11")
  @DisplayName("… an overflow of the stack, with code compiled by C1 alone, and at once")
  void overflowsCompiled() {
    assumeTrue(FULL, "minutes; -Dvivarium.test.full=true");
    ChildJvm.start(LIMIT, List.of("-XX:TieredStopAtLevel=1"), Overflows.class, Rounds.inside(TIMES))
        .await()
        .expect(0)
        .expectOut("nothing is lost");
    ChildJvm.start(
            LIMIT,
            List.of("-XX:CompileThreshold=100", "-XX:-TieredCompilation", "-Xbatch"),
            Overflows.class,
            Rounds.inside(TIMES))
        .await()
        .expect(0)
        .expectOut("nothing is lost");
  }

  /** Attaches at the end of the stack, in every way, until it overflows. */
  static final class Overflows implements Scenario {

    private int times; // each begins at another address
    private Interpreter main;
    private Interpreter own;
    private Interpreter shared;
    private List<Interpreter> all;

    private interface Recursion {
      void run(int level);
    }

    @Override
    public void run(String... arguments) throws Exception {
      Python python = PythonUnderTest.start();
      times = Integer.parseInt(arguments[0]);
      main = python.main();
      own = PythonUnderTest.ownGil();
      shared = PythonUnderTest.sharedGil();
      all = List.of(main, own, shared);
      GilStateClient.look(); // what the checks need is loaded before the stack is full
      Aftermath.assertNothingAttached();
      Aftermath.assertOthersEnter(all);
      List<Long> before = Aftermath.countStates(all);
      for (long stack : FULL ? new long[] {256 << 10, 0, 2 << 20} : new long[] {256 << 10, 0}) {
        for (Interpreter one : all) {
          Interpreter other = one == own ? main : own;
          each("ensured", stack, level -> ensured(one.view()));
          each("kept open", stack, level -> keptOpen(one.view()));
          each("nested", stack, level -> nested(one.view(), other.view()));
          each("switching", stack, level -> switching(one.view(), other.view()));
          each("detached", stack, level -> detached(one.view()));
          each("detached and elsewhere", stack, level -> elsewhere(one.view(), other.view()));
          each("called", stack, level -> called(one));
          each("guarded", stack, level -> guarded(one));
          callbacks(stack, one, other);
        }
      }
      Aftermath.assertNoneLeft(all, before);
      own.close();
      shared.close();
      python.close();
      System.out.println("nothing is lost");
    }

    private void each(String what, long stack, Recursion recursion) throws Exception {
      for (int i = 0; i < times; i++) {
        int padding = i;
        on(
            stack,
            what,
            () -> {
              Throwable thrown = atDepth(padding, recursion);
              Aftermath.assertNothingAttached();
              boolean right =
                  thrown instanceof StackOverflowError
                      || (thrown instanceof PythonException e && isOfDepth(e));
              if (!right) {
                throw new AssertionError(what + ": not the error that was thrown", thrown);
              }
            });
        if (i % 4 == 0) {
          assertSound(what);
        }
      }
      assertSound(what);
    }

    private void assertSound(String what) throws Exception {
      try {
        Aftermath.assertOthersEnter(all);
      } catch (AssertionError e) {
        throw new AssertionError("after an overflow, " + what, e);
      }
    }

    private static void on(long stack, String name, Together.Errand errand) throws Exception {
      AtomicReference<Throwable> thrown = new AtomicReference<>();
      Thread thread =
          new Thread(
              null,
              () -> {
                try {
                  errand.run();
                } catch (Throwable t) {
                  thrown.set(t);
                }
              },
              name,
              stack);
      thread.setDaemon(true);
      thread.start();
      thread.join(TimeUnit.SECONDS.toMillis(30));
      if (thread.isAlive()) {
        throw new AssertionError("it hangs: " + name + Together.stacks());
      }
      if (thrown.get() != null) {
        throw new AssertionError(name, thrown.get());
      }
    }

    private static Throwable atDepth(int padding, Recursion recursion) {
      if (padding > 0) {
        return atDepth(padding - 1, recursion);
      }
      try {
        recursion.run(0);
        return null;
      } catch (Throwable t) {
        return t;
      }
    }

    @SuppressWarnings("InfiniteRecursion")
    private static void ensured(InterpreterView view) {
      try (ThreadState entered = ThreadState.ensure(view)) {
        used(entered);
      }
      ensured(view);
    }

    private static void keptOpen(InterpreterView view) {
      try (ThreadState entered = ThreadState.ensure(view)) {
        used(entered);
        keptOpen(view);
      }
    }

    @SuppressWarnings("InfiniteRecursion")
    private static void nested(InterpreterView one, InterpreterView other) {
      try (ThreadState outer = ThreadState.ensure(one);
          ThreadState inner = ThreadState.ensure(other);
          ThreadState again = ThreadState.ensure(one)) {
        used(outer);
        used(inner);
        used(again);
      }
      nested(one, other);
    }

    private static void switching(InterpreterView one, InterpreterView other) {
      try (ThreadState entered = ThreadState.ensure(one)) {
        used(entered);
        switching(other, one);
      }
    }

    private static void detached(InterpreterView view) {
      try (ThreadState entered = ThreadState.ensure(view)) {
        entered.runDetached(() -> detached(view));
      }
    }

    private static void elsewhere(InterpreterView one, InterpreterView other) {
      try (ThreadState entered = ThreadState.ensure(one)) {
        entered.runDetached(() -> elsewhere(other, one));
      }
    }

    private static void called(Interpreter one) {
      one.run(in -> called(one));
    }

    @SuppressWarnings("InfiniteRecursion")
    private static void guarded(Interpreter one) {
      try (var guard = one.guard();
          ThreadState entered = ThreadState.ensure(guard)) {
        used(entered);
      }
      guarded(one);
    }

    private static void used(ThreadState entered) {
      if (entered.hashCode() == 0) {
        Thread.onSpinWait();
      }
    }

    private void callbacks(long stack, Interpreter one, Interpreter other) throws Exception {
      AtomicReference<PyObject> function = new AtomicReference<>();
      PythonUnderTest.define(one, "overflow", (Runnable) () -> ensured(one.view()));
      PythonUnderTest.define(one, "overflow_elsewhere", (Runnable) () -> switching2(one, other));
      PythonUnderTest.define(one, "ping", (Runnable) () -> ping(function, other));
      one.exec("def pong(): ping()");
      for (String name : List.of("overflow", "overflow_elsewhere")) {
        PyObject callback = one.eval(name);
        each(name, stack, level -> callback.call());
      }
      function.set(one.eval("pong"));
      for (int i = 0; i < times; i++) {
        int padding = i;
        on(
            stack,
            "ping pong",
            () -> {
              Throwable thrown = atDepth(padding, level -> function.get().call());
              Aftermath.assertNothingAttached();
              boolean right =
                  thrown instanceof StackOverflowError
                      || (thrown instanceof PythonException e && isOfDepth(e));
              if (!right) {
                throw new AssertionError("not an error of recursion", thrown);
              }
            });
      }
      assertSound("ping pong");
    }

    // CPython's parser says it in its own way
    private static boolean isOfDepth(PythonException e) {
      return e.typeName().equals("RecursionError")
          || e.getMessage().contains("Parser stack overflowed");
    }

    private static void switching2(Interpreter one, Interpreter other) {
      switching(other.view(), one.view());
    }

    private static void ping(AtomicReference<PyObject> function, Interpreter other) {
      try (ThreadState entered = ThreadState.ensure(other.view())) {
        used(entered);
      }
      function.get().call();
    }
  }

  /** Java's heap, filled to the brim and emptied. */
  private static final class Heap {

    private static final Object[] HELD = new Object[1 << 16];
    private static int held;

    private Heap() {}

    /** Takes all but about so many bytes. The calling thread's allocations fail from now on. */
    static void fill(int spare) {
      Object kept = spare == 0 ? null : new byte[spare];
      for (int size = 1 << 20; size >= 16 && held < HELD.length; ) {
        try {
          HELD[held] = new byte[size];
          held++;
        } catch (OutOfMemoryError e) {
          size /= 4;
        }
      }
      if (kept != null && kept.hashCode() == 0) {
        Thread.onSpinWait(); // given back only now
      }
    }

    static void empty() {
      java.util.Arrays.fill(HELD, null);
      held = 0;
    }
  }

  // The JDK allocates at the 127th call of each upcall's target, and ends the JVM where it can't
  private static final List<String> SMALL_HEAP =
      List.of(
          "-Xmx24m",
          "-Xmn8m",
          "-XX:+UseSerialGC",
          "-XX:-UseTLAB",
          "-Djava.lang.invoke.MethodHandle.CUSTOMIZE_THRESHOLD=-1");

  @Test
  @Tag("E11")
  @DisplayName("… a heap that is full at each of them")
  void heapIsFull() {
    ChildJvm.start(LIMIT, SMALL_HEAP, FullHeap.class, Rounds.inside(FullHeap.FILLINGS))
        .await()
        .expect(0)
        .expectOut("nothing is lost");
  }

  @Test
  @Tag("E11")
  @DisplayName("… a heap that is full at their first use, before anything has been loaded for it")
  void heapIsFullAtFirst() {
    for (String what : FULL ? FullHeap.AT_FIRST : List.of("make")) {
      ChildJvm.start(LIMIT, SMALL_HEAP, FullHeap.class, Integer.toString(FullHeap.FILLINGS), what)
          .await()
          .expect(0)
          .expectOut("nothing is lost");
    }
  }

  /** Uses Python with a heap that is full. Nothing but the heap has to be able to fail. */
  static final class FullHeap implements Scenario {

    static final List<String> KINDS =
        List.of("ensure", "switch", "detach", "callback", "callback throws", "make", "close");

    // A call into Java that is the first of its kind is the JDK's to link
    static final List<String> AT_FIRST = List.of("ensure", "switch", "detach", "make", "close");

    private static final int[] SPARES =
        FULL ? new int[] {0, 256, 1 << 10, 4 << 10, 32 << 10} : new int[] {0, 4 << 10};
    private static final int[] SPARES_AT_FIRST = {0, 4 << 10};

    static final int FILLINGS = 2 * SPARES.length; // of each kind: on two threads each

    private Python python;
    private Interpreter main;
    private Interpreter own;
    private Interpreter shared;
    private List<Interpreter> all;
    private PyObject caller;
    private Interpreter closing;
    private final List<Interpreter> made = new ArrayList<>(8);

    @Override
    public void run(String... arguments) throws Exception {
      int fillings = Integer.parseInt(arguments[0]);
      boolean loaded = arguments.length == 1;
      List<String> kinds = loaded ? KINDS : List.of(arguments[1]);
      python = PythonUnderTest.start(PythonUnderTest.options().site(false).build());
      main = python.main();
      own = PythonUnderTest.ownGil();
      shared = PythonUnderTest.sharedGil();
      all = List.of(main, own, shared);
      main.exec(
          """
          def caller(callback):
              failed = 0
              for i in range(20):
                  try:
                      callback()
                  except BaseException as e:
                      failed += 1
              return failed
          """);
      caller = main.eval("caller");
      PyObject quiet = main.toPython((Runnable) () -> {});
      PyObject throwing =
          main.toPython(
              (Runnable)
                  () -> {
                    throw new IllegalStateException("on purpose");
                  });
      // A class of the JDK's that fails to load for want of memory stays broken for good
      Logger.getLogger("dev.vivarium").log(Level.WARNING, "said once", new Throwable());
      new Throwable("printed once").printStackTrace();
      if (loaded) {
        caller.call(quiet).close(); // all is loaded that a good course needs
        caller.call(throwing).close();
        PythonUnderTest.ownGil().close();
        Aftermath.assertNothingAttached();
      }
      Aftermath.assertOthersEnter(all);
      List<Long> before = Aftermath.countStates(all);
      int live = PythonUnderTest.liveIds().size();
      int failures = 0;
      for (int filled = 0; filled < fillings; filled += FILLINGS) {
        for (String kind : kinds) {
          for (int spare : loaded ? SPARES : SPARES_AT_FIRST) {
            failures += withFullHeap(kind, spare, quiet, throwing) ? 1 : 0;
            assertSound(kind, spare);
          }
        }
      }
      Await.until(
          () -> "as many interpreters as before: " + live + ", not " + PythonUnderTest.liveIds(),
          () -> PythonUnderTest.liveIds().size() <= live);
      Aftermath.assertNoneLeft(all, before);
      assertThat(failures).as("the heap was full").isPositive();
      own.close();
      shared.close();
      python.close();
      System.out.println("nothing is lost, " + failures + " failed");
    }

    private void assertSound(String kind, int spare) throws Exception {
      try {
        Aftermath.assertNothingAttached();
        Aftermath.assertOthersEnter(all);
        if (closing != null) {
          made.add(closing);
          closing = null;
        }
        for (Interpreter one : made) {
          one.close(Duration.ofSeconds(20));
          assertThat(one.isAlive()).isFalse();
        }
        made.clear();
      } catch (AssertionError | RuntimeException e) {
        throw new AssertionError("after " + kind + " with " + spare + " bytes left", e);
      }
    }

    // On a thread that has been inside, and on one that has not
    private boolean withFullHeap(String kind, int spare, PyObject quiet, PyObject throwing)
        throws Exception {
      if (kind.equals("close")) {
        closing = PythonUnderTest.ownGil();
        closing.exec("1");
      }
      boolean failed = false;
      for (boolean met : new boolean[] {true, false}) {
        AtomicReference<Throwable> thrown = new AtomicReference<>();
        AtomicReference<Throwable> wrong = new AtomicReference<>();
        Thread thread =
            new Thread(
                () -> {
                  if (met) {
                    own.run(in -> main.run(again -> {}));
                  }
                  try {
                    Heap.fill(spare);
                    act(kind, quiet, throwing);
                  } catch (Throwable t) {
                    thrown.set(t);
                  } finally {
                    Heap.empty();
                  }
                  try {
                    Aftermath.assertNothingAttached();
                  } catch (Throwable t) {
                    wrong.set(t);
                  }
                },
                kind);
        thread.setDaemon(true);
        long limit = Await.LIMIT.toMillis(); // while Await can be loaded
        thread.start();
        thread.join(limit); // each allocation is a full garbage collection now
        if (thread.isAlive()) {
          Heap.empty();
          throw new AssertionError("it hangs: " + kind + Together.stacks());
        }
        if (wrong.get() != null) {
          throw new AssertionError(kind + " with " + spare + " bytes left", wrong.get());
        }
        Throwable t = thrown.get();
        failed |= t != null;
        if (t != null && !isOfMemory(t)) {
          throw new AssertionError(kind + ": not the error that was thrown", t);
        }
      }
      return failed;
    }

    private static boolean isOfMemory(Throwable thrown) {
      for (Throwable t = thrown; t != null; t = t.getCause()) {
        if (t instanceof OutOfMemoryError
            || (t instanceof PythonException e && e.typeName().equals("MemoryError"))) {
          return true;
        }
      }
      return false;
    }

    private void act(String kind, PyObject quiet, PyObject throwing) {
      switch (kind) {
        case "ensure" -> {
          for (int i = 0; i < 3; i++) {
            try (ThreadState entered = ThreadState.ensure(main.view())) {
              Thread.onSpinWait();
            }
          }
          try (ThreadState entered = ThreadState.ensure(own.view())) {
            Thread.onSpinWait();
          }
        }
        case "switch" -> {
          try (ThreadState outer = ThreadState.ensure(own.view());
              ThreadState inner = ThreadState.ensure(main.view());
              ThreadState innermost = ThreadState.ensure(shared.view())) {
            Thread.onSpinWait();
          }
        }
        case "detach" -> {
          try (ThreadState entered = ThreadState.ensure(own.view())) {
            entered.runDetached(() -> main.run(in -> {}));
          }
        }
        case "callback" -> caller.call(quiet).close();
        case "callback throws" -> caller.call(throwing).close();
        case "make" -> made.add(python.newInterpreter());
        default -> closing.close(Duration.ofSeconds(20));
      }
    }
  }

  @Test
  @Tag("E11")
  @DisplayName("… nor the threads that reap and give back: what comes to them later is done")
  void servantsSurvive() {
    ChildJvm.start(LIMIT, SMALL_HEAP, Servants.class, Rounds.inside(2))
        .await()
        .expect(0)
        .expectOut("all was cleared");
  }

  /** Lets the library's own threads meet a full heap. */
  static final class Servants implements Scenario {

    private static final long REAPER_TICKS_NANOS = 1_500_000_000L; // it looks once a second

    @Override
    public void run(String... arguments) throws Exception {
      Python python = PythonUnderTest.start();
      Interpreter own = PythonUnderTest.ownGil();
      List<Interpreter> all = List.of(python.main(), own);
      Aftermath.assertNothingAttached();
      List<Long> before = Aftermath.countStates(all);
      for (int round = 0; round < Integer.parseInt(arguments[0]); round++) {
        visit(all, 130);
        drop(own, 3000);
        try {
          Heap.fill(0);
          System.gc(); // what was dropped comes to the thread that gives it back
          LockSupport.parkNanos(REAPER_TICKS_NANOS);
        } finally {
          Heap.empty();
        }
        visit(all, 70);
        drop(own, 300);
      }
      visit(all, 300);
      Aftermath.assertNoneLeft(all, before);
      Await.until(
          "what was dropped is given back",
          () -> {
            System.gc();
            return !own.hasObjects();
          });
      Aftermath.assertOthersEnter(all);
      python.close();
      System.out.println("all was cleared");
    }

    private static void visit(List<Interpreter> all, int threads) throws Exception {
      for (int i = 0; i < threads; i += 10) {
        Together.run(
            10,
            k -> {
              for (Interpreter one : all) {
                one.run(in -> {});
              }
            });
      }
    }

    private static void drop(Interpreter one, int objects) {
      one.run(in -> {
        for (int i = 0; i < objects; i++) {
          in.eval("object()");
        }
      });
    }
  }

  @Test
  @Tag("E13")
  @DisplayName(
      "A thread state forgotten inside a body (call, run, a callback, detached) is released when the"
          + " body returns, and the body's caller is told")
  void forgottenInBodies() {
    ChildJvm.run(LIMIT, Forgotten.class, Rounds.inside(1)).expect(0).expectOut("all were released");
  }

  /** Bodies forget thread states, on threads of a pool that go on. */
  static final class Forgotten implements Scenario {

    private interface Body {
      void run(Interpreter one, Interpreter forgotten);
    }

    private final ExecutorService pool =
        Executors.newSingleThreadExecutor(Thread.ofPlatform().daemon().name("pooled").factory());
    private final AtomicReference<ThreadState> left = new AtomicReference<>();
    private List<Interpreter> all;

    @Override
    public void run(String... arguments) throws Exception {
      Python python = PythonUnderTest.start();
      all = List.of(python.main(), PythonUnderTest.ownGil(), PythonUnderTest.sharedGil());
      List<Long> before = Aftermath.countStates(all);
      for (int round = 0; round < Integer.parseInt(arguments[0]); round++) {
        inEach();
        attachedOutside();
        throwing();
        virtual(all.get(0), all.get(1));
        virtual(all.get(1), all.get(1));
      }
      pool.shutdown();
      assertThat(pool.awaitTermination(20, TimeUnit.SECONDS)).isTrue();
      Aftermath.assertNoneLeft(all, before);
      all.get(1).close();
      all.get(2).close();
      python.close();
      System.out.println("all were released");
    }

    private void inEach() throws Exception {
      for (Interpreter one : all) {
        for (Interpreter forgotten : all) {
          forget("call", one, forgotten, (in, other) -> in.call(i -> forget(other)));
          forget("run", one, forgotten, (in, other) -> in.run(i -> forget(other)));
          forget("view.run", one, forgotten, (in, other) -> in.view().run(i -> forget(other)));
          forget(
              "three",
              one,
              forgotten,
              (in, other) ->
                  in.run(i -> {
                    forget(other);
                    forget(in);
                    forget(other);
                  }));
          forget(
              "callInterruptibly",
              one,
              forgotten,
              (in, other) -> {
                try {
                  in.runInterruptibly(i -> forget(other));
                } catch (InterruptedException e) {
                  throw new AssertionError(e);
                }
              });
          forget(
              "detached",
              one,
              forgotten,
              (in, other) -> {
                try (ThreadState entered = ThreadState.ensure(in.view())) {
                  entered.runDetached(() -> forget(other));
                }
              });
          forget(
              "callback",
              one,
              forgotten,
              (in, other) -> {
                PythonUnderTest.define(in, "forget", (Runnable) () -> forget(other));
                in.exec("forget()");
              });
        }
      }
    }

    private ThreadState forget(Interpreter other) {
      ThreadState forgotten = ThreadState.ensure(other.view());
      left.set(forgotten);
      return forgotten;
    }

    private void forget(String what, Interpreter one, Interpreter forgotten, Body body)
        throws Exception {
      Future<?> done =
          pool.submit(() -> {
            Throwable told = catchThrowable(() -> body.run(one, forgotten));
            Aftermath.assertNothingAttached();
            assertTold(what, told);
            // What was released is closed by nobody any more, and that harms nobody
            catchThrowable(() -> left.get().close());
            Aftermath.assertNothingAttached();
          });
      done.get(30, TimeUnit.SECONDS);
      Aftermath.assertOthersEnter(all);
    }

    // A callback's caller is Python code
    private static void assertTold(String what, Throwable told) {
      if (what.equals("callback") && told instanceof PythonException e) {
        assertThat(e).hasMessageStartingWith("RuntimeError").hasMessageContaining("thread state");
      } else {
        assertThat(told).as(what).isInstanceOf(IllegalStateException.class);
      }
    }

    /** What the caller had attached is attached again. */
    private void attachedOutside() throws Exception {
      for (Interpreter outside : all) {
        pool.submit(
                () -> {
                  try (ThreadState entered = ThreadState.ensure(outside.view())) {
                    GilStateClient.Seen seen = GilStateClient.look();
                    for (Interpreter one : all) {
                      for (Interpreter other : all) {
                        Throwable told = catchThrowable(() -> one.run(in -> forget(other)));
                        assertThat(told).isInstanceOf(IllegalStateException.class);
                        assertThat(GilStateClient.look().attached()).isEqualTo(seen.attached());
                      }
                    }
                    assertThat(entered.interpreter().eval("6 * 7").asInt()).isEqualTo(42);
                  }
                  Aftermath.assertNothingAttached();
                })
            .get(30, TimeUnit.SECONDS);
        Aftermath.assertOthersEnter(all);
      }
    }

    /** Where the body throws too, its own exception arrives. */
    private void throwing() throws Exception {
      for (Interpreter one : all) {
        pool.submit(
                () -> {
                  IllegalArgumentException mine = new IllegalArgumentException("the body's own");
                  Throwable told =
                      catchThrowable(() ->
                          one.run(in -> {
                            forget(all.get(1));
                            throw mine;
                          }));
                  assertThat(told).isSameAs(mine);
                  Aftermath.assertNothingAttached();
                })
            .get(30, TimeUnit.SECONDS);
        Aftermath.assertOthersEnter(all);
      }
    }

    /** On a worker that serves virtual threads. */
    private void virtual(Interpreter one, Interpreter other) throws Exception {
      AtomicReference<Throwable> told = new AtomicReference<>();
      CountDownLatch done = new CountDownLatch(1);
      Thread.ofVirtual()
          .start(() -> {
            told.set(catchThrowable(() -> one.run(in -> forget(other))));
            done.countDown();
          });
      Await.latch(done);
      assertThat(told.get()).isInstanceOf(IllegalStateException.class);
      Aftermath.assertOthersEnter(all);
      List<Integer> served = new ArrayList<>();
      Thread.ofVirtual()
          .start(() -> {
            for (Interpreter each : all) {
              served.add(each.eval("6 * 7").asInt());
            }
          })
          .join();
      assertThat(served).containsExactly(42, 42, 42);
    }
  }
}
