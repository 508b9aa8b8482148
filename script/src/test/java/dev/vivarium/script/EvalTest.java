package dev.vivarium.script;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.catchThrowableOfType;

import dev.vivarium.PyObject;
import dev.vivarium.PythonException;
import dev.vivarium.PythonExit;
import java.io.IOException;
import java.io.Reader;
import java.io.StringReader;
import java.io.StringWriter;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.Callable;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.TimeUnit;
import javax.script.Bindings;
import javax.script.CompiledScript;
import javax.script.ScriptContext;
import javax.script.ScriptEngine;
import javax.script.ScriptException;
import javax.script.SimpleBindings;
import javax.script.SimpleScriptContext;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Scripts: their values, errors, streams and attributes; compiled ones; many threads. */
final class EvalTest {

  private final PythonScriptEngine engine = new PythonScriptEngineFactory().getScriptEngine();

  @AfterEach
  void end() {
    engine.close();
  }

  private static ScriptContext context(Bindings bindings, StringWriter out) {
    ScriptContext context = new SimpleScriptContext();
    context.setBindings(bindings, ScriptContext.ENGINE_SCOPE);
    context.setWriter(out);
    context.setErrorWriter(out);
    return context;
  }

  @Test
  @DisplayName("a script has the value of the expression that it ends with, or null")
  void values() throws Exception {
    assertThat(engine.eval("6 * 7")).isEqualTo(42L);
    assertThat(engine.eval("x = 1\nx + 1\n# the end\n")).isEqualTo(2L);
    assertThat(engine.eval("def f(): return [1, 'a', None]\nf();"))
        .isEqualTo(listOf(1L, "a", null));
    assertThat(engine.eval("{'k': 1.5}")).isEqualTo(Map.of("k", 1.5));
    assertThat(engine.eval("y = 5")).isNull();
    assertThat(engine.eval("if y: y")).isNull();
    assertThat(engine.eval("")).isNull();
    assertThat(engine.eval("None")).isNull();
    assertThat(engine.eval("lambda: 1")).isInstanceOf(PyObject.class);
    assertThat(engine.eval("l = []; l.append(l); l")).isInstanceOf(PyObject.class);
    assertThat(engine.eval(new StringReader("x"))).isEqualTo(1L);
    assertThat(engine.eval("from __future__ import annotations\ndef g(a: nope): pass\nlambda b: g"))
        .isInstanceOf(PyObject.class);
  }

  private static List<Object> listOf(Object... items) {
    return new ArrayList<>(java.util.Arrays.asList(items));
  }

  @Test
  @DisplayName("state of earlier scripts is visible in later ones")
  void state() throws Exception {
    engine.eval("import json\ndef twice(n): return n * factor\nfactor = 2");
    assertThat(engine.eval("json.dumps(twice(4))")).isEqualTo("8");
    engine.put("factor", 3);
    assertThat(engine.eval("twice(4)")).isEqualTo(12L);
    assertThat(engine.eval("__name__")).isEqualTo("__main__");
    assertThat(engine.eval("import __main__; __main__.twice is twice")).isEqualTo(true);
  }

  @Test
  @DisplayName("null arguments are refused")
  void nulls() {
    assertThatThrownBy(() -> engine.eval((String) null)).isInstanceOf(NullPointerException.class);
    assertThatThrownBy(() -> engine.eval((Reader) null)).isInstanceOf(NullPointerException.class);
    assertThatThrownBy(() -> engine.eval("1", (ScriptContext) null))
        .isInstanceOf(NullPointerException.class);
    assertThatThrownBy(() -> engine.eval("1", (Bindings) null))
        .isInstanceOf(NullPointerException.class);
    assertThatThrownBy(() -> engine.compile((String) null))
        .isInstanceOf(NullPointerException.class);
    assertThatThrownBy(() -> engine.compile((Reader) null))
        .isInstanceOf(NullPointerException.class);
    assertThatThrownBy(() -> engine.setContext(null)).isInstanceOf(NullPointerException.class);
    assertThatThrownBy(() -> engine.setBindings(null, ScriptContext.ENGINE_SCOPE))
        .isInstanceOf(NullPointerException.class);
    assertThatThrownBy(() -> engine.getBindings(12)).isInstanceOf(IllegalArgumentException.class);
  }

  private ScriptException fails(String script) {
    return catchThrowableOfType(ScriptException.class, () -> engine.eval(script));
  }

  @Test
  @DisplayName("an error has its place in the script, and the Python exception as cause")
  void errors() {
    ScriptException raised = fails("x = 1\nx + [][3]\n");
    assertThat(raised).hasCauseInstanceOf(PythonException.class);
    assertThat(raised.getFileName()).isEqualTo("<script>");
    assertThat(raised.getLineNumber()).isEqualTo(2);
    assertThat(raised.getColumnNumber()).isEqualTo(5);
    assertThat(raised.getMessage())
        .startsWith("IndexError: list index out of range in <script> at line number 2");
    assertThat(((PythonException) raised.getCause()).traceback())
        .contains("File \"<script>\", line 2, in <module>")
        .doesNotContain("vivarium");

    ScriptException deep = fails("import json\ndef f():\n  json.loads('?')\nf()");
    assertThat(deep.getFileName()).isEqualTo("<script>");
    assertThat(deep.getLineNumber()).isEqualTo(3);
    assertThat(((PythonException) deep.getCause()).typeName())
        .isEqualTo("json.decoder.JSONDecodeError");

    engine.put(ScriptEngine.FILENAME, "wrong.py");
    ScriptException syntax = fails("a = 1\nb = = 2");
    assertThat(syntax.getFileName()).isEqualTo("wrong.py");
    assertThat(syntax.getLineNumber()).isEqualTo(2);
    assertThat(syntax.getColumnNumber()).isEqualTo(5);
    assertThat(syntax.getMessage()).startsWith("SyntaxError: invalid syntax in wrong.py at line");
    assertThat(fails("a = '\0'")).isNotNull();
  }

  @Test
  @DisplayName("sys.exit ends the script alone; Java's own exceptions come through")
  void otherEnds() throws Exception {
    assertThat(fails("import sys; sys.exit(3)"))
        .hasCauseInstanceOf(PythonExit.class)
        .hasMessageContaining("sys.exit(3)");
    assertThat(engine.eval("1")).isEqualTo(1L);
    IOException checked = new IOException("disk");
    Callable<Object> failing =
        () -> {
          throw checked;
        };
    engine.put("failing", failing);
    assertThat(fails("failing()")).hasCauseReference(checked);
    IllegalStateException unchecked = new IllegalStateException("no");
    Runnable refusing =
        () -> {
          throw unchecked;
        };
    engine.put("refusing", refusing);
    assertThatThrownBy(() -> engine.eval("refusing()")).isSameAs(unchecked);
    assertThat(engine.eval("try: failing()\nexcept Exception as e: caught = str(e)\ncaught"))
        .asString()
        .contains("disk");
    Reader broken =
        new Reader() {
          @Override
          public int read(char[] into, int from, int count) throws IOException {
            throw checked;
          }

          @Override
          public void close() {}
        };
    assertThatThrownBy(() -> engine.eval(broken))
        .isInstanceOf(ScriptException.class)
        .hasCauseReference(checked);
  }

  @Test
  @DisplayName("a script reads and writes by its context's streams, of this very run")
  void streams() throws Exception {
    StringWriter usual = new StringWriter();
    engine.getContext().setWriter(usual);
    StringWriter out = new StringWriter();
    StringWriter err = new StringWriter();
    ScriptContext context = context(engine.getBindings(ScriptContext.ENGINE_SCOPE), out);
    context.setErrorWriter(err);
    context.setReader(new StringReader("Ada\nrest"));
    engine.eval(
        "import sys\nname = input('name? ')\nprint('hello', name, end='')\n"
            + "print('warn', file=sys.stderr)\nrest = sys.stdin.read()\n"
            + "sys.stdout.flush(); sys.stdout.buffer.write(b'!')",
        context);
    engine.eval("print('usual'); sys.stdout.close(); print('again')");
    assertThat(out.toString()).isEqualTo("name? hello Ada!");
    assertThat(err.toString()).isEqualTo("warn\n");
    assertThat(engine.get("rest")).isEqualTo("rest");
    assertThat(usual.toString()).isEqualTo("usual\nagain\n");
    StringWriter later = new StringWriter();
    engine.getContext().setWriter(later);
    engine.eval("import threading; t = threading.Thread(target=print, args=('thread',))");
    engine.eval("t.start(); t.join(); print('main')");
    assertThat(later.toString()).isEqualTo("thread\nmain\n");
    engine.eval(
        "import contextlib, io\nwith contextlib.redirect_stdout(io.StringIO()) as text:\n"
            + "  print('caught')\nprint(text.getvalue(), end='')");
    assertThat(later.toString()).isEqualTo("thread\nmain\ncaught\n");
  }

  @Test
  @DisplayName("a nested script, from a callback, has its own streams, and the outer one's return")
  void nestedStreams() throws Exception {
    StringWriter outer = new StringWriter();
    StringWriter inner = new StringWriter();
    Callable<Object> nested =
        () -> engine.eval("print('inner'); 5", context(new SimpleBindings(), inner));
    engine.put("nested", nested);
    engine.getContext().setWriter(outer);
    assertThat(engine.eval("print('before', end=' '); n = nested(); print('after'); n"))
        .isEqualTo(5L);
    assertThat(outer.toString()).isEqualTo("before after\n");
    assertThat(inner.toString()).isEqualTo("inner\n");
  }

  @Test
  @DisplayName("the attributes FILENAME and ARGV are __file__ and sys.argv")
  void attributes(@TempDir Path folder) throws Exception {
    Path file = Files.writeString(folder.resolve("s.py"), "import sys\n(__file__, sys.argv)");
    engine
        .getContext()
        .setAttribute(ScriptEngine.FILENAME, file.toString(), ScriptContext.ENGINE_SCOPE);
    engine
        .getContext()
        .setAttribute(ScriptEngine.ARGV, new String[] {"-v", "x"}, ScriptContext.ENGINE_SCOPE);
    try (Reader reader = Files.newBufferedReader(file)) {
      assertThat(engine.eval(reader))
          .isEqualTo(listOf(file.toString(), listOf(file.toString(), "-v", "x")));
    }
    assertThat(engine.get(ScriptEngine.FILENAME)).isEqualTo(file.toString());
    assertThat(engine.eval("'javax.script.filename' in globals()")).isEqualTo(false);
    engine.put(ScriptEngine.FILENAME, folder.resolve("other.py"));
    Files.writeString(folder.resolve("other.py"), "def f():\n  return 1 / 0\n");
    engine.eval(Files.readString(folder.resolve("other.py")));
    assertThat(((PythonException) fails("f()").getCause()).traceback()).contains("return 1 / 0");
  }

  @Test
  @DisplayName("a compiled script runs many times, in the engine that compiled it")
  void compiled() throws Exception {
    CompiledScript script = engine.compile("n = n + 1\nn");
    assertThat(script.getEngine()).isSameAs(engine);
    engine.put("n", 1);
    assertThat(script.eval()).isEqualTo(2L);
    assertThat(script.eval()).isEqualTo(3L);
    assertThat(engine.get("n")).isEqualTo(3L);
    Bindings own = new SimpleBindings(new java.util.HashMap<>(Map.of("n", 10)));
    assertThat(script.eval(own)).isEqualTo(11L);
    assertThat(own).containsEntry("n", 11L);
    assertThat(engine.get("n")).isEqualTo(3L);
    assertThat(script.eval((Bindings) null)).isEqualTo(4L);
    StringWriter out = new StringWriter();
    CompiledScript printing = engine.compile(new StringReader("print(n)"));
    printing.eval(context(own, out));
    assertThat(out.toString()).isEqualTo("11\n");
    assertThatThrownBy(() -> script.eval((ScriptContext) null))
        .isInstanceOf(NullPointerException.class);
    assertThatThrownBy(() -> engine.compile("def"))
        .isInstanceOf(ScriptException.class)
        .hasMessageContaining("SyntaxError");
    engine.put(ScriptEngine.FILENAME, "kept.py");
    CompiledScript named = engine.compile("\n1 / 0");
    engine.put(ScriptEngine.FILENAME, "later.py");
    assertThatThrownBy(named::eval)
        .isInstanceOfSatisfying(
            ScriptException.class, e -> assertThat(e.getFileName()).isEqualTo("kept.py"));
  }

  @Test
  @DisplayName("threads run scripts at once, virtual ones too, each with its own context")
  void threads() throws Exception {
    engine.eval("def work(n): return sum(range(n))");
    CompiledScript script =
        engine.compile("print(me, end=' ')\nv = work(me)\nprint('is', me)\n(me, v)");
    CountDownLatch begin = new CountDownLatch(1);
    List<Future<?>> results = new ArrayList<>();
    try (ExecutorService platform = Executors.newFixedThreadPool(4);
        ExecutorService virtual = Executors.newVirtualThreadPerTaskExecutor()) {
      for (int i = 0; i < 40; i++) {
        long me = i;
        results.add(
            (i % 2 == 0 ? platform : virtual)
                .submit(() -> {
                  begin.await();
                  for (int round = 0; round < 20; round++) {
                    StringWriter out = new StringWriter();
                    Bindings bindings = new SimpleBindings();
                    bindings.put("me", me);
                    bindings.put("work", engine.get("work"));
                    assertThat(script.eval(context(bindings, out)))
                        .isEqualTo(List.of(me, me * (me - 1) / 2));
                    assertThat(out.toString()).isEqualTo(me + " is " + me + "\n");
                    assertThat(bindings).containsEntry("v", me * (me - 1) / 2);
                  }
                  return null;
                }));
      }
      begin.countDown();
      for (Future<?> result : results) {
        result.get(120, TimeUnit.SECONDS);
      }
    }
    assertThat(engine.get("me")).isNull();
  }
}
