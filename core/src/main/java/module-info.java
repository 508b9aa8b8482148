/** Real CPython inside the JVM: interpreters that any thread may enter and that end cleanly. */
module dev.vivarium {
  requires java.management;
  requires static transitive org.jspecify;

  exports dev.vivarium;

  uses dev.vivarium.PythonProvider;
}
