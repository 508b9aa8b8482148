/** The Java end of the Python package {@code vivarium_host}. */
module dev.vivarium.host {
  requires dev.vivarium;
  requires static org.jspecify;

  opens dev.vivarium.host to
      dev.vivarium; // which calls its functions for Python
}
