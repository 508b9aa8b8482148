package dev.vivarium.behaviour;

import static org.assertj.core.api.Assertions.assertThat;

import dev.vivarium.Interpreter;
import dev.vivarium.InterpreterGuard;
import dev.vivarium.Python;
import dev.vivarium.testing.Await;
import dev.vivarium.testing.ChildJvm;
import dev.vivarium.testing.PythonUnderTest;
import dev.vivarium.testing.Scenario;
import dev.vivarium.testing.Together;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.Future;
import java.util.function.Supplier;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;

@ExtendWith(PythonUnderTest.class)
final class ThreadDumpTest {

  private static boolean hasGil() {
    return !PythonUnderTest.version().endsWith("t");
  }

  /** What is said of one thread, or one interpreter: from that text to the next of its kind. */
  private static String part(String dump, String from, String next) {
    assertThat(dump).contains(from);
    int begin = dump.indexOf(from);
    int end = dump.indexOf(next, begin + from.length());
    return dump.substring(begin, end < 0 ? dump.length() : end);
  }

  private static String thread(String dump, String name) {
    return part(dump, "\n  \"" + name + "\" #", "\n  \"");
  }

  @Test
  @Tag("W3")
  @DisplayName(
      "A dump has every thread that is inside, in Python or in Java that Python has called, and for"
          + " whom; Python's own threads; and guards")
  void everyone() throws Exception {
    CountDownLatch inside = new CountDownLatch(4);
    CountDownLatch letGo = new CountDownLatch(1);
    try (Interpreter sub = PythonUnderTest.ownGil();
        InterpreterGuard guard = Together.elsewhere(sub::guard)) {
      PythonUnderTest.define(sub, "tell", (Runnable) inside::countDown);
      Runnable waiting =
          () -> {
            inside.countDown();
            Await.latch(letGo);
          };
      PythonUnderTest.define(sub, "wait", waiting);
      sub.exec(
          """
          import threading
          over = threading.Event()
          def spinning():
              tell()
              while not over.is_set(): pass
          def calling_java():
              wait()
          def of_python():
              tell()
              over.wait()
          threading.Thread(target=of_python, name='made by Python').start()
          """);
      Future<Void> spinning = Together.start("spins", () -> sub.exec("spinning()"));
      Future<Void> calling = Together.start("calls", () -> sub.exec("calling_java()"));
      Thread virtual =
          Thread.ofVirtual().name("virtual").start(() -> sub.exec("tell(); over.wait()"));
      Await.latch(inside);
      String dump;
      try {
        dump = PythonUnderTest.python().dumpThreads();
      } finally {
        letGo.countDown();
        sub.exec("over.set()");
      }
      Await.done(spinning);
      Await.done(calling);
      virtual.join();
      guard.close();

      assertThat(dump).startsWith("CPython " + PythonUnderTest.python().version() + ", ");
      String here = part(dump, "interpreter " + sub.id() + ", GIL: ", "\ninterpreter ");
      assertThat(here).contains("  a guard taken by \"elsewhere\" at ");
      assertThat(thread(here, "spins"))
          .contains("ThreadDumpTest.java")
          .contains(hasGil() ? "at <python>.spinning(<string>:" : "");
      assertThat(thread(here, "calls"))
          .contains("dev.vivarium.testing.Await.latch(Await.java")
          .contains(hasGil() ? "at <python>.calling_java(<string>:7)\n" : "");
      String worker = part(here, "\n  \"python-for-virtual-", "\n  \"");
      assertThat(worker).contains(" for VirtualThread[").contains("virtual").contains("    for\n");
      if (hasGil()) {
        assertThat(part(here, "  Python's thread \"made by Python\"", "\n  \""))
            .contains("at <python>.of_python(<string>:");
        assertThat(here).doesNotContain("cannot be told");
      } else {
        assertThat(here).contains("cannot be told: they change under whoever looks");
      }
    }
  }

  @Test
  @Tag("W3")
  @DisplayName("A dump is made from inside, by Java code that Python code has called")
  void fromInside() {
    Supplier<String> dumping = PythonUnderTest.python()::dumpThreads;
    try (Interpreter sub = PythonUnderTest.sharedGil()) {
      PythonUnderTest.define(sub, "dump", dumping);
      sub.exec("def asking(): return dump()");
      String dump = sub.eval("asking()").asString();
      assertThat(part(dump, "interpreter " + sub.id() + ", GIL: ", "\ninterpreter "))
          .contains("\"" + Thread.currentThread().getName() + "\"")
          .contains("Python.dumpThreads(Python.java")
          .contains(hasGil() ? "at <python>.asking(<string>:1)\n" : "");
    }
  }

  @Test
  @Tag("W3")
  @DisplayName("A dump is made by what runs at the end of an interpreter, or of main")
  void atTheEnd() {
    ChildJvm.run(Await.LIMIT, AtTheEnd.class)
        .expect(0)
        .expectOut("dumped by 1")
        .expectOut("dumped by 0");
  }

  /** Both ends dump. */
  static final class AtTheEnd implements Scenario {
    @Override
    public void run(String... arguments) {
      Python python = PythonUnderTest.start();
      Supplier<String> dumping = python::dumpThreads;
      for (Interpreter one : List.of(python.newInterpreter(), python.main())) {
        PythonUnderTest.define(one, "dump", dumping);
        Runnable saying = () -> System.out.println("dumped by " + one.id());
        PythonUnderTest.define(one, "say", saying);
        one.exec("import atexit\natexit.register(lambda: (dump(), say()))");
        one.close();
      }
    }
  }

  @Test
  @Tag("W3")
  @DisplayName(
      "While C code keeps the GIL of an interpreter a dump has the Java frames there, and all of"
          + " the others; one that comes later has all")
  void hogged() {
    ChildJvm.run(Await.LIMIT, Hogged.class).expect(0).expectOut("told");
  }

  /** A thread in C code that does not let go, and dumps meanwhile, more than one. */
  static final class Hogged implements Scenario {
    @Override
    public void run(String... arguments) throws Exception {
      Python python = PythonUnderTest.start();
      Interpreter one = Hog.subinterpreter(python);
      Interpreter other = PythonUnderTest.ownGil();
      CountDownLatch inside = new CountDownLatch(1);
      CountDownLatch letGo = new CountDownLatch(1);
      Runnable wait =
          () -> {
            inside.countDown();
            Await.latch(letGo);
          };
      PythonUnderTest.define(other, "wait", wait);
      other.exec("def waiting(): wait()");
      Future<Void> waiting = Together.start("waits", () -> other.exec("waiting()"));
      Await.latch(inside);
      Hog.define(one);
      Future<Void> greedy =
          Together.start(
              "greedy",
              () -> one.exec("def keeping(): greedy.hog_await(); greedy.hog_stay()\nkeeping()"));
      Hog.begin();
      Hog.awaitInside();
      for (int i = 0; i < 3; i++) {
        String dump = python.dumpThreads();
        String here = part(dump, "\ninterpreter " + one.id() + ", GIL: ", "\ninterpreter ");
        assertThat(here).contains("Python frames cannot be told: ");
        assertThat(thread(here, "greedy"))
            .contains("dev.vivarium.Interpreter.exec(Interpreter.java")
            .doesNotContain("<python>");
        String there = part(dump, "\ninterpreter " + other.id() + ", GIL: ", "\ninterpreter ");
        assertThat(thread(there, "waits")).contains(hasGil() ? "at <python>.waiting(" : "Await");
      }
      Hog.letGo();
      Await.done(greedy);
      letGo.countDown();
      Await.done(waiting);
      assertThat(part(python.dumpThreads(), "\ninterpreter " + one.id(), "\ninterpreter "))
          .doesNotContain("a thread has kept the GIL");
      python.close(Duration.ofMinutes(1));
      System.out.println("told");
    }
  }
}
