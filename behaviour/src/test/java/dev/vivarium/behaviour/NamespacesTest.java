package dev.vivarium.behaviour;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.vivarium.ConversionException;
import dev.vivarium.Interpreter;
import dev.vivarium.PyObject;
import dev.vivarium.PythonException;
import dev.vivarium.WrongInterpreterException;
import dev.vivarium.testing.PythonUnderTest;
import java.util.List;
import java.util.Map;
import java.util.NoSuchElementException;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;

/** Code and the names that it runs in. */
@ExtendWith(PythonUnderTest.class)
final class NamespacesTest {

  private interface Body {
    void in(Interpreter one);
  }

  private static void inEach(Body body) {
    try (Interpreter own = PythonUnderTest.ownGil();
        Interpreter shared = PythonUnderTest.sharedGil()) {
      List.of(PythonUnderTest.main(), own, shared).forEach(body::in);
    }
  }

  @Test
  @DisplayName("Names of __main__ are set and read, in main and others")
  void mainNames() {
    inEach(in -> {
      in.set("from_java", List.of(1, 2));
      in.exec("from_python = sum(from_java)");
      try (PyObject sum = in.get("from_python")) {
        assertThat(sum.asInt()).isEqualTo(3);
      }
      in.set("nothing", null);
      assertThat(in.get("nothing").isNone()).isTrue();
      assertThatThrownBy(() -> in.get("nobody"))
          .isInstanceOf(NoSuchElementException.class)
          .hasMessageContaining("nobody");
      in.exec("del from_java, from_python, nothing");
    });
  }

  @Test
  @DisplayName("exec and eval with globals keep to them, as Python's own do")
  void globals() {
    inEach(in -> {
      try (PyObject globals = in.toPython(Map.of("x", 20))) {
        in.exec("import math\ndef f(y): return x + y\nz = f(22)", globals);
        assertThat(in.eval(" z ", globals).asInt()).isEqualTo(42);
        assertThat(globals.asMap(String.class, Object.class)).containsEntry("z", 42L);
        assertThat(in.eval("math.floor(len('ab') + .5)", globals).asInt()).isEqualTo(2);
        assertThat(in.eval("'z' in globals() or 'math' in globals()").asBoolean()).isFalse();
        in.set("main_only", 1);
        assertThatThrownBy(() -> in.eval("main_only", globals))
            .isInstanceOfSatisfying(
                PythonException.class, e -> assertThat(e.typeName()).isEqualTo("NameError"));
        in.exec("del main_only");
      }
    });
  }

  @Test
  @DisplayName("… and with locals, any mapping, which takes what is set")
  void locals() {
    inEach(in -> {
      in.exec("import collections");
      try (PyObject globals = in.toPython(Map.of("x", 1, "y", 1));
          PyObject locals = in.eval("collections.ChainMap({'x': 2})")) {
        in.exec("z = x + y", globals, locals);
        assertThat(in.eval("(x, y, z)", globals, locals).repr()).isEqualTo("(2, 1, 3)");
        assertThat(globals.contains("z")).isFalse();
      }
    });
  }

  @Test
  @DisplayName("… what is no dict, another interpreter's, or no Python, is refused in words")
  void refused() {
    try (Interpreter own = PythonUnderTest.ownGil();
        PyObject elsewhere = own.toPython(Map.of());
        PyObject list = PythonUnderTest.main().eval("[]");
        PyObject here = PythonUnderTest.main().toPython(Map.of())) {
      Interpreter main = PythonUnderTest.main();
      assertThatThrownBy(() -> main.exec("x = 1", list))
          .isInstanceOf(IllegalArgumentException.class)
          .hasMessage("globals: <class 'list'> is no dict");
      assertThatThrownBy(() -> main.exec("x = 1", elsewhere))
          .isInstanceOf(WrongInterpreterException.class);
      assertThatThrownBy(() -> main.exec("x = 1", here, elsewhere))
          .isInstanceOf(WrongInterpreterException.class);
      assertThatThrownBy(() -> main.eval("1 +", here)).isInstanceOf(PythonException.class);
      assertThatThrownBy(() -> main.exec("x = '\0'", here)).isInstanceOf(ConversionException.class);
      assertThatThrownBy(() -> main.set("a\0b", 1)).isInstanceOf(ConversionException.class);
    }
  }
}
