package dev.vivarium.behaviour.plugin;

import java.util.function.IntBinaryOperator;

/** What a part of an application that comes and goes has for Python code. */
public class Plugin {

  /** A function of the plugin's own kind. */
  @FunctionalInterface
  public interface Question {
    /** Answers. */
    int ask(int number);
  }

  /** Some constants. */
  public enum Colour {
    RED,
    GREEN
  }

  /** Two values. */
  public record Pair(int left, int right) {}

  /** Its own exception. */
  public static class Failure extends Exception {

    private static final long serialVersionUID = 1;

    /** A failure. */
    public Failure(String message) {
      super(message);
    }
  }

  /** Makes plugins. */
  public static class Builder {

    private String name = "";

    /** Its name. */
    public Builder name(String given) {
      this.name = given;
      return this;
    }

    /** A plugin of that name. */
    public Plugin build() {
      return new Plugin(name);
    }
  }

  /** A static field. */
  public static final Object shared = new Object();

  /** A field. */
  public int count;

  private final String name;

  /** A plugin. */
  public Plugin(String name) {
    this.name = name;
  }

  /** Builds one. */
  public static Builder builder() {
    return new Builder();
  }

  /** A static method. */
  public static int twice(int number) {
    return 2 * number;
  }

  /** Of several overloads. */
  public static String twice(String text) {
    return text + text;
  }

  /** A function of the plugin's. */
  public static IntBinaryOperator adder() {
    return (a, b) -> a + b;
  }

  /** A method. */
  public String name() {
    return name;
  }

  /** Calls Python, if the question is one of Python's. */
  public int asked(Question question) {
    return question.ask(41);
  }

  /** Throws. */
  public void fail() throws Failure {
    throw new Failure("as it was meant to");
  }
}
