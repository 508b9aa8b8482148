package dev.vivarium.script;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.vivarium.PyObject;
import java.util.HashMap;
import java.util.Iterator;
import java.util.List;
import java.util.Map;
import javax.script.Bindings;
import javax.script.ScriptContext;
import javax.script.ScriptEngine;
import javax.script.SimpleBindings;
import javax.script.SimpleScriptContext;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;

/** Bindings: live ones, copied ones, and the scopes. */
final class BindingsTest {

  private final PythonScriptEngine engine = new PythonScriptEngineFactory().getScriptEngine();

  @AfterEach
  void end() {
    engine.close();
  }

  private Bindings live() {
    return engine.getBindings(ScriptContext.ENGINE_SCOPE);
  }

  @Test
  @DisplayName("the engine scope is the script's variables, both ways and at once")
  void live2Ways() throws Exception {
    Bindings bindings = live();
    assertThat(bindings).isEmpty();
    assertThat(bindings.put("a", 1)).isNull();
    assertThat(bindings.put("a", 2)).isEqualTo(1L);
    assertThat(engine.eval("b = a * 2\na")).isEqualTo(2L);
    assertThat(bindings).containsOnlyKeys("a", "b").containsEntry("b", 4L);
    engine.eval("del a; c = None; import os");
    assertThat(bindings).containsOnlyKeys("b", "c", "os");
    assertThat(bindings.get("c")).isNull();
    assertThat(bindings.containsKey("c")).isTrue();
    assertThat(bindings.containsKey("a")).isFalse();
    assertThat(bindings.get("os")).isInstanceOf(PyObject.class);
    assertThat(bindings.remove("b")).isEqualTo(4L);
    assertThat(bindings.remove("b")).isNull();
    assertThat(engine.eval("'b' in globals()")).isEqualTo(false);
    engine.put("nothing", null);
    assertThat(engine.eval("nothing is None")).isEqualTo(true);
    assertThat(engine.getContext().getBindings(ScriptContext.ENGINE_SCOPE)).isSameAs(bindings);
    assertThat(engine.get("c")).isEqualTo(bindings.get("c"));
  }

  @Test
  @DisplayName("they are a map: entries write through, iterators remove, clear leaves Python's own")
  void map() throws Exception {
    Bindings bindings = live();
    bindings.putAll(Map.of("x", 1, "y", 2, "z", 3));
    for (Map.Entry<String, Object> entry : bindings.entrySet()) {
      entry.setValue((Long) entry.getValue() * 10);
    }
    assertThat(engine.eval("(x, y, z)")).isEqualTo(List.of(10L, 20L, 30L));
    Iterator<Map.Entry<String, Object>> entries = bindings.entrySet().iterator();
    while (entries.hasNext()) {
      if (entries.next().getKey().equals("y")) {
        entries.remove();
      }
    }
    assertThat(bindings).hasSize(2).isEqualTo(Map.of("x", 10L, "z", 30L));
    assertThat(bindings.keySet().remove("x")).isTrue();
    assertThat(bindings.values()).containsExactly(30L);
    bindings.put(ScriptEngine.ARGV, new String[0]);
    bindings.clear();
    assertThat(bindings).isEmpty();
    assertThat(engine.eval("len('abc') if __name__ else 0")).isEqualTo(3L);
  }

  @Test
  @DisplayName("null, empty and foreign keys are refused, and Python's own names")
  void keys() {
    for (Bindings bindings : List.of(live(), engine.createBindings())) {
      assertThatThrownBy(() -> bindings.put(null, 1)).isInstanceOf(NullPointerException.class);
      assertThatThrownBy(() -> bindings.put("", 1)).isInstanceOf(IllegalArgumentException.class);
      assertThatThrownBy(() -> bindings.get(null)).isInstanceOf(NullPointerException.class);
      assertThatThrownBy(() -> bindings.get("")).isInstanceOf(IllegalArgumentException.class);
      assertThatThrownBy(() -> bindings.get(1)).isInstanceOf(ClassCastException.class);
      assertThatThrownBy(() -> bindings.containsKey(1)).isInstanceOf(ClassCastException.class);
      assertThatThrownBy(() -> bindings.remove("")).isInstanceOf(IllegalArgumentException.class);
      assertThatThrownBy(() -> bindings.putAll(null)).isInstanceOf(NullPointerException.class);
      Map<String, Object> bad = new HashMap<>();
      bad.put("good", 1);
      bad.put("", 2);
      assertThatThrownBy(() -> bindings.putAll(bad)).isInstanceOf(IllegalArgumentException.class);
      assertThat(bindings).isEmpty();
      assertThatThrownBy(() -> bindings.put("__builtins__", 1))
          .isInstanceOf(IllegalArgumentException.class)
          .hasMessageContaining("__builtins__");
    }
    assertThatThrownBy(() -> engine.put(null, 1)).isInstanceOf(NullPointerException.class);
    assertThatThrownBy(() -> engine.put("", 1)).isInstanceOf(IllegalArgumentException.class);
    assertThatThrownBy(() -> engine.get("")).isInstanceOf(IllegalArgumentException.class);
  }

  @Test
  @DisplayName("keys that cannot be variables keep the object itself, and scripts never see them")
  void attributes() throws Exception {
    Object anything = new Object();
    engine.put("some.key", anything);
    assertThat(engine.get("some.key")).isSameAs(anything);
    assertThat(live()).containsOnlyKeys("some.key");
    assertThat(engine.eval("'some.key' in globals()")).isEqualTo(false);
    assertThat(live().remove("some.key")).isSameAs(anything);
  }

  @Test
  @DisplayName("eval with Bindings leaves the engine's own alone, and changes those")
  void copied() throws Exception {
    engine.put("x", "the engine's");
    Bindings own = new SimpleBindings();
    own.put("x", 1);
    own.put("gone", 2);
    own.put("items", List.of(1));
    own.put("nothing", null);
    assertThat(engine.eval("y = x + 1\ndel gone\nitems.append(2)\nnothing is None", own))
        .isEqualTo(true);
    assertThat(own)
        .containsOnlyKeys("x", "y", "items", "nothing")
        .containsEntry("x", 1)
        .containsEntry("y", 2L)
        .containsEntry("items", List.of(1L, 2L));
    assertThat(live()).containsOnlyKeys("x");
    assertThat(engine.get("x")).isEqualTo("the engine's");
    own.remove("y");
    own.put("x", 5);
    assertThat(engine.eval("('y' in globals(), x)", own)).isEqualTo(List.of(false, 5L));
    assertThatThrownBy(() -> engine.eval("z = 1; 1 / 0", own)).hasMessageContaining("Zero");
    assertThat(own).containsEntry("z", 1L); // as far as it came
  }

  @Test
  @DisplayName("copied Bindings keep what Python has made of them: functions, tuples, identity")
  void copiedKeep() throws Exception {
    Bindings own = new SimpleBindings();
    engine.eval("t = (1, 2)\na = b = [1]\ndef f(): return (type(t).__name__, a is b, n)", own);
    own.put("n", 3);
    assertThat(engine.eval("a.append(2); f()", own)).isEqualTo(List.of("tuple", true, 3L));
    assertThat(own).containsEntry("b", List.of(1L, 2L));
    own.put("a", List.of(9));
    assertThat(engine.eval("a is b", own)).isEqualTo(false);
  }

  @Test
  @DisplayName("createBindings gives live ones, which can become the engine scope")
  void created() throws Exception {
    Bindings other = engine.createBindings();
    assertThat(other).isEmpty();
    engine.eval("x = 1", other);
    assertThat(other).isEqualTo(Map.of("x", 1L));
    assertThat(live()).isEmpty();
    engine.setBindings(other, ScriptContext.ENGINE_SCOPE);
    assertThat(engine.get("x")).isEqualTo(1L);
    assertThat(engine.eval("x + 1")).isEqualTo(2L);
    Bindings simple = new SimpleBindings();
    engine.setBindings(simple, ScriptContext.ENGINE_SCOPE);
    engine.put("y", 7);
    assertThat(engine.eval("z = y; z")).isEqualTo(7L);
    assertThat(engine.get("z")).isEqualTo(7L);
  }

  @Test
  @DisplayName("another engine's Bindings are copied as any")
  void anothers() throws Exception {
    try (PythonScriptEngine other = new PythonScriptEngineFactory().getScriptEngine()) {
      other.put("n", 20);
      assertThat(engine.eval("m = n + 1", other.getBindings(ScriptContext.ENGINE_SCOPE))).isNull();
      assertThat(other.eval("m * 2")).isEqualTo(42L);
    }
  }

  @Test
  @DisplayName("the global scope is behind the engine scope, and shows where that has nothing")
  void globalScope() throws Exception {
    Bindings global = new SimpleBindings();
    global.put("g", 1);
    global.put("input", "not Python's");
    global.put("some.key", new Object());
    engine.setBindings(global, ScriptContext.GLOBAL_SCOPE);
    assertThat(engine.eval("def f(): return g, input\nf()")).isEqualTo(List.of(1L, "not Python's"));
    assertThat(live()).containsOnlyKeys("f");
    assertThat(engine.get("g")).isNull();
    assertThat(engine.getContext().getAttribute("g")).isEqualTo(1);
    assertThat(engine.getContext().getAttributesScope("g")).isEqualTo(ScriptContext.GLOBAL_SCOPE);
    engine.eval("g = 'mine'");
    assertThat(global).containsEntry("g", 1);
    assertThat(engine.get("g")).isEqualTo("mine");
    global.put("g", 2);
    assertThat(engine.eval("g")).isEqualTo("mine");
    live().remove("g");
    assertThat(engine.eval("f()[0]")).isEqualTo(2L);
    engine.put("g", 3);
    assertThat(engine.eval("g")).isEqualTo(3L);
    engine.eval("del g");
    assertThat(engine.eval("g")).isEqualTo(2L);
    global.remove("g");
    assertThat(engine.eval("'g' in globals()")).isEqualTo(false);
    global.remove("input");
    assertThat(engine.eval("callable(input)")).isEqualTo(true);
  }

  @Test
  @DisplayName("a context of one's own brings its scopes")
  void ownContext() throws Exception {
    ScriptContext context = new SimpleScriptContext();
    context.setAttribute("e", 1, ScriptContext.ENGINE_SCOPE);
    Bindings global = new SimpleBindings();
    global.put("g", 2);
    context.setBindings(global, ScriptContext.GLOBAL_SCOPE);
    assertThat(engine.eval("r = e + g", context)).isNull();
    assertThat(context.getAttribute("r")).isEqualTo(3L);
    engine.setContext(context);
    assertThat(engine.getContext()).isSameAs(context);
    assertThat(engine.get("r")).isEqualTo(3L);
    assertThat(engine.eval("r + 1")).isEqualTo(4L);
  }
}
