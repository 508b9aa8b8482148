package dev.vivarium.internal.mirror;

import org.jspecify.annotations.Nullable;

/** What is handed to Python otherwise than its Java class says. */
public sealed interface Passed {

  /** A new reference to a Python object, taken over. */
  record Made(long reference) implements Passed {}

  /** A Java value that is passed as a Java member's result is: by reference where it can be. */
  record ByReference(@Nullable Object value) implements Passed {}
}
