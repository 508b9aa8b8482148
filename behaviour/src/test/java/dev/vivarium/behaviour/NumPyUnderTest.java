package dev.vivarium.behaviour;

import static org.assertj.core.api.Assumptions.assumeThat;

import dev.vivarium.Interpreter;
import dev.vivarium.PyObject;
import dev.vivarium.testing.PythonUnderTest;
import java.nio.file.Path;
import org.junit.jupiter.api.extension.BeforeAllCallback;
import org.junit.jupiter.api.extension.ExtendWith;
import org.junit.jupiter.api.extension.ExtensionContext;

/**
 * NumPy for the main interpreter of the CPython that this JVM tests, from the folder that the
 * property {@code vivarium.test.numpy} names. As an extension, skips the tests where there is none.
 */
@ExtendWith(PythonUnderTest.class)
final class NumPyUnderTest implements BeforeAllCallback {

  private static boolean loaded;

  @Override
  public void beforeAll(ExtensionContext context) {
    assumeThat(isThere())
        .as("no NumPy for CPython " + PythonUnderTest.version() + " comes through Maven")
        .isTrue();
    load(PythonUnderTest.main());
  }

  static boolean isThere() {
    return System.getProperty("vivarium.test.numpy") != null;
  }

  /**
   * Loads what NumPy is linked with, which the artifact does not find by itself, and lets Python
   * find it.
   */
  static synchronized void load(Interpreter main) {
    if (loaded) {
      return;
    }
    loaded = true;
    Path folder = Path.of(PythonUnderTest.property("vivarium.test.numpy"));
    for (String library :
        new String[] {"libquadmath.so.0", "libgfortran.so.5", "libopenblas.so.0"}) {
      System.load(folder.resolve("openblas/linux-x86_64").resolve(library).toString());
    }
    addPath(main);
    main.importModule("numpy").close();
  }

  static void addPath(Interpreter interpreter) {
    Path folder = Path.of(PythonUnderTest.property("vivarium.test.numpy"));
    try (PyObject path = interpreter.importModule("sys").attr("path")) {
      path.callMethod("append", folder.resolve("numpy/linux-x86_64/python").toString()).close();
    }
  }
}
