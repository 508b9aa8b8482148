package dev.vivarium.behaviour;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.junit.jupiter.api.Assumptions.assumeFalse;

import dev.vivarium.Interpreter;
import dev.vivarium.InterpreterBusyException;
import dev.vivarium.InterpreterGuard;
import dev.vivarium.Python;
import dev.vivarium.PythonException;
import dev.vivarium.ThreadState;
import dev.vivarium.pool.DeadlineException;
import dev.vivarium.pool.InterpreterPool;
import dev.vivarium.pool.PoolOptions;
import dev.vivarium.testing.Await;
import dev.vivarium.testing.ChildJvm;
import dev.vivarium.testing.PythonUnderTest;
import dev.vivarium.testing.Scenario;
import dev.vivarium.testing.Together;
import java.io.IOException;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Comparator;
import java.util.List;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.Future;
import java.util.concurrent.atomic.AtomicReference;
import jdk.jfr.EventType;
import jdk.jfr.Recording;
import jdk.jfr.consumer.RecordedEvent;
import jdk.jfr.consumer.RecordedThread;
import jdk.jfr.consumer.RecordingFile;
import jdk.jfr.consumer.RecordingStream;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;
import org.junit.jupiter.api.io.TempDir;

@ExtendWith(PythonUnderTest.class)
final class EventsTest {

  private static final String OURS = "dev.vivarium.";

  @TempDir private Path folder;

  private interface Body {
    void run() throws Exception;
  }

  /** Our events of the time that the body takes, also those that are short. */
  private List<RecordedEvent> recorded(Body body) throws Exception {
    Path file = folder.resolve("recorded.jfr");
    try (Recording recording = new Recording()) {
      recording.enable(OURS + "PoolCall").withoutThreshold();
      recording.enable(OURS + "GuardHeld").withoutThreshold();
      recording.start();
      body.run();
      recording.stop();
      recording.dump(file);
    }
    return ours(file);
  }

  private static List<RecordedEvent> ours(Path file) throws IOException {
    return RecordingFile.readAllEvents(file).stream()
        .filter(event -> event.getEventType().getName().startsWith(OURS))
        .sorted(Comparator.comparing(RecordedEvent::getEndTime)) // the file has each thread's apart
        .toList();
  }

  private static List<RecordedEvent> named(String name, List<RecordedEvent> events) {
    return events.stream()
        .filter(event -> event.getEventType().getName().equals(OURS + name))
        .toList();
  }

  private static String gil(String whose) {
    return PythonUnderTest.version().endsWith("t") ? "none" : whose;
  }

  @Test
  @Tag("W1")
  @DisplayName(
      "A recording tells which interpreters were made and have ended, and how long it took")
  void interpreters() throws Exception {
    long[] ids = new long[2];
    List<RecordedEvent> events =
        recorded(() -> {
          try (Interpreter own = PythonUnderTest.ownGil();
              Interpreter shared = PythonUnderTest.sharedGil()) {
            ids[0] = own.id();
            ids[1] = shared.id();
          }
        });
    List<RecordedEvent> made = named("InterpreterMade", events);
    assertThat(made).extracting(e -> e.getLong("interpreter")).containsExactly(ids[0], ids[1]);
    assertThat(made).extracting(e -> e.getString("gil")).containsExactly(gil("own"), gil("main's"));
    assertThat(made).allSatisfy(e -> assertThat(e.getDuration()).isPositive());
    assertThat(made.getFirst().getThread().getJavaName())
        .isEqualTo(Thread.currentThread().getName());
    List<RecordedEvent> ended = named("InterpreterEnded", events);
    assertThat(ended).extracting(e -> e.getLong("interpreter")).containsExactly(ids[1], ids[0]);
    assertThat(ended).allSatisfy(e -> assertThat(e.getDuration()).isPositive());
  }

  @Test
  @Tag("W1")
  @DisplayName("A recording tells for whom a closer has waited, and which guards were held")
  void closing() throws Exception {
    long[] id = {0};
    List<RecordedEvent> events =
        recorded(() -> {
          Interpreter sub = PythonUnderTest.ownGil();
          id[0] = sub.id();
          InterpreterGuard guard = Together.elsewhere(sub::guard);
          assertThatThrownBy(() -> sub.close(Duration.ofMillis(1)))
              .isInstanceOf(InterpreterBusyException.class);
          guard.close();
          sub.close();
        });
    RecordedEvent wait = named("ClosingWait", events).getFirst();
    assertThat(wait.getLong("interpreter")).isEqualTo(id[0]);
    assertThat(wait.getString("waitedFor")).isEqualTo("a guard of elsewhere");
    assertThat(wait.getBoolean("ended")).isFalse();
    RecordedEvent held = named("GuardHeld", events).getFirst();
    assertThat(held.getLong("interpreter")).isEqualTo(id[0]);
    assertThat(held.<RecordedThread>getValue("taker").getJavaName()).isEqualTo("elsewhere");
    assertThat(held.getDuration()).isGreaterThanOrEqualTo(wait.getDuration());
  }

  @Test
  @Tag("W1")
  @DisplayName("A recording tells who was interrupted, by whom")
  void interrupted() throws Exception {
    long[] id = {0};
    List<RecordedEvent> events =
        recorded(() -> {
          try (Interpreter sub = PythonUnderTest.ownGil()) {
            id[0] = sub.id();
            AtomicReference<ThreadState> state = new AtomicReference<>();
            Future<Void> loop =
                Together.start(
                    "looping",
                    () -> {
                      try (ThreadState entered = ThreadState.ensure(sub)) {
                        state.set(entered);
                        assertThatThrownBy(() -> sub.exec("while True: pass"))
                            .isInstanceOf(PythonException.class);
                      }
                    });
            Await.until("it is inside", () -> state.get() != null);
            assertThat(state.get().interrupt()).isTrue();
            Await.done(loop);
          }
        });
    RecordedEvent event = named("ThreadInterrupted", events).getFirst();
    assertThat(event.getLong("interpreter")).isEqualTo(id[0]);
    assertThat(event.<RecordedThread>getValue("interrupted").getJavaName()).isEqualTo("looping");
    assertThat(event.getThread().getJavaName()).isEqualTo(Thread.currentThread().getName());
  }

  @Test
  @Tag("W1")
  @DisplayName("A recording tells what became of each call of a pool")
  void poolCalls() throws Exception {
    List<RecordedEvent> events =
        recorded(() -> {
          PoolOptions options = PoolOptions.isolated(1).mostWaiting(0);
          try (InterpreterPool pool =
              InterpreterPool.open(
                  PythonUnderTest.python(), options.grace(Duration.ofMillis(50)))) {
            int one = pool.call(in -> in.eval("1").asInt());
            assertThat(one).isEqualTo(1);
            assertThatThrownBy(() -> pool.run(in -> in.exec("1 / 0")))
                .isInstanceOf(PythonException.class);
            Future<Integer> two = pool.submit(in -> in.eval("2").asInt());
            assertThat(Await.done(two)).isEqualTo(2);
            pool.checkOut().close();
            CountDownLatch letGo = new CountDownLatch(1);
            assertThatThrownBy(() ->
                    pool.within(Duration.ofSeconds(1))
                        .call(in -> {
                          hold(letGo);
                          return 0;
                        }))
                .isInstanceOf(DeadlineException.class);
            letGo.countDown();
          }
        });
    List<RecordedEvent> calls = named("PoolCall", events);
    assertThat(calls)
        .extracting(e -> e.getString("outcome"))
        .containsExactly("done", "failed", "done", "checked out", "given up");
    assertThat(calls)
        .allSatisfy(e -> assertThat(e.getString("pool")).startsWith("python-pool-"))
        .allSatisfy(e -> assertThat(e.getDuration("waited").isNegative()).isFalse())
        .allSatisfy(e -> assertThat(e.getDuration("worked").isNegative()).isFalse());
  }

  // Java code that an interrupt does not end
  private static void hold(CountDownLatch letGo) {
    boolean held = true;
    while (held) {
      try {
        letGo.await();
        held = false;
      } catch (InterruptedException e) {
        // Goes on
      }
    }
  }

  @Test
  @Tag("W1")
  @DisplayName("A recording tells who has long waited for a GIL that another thread had")
  void gilWaits() throws Exception {
    assumeFalse(PythonUnderTest.version().endsWith("t"), "no GIL");
    try (RecordingStream stream = new RecordingStream();
        Interpreter sub = PythonUnderTest.ownGil()) {
      AtomicReference<RecordedEvent> told = new AtomicReference<>();
      stream.setReuse(false);
      stream.onEvent(
          OURS + "GilWait",
          event -> {
            if (event.getLong("interpreter") == sub.id()) {
              told.compareAndSet(null, event);
            }
          });
      stream.enable(OURS + "GilWait");
      stream.startAsync();
      sub.exec("import sys; sys.setswitchinterval(0.2); going = True");
      Future<Void> busy =
          Together.start(
              "busy",
              () -> {
                while (told.get() == null) {
                  sub.exec("going = True\nwhile going: pass");
                }
              });
      while (told.get() == null) { // the waits are looked at from a second after the start on
        sub.exec("going = False");
        assertThat(busy.state()).isNotEqualTo(Future.State.FAILED);
      }
      sub.exec("going = False");
      Await.until(
          "the loop ends",
          () -> {
            sub.exec("going = False");
            return busy.isDone();
          });
      assertThat(told.get().getDuration("waited")).isGreaterThanOrEqualTo(Duration.ofMillis(20));
    }
  }

  @Test
  @Tag("W1")
  @DisplayName(
      "A recording from the JVM's start on tells how long Python's took, and that virtual threads starve")
  void fromTheStart() throws Exception {
    Path file = folder.resolve("child.jfr");
    ChildJvm.start(
            Duration.ofMinutes(3),
            List.of("-XX:StartFlightRecording:filename=" + file, "-Xlog:jfr*=off"),
            Starving.class)
        .await()
        .expect(0);
    List<RecordedEvent> events = ours(file);
    RecordedEvent start = named("InterpreterMade", events).getFirst();
    assertThat(start.getLong("interpreter")).isZero();
    assertThat(start.getString("gil")).isEqualTo(gil("own"));
    RecordedEvent starved = named("WorkersStarved", events).getFirst();
    assertThat(starved.getInt("waiting")).isEqualTo(1);
    assertThat(starved.getInt("workers")).isEqualTo(1);
    assertThat(starved.getDuration("waited")).isGreaterThan(Duration.ofSeconds(9));
    EventType type = start.getEventType();
    assertThat(type.getCategoryNames()).containsExactly("Vivarium", "Interpreters");
    assertThat(type.getLabel()).isEqualTo("Interpreter Made");
  }

  /** One virtual thread has the only worker, and another waits for it until somebody says so. */
  static final class Starving implements Scenario {
    @Override
    public void run(String... arguments) throws Exception {
      assertThat(Logged.all()).isEmpty(); // from here on it listens
      Python python =
          PythonUnderTest.start(PythonUnderTest.options().virtualThreadWorkers(1, 1).build());
      CountDownLatch inside = new CountDownLatch(1);
      CountDownLatch letGo = new CountDownLatch(1);
      Thread first =
          Thread.startVirtualThread(() ->
              python
                  .main()
                  .run(in -> {
                    inside.countDown();
                    hold(letGo);
                  }));
      Await.latch(inside);
      Thread second = Thread.startVirtualThread(() -> python.main().run(in -> in.exec("pass")));
      Await.until("it is told", () -> !Logged.with("wait for a thread to run Python on").isEmpty());
      letGo.countDown();
      first.join();
      second.join();
      python.close();
    }
  }

  @Test
  @Tag("W2")
  @DisplayName("Where nothing records, no class of the recorder is loaded, nor one of its events")
  void nothingLoaded() {
    String loaded =
        ChildJvm.start(Duration.ofMinutes(2), List.of("-Xlog:class+load:stdout"), Everything.class)
            .await()
            .expect(0)
            .out();
    assertThat(loaded)
        .contains("dev.vivarium.internal.events.Events ")
        .doesNotContain("jdk.jfr")
        .doesNotContain("internal.events.PoolCall")
        .doesNotContain("internal.events.InterpreterMade");
  }

  @Test
  @Tag("W2")
  @DisplayName("Where the JDK has no recorder all works, and nothing is told")
  void withoutTheModule() {
    ChildJvm.start(
            Duration.ofMinutes(2),
            List.of("--limit-modules", "java.management,java.logging,jdk.zipfs,jdk.unsupported"),
            Everything.class)
        .await()
        .expect(0)
        .expectOut("no recorder");
  }

  /** What would be told, if anybody recorded. */
  static final class Everything implements Scenario {
    @Override
    public void run(String... arguments) throws Exception {
      if (ModuleLayer.boot().findModule("jdk.jfr").isEmpty()) {
        System.out.println("no recorder");
      }
      Python python = PythonUnderTest.start();
      Interpreter sub = python.newInterpreter();
      InterpreterGuard guard = sub.guard();
      Future<Void> closer = Together.start("closer", sub::close);
      guard.close();
      Await.done(closer);
      try (InterpreterPool pool = InterpreterPool.open(python, PoolOptions.isolated(1))) {
        pool.run(in -> in.exec("pass"));
      }
      python.close();
    }
  }
}
