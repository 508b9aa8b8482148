package dev.vivarium.script;

import dev.vivarium.Python;
import java.util.List;

/**
 * The script engine {@code python-main}: in the main interpreter, where every extension module
 * works. Each engine has variables of its own there; modules, and the GIL, are shared.
 */
public final class MainScriptEngineFactory extends PythonLanguage {

  /** For {@link java.util.ServiceLoader}. */
  public MainScriptEngineFactory() {}

  @Override
  public String getEngineName() {
    return "Vivarium (main)";
  }

  @Override
  public List<String> getNames() {
    return List.of("python-main");
  }

  @Override
  public List<String> getExtensions() {
    return List.of(); // python is the one for files
  }

  @Override
  public List<String> getMimeTypes() {
    return List.of();
  }

  @Override
  public PythonScriptEngine getScriptEngine() {
    return new PythonScriptEngine(
        this, new Session(new Session.Given(() -> Python.shared().main())));
  }
}
