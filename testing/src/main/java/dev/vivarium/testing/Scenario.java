package dev.vivarium.testing;

/** What a child JVM does. A class with a constructor without parameters. */
@FunctionalInterface
public interface Scenario {
  public void run(String... arguments) throws Throwable;
}
