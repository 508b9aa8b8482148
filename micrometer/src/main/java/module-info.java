/** Interpreters and pools as meters of Micrometer's. */
@SuppressWarnings("requires-transitive-automatic") // Micrometer's modules have a name, and no more
module dev.vivarium.micrometer {
  requires transitive dev.vivarium;
  requires static org.jspecify;
  requires transitive micrometer.core;

  exports dev.vivarium.micrometer;
}
