package dev.vivarium.script;

import java.util.Objects;
import javax.script.CompiledScript;
import javax.script.ScriptContext;
import javax.script.ScriptEngine;
import javax.script.ScriptException;
import org.jspecify.annotations.Nullable;

/** A script as code objects of its engine's interpreter. */
final class PythonScript extends CompiledScript {

  private final PythonScriptEngine engine;
  private final Support.Code code;

  PythonScript(PythonScriptEngine engine, Support.Code code) {
    this.engine = engine;
    this.code = code;
  }

  @Override
  public @Nullable Object eval(ScriptContext context) throws ScriptException {
    return engine.run(code, Objects.requireNonNull(context, "context"));
  }

  @Override
  public ScriptEngine getEngine() {
    return engine;
  }
}
