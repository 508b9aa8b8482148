package dev.vivarium.behaviour.plugin;

import dev.vivarium.Python;
import dev.vivarium.PythonOptions;

/** A program that starts Python, whoever has loaded it. */
public final class Application {

  private Application() {}

  /** By Python's own method, whose caller this is. */
  public static Python start(PythonOptions options) {
    return Python.start(options);
  }
}
