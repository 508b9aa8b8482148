/** Real CPython inside the JVM: interpreters that any thread may enter and that end cleanly. */
@SuppressWarnings("module") // what it names is compiled later
module dev.vivarium {
  requires java.management;
  requires static jdk.jfr;
  requires static transitive org.jspecify;

  exports dev.vivarium;
  exports dev.vivarium.management;
  exports dev.vivarium.pool;
  // One cache folder for both
  exports dev.vivarium.internal.discovery to
      dev.vivarium.cpython;

  uses dev.vivarium.PythonProvider;
}
