package dev.vivarium.behaviour;

/** What a child JVM does. A class with a constructor without parameters. */
@FunctionalInterface
interface Scenario {
  void run(String... arguments) throws Throwable;
}
