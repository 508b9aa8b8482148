package dev.vivarium.script;

import dev.vivarium.Python;
import java.util.List;
import java.util.Objects;
import javax.script.ScriptEngine;
import javax.script.ScriptEngineFactory;
import org.jspecify.annotations.Nullable;

/** What is the same for all engines: how Python is written. Starts no Python. */
abstract sealed class PythonLanguage implements ScriptEngineFactory
    permits PythonScriptEngineFactory, MainScriptEngineFactory {

  private static final String THREADING = "THREADING";
  private static final char FIRST_PRINTABLE = 0x20;

  @Override
  public String getEngineVersion() {
    String version = PythonLanguage.class.getPackage().getImplementationVersion();
    return version == null ? "0.1.0-SNAPSHOT" : version;
  }

  @Override
  public List<String> getExtensions() {
    return List.of("py");
  }

  @Override
  public List<String> getMimeTypes() {
    return List.of("text/x-python", "application/x-python", "text/python", "application/python");
  }

  @Override
  public String getLanguageName() {
    return "Python";
  }

  /** That of the CPython that runs; before one does, only that it will be a 3. */
  @Override
  public String getLanguageVersion() {
    return Python.running().map(python -> python.version().toString()).orElse("3");
  }

  @Override
  public @Nullable Object getParameter(String key) {
    return switch (Objects.requireNonNull(key, "key")) {
      case ScriptEngine.ENGINE -> getEngineName();
      case ScriptEngine.ENGINE_VERSION -> getEngineVersion();
      case ScriptEngine.LANGUAGE -> getLanguageName();
      case ScriptEngine.LANGUAGE_VERSION -> getLanguageVersion();
      case ScriptEngine.NAME -> getNames().getFirst();
      case THREADING -> "MULTITHREADED";
      default -> null;
    };
  }

  @Override
  public String getMethodCallSyntax(String obj, String m, String... args) {
    return Objects.requireNonNull(obj, "obj")
        + "."
        + Objects.requireNonNull(m, "m")
        + "("
        + String.join(", ", List.of(args))
        + ")";
  }

  @Override
  public String getOutputStatement(String toDisplay) {
    StringBuilder statement = new StringBuilder("print(\"");
    for (int i = 0; i < toDisplay.length(); i++) {
      char c = toDisplay.charAt(i);
      switch (c) {
        case '"', '\\' -> statement.append('\\').append(c);
        case '\n' -> statement.append("\\n");
        default -> {
          if (c < FIRST_PRINTABLE) {
            statement.append(String.format("\\x%02x", (int) c));
          } else {
            statement.append(c);
          }
        }
      }
    }
    return statement.append("\")").toString();
  }

  @Override
  public String getProgram(String... statements) {
    StringBuilder program = new StringBuilder();
    for (String statement : statements) {
      program.append(Objects.requireNonNull(statement, "a statement is null")).append('\n');
    }
    return program.toString();
  }
}
