package dev.vivarium.script;

import dev.vivarium.InterpreterOptions;
import java.util.List;
import java.util.Objects;

/**
 * The script engine {@code python}, each with an interpreter of its own that has a GIL of its own.
 * Extension modules that know of one interpreter only, NumPy among them, are refused there: {@code
 * python-main} is for those, or {@link #getScriptEngine(InterpreterOptions)}.
 */
public final class PythonScriptEngineFactory extends PythonLanguage {

  /** For {@link java.util.ServiceLoader}, and for those who want no manager. */
  public PythonScriptEngineFactory() {}

  @Override
  public String getEngineName() {
    return "Vivarium";
  }

  @Override
  public List<String> getNames() {
    return List.of("python", "py", "Python", "cpython");
  }

  @Override
  public PythonScriptEngine getScriptEngine() {
    return getScriptEngine(InterpreterOptions.isolated());
  }

  /**
   * An engine whose interpreter is made with these options. Streams in them do not count: the
   * engine's contexts have their own.
   */
  public PythonScriptEngine getScriptEngine(InterpreterOptions options) {
    return new PythonScriptEngine(
        this, new Session(new Session.Made(Objects.requireNonNull(options, "options"))));
  }
}
