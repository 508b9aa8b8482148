/** Apache Arrow's data between Java and Python, without copying. */
module dev.vivarium.arrow {
  requires transitive dev.vivarium;
  requires org.apache.arrow.c;
  requires transitive org.apache.arrow.memory.core;
  requires transitive org.apache.arrow.vector;
  requires static org.jspecify;

  exports dev.vivarium.arrow;

  // Python code calls functions of this package
  opens dev.vivarium.arrow to
      dev.vivarium;
}
