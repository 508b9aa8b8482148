/** The CPython that comes with Vivarium, unpacked once into the user's cache. */
module dev.vivarium.cpython {
  requires transitive dev.vivarium;
  requires static org.jspecify;

  exports dev.vivarium.cpython;

  provides dev.vivarium.PythonProvider with
      dev.vivarium.cpython.EmbeddedCPython;
}
