package dev.vivarium;

import java.util.Map;

/**
 * What the two languages hold of each other in one interpreter, by {@link Interpreter#holdings}.
 * Neither garbage collector sees across: a Java object that holds a Python object that holds the
 * Java object again keeps both for as long as the interpreter lives, and shows here as numbers that
 * only grow.
 *
 * @param javaInPython how many references Python code holds to Java objects of each class; two to
 *     the same object count twice
 * @param pythonInJava how many Python objects of each type Java code holds, closed and collected
 *     ones not counted
 */
public record Holdings(Map<String, Long> javaInPython, Map<String, Long> pythonInJava) {

  /** Copies both. */
  public Holdings {
    javaInPython = Map.copyOf(javaInPython);
    pythonInJava = Map.copyOf(pythonInJava);
  }
}
