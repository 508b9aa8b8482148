package dev.vivarium.behaviour;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.junit.jupiter.api.Assumptions.assumeFalse;

import dev.vivarium.Interpreter;
import dev.vivarium.InterpreterGuard;
import dev.vivarium.Python;
import dev.vivarium.management.GilWaitInfo;
import dev.vivarium.management.InterpreterInfo;
import dev.vivarium.management.PoolInfo;
import dev.vivarium.management.PythonMXBean;
import dev.vivarium.management.PythonManagement;
import dev.vivarium.pool.InterpreterPool;
import dev.vivarium.pool.PoolOptions;
import dev.vivarium.testing.Await;
import dev.vivarium.testing.ChildJvm;
import dev.vivarium.testing.PythonUnderTest;
import dev.vivarium.testing.Scenario;
import dev.vivarium.testing.Together;
import java.lang.management.ManagementFactory;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.Future;
import javax.management.JMX;
import javax.management.MBeanServer;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;

@ExtendWith(PythonUnderTest.class)
final class ManagementTest {

  private static final MBeanServer SERVER = ManagementFactory.getPlatformMBeanServer();

  /** As another process sees it: through the types that JMX has. */
  private static PythonMXBean registered() {
    PythonManagement.register(PythonUnderTest.python());
    return JMX.newMXBeanProxy(SERVER, PythonManagement.NAME, PythonMXBean.class);
  }

  private static InterpreterInfo infoOf(long id, PythonMXBean bean) {
    return bean.getInterpreters().stream().filter(one -> one.id() == id).findFirst().orElseThrow();
  }

  @Test
  @Tag("W4")
  @DisplayName("The MXBean has the version, and each interpreter with who is inside and its guards")
  void interpreters() throws Exception {
    PythonMXBean bean = registered();
    boolean gil = !PythonUnderTest.version().endsWith("t");
    assertThat(bean.getVersion()).isEqualTo(PythonUnderTest.python().version().toString());
    assertThat(bean.isFreeThreaded()).isEqualTo(!gil);
    assertThat(bean.getInterpreters().getFirst().id()).isZero();
    CountDownLatch inside = new CountDownLatch(1);
    CountDownLatch letGo = new CountDownLatch(1);
    Interpreter sub = PythonUnderTest.ownGil();
    String whose = gil ? "own" : "none";
    assertThat(infoOf(sub.id(), bean)).isEqualTo(new InterpreterInfo(sub.id(), whose, false, 0, 0));
    PythonUnderTest.define(sub, "tell", (Runnable) inside::countDown);
    PythonUnderTest.define(sub, "wait", (Runnable) () -> Await.latch(letGo));
    Future<Void> there = Together.start("there", () -> sub.exec("tell(); wait()"));
    InterpreterGuard guard = Together.elsewhere(sub::guard);
    Await.latch(inside);
    assertThat(infoOf(sub.id(), bean)).isEqualTo(new InterpreterInfo(sub.id(), whose, false, 1, 1));
    Future<Void> closer = Together.start("closer", sub::close);
    Await.until("it is closing", () -> infoOf(sub.id(), bean).closing());
    guard.close();
    letGo.countDown();
    Await.done(there);
    Await.done(closer);
    assertThat(bean.getInterpreters()).extracting(InterpreterInfo::id).doesNotContain(sub.id());
  }

  @Test
  @Tag("W4")
  @DisplayName("The MXBean has the statistics of each pool that is open, and a dump of the threads")
  void poolsAndThreads() throws Exception {
    PythonMXBean bean = registered();
    try (InterpreterPool pool =
        InterpreterPool.open(PythonUnderTest.python(), PoolOptions.isolated(2))) {
      pool.run(in -> in.exec("pass"));
      PoolInfo info =
          bean.getPools().stream()
              .filter(p -> p.name().equals(pool.name()))
              .findFirst()
              .orElseThrow();
      assertThat(info.calls()).isEqualTo(1);
      assertThat(info.interpreters()).isEqualTo(pool.statistics().interpreters());
      assertThat(info.workedMillis()).isEqualTo(pool.statistics().worked().toMillis());
      assertThat(InterpreterPool.opened()).contains(pool);
    }
    assertThat(InterpreterPool.opened()).isEmpty();
    assertThat(bean.getPools()).isEmpty();
    assertThat(bean.dumpThreads()).startsWith("CPython ").contains("the main interpreter, GIL: ");
  }

  private static GilWaitInfo waitsIn(Interpreter interpreter, PythonMXBean bean) {
    return bean.getGilWaits().stream()
        .filter(one -> one.interpreter() == interpreter.id())
        .findFirst()
        .orElseThrow();
  }

  @Test
  @Tag("W4")
  @DisplayName(
      "The MXBean has the long waits for each interpreter's GIL, none of one that nobody waits for")
  void gilWaits() throws Exception {
    PythonMXBean bean = registered();
    if (PythonUnderTest.version().endsWith("t")) {
      assertThat(bean.getGilWaits()).isEmpty();
      return;
    }
    long began = System.nanoTime();
    try (Interpreter sub = PythonUnderTest.ownGil();
        Interpreter calm = PythonUnderTest.ownGil()) {
      assertThat(waitsIn(sub, bean)).isEqualTo(new GilWaitInfo(sub.id(), 0, 0));
      sub.exec("import sys, time; sys.setswitchinterval(0.2)");
      Together.run(
          2,
          i -> {
            while (waitsIn(sub, bean).waits() < 3) {
              sub.exec("end = time.monotonic() + 0.1\nwhile time.monotonic() < end: pass");
            }
          });
      GilWaitInfo waits = waitsIn(sub, bean);
      long passed = Duration.ofNanos(System.nanoTime() - began).toMillis();
      assertThat(waits.waitedMillis()).isBetween(20 * waits.waits(), 2 * passed);
      assertThat(waitsIn(calm, bean)).isEqualTo(new GilWaitInfo(calm.id(), 0, 0));
    }
  }

  @Test
  @Tag("W4")
  @DisplayName("Waits for a GIL are counted from when they are asked for, and until Python ends")
  void countedOnRequest() {
    assumeFalse(PythonUnderTest.version().endsWith("t"), "no GIL");
    ChildJvm.run(Await.LIMIT, CountedOnRequest.class).expect(0).expectOut("counted");
  }

  /** Looks for the thread that has the clock. */
  static final class CountedOnRequest implements Scenario {

    private static boolean ticks() {
      return Thread.getAllStackTraces().keySet().stream()
          .anyMatch(thread -> thread.getName().equals("python-gil-waits"));
    }

    @Override
    public void run(String... arguments) throws Exception {
      Python python = PythonUnderTest.start();
      PythonMXBean bean = PythonManagement.bean(python);
      assertThat(bean.getInterpreters()).hasSize(1);
      Thread.sleep(2_500); // who starts it looks every second
      assertThat(ticks()).isFalse();
      assertThat(bean.getGilWaits()).containsExactly(new GilWaitInfo(0, 0, 0));
      Await.until("they are counted", CountedOnRequest::ticks);
      python.close();
      Await.until("the clock stands", () -> !ticks());
      assertThat(bean.getGilWaits()).isEmpty();
      Thread.sleep(2_500);
      assertThat(ticks()).isFalse();
      System.out.println("counted");
    }
  }

  @Test
  @Tag("W4")
  @DisplayName("The MXBean is registered once, if something asks for it, and goes with Python")
  void registration() {
    ChildJvm.run(Await.LIMIT, Registration.class).expect(0).expectOut("gone");
    String loaded =
        ChildJvm.start(Await.LIMIT, List.of("-Xlog:class+load:stdout"), EventsTest.Everything.class)
            .await()
            .expect(0)
            .out();
    assertThat(loaded).doesNotContain("javax.management.").doesNotContain("vivarium.management");
  }

  /** Registers, and ends Python. */
  static final class Registration implements Scenario {
    @Override
    public void run(String... arguments) {
      Python python = PythonUnderTest.start();
      PythonManagement.register(python);
      PythonManagement.register(python);
      assertThat(SERVER.isRegistered(PythonManagement.NAME)).isTrue();
      python.close();
      assertThat(SERVER.isRegistered(PythonManagement.NAME)).isFalse();
      assertThatThrownBy(() -> PythonManagement.register(python))
          .isInstanceOf(IllegalStateException.class)
          .hasMessageContaining("Python has been closed");
      System.out.println("gone");
    }
  }
}
