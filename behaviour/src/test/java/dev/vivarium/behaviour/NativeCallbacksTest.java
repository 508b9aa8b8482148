package dev.vivarium.behaviour;

import static java.lang.foreign.ValueLayout.ADDRESS;
import static java.lang.foreign.ValueLayout.JAVA_BOOLEAN;
import static java.lang.foreign.ValueLayout.JAVA_BYTE;
import static java.lang.foreign.ValueLayout.JAVA_DOUBLE;
import static java.lang.foreign.ValueLayout.JAVA_FLOAT;
import static java.lang.foreign.ValueLayout.JAVA_INT;
import static java.lang.foreign.ValueLayout.JAVA_LONG;
import static java.lang.foreign.ValueLayout.JAVA_SHORT;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatObject;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.vivarium.Interpreter;
import dev.vivarium.InterpreterClosedException;
import dev.vivarium.NativeCallback;
import dev.vivarium.PyObject;
import dev.vivarium.ThreadState;
import dev.vivarium.testing.Await;
import dev.vivarium.testing.PythonUnderTest;
import java.lang.foreign.Arena;
import java.lang.foreign.FunctionDescriptor;
import java.lang.foreign.Linker;
import java.lang.foreign.MemoryLayout;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.SymbolLookup;
import java.lang.invoke.MethodHandle;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.function.Function;
import java.util.function.LongConsumer;
import org.junit.jupiter.api.Assumptions;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;
import org.junit.jupiter.api.io.TempDir;

/** Chapter C: function pointers that C libraries call later, on whatever thread. */
@ExtendWith(PythonUnderTest.class)
final class NativeCallbacksTest {

  /** {@code PyObject *(*)(PyObject *)}. */
  private static final FunctionDescriptor OBJECT_TO_OBJECT =
      FunctionDescriptor.of(NativeCallback.PY_OBJECT, NativeCallback.PY_OBJECT);

  private static List<Interpreter> main(Interpreter... more) {
    List<Interpreter> all = new ArrayList<>(List.of(PythonUnderTest.main()));
    all.addAll(List.of(more));
    return all;
  }

  @Test
  @Tag("C1")
  @DisplayName(
      "A callback made in a sub-interpreter and called by a C library on a thread that has never met"
          + " Python runs in that sub-interpreter, with that one's modules")
  void runsWhereItWasMade() {
    try (Interpreter own = PythonUnderTest.ownGil();
        Interpreter shared = PythonUnderTest.sharedGil()) {
      for (Interpreter one : main(own, shared)) {
        one.exec(
            """
            import json
            json.whose = %d
            def whose(n):
                import json
                return n + json.whose
            """
                .formatted(one.id()));
      }
      List<NativeCallback> callbacks = new ArrayList<>();
      for (Interpreter one : main(own, shared)) {
        callbacks.add(one.nativeCallback(CallingLibrary.LONG_TO_LONG, one.eval("whose"), -1L));
      }
      for (int round = 0; round < 50; round++) {
        for (NativeCallback callback : callbacks) {
          assertThat(CallingLibrary.onThread(callback.pointer(), 1000))
              .isEqualTo(1000 + callback.view().id());
          // Also where this thread has another interpreter attached
          try (ThreadState other = ThreadState.ensure(own.view())) {
            assertThat(CallingLibrary.here(callback.pointer(), 2000))
                .isEqualTo(2000 + callback.view().id());
            assertThat(GilStateClient.look().id()).isEqualTo(own.id());
          }
        }
      }
      callbacks.forEach(NativeCallback::close);
    }
  }

  @Test
  @Tag("C1")
  @DisplayName("… a PyObject * argument of that interpreter arrives as the object that it is")
  void objectArguments() {
    try (Interpreter own = PythonUnderTest.ownGil();
        Interpreter shared = PythonUnderTest.sharedGil()) {
      for (Interpreter one : main(own, shared)) {
        one.exec("kept = []\ndef keep(thing):\n    kept.append(thing)\n    return thing");
        NativeCallback keep = one.nativeCallback(OBJECT_TO_OBJECT, one.eval("keep"), null);
        PyObject thing = one.eval("{'a': [1, 2]}");
        MemorySegment address = address(one, thing);
        assertThat(CallingLibrary.objectOnThread(keep.pointer(), address)).isEqualTo(address);
        assertThat(CallingLibrary.objectOnThread(keep.pointer(), MemorySegment.NULL))
            .isEqualTo(address(one, one.eval("None")));
        assertThatObject(one.eval("kept[0]")).isEqualTo(thing);
        assertThat(one.eval("kept[1]").isNone()).isTrue();
        keep.close();
      }
    }
  }

  private static MemorySegment address(Interpreter interpreter, PyObject object) {
    try (PyObject id = interpreter.eval("id").call(object)) {
      return MemorySegment.ofAddress(id.asLong());
    }
  }

  @Test
  @Tag("C2")
  @DisplayName(
      "A native thread that a sub-interpreter started brings back objects of that sub-interpreter,"
          + " not of main")
  void bringsBackItsObjects() {
    try (Interpreter own = PythonUnderTest.ownGil();
        Interpreter shared = PythonUnderTest.sharedGil()) {
      for (Interpreter one : main(own, shared)) {
        one.exec(
            """
            class Fruit:
                grown_in = %d
            kept = []
            def make(seed):
                fruit = Fruit()
                fruit.seed = seed
                return fruit
            """
                .formatted(one.id()));
        NativeCallback make = one.nativeCallback(OBJECT_TO_OBJECT, one.eval("make"), null);
        NativeCallback keep = one.nativeCallback(OBJECT_TO_OBJECT, one.eval("kept.append"), null);
        // Python code of the interpreter starts the thread, and waits for it without the GIL
        PythonUnderTest.define(
            one,
            "grow",
            (LongConsumer)
                seed -> {
                  try (ThreadState current = ThreadState.ensure(one.view())) {
                    current.runDetached(() -> {
                      MemorySegment fruit =
                          CallingLibrary.objectOnThread(
                              make.pointer(), MemorySegment.ofAddress(seed));
                      CallingLibrary.objectOnThread(keep.pointer(), fruit);
                    });
                  }
                });
        one.exec("seed = ['a', 'seed']\ngrow(id(seed))");
        assertThat(one.eval("type(kept[0]) is Fruit and kept[0].seed is seed").asBoolean())
            .isTrue();
        assertThat(one.eval("kept[0].grown_in").asLong()).isEqualTo(one.id());
        make.close();
        keep.close();
      }
    }
  }

  @Test
  @Tag("C1")
  @DisplayName("… numbers and text of every kind arrive, and go back")
  void everyKind() throws Exception {
    Interpreter main = PythonUnderTest.main();
    main.exec("seen = []\ndef see(*all):\n    seen.append(all)\n    return all[0]");
    try (Arena arena = Arena.ofConfined()) {
      MemorySegment text = arena.allocateFrom("häß 🐍");
      check(main, JAVA_BYTE, (byte) -7, "-7");
      check(main, JAVA_SHORT, (short) -300, "-300");
      check(main, JAVA_INT, 1 << 30, "1073741824");
      check(main, JAVA_LONG, Long.MIN_VALUE, "-9223372036854775808");
      check(main, JAVA_FLOAT, 0.5f, "0.5");
      check(main, JAVA_DOUBLE, -1e300, "-1e+300");
      check(main, JAVA_BOOLEAN, true, "True");
      check(main, ADDRESS, text, Long.toString(text.address()));
      call(main, FunctionDescriptor.ofVoid(NativeCallback.C_STRING), null).invoke(text);
      assertThat(main.eval("seen.pop()[0]").asString()).isEqualTo("häß 🐍");
      call(main, FunctionDescriptor.ofVoid(NativeCallback.C_STRING), null)
          .invoke(MemorySegment.NULL);
      assertThat(main.eval("seen.pop()[0]").isNone()).isTrue();
    } catch (Throwable t) {
      throw new AssertionError(t);
    }
  }

  private static MethodHandle call(Interpreter in, FunctionDescriptor type, Object errorValue) {
    return Linker.nativeLinker()
        .downcallHandle(in.nativeCallback(type, in.eval("see"), errorValue).pointer(), type);
  }

  private static void check(Interpreter in, MemoryLayout layout, Object value, String repr)
      throws Throwable {
    Object error = value instanceof MemorySegment ? null : value instanceof Boolean ? false : 0;
    FunctionDescriptor type = FunctionDescriptor.of(layout, layout, JAVA_INT);
    assertThat(call(in, type, error).invoke(value, 12)).isEqualTo(value);
    assertThat(in.eval("seen.pop()").repr()).isEqualTo("(" + repr + ", 12)");
  }

  @Test
  @Tag("C1")
  @DisplayName("… what the callable raises is reported, and C gets the error value")
  void failures() {
    Logged.all(); // from here on it listens
    try (Interpreter own = PythonUnderTest.ownGil()) {
      for (Interpreter one : main(own)) {
        one.exec(
            """
            import sys
            unraised = []
            sys.unraisablehook = lambda args: unraised.append(repr(args.exc_value))
            def fail(n):
                if n == 1:
                    raise ValueError("no")
                if n == 2:
                    return "text"
                if n == 3:
                    return 1 << 64
                sys.exit(3)
            """);
        NativeCallback fail =
            one.nativeCallback(CallingLibrary.LONG_TO_LONG, one.eval("fail"), -1L);
        for (int n = 1; n <= 4; n++) {
          assertThat(CallingLibrary.onThread(fail.pointer(), n)).isEqualTo(-1);
        }
        List<?> unraised = one.eval("unraised").as(List.class);
        assertThat(unraised).hasSize(4);
        assertThat(unraised.get(0)).isEqualTo("ValueError('no')");
        assertThat(unraised.get(1).toString()).contains("str");
        assertThat(unraised.get(3)).isEqualTo("SystemExit(3)");
        fail.close();
        assertThat(CallingLibrary.onThread(fail.pointer(), 1)).isEqualTo(-1);
        assertThat(one.eval("len(unraised)").asInt()).isEqualTo(4);
        String which = one == own ? "interpreter " + own.id() : "the main interpreter";
        assertThat(Logged.with("into " + which + " was refused, on the thread ")).hasSize(1);
        one.exec("sys.unraisablehook = sys.__unraisablehook__");
      }
    }
  }

  @Test
  @Tag("C1")
  @DisplayName("… a type, an error value or a callable that cannot be is refused when it is made")
  void badInput() {
    Interpreter main = PythonUnderTest.main();
    PyObject f = main.eval("abs");
    FunctionDescriptor struct =
        FunctionDescriptor.ofVoid(MemoryLayout.structLayout(JAVA_INT, JAVA_INT));
    assertThatThrownBy(() -> main.nativeCallback(struct, f, null))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessageContaining("pointer");
    for (Object wrong : new Object[] {null, "x", 1L << 40, 1.5, true}) {
      assertThatThrownBy(
              () -> main.nativeCallback(FunctionDescriptor.of(JAVA_INT, JAVA_INT), f, wrong))
          .isInstanceOf(IllegalArgumentException.class)
          .hasMessageContaining("error value");
    }
    assertThatThrownBy(() -> main.nativeCallback(CallingLibrary.LONG_TO_LONG, List.of(1), -1))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessageContaining("not callable");
    try (Interpreter sub = PythonUnderTest.sharedGil()) {
      assertThatThrownBy(() -> sub.nativeCallback(CallingLibrary.LONG_TO_LONG, f, -1))
          .isInstanceOf(dev.vivarium.WrongInterpreterException.class);
    }
  }

  @Test
  @Tag("F7")
  @DisplayName(
      "… a function pointer that C keeps past the end: the error value, and the Java side is told")
  void afterTheEnd() {
    for (boolean own : new boolean[] {true, false}) {
      List<RuntimeException> told = new CopyOnWriteArrayList<>();
      Interpreter sub = own ? PythonUnderTest.ownGil() : PythonUnderTest.sharedGil();
      NativeCallback callback =
          sub.nativeCallback(
              CallingLibrary.LONG_TO_LONG, sub.eval("lambda n: n + 1"), -1L, told::add);
      assertThat(CallingLibrary.onThread(callback.pointer(), 41)).isEqualTo(42);
      sub.close();
      assertThat(CallingLibrary.onThread(callback.pointer(), 41)).isEqualTo(-1);
      assertThat(CallingLibrary.here(callback.pointer(), 41)).isEqualTo(-1);
      try (ThreadState main = ThreadState.ensure(PythonUnderTest.main().view())) {
        assertThat(CallingLibrary.here(callback.pointer(), 41)).isEqualTo(-1);
      }
      assertThat(told).hasSize(3).allMatch(e -> e instanceof InterpreterClosedException);
      callback.close();
    }
  }

  @Test
  @Tag("F7")
  @DisplayName("… calls that race with the end are served in the right interpreter or refused")
  void raceWithTheEnd() {
    for (int round = 0; round < 20; round++) {
      Interpreter sub = round % 2 == 0 ? PythonUnderTest.ownGil() : PythonUnderTest.sharedGil();
      sub.exec("mine = " + sub.id() + "\ndef check(n):\n    return n if n == mine else -2");
      NativeCallback check =
          sub.nativeCallback(CallingLibrary.LONG_TO_LONG, sub.eval("check"), -1L, refusal -> {});
      CallingLibrary.Caller one = CallingLibrary.Caller.start(check.pointer(), sub.id());
      CallingLibrary.Caller two = CallingLibrary.Caller.start(check.pointer(), sub.id());
      Await.until("both have called", () -> one.served() > 0 && two.served() > 0);
      sub.close();
      Await.until("both are refused", () -> one.refused() > 0 && two.refused() > 0);
      assertThat(one.stop() + two.stop()).isZero();
    }
  }

  @Test
  @Tag("C1")
  @DisplayName("… SQLite's hooks: told of each row, a commit refused, a statement interrupted")
  void sqlite() throws Throwable {
    SymbolLookup sqlite = library("libsqlite3.so.0");
    MethodHandle open =
        bind(sqlite, "sqlite3_open", FunctionDescriptor.of(JAVA_INT, ADDRESS, ADDRESS));
    MethodHandle exec =
        bind(
            sqlite,
            "sqlite3_exec",
            FunctionDescriptor.of(JAVA_INT, ADDRESS, ADDRESS, ADDRESS, ADDRESS, ADDRESS));
    MethodHandle close = bind(sqlite, "sqlite3_close", FunctionDescriptor.of(JAVA_INT, ADDRESS));
    MethodHandle onUpdate =
        bind(
            sqlite,
            "sqlite3_update_hook",
            FunctionDescriptor.of(ADDRESS, ADDRESS, ADDRESS, ADDRESS));
    MethodHandle onCommit =
        bind(
            sqlite,
            "sqlite3_commit_hook",
            FunctionDescriptor.of(ADDRESS, ADDRESS, ADDRESS, ADDRESS));
    MethodHandle onProgress =
        bind(
            sqlite,
            "sqlite3_progress_handler",
            FunctionDescriptor.ofVoid(ADDRESS, JAVA_INT, ADDRESS, ADDRESS));
    try (Arena arena = Arena.ofConfined();
        Interpreter sub = PythonUnderTest.ownGil()) {
      sub.exec(
          """
          rows = []
          commits = 0
          def updated(tag, what, database, table, row):
              rows.append((what, database, table, row))
          def committing(tag):
              global commits
              commits += 1
              return commits > 1
          """);
      MemorySegment place = arena.allocate(ADDRESS);
      assertThat((int) open.invokeExact(arena.allocateFrom(":memory:"), place)).isZero();
      MemorySegment database = place.get(ADDRESS, 0);
      MemorySegment none = MemorySegment.NULL;
      NativeCallback updated =
          sub.nativeCallback(
              FunctionDescriptor.ofVoid(
                  ADDRESS, JAVA_INT, NativeCallback.C_STRING, NativeCallback.C_STRING, JAVA_LONG),
              sub.eval("updated"),
              null);
      NativeCallback committing =
          sub.nativeCallback(
              FunctionDescriptor.of(JAVA_INT, ADDRESS), sub.eval("committing"), 1, e -> {});
      MemorySegment before =
          (MemorySegment) onUpdate.invokeExact(database, updated.pointer(), none);
      before = (MemorySegment) onCommit.invokeExact(database, committing.pointer(), none);
      assertThat(run(exec, arena, database, "create table t (a); ")).isZero();
      sub.exec("commits = 0");
      assertThat(run(exec, arena, database, "insert into t values (1), (2)")).isZero();
      assertThat(run(exec, arena, database, "insert into t values (3)"))
          .as("SQLITE_CONSTRAINT: the hook made the commit a rollback")
          .isEqualTo(19);
      assertThat(sub.eval("[r for r in rows if r[2] == 't']").repr())
          .isEqualTo("[(18, 'main', 't', 1), (18, 'main', 't', 2), (18, 'main', 't', 3)]");
      before = (MemorySegment) onCommit.invokeExact(database, none, none);

      NativeCallback progress =
          sub.nativeCallback(
              FunctionDescriptor.of(JAVA_INT, ADDRESS), sub.eval("lambda tag: 1"), 0, e -> {});
      onProgress.invokeExact(database, 1000, progress.pointer(), none);
      String endless =
          "with recursive n(i) as (select 1 union all select i + 1 from n) select count(*) from n";
      assertThat(run(exec, arena, database, endless)).as("SQLITE_INTERRUPT").isEqualTo(9);
      onProgress.invokeExact(database, 0, none, none);

      sub.close();
      assertThat(run(exec, arena, database, "insert into t values (4)"))
          .as("its hook's interpreter has ended")
          .isZero();
      assertThat((int) close.invokeExact(database)).isZero();
    }
  }

  private static int run(MethodHandle exec, Arena arena, MemorySegment database, String sql)
      throws Throwable {
    MemorySegment none = MemorySegment.NULL;
    return (int) exec.invokeExact(database, arena.allocateFrom(sql), none, none, none);
  }

  @Test
  @Tag("C1")
  @DisplayName("… GNU readline's completion, made in a sub-interpreter")
  void readline() throws Throwable {
    SymbolLookup readline = library("libreadline.so.8");
    MethodHandle matches =
        bind(readline, "rl_completion_matches", FunctionDescriptor.of(ADDRESS, ADDRESS, ADDRESS));
    MethodHandle strdup =
        Linker.nativeLinker()
            .downcallHandle(
                Linker.nativeLinker().defaultLookup().findOrThrow("strdup"),
                FunctionDescriptor.of(ADDRESS, ADDRESS));
    try (Arena arena = Arena.ofConfined();
        Interpreter sub = PythonUnderTest.ownGil()) {
      // readline frees what the completer returns
      Function<String, Long> copy =
          text -> {
            try (Arena own = Arena.ofConfined()) {
              return ((MemorySegment) strdup.invokeExact(own.allocateFrom(text))).address();
            } catch (Throwable t) {
              throw new IllegalStateException(t);
            }
          };
      PythonUnderTest.define(sub, "copy", copy);
      sub.exec(
          """
          import keyword
          def complete(text, state):
              words = [w for w in keyword.kwlist if w.startswith(text)]
              return copy(words[state]) if state < len(words) else None
          """);
      NativeCallback complete =
          sub.nativeCallback(
              FunctionDescriptor.of(ADDRESS, NativeCallback.C_STRING, JAVA_INT),
              sub.eval("complete"),
              null);
      MemorySegment found =
          (MemorySegment) matches.invokeExact(arena.allocateFrom("i"), complete.pointer());
      List<String> words = new ArrayList<>();
      MemorySegment list = found.reinterpret(8 * 100);
      for (int i = 1; list.get(ADDRESS, 8L * i).address() != 0; i++) {
        words.add(list.get(ADDRESS, 8L * i).reinterpret(100).getString(0));
      }
      assertThat(words).containsExactlyInAnyOrder("if", "import", "in", "is");
      sub.close();
      assertThat(
              ((MemorySegment) matches.invokeExact(arena.allocateFrom("i"), complete.pointer()))
                  .address())
          .as("no completions from an interpreter that has ended")
          .isZero();
    }
  }

  @Test
  @Tag("C1")
  @DisplayName("… libcurl's write function, on a thread that Python has not met")
  void curl(@TempDir Path folder) throws Throwable {
    SymbolLookup curl = library("libcurl.so.4");
    MethodHandle init = bind(curl, "curl_easy_init", FunctionDescriptor.of(ADDRESS));
    MethodHandle set =
        Linker.nativeLinker()
            .downcallHandle(
                curl.findOrThrow("curl_easy_setopt"),
                FunctionDescriptor.of(JAVA_INT, ADDRESS, JAVA_INT, ADDRESS),
                Linker.Option.firstVariadicArg(2));
    MethodHandle perform =
        bind(curl, "curl_easy_perform", FunctionDescriptor.of(JAVA_INT, ADDRESS));
    MethodHandle cleanup = bind(curl, "curl_easy_cleanup", FunctionDescriptor.ofVoid(ADDRESS));
    int optUrl = 10_002;
    int optWriteFunction = 20_011;
    byte[] content =
        "a line of text\n".repeat(10_000).getBytes(java.nio.charset.StandardCharsets.UTF_8);
    Path file = Files.write(folder.resolve("file.txt"), content);
    try (Arena arena = Arena.ofShared();
        Interpreter sub = PythonUnderTest.sharedGil()) {
      sub.exec(
          """
          got = 0
          def write(data, size, count, tag):
              global got
              got += size * count
              return size * count
          """);
      NativeCallback write =
          sub.nativeCallback(
              FunctionDescriptor.of(JAVA_LONG, ADDRESS, JAVA_LONG, JAVA_LONG, ADDRESS),
              sub.eval("write"),
              0);
      MemorySegment easy = (MemorySegment) init.invokeExact();
      MemorySegment url = arena.allocateFrom(file.toUri().toString());
      assertThat((int) set.invokeExact(easy, optUrl, url)).isZero();
      assertThat((int) set.invokeExact(easy, optWriteFunction, write.pointer())).isZero();
      GilStateClient.onPthread(() -> assertThat((int) perform.invokeExact(easy)).isZero());
      assertThat(sub.eval("got").asInt()).isEqualTo(content.length);
      sub.close();
      assertThat((int) perform.invokeExact(easy))
          .as("CURLE_WRITE_ERROR: nobody is left to take the data")
          .isEqualTo(23);
      cleanup.invokeExact(easy);
    }
  }

  private static SymbolLookup library(String name) {
    try {
      return SymbolLookup.libraryLookup(name, Arena.global());
    } catch (IllegalArgumentException e) {
      return Assumptions.abort("skipped: " + name + " is not on this machine");
    }
  }

  private static MethodHandle bind(SymbolLookup library, String name, FunctionDescriptor type) {
    return Linker.nativeLinker().downcallHandle(library.findOrThrow(name), type);
  }
}
