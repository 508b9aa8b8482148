package dev.vivarium.script;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.vivarium.PyObject;
import dev.vivarium.PythonException;
import java.io.StringWriter;
import java.util.Comparator;
import java.util.List;
import java.util.concurrent.Callable;
import javax.script.ScriptException;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;

/** Functions, methods and interfaces of scripts. */
final class InvocableTest {

  private final PythonScriptEngine engine = new PythonScriptEngineFactory().getScriptEngine();

  /** Two open methods, and one with a body. */
  public interface Greeter {
    String greet(String name);

    int count(List<String> names, double factor);

    default String name() {
      return "default";
    }
  }

  @BeforeEach
  void script() throws ScriptException {
    engine.eval(
        """
        def greet(name): return 'hello ' + name
        def count(names, factor): return int(len(names) * factor)
        def compare(a, b): return len(a) - len(b)
        def fail(): raise ValueError('no')
        def inner(): return int('1', nonsense=2)
        class Polite:
            def greet(self, name): return 'good day ' + name
            def count(self, names, factor): return 0
            def name(self): return 'polite'
        polite = Polite()
        number = 5
        """);
  }

  @AfterEach
  void end() {
    engine.close();
  }

  @Test
  @DisplayName("invokeFunction calls a function of the script")
  void functions() throws Exception {
    assertThat(engine.invokeFunction("greet", "you")).isEqualTo("hello you");
    assertThat(engine.invokeFunction("count", List.of(1, 2), 1.5)).isEqualTo(3L);
    assertThat(engine.invokeFunction("Polite")).isInstanceOf(PyObject.class);
    StringWriter out = new StringWriter();
    engine.getContext().setWriter(out);
    engine.eval("def show(x): print(x)");
    engine.invokeFunction("show", (Object) null);
    engine.invokeFunction("show", (Object[]) null);
    assertThat(out.toString()).isEqualTo("None\nNone\n");
  }

  @Test
  @DisplayName(
      "what is not there, is no function or takes other arguments is NoSuchMethodException")
  void missing() {
    for (String name : List.of("absent", "number", "print")) {
      assertThatThrownBy(() -> engine.invokeFunction(name))
          .isInstanceOf(NoSuchMethodException.class);
    }
    assertThatThrownBy(() -> engine.invokeFunction("greet"))
        .isInstanceOf(NoSuchMethodException.class)
        .hasMessageContaining("greet");
    assertThatThrownBy(() -> engine.invokeMethod(engine.get("polite"), "greet", 1, 2))
        .isInstanceOf(NoSuchMethodException.class);
    assertThatThrownBy(() -> engine.invokeMethod(engine.get("polite"), "absent"))
        .isInstanceOf(NoSuchMethodException.class);
    assertThatThrownBy(() -> engine.invokeFunction(null)).isInstanceOf(NullPointerException.class);
    assertThatThrownBy(() -> engine.invokeMethod(engine.get("polite"), null))
        .isInstanceOf(NullPointerException.class);
  }

  @Test
  @DisplayName("an error inside is a ScriptException, a TypeError too")
  void errors() {
    assertThatThrownBy(() -> engine.invokeFunction("fail"))
        .isInstanceOfSatisfying(
            ScriptException.class, e -> assertThat(e.getLineNumber()).isEqualTo(4))
        .hasMessageContaining("ValueError: no");
    assertThatThrownBy(() -> engine.invokeFunction("inner"))
        .isInstanceOf(ScriptException.class)
        .hasMessageContaining("TypeError");
    Callable<Object> thrower =
        () -> {
          throw new NoSuchMethodException("Java's own");
        };
    engine.put("thrower", thrower);
    assertThatThrownBy(() -> engine.invokeFunction("thrower"))
        .isInstanceOf(ScriptException.class)
        .hasCauseInstanceOf(NoSuchMethodException.class);
  }

  @Test
  @DisplayName("invokeMethod calls a method of an object of the script, and of no other")
  void methods() throws Exception {
    Object polite = engine.get("polite");
    assertThat(engine.invokeMethod(polite, "greet", "you")).isEqualTo("good day you");
    for (Object other : new Object[] {null, "text", new Object()}) {
      assertThatThrownBy(() -> engine.invokeMethod(other, "greet"))
          .isInstanceOf(IllegalArgumentException.class);
      assertThatThrownBy(() -> engine.getInterface(other, Runnable.class))
          .isInstanceOf(IllegalArgumentException.class);
    }
    try (PythonScriptEngine second = new PythonScriptEngineFactory().getScriptEngine()) {
      assertThatThrownBy(() -> second.invokeMethod(polite, "greet", "x"))
          .isInstanceOf(IllegalArgumentException.class);
    }
  }

  @Test
  @DisplayName(
      "getInterface implements an interface by functions of the script, looked up when called")
  void interfaces() throws Exception {
    Greeter greeter = engine.getInterface(Greeter.class);
    assertThat(greeter.greet("Ada")).isEqualTo("hello Ada");
    assertThat(greeter.count(List.of("a", "b"), 2.5)).isEqualTo(5);
    assertThat(greeter.name()).isEqualTo("default");
    engine.eval("def greet(name): return 'bye'\ndef name(): return 'script'");
    assertThat(greeter.greet("Ada")).isEqualTo("bye");
    assertThat(greeter.name()).isEqualTo("script");
    assertThat(greeter).isEqualTo(greeter).isNotEqualTo(engine.getInterface(Greeter.class));
    assertThat(greeter).hasSameHashCodeAs(greeter).hasToString(greeter.toString());
    engine.eval("del greet");
    assertThatThrownBy(() -> greeter.greet("Ada"))
        .isInstanceOf(UnsupportedOperationException.class);
    @SuppressWarnings("unchecked")
    Comparator<String> byLength = engine.getInterface(Comparator.class);
    assertThat(List.of("ccc", "a", "bb").stream().sorted(byLength.reversed()))
        .containsExactly("ccc", "bb", "a");
  }

  @Test
  @DisplayName("… or by an object's methods")
  void interfacesOfObjects() {
    Greeter greeter = engine.getInterface(engine.get("polite"), Greeter.class);
    assertThat(greeter.greet("Ada")).isEqualTo("good day Ada");
    assertThat(greeter.name()).isEqualTo("polite");
  }

  @Test
  @DisplayName("an interface that the script does not implement is null; a class is refused")
  void notImplemented() {
    assertThat(engine.getInterface(Runnable.class)).isNull();
    assertThat(engine.getInterface(engine.get("polite"), Runnable.class)).isNull();
    assertThatThrownBy(() -> engine.getInterface(null))
        .isInstanceOf(IllegalArgumentException.class);
    assertThatThrownBy(() -> engine.getInterface(String.class))
        .isInstanceOf(IllegalArgumentException.class);
    assertThatThrownBy(() -> engine.getInterface(engine.get("polite"), null))
        .isInstanceOf(IllegalArgumentException.class);
  }

  @Test
  @DisplayName("through an interface the Python exception comes as it is")
  void exceptionsOfInterfaces() throws Exception {
    engine.eval("def run(): fail()");
    Runnable runnable = engine.getInterface(Runnable.class);
    assertThatThrownBy(runnable::run)
        .isInstanceOf(PythonException.class)
        .hasMessage("ValueError: no");
  }
}
