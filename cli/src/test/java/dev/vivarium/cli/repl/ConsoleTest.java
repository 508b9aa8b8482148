package dev.vivarium.cli.repl;

import static org.assertj.core.api.Assertions.assertThat;

import dev.vivarium.Interpreter;
import dev.vivarium.InterpreterOptions;
import dev.vivarium.Python;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.PrintStream;
import java.io.StringWriter;
import java.nio.charset.StandardCharsets;
import java.util.concurrent.Callable;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

class ConsoleTest {

  private final StringWriter python = new StringWriter();
  private final ByteArrayOutputStream java = new ByteArrayOutputStream();
  private final Interpreter interpreter =
      Python.running()
          .orElseGet(Python::start)
          .newInterpreter(InterpreterOptions.isolated().stdout(python).stderr(python));
  private final Console console = Console.of(interpreter);

  @AfterEach
  void end() {
    interpreter.close();
  }

  private String run(String source) {
    java.reset();
    console.run(source, new PrintStream(java, true, StandardCharsets.UTF_8));
    return java.toString(StandardCharsets.UTF_8);
  }

  private void define(String name, Callable<Object> function) {
    interpreter.importModule("__main__").setAttr(name, function);
  }

  @Test
  void aJavaExceptionIsShownWithThePythonFramesThatItCameThrough() {
    define(
        "fail",
        () -> {
          throw new IOException("disk", new IllegalStateException("inner"));
        });
    assertThat(run("def f():\n    fail()\nf()"))
        .contains("File \"<input-1>\", line 3, in <module>", "line 2, in f", "    fail()")
        .containsPattern("(?s)in f.*java.io.IOException: disk\n    at .*ConsoleTest")
        .contains("Caused by: java.lang.IllegalStateException: inner")
        .doesNotContain("vivarium.internal", "Traceback (most recent call last):\nTraceback");
  }

  @Test
  void aPythonExceptionThatAJavaOneLedToIsShownWithJavasFramesOnce() {
    define(
        "fail",
        () -> {
          throw new IOException("disk");
        });
    String behind = run("try: fail()\nexcept Exception as e: raise ValueError('wrapped') from e");
    assertThat(python.toString())
        .contains("ValueError: wrapped", "direct cause")
        .containsPattern("java.io.IOException: disk\n +at .*ConsoleTest")
        .containsOnlyOnce("IOException: disk");
    assertThat(behind).isEmpty(); // Python's traceback has said it
    assertThat(run("1 / 0")).isEmpty();
  }

  @Test
  void completenessIsPythons() {
    assertThat(console.isComplete("x = 1")).isTrue();
    assertThat(console.isComplete("x = (1,")).isFalse();
    assertThat(console.isComplete("'''a")).isFalse();
    assertThat(console.isComplete("if x:\n    y")).isFalse();
    assertThat(console.isComplete("if x:\n    y\n")).isTrue();
    assertThat(console.isComplete("a = 1\nb = 2")).isTrue();
    assertThat(console.isComplete("1 +* 2")).isTrue();
    assertThat(console.isComplete("@decorated\n")).isFalse();
    assertThat(console.isComplete("a = '\0'")).isTrue();
  }

  @Test
  void completionAsksDirAndCallsNothing() {
    run("class Odd:\n    def __dir__(self): return ['alpha', '_beta']\nodd = Odd()");
    assertThat(console.complete("odd.", "")).containsExactly("odd.alpha");
    assertThat(console.complete("odd._", "")).containsExactly("odd._beta");
    assertThat(console.complete("absent.x", "")).isEmpty();
    assertThat(console.complete("len", "")).containsExactly("len");
    assertThat(console.complete("xml.do", "import ")).containsExactly("xml.dom");
    run("class Bad:\n    def __dir__(self): raise KeyError\nbad = Bad()");
    assertThat(console.complete("bad.x", "")).isEmpty();
  }

  @Test
  void javasNamesAreCompletedToo() {
    assertThat(console.complete("java.util.concu", "import "))
        .containsExactly("java.util.concurrent");
    assertThat(console.complete("LinkedHashM", "from java.util import "))
        .containsExactly("LinkedHashMap");
    run("import java.util\nl = java.util.ArrayList()");
    assertThat(console.complete("java.util.TreeM", "")).containsExactly("java.util.TreeMap");
    assertThat(console.complete("java.util.Map.Ent", "")).containsExactly("java.util.Map.Entry");
    assertThat(console.complete("l.ensureC", "")).containsExactly("l.ensureCapacity");
  }
}
