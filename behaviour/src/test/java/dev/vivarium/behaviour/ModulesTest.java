package dev.vivarium.behaviour;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.vivarium.Interpreter;
import dev.vivarium.PyObject;
import dev.vivarium.PythonException;
import dev.vivarium.testing.PythonUnderTest;
import dev.vivarium.testing.Together;
import java.io.UncheckedIOException;
import java.net.URL;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;
import org.junit.jupiter.api.io.TempDir;

/** Modules whose code a Java library brings along. */
@ExtendWith(PythonUnderTest.class)
final class ModulesTest {

  @TempDir private Path folder;

  private URL file(String code) throws Exception {
    return Files.writeString(folder.resolve("helpers.py"), code).toUri().toURL();
  }

  @Test
  @DisplayName("A module of a Java resource is made once in each interpreter, and can be imported")
  void made() throws Exception {
    URL file = file("greeting = 'grüß dich'\nmarks = []\ndef mark(): marks.append(__name__)\n");
    try (Interpreter own = PythonUnderTest.ownGil();
        Interpreter shared = PythonUnderTest.sharedGil()) {
      for (Interpreter in : List.of(PythonUnderTest.main(), own, shared)) {
        for (int i = 0; i < 2; i++) {
          try (PyObject module = in.importModule("acme_helpers", file)) {
            assertThat(module.attr("__file__").asString())
                .isEqualTo(folder.resolve("helpers.py").toString());
            assertThat(module.attr("greeting").asString()).isEqualTo("grüß dich");
            module.callMethod("mark").close();
          }
        }
        in.exec("import acme_helpers");
        assertThat(in.eval("acme_helpers.marks").repr())
            .isEqualTo("['acme_helpers', 'acme_helpers']");
      }
    }
    PythonUnderTest.main().exec("import sys; del sys.modules['acme_helpers']");
  }

  @Test
  @DisplayName("… one of that name from somewhere else is refused, whether the file exists or not")
  void there() throws Exception {
    Interpreter main = PythonUnderTest.main();
    main.exec("import json");
    URL nowhere = folder.resolve("nowhere.py").toUri().toURL();
    for (URL other : List.of(file("raise AssertionError"), nowhere)) {
      assertThatThrownBy(() -> main.importModule("json", other))
          .isInstanceOf(IllegalStateException.class)
          .hasMessageContaining("json/__init__.py")
          .hasMessageContaining(other.toString())
          .hasMessageContaining("importModule(name)");
    }
    main.importModule("acme_first", file("value = 1\n")).close();
    assertThatThrownBy(() -> main.importModule("acme_first", nowhere))
        .isInstanceOf(IllegalStateException.class)
        .hasMessageContaining("helpers.py");
  }

  @Test
  @DisplayName("… importlib.reload reads it again, and inspect shows its source")
  void reload() throws Exception {
    Interpreter main = PythonUnderTest.main();
    try (PyObject module = main.importModule("acme_changing", file("def value(): return 1\n"))) {
      assertThat(module.callMethod("value").asInt()).isEqualTo(1);
      file("def value(): return 2\n");
      main.exec("import importlib, acme_changing; importlib.reload(acme_changing)");
      assertThat(module.callMethod("value").asInt()).isEqualTo(2);
      main.exec("import inspect");
      assertThat(main.eval("inspect.getsource(acme_changing)").asString())
          .isEqualTo("def value(): return 2\n");
    }
  }

  @Test
  @DisplayName("… several threads at once get the same")
  void atOnce() throws Exception {
    URL file = file("import time\ntime.sleep(0.01)\n");
    try (Interpreter own = PythonUnderTest.ownGil()) {
      PyObject id = own.eval("id");
      Set<Long> seen = ConcurrentHashMap.newKeySet();
      Together.run(
          8,
          index -> {
            try (PyObject module = own.importModule("acme_slow", file)) {
              seen.add(id.call(module).asLong());
            }
          });
      assertThat(seen).hasSize(1);
    }
  }

  @Test
  @DisplayName("… code that fails, or is not there, is told, and leaves nothing behind")
  void fails() throws Exception {
    Interpreter main = PythonUnderTest.main();
    URL failing = file("value = 1\nraise ValueError('not today')\n");
    assertThatThrownBy(() -> main.importModule("acme_failing", failing))
        .isInstanceOfSatisfying(
            PythonException.class,
            e -> assertThat(e.traceback()).contains("helpers.py\", line 2", "not today"));
    assertThatThrownBy(() -> main.importModule("acme_failing", file("def f(:\n")))
        .isInstanceOfSatisfying(
            PythonException.class, e -> assertThat(e.typeName()).isEqualTo("SyntaxError"));
    assertThat(main.eval("__import__('sys').modules.get('acme_failing')").isNone()).isTrue();
    try (PyObject module = main.importModule("acme_failing", file("value = 2\n"))) {
      assertThat(module.attr("value").asInt()).isEqualTo(2);
    }
    URL nowhere = folder.resolve("nowhere.py").toUri().toURL();
    assertThatThrownBy(() -> main.importModule("acme_nowhere", nowhere))
        .isInstanceOf(UncheckedIOException.class)
        .hasMessageContaining("nowhere.py");
    assertThatThrownBy(
            () -> main.importModule("acme_null", ModulesTest.class.getResource("nowhere.py")))
        .isInstanceOf(NullPointerException.class)
        .hasMessageContaining("no such resource");
  }
}
