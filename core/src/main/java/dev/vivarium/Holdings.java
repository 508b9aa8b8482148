package dev.vivarium;

import java.util.Map;

/**
 * What the two languages hold of each other in one interpreter, by {@link Interpreter#holdings}.
 * Neither garbage collector sees across: a Java object that holds a Python object that holds the
 * Java object again keeps both for as long as the interpreter lives, and shows here as numbers that
 * only grow.
 */
public final class Holdings {

  private final Map<String, Long> javaInPython;
  private final Map<String, Long> pythonInJava;

  Holdings(Map<String, Long> javaInPython, Map<String, Long> pythonInJava) {
    this.javaInPython = Map.copyOf(javaInPython);
    this.pythonInJava = Map.copyOf(pythonInJava);
  }

  /**
   * How many references Python code holds to Java objects of each class; two to the same object
   * count twice.
   */
  public Map<String, Long> javaInPython() {
    return javaInPython;
  }

  /**
   * How many Python objects of each type Java code holds, closed and collected ones not counted.
   */
  public Map<String, Long> pythonInJava() {
    return pythonInJava;
  }

  @Override
  public String toString() {
    return "Holdings[javaInPython=" + javaInPython + ", pythonInJava=" + pythonInJava + "]";
  }
}
