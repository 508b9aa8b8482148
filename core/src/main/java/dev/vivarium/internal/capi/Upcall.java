package dev.vivarium.internal.capi;

/**
 * What C calls in Java: with up to four integers or pointers, each as a long. What is behind C's
 * own arguments is not looked at, nor the upper half of an int. It gives a long, of which C takes
 * as much as it wants.
 */
@FunctionalInterface
public interface Upcall {

  /** C calls. What is thrown here reaches nobody: C gets 0. */
  long call(long first, long second, long third, long fourth);
}
