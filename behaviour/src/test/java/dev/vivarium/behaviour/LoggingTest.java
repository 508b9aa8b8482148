package dev.vivarium.behaviour;

import static org.assertj.core.api.Assertions.assertThat;

import dev.vivarium.Interpreter;
import dev.vivarium.InterpreterOptions;
import dev.vivarium.Python;
import dev.vivarium.PythonException;
import dev.vivarium.ThreadState;
import dev.vivarium.testing.Await;
import dev.vivarium.testing.ChildJvm;
import dev.vivarium.testing.GuidePage;
import dev.vivarium.testing.PythonUnderTest;
import dev.vivarium.testing.Scenario;
import dev.vivarium.testing.Together;
import java.io.StringWriter;
import java.lang.System.Logger.Level;
import java.lang.ref.WeakReference;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.ListResourceBundle;
import java.util.Map;
import java.util.ResourceBundle;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.CountDownLatch;
import java.util.function.Function;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;

/** Python's logging to Java's loggers, and Java's to Python's. */
@ExtendWith(PythonUnderTest.class)
final class LoggingTest {

  /** What a logger was told. */
  private record Entry(String logger, Level level, String message, @Nullable Throwable thrown) {
    @Override
    public String toString() {
      return logger + " " + level + " " + message;
    }
  }

  /** Loggers that remember, from a level on. */
  private static class Recording implements Function<String, System.Logger> {

    final List<Entry> entries = new CopyOnWriteArrayList<>();
    final Map<String, Level> levels = new ConcurrentHashMap<>();

    List<String> texts() {
      return entries.stream().map(Entry::toString).toList();
    }

    /** What else is done with an entry. */
    void told(Entry entry) {
      entries.add(entry);
    }

    @Override
    public System.Logger apply(String name) {
      return new System.Logger() {
        @Override
        public String getName() {
          return name;
        }

        @Override
        public boolean isLoggable(Level level) {
          Level least = levels.getOrDefault(name, Level.ALL);
          return level.getSeverity() >= least.getSeverity();
        }

        @Override
        public void log(Level level, ResourceBundle bundle, String message, Throwable thrown) {
          told(new Entry(name, level, message, thrown));
        }

        @Override
        public void log(Level level, ResourceBundle bundle, String format, Object... parameters) {
          throw new AssertionError("its message would be a format: " + format);
        }
      };
    }
  }

  private static final String TALK =
      """
      import atexit, logging
      logging.getLogger('app.db').info('%d rows, 100%% {0}', 3)
      logging.warning('from the root')
      atexit.register(logging.info, 'at exit')
      """;

  private static final String[] TALKED = {
    "app.db INFO 3 rows, 100% {0}", "root WARNING from the root", "root INFO at exit"
  };

  private static Interpreter with(InterpreterOptions options) {
    return PythonUnderTest.python().newInterpreter(options);
  }

  @Test
  @Tag("S3")
  @DisplayName("What Python logs goes to Java's loggers, per interpreter, to its end")
  void perInterpreter() {
    Recording own = new Recording();
    Recording shared = new Recording();
    try (Interpreter first = with(InterpreterOptions.isolated().logTo(own));
        Interpreter second = with(InterpreterOptions.shared().logTo(shared));
        Interpreter third = with(InterpreterOptions.isolated().stderr(new StringWriter()))) {
      first.exec(TALK);
      second.exec("import logging; logging.getLogger('b').debug('other')");
      third.exec("import logging; logging.error('to nobody')");
    }
    assertThat(own.texts()).containsExactly(TALKED);
    assertThat(shared.texts()).containsExactly("b DEBUG other");
  }

  /** The same from main. */
  static final class MainLogs implements Scenario {
    @Override
    public void run(String... arguments) {
      Recording all = new Recording();
      try (Python python = PythonUnderTest.start(PythonUnderTest.options().logTo(all).build())) {
        python.main().exec(TALK);
      }
      assertThat(all.texts()).containsExactly(TALKED);
    }
  }

  @Test
  @Tag("S3")
  @DisplayName("… and what it logs in the main interpreter")
  void fromMain() {
    ChildJvm.run(Duration.ofSeconds(120), MainLogs.class).expect(0);
  }

  @Test
  @DisplayName(
      "Python's levels are Java's by ranges, and Java's levels decide, when they change too")
  void levels() {
    Recording all = new Recording();
    try (Interpreter sub = with(InterpreterOptions.isolated().logTo(all))) {
      sub.exec(
          """
          import logging
          log = logging.getLogger('a')
          for level in 1, 5, 9, 10, 19, 20, 25, 30, 39, 40, 50, 1000, 2**40:
              log.log(level, level)
          """);
      assertThat(all.texts())
          .containsExactly(
              "a TRACE 1",
              "a TRACE 5",
              "a TRACE 9",
              "a DEBUG 10",
              "a DEBUG 19",
              "a INFO 20",
              "a INFO 25",
              "a WARNING 30",
              "a WARNING 39",
              "a ERROR 40",
              "a ERROR 50",
              "a ERROR 1000",
              "a ERROR 1099511627776");
      all.entries.clear();
      all.levels.put("a", Level.WARNING);
      sub.exec("assert not log.isEnabledFor(logging.INFO); log.info('no'); log.warning('yes')");
      sub.exec("assert logging.getLogger('b').isEnabledFor(logging.DEBUG)");
      all.levels.put("a", Level.INFO);
      sub.exec("assert log.isEnabledFor(logging.INFO); log.info('now')");
      sub.exec("log.setLevel(logging.ERROR); log.warning('not for Python')");
      assertThat(all.texts()).containsExactly("a WARNING yes", "a INFO now");
    }
  }

  @Test
  @DisplayName(
      "An exception comes as what it is in Java: a PythonException, or the Java one that it carries")
  void exceptions() {
    Recording all = new Recording();
    IllegalStateException own = new IllegalStateException("Java's");
    Runnable fails =
        () -> {
          throw own;
        };
    try (Interpreter sub = with(InterpreterOptions.isolated().logTo(all))) {
      PythonUnderTest.define(sub, "fails", fails);
      sub.exec(
          """
          import logging
          def divide():
              1 / 0
          try:
              divide()
          except ZeroDivisionError:
              logging.exception('divided')
          try:
              fails()
          except Exception as e:
              logging.error('called', exc_info=e)
          logging.error('none', exc_info=True)
          logging.error('where', stack_info=True)
          """);
    }
    assertThat(all.entries).hasSize(4);
    assertThat(all.entries.getFirst().message()).isEqualTo("divided");
    PythonException divided = (PythonException) all.entries.getFirst().thrown();
    assertThat(divided.typeName()).isEqualTo("ZeroDivisionError");
    assertThat(divided.pythonFrames().getFirst().getMethodName()).isEqualTo("divide");
    assertThat(all.entries.get(1).thrown()).isSameAs(own);
    assertThat(all.entries.get(2).thrown()).isNull();
    assertThat(all.entries.get(3).message()).startsWith("where\nStack (most recent call last):\n");
  }

  @Test
  @DisplayName("A Java logger that blocks delays no other thread, in Python's logging neither")
  void blocking() throws Exception {
    CountDownLatch reached = new CountDownLatch(1);
    CountDownLatch go = new CountDownLatch(1);
    Recording all =
        new Recording() {
          @Override
          void told(Entry entry) {
            if (entry.message().equals("slow")) {
              reached.countDown();
              Await.latch(go);
            }
            super.told(entry);
          }
        };
    try (Interpreter sub = with(InterpreterOptions.isolated().logTo(all))) {
      sub.exec("import logging");
      var slow = Together.start("slow", () -> sub.exec("logging.info('slow')"));
      Await.latch(reached);
      sub.exec("logging.info('quick')");
      go.countDown();
      Await.done(slow);
    }
    assertThat(all.texts()).containsExactly("root INFO quick", "root INFO slow");
  }

  @Test
  @DisplayName("A Java logger that comes back to Python, to its stderr or its logging, is no loop")
  void loops() {
    StringWriter err = new StringWriter();
    Interpreter[] in = new Interpreter[1];
    Recording all =
        new Recording() {
          @Override
          void told(Entry entry) {
            super.told(entry);
            in[0].exec("import sys; print('printed', file=sys.stderr)");
            in[0].exec("logging.info('again')");
            in[0].logger("again").log(Level.ERROR, "and again");
          }
        };
    try (Interpreter sub = with(InterpreterOptions.isolated().logTo(all).stderr(err))) {
      in[0] = sub;
      sub.exec("import logging; logging.info('once')");
      sub.exec("logging.info('twice')");
    }
    assertThat(all.texts()).containsExactly("root INFO once", "root INFO twice");
    assertThat(err.toString()).isEqualTo("printed\nprinted\n");
  }

  @Test
  @DisplayName("A Java logger that fails is reported on stderr, as any handler of Python's")
  void failing() {
    StringWriter err = new StringWriter();
    Recording all =
        new Recording() {
          @Override
          void told(Entry entry) {
            throw new IllegalStateException("no disk");
          }
        };
    try (Interpreter sub = with(InterpreterOptions.isolated().logTo(all).stderr(err));
        Interpreter none = with(InterpreterOptions.isolated().logTo(name -> null).stderr(err))) {
      sub.exec("import logging; logging.info('lost')");
      none.exec("import logging; logging.info('lost too')");
    }
    assertThat(err.toString())
        .contains("--- Logging error ---", "no disk", "Message: 'lost'", "Message: 'lost too'");
  }

  @Test
  @DisplayName("Many threads of Java's and Python's log at once, and nothing is lost")
  void threads() throws Exception {
    Recording all = new Recording();
    try (Interpreter sub = with(InterpreterOptions.isolated().logTo(all))) {
      sub.exec(
          """
          import logging, threading
          def rows(name):
              for i in range(200):
                  logging.getLogger(name).info(i)
          threads = [threading.Thread(target=rows, args=(f'python{i}',)) for i in range(3)]
          for thread in threads: thread.start()
          """);
      List<Thread> threads = new ArrayList<>();
      for (int i = 0; i < 3; i++) {
        String name = "java" + i;
        threads.add(Thread.ofPlatform().start(() -> sub.eval("rows").call(name)));
        threads.add(Thread.startVirtualThread(() -> sub.eval("rows").call("virtual " + name)));
      }
      for (Thread thread : threads) {
        thread.join();
      }
      sub.exec("for thread in threads: thread.join()");
    }
    assertThat(all.texts()).hasSize(9 * 200).doesNotHaveDuplicates();
  }

  @Test
  @DisplayName("After an interpreter's end nothing keeps its loggers")
  void nothingIsKept() {
    List<WeakReference<Recording>> loggers = new ArrayList<>();
    for (int i = 0; i < 6; i++) {
      loggers.add(used(i % 2 == 0 ? InterpreterOptions.isolated() : InterpreterOptions.shared()));
    }
    Await.until(
        "the loggers are collected",
        () -> {
          System.gc();
          return loggers.stream().allMatch(one -> one.get() == null);
        });
  }

  private static WeakReference<Recording> used(InterpreterOptions options) {
    Recording all = new Recording();
    try (Interpreter sub = with(options.logTo(all))) {
      sub.exec("import logging; logging.info('x')");
      assertThat(all.entries).hasSize(1);
    }
    return new WeakReference<>(all);
  }

  /** Python's side of the way back. */
  private static final String COLLECT =
      """
      import logging
      records = []
      class Collect(logging.Handler):
          def emit(self, record):
              self.format(record)
              records.append(record)
      logging.getLogger().addHandler(Collect())
      logging.getLogger('lib').setLevel(logging.DEBUG)
      """;

  @Test
  @DisplayName(
      "What Java logs by Interpreter.logger is a record of Python's, with its caller and thread")
  void toPython() throws Exception {
    IllegalStateException failure = new IllegalStateException("bad");
    ResourceBundle bundle =
        new ListResourceBundle() {
          @Override
          protected Object[][] getContents() {
            return new Object[][] {{"key", "localized {0}"}};
          }
        };
    try (Interpreter sub = PythonUnderTest.ownGil()) {
      sub.exec(COLLECT);
      System.Logger log = sub.logger("lib");
      assertThat(log.getName()).isEqualTo("lib");
      assertThat(log.isLoggable(Level.DEBUG)).isTrue();
      assertThat(log.isLoggable(Level.TRACE)).isFalse();
      assertThat(log.isLoggable(Level.OFF)).isFalse();
      assertThat(sub.logger("other").isLoggable(Level.INFO)).isFalse();

      log.log(Level.INFO, "100% {0}");
      log.log(Level.DEBUG, "{0} of {1}", 1, 2);
      log.log(Level.WARNING, "bad {", 1);
      log.log(Level.WARNING, () -> "supplied");
      log.log(Level.ERROR, "failed", failure);
      log.log(Level.INFO, bundle, "key", "x");
      log.log(Level.INFO, bundle, "missing", (Throwable) null);
      log.log(Level.INFO, (String) null);
      log.log(Level.TRACE, "not logged");
      log.log(Level.OFF, "never logged");
      assertThat(sub.eval("[r.getMessage() for r in records]").as(List.class))
          .isEqualTo(
              List.of(
                  "100% {0}",
                  "1 of 2", "bad {", "supplied", "failed", "localized x", "missing", "null"));
      assertThat(sub.eval("{r.name for r in records}").repr()).isEqualTo("{'lib'}");
      assertThat(sub.eval("records[0].levelname").asString()).isEqualTo("INFO");
      assertThat(sub.eval("records[0].filename").asString()).isEqualTo("LoggingTest.java");
      assertThat(sub.eval("records[3].funcName").asString()).isEqualTo("toPython");
      assertThat(sub.eval("records[0].lineno").asInt()).isPositive();
      assertThat(sub.eval("records[0].threadName").asString())
          .isEqualTo(Thread.currentThread().getName());
      assertThat(sub.eval("records[4].exc_info[1]").as(Throwable.class)).isSameAs(failure);
      assertThat(sub.eval("records[4].exc_text").asString())
          .contains("IllegalStateException: bad", "LoggingTest.java");

      sub.exec("records.clear(); logging.getLogger('lib').setLevel(1)");
      log.log(Level.TRACE, "traced");
      assertThat(sub.eval("records[0].levelname").asString()).isEqualTo("TRACE");

      // Virtual threads, and threads that are elsewhere
      sub.exec("records.clear()");
      Thread.ofVirtual().name("light").start(() -> log.log(Level.INFO, "virtual")).join();
      try (ThreadState here = ThreadState.ensure(PythonUnderTest.main().view())) {
        log.log(Level.INFO, "from main");
        here.runDetached(() -> log.log(Level.INFO, "detached"));
      }
      assertThat(sub.eval("[r.getMessage() for r in records]").as(List.class))
          .isEqualTo(List.of("virtual", "from main", "detached"));
      assertThat(sub.eval("records[0].threadName").asString()).isEqualTo("light");
      assertThat(sub.eval("records[0].filename").asString()).isEqualTo("LoggingTest.java");
    }
  }

  @Test
  @DisplayName("… after the interpreter's end it is the default logger's")
  void afterTheEnd() {
    assertThat(Logged.all()).isNotNull(); // which listens from now on
    System.Logger log;
    try (Interpreter sub = PythonUnderTest.ownGil()) {
      log = sub.logger("dev.vivarium.behaviour.after");
      log.log(Level.ERROR, "{0} before the end", "logged");
    }
    log.log(Level.ERROR, "{0} after the end", "logged");
    log.log(Level.WARNING, "failed after the end", new IllegalStateException());
    assertThat(log.isLoggable(Level.ERROR)).isTrue();
    assertThat(log.isLoggable(Level.TRACE)).isFalse();
    assertThat(Logged.with("the end"))
        .containsExactly("logged after the end", "failed after the end");
  }

  @Test
  @DisplayName("The Java lines of logging.md are here, and do what they say")
  void guide() {
    Python python = PythonUnderTest.python();
    InterpreterOptions options = InterpreterOptions.isolated().logTo(System::getLogger);
    try (Interpreter sub = python.newInterpreter(options)) {
      sub.exec("import logging; logging.getLogger('com.acme.jobs').warning('3 rows skipped')");
    }
    try (Interpreter sub = PythonUnderTest.ownGil()) {
      StringWriter out = new StringWriter();
      PythonUnderTest.define(sub, "out", sub.file(out));
      sub.exec("import logging; logging.basicConfig(stream=out, level='INFO')");
      System.Logger log = sub.logger("com.acme.library");
      log.log(System.Logger.Level.INFO, "{0} connections open", 4);
      sub.exec("out.flush()");
      assertThat(out.toString()).isEqualTo("INFO:com.acme.library:4 connections open\n");
    }
    new GuidePage("logging.md").assertLinesOf(LoggingTest.class);
  }
}
