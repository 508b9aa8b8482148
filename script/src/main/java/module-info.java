/** Python as a language of {@code javax.script}. */
module dev.vivarium.script {
  requires dev.vivarium;
  requires static org.jspecify;
  requires transitive java.scripting;

  exports dev.vivarium.script;

  provides javax.script.ScriptEngineFactory with
      dev.vivarium.script.PythonScriptEngineFactory,
      dev.vivarium.script.MainScriptEngineFactory;
}
