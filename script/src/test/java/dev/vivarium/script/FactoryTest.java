package dev.vivarium.script;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.vivarium.InterpreterOptions;
import dev.vivarium.Python;
import java.io.StringWriter;
import java.util.List;
import javax.script.Bindings;
import javax.script.ScriptContext;
import javax.script.ScriptEngine;
import javax.script.ScriptEngineFactory;
import javax.script.ScriptEngineManager;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;

/** What {@code ScriptEngineFactory} and {@code ScriptEngineManager} promise. */
final class FactoryTest {

  private final ScriptEngineManager manager = new ScriptEngineManager();

  @Test
  @DisplayName("the manager finds it by names, extension and media types")
  void found() {
    for (String name : List.of("python", "py", "Python", "cpython")) {
      assertThat(manager.getEngineByName(name)).isInstanceOf(PythonScriptEngine.class);
    }
    assertThat(manager.getEngineByExtension("py").getFactory().getEngineName())
        .isEqualTo("Vivarium");
    assertThat(manager.getEngineByMimeType("text/x-python")).isNotNull();
    assertThat(manager.getEngineByMimeType("application/x-python")).isNotNull();
    assertThat(manager.getEngineByName("python-main").getFactory())
        .isInstanceOf(MainScriptEngineFactory.class);
  }

  @Test
  @DisplayName("parameters are what the methods say; lists are immutable; scripts may run at once")
  void parameters() {
    ScriptEngineFactory factory = new PythonScriptEngineFactory();
    assertThat(factory.getParameter(ScriptEngine.ENGINE)).isEqualTo(factory.getEngineName());
    assertThat(factory.getParameter(ScriptEngine.ENGINE_VERSION))
        .isEqualTo(factory.getEngineVersion());
    assertThat(factory.getParameter(ScriptEngine.LANGUAGE)).isEqualTo("Python");
    assertThat(factory.getParameter(ScriptEngine.LANGUAGE_VERSION))
        .isEqualTo(factory.getLanguageVersion());
    assertThat(factory.getNames()).contains((String) factory.getParameter(ScriptEngine.NAME));
    assertThat(factory.getParameter("THREADING")).isEqualTo("MULTITHREADED");
    assertThat(factory.getParameter("unknown")).isNull();
    assertThatThrownBy(() -> factory.getParameter(null)).isInstanceOf(NullPointerException.class);
    for (List<String> list :
        List.of(factory.getNames(), factory.getExtensions(), factory.getMimeTypes())) {
      assertThatThrownBy(() -> list.add("x")).isInstanceOf(UnsupportedOperationException.class);
    }
  }

  @Test
  @DisplayName("the programs that it writes run, whatever the text")
  void programs() throws Exception {
    ScriptEngineFactory factory = new PythonScriptEngineFactory();
    String text = "a \"quoted\" \\ text\nof two lines, \t\u0001 \u00fc \uD83D\uDE00 {x} %s";
    String program =
        factory.getProgram(
            factory.getOutputStatement(text),
            "result = " + factory.getMethodCallSyntax("word", "replace", "old", "new"),
            factory.getMethodCallSyntax("word", "upper"));
    try (PythonScriptEngine engine = new PythonScriptEngineFactory().getScriptEngine()) {
      StringWriter out = new StringWriter();
      engine.getContext().setWriter(out);
      engine.put("word", "cat");
      engine.put("old", "c");
      engine.put("new", "b");
      assertThat(engine.eval(program)).isEqualTo("CAT");
      assertThat(engine.get("result")).isEqualTo("bat");
      assertThat(out.toString()).isEqualTo(text + "\n");
    }
    assertThatThrownBy(() -> factory.getMethodCallSyntax("o", "m", (String) null))
        .isInstanceOf(NullPointerException.class);
    assertThatThrownBy(() -> factory.getMethodCallSyntax(null, "m"))
        .isInstanceOf(NullPointerException.class);
    assertThatThrownBy(() -> factory.getProgram("x", null))
        .isInstanceOf(NullPointerException.class);
  }

  @Test
  @DisplayName("each engine has an interpreter of its own; python-main's have main with a GIL")
  void interpreters() throws Exception {
    try (PythonScriptEngine one = new PythonScriptEngineFactory().getScriptEngine();
        PythonScriptEngine other =
            new PythonScriptEngineFactory().getScriptEngine(InterpreterOptions.shared());
        PythonScriptEngine main = new MainScriptEngineFactory().getScriptEngine();
        PythonScriptEngine second = (PythonScriptEngine) manager.getEngineByName("python-main")) {
      assertThat(one.interpreter().id()).isNotZero().isNotEqualTo(other.interpreter().id());
      assertThat(main.interpreter()).isSameAs(Python.running().orElseThrow().main());
      main.eval("x = 1; import json; json.shared = True");
      assertThat(second.get("x")).isNull();
      assertThat(second.eval("import json; json.shared")).isEqualTo(true);
      assertThat(main.interpreter().eval("'x' in globals()").asBoolean()).isFalse();
    }
    assertThat(Python.running().orElseThrow().main().isAlive()).isTrue();
  }

  @Test
  @DisplayName("an engine in a given interpreter writes to its contexts alone, and does not end it")
  void given() throws Exception {
    StringWriter of = new StringWriter();
    try (PythonScriptEngine owner = new PythonScriptEngineFactory().getScriptEngine()) {
      owner.getContext().setWriter(of);
      try (PythonScriptEngine guest = PythonScriptEngine.in(owner.interpreter())) {
        StringWriter out = new StringWriter();
        guest.getContext().setWriter(out);
        guest.eval("y = 2; print('guest')");
        owner.eval("print('owner', 'y' in globals())");
        assertThat(out.toString()).isEqualTo("guest\n");
        assertThat(of.toString()).isEqualTo("owner False\n");
      }
      assertThat(owner.eval("1 + 1")).isEqualTo(2L);
    }
  }

  @Test
  @DisplayName("the manager's bindings are the global scope of its engines")
  void globalScope() throws Exception {
    manager.put("shared", 41);
    ScriptEngine one = manager.getEngineByName("python");
    ScriptEngine other = manager.getEngineByName("python");
    assertThat(one.getBindings(ScriptContext.GLOBAL_SCOPE)).isSameAs(manager.getBindings());
    assertThat(one.eval("shared + 1")).isEqualTo(42L);
    manager.put("shared", 1);
    assertThat(other.eval("shared + 1")).isEqualTo(2L);
    Bindings none = one.createBindings();
    one.setBindings(none, ScriptContext.GLOBAL_SCOPE);
    assertThat(one.eval("'shared' in globals()")).isEqualTo(false);
    one.setBindings(null, ScriptContext.GLOBAL_SCOPE);
    assertThat(one.getBindings(ScriptContext.GLOBAL_SCOPE)).isNull();
    assertThat(one.eval("1")).isEqualTo(1L);
    ((PythonScriptEngine) one).close();
    ((PythonScriptEngine) other).close();
  }
}
