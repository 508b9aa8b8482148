package dev.vivarium.internal.capi;

import java.lang.invoke.MethodType;

/**
 * What C calls in Java: with up to four integers or pointers, each as a long. What is behind C's
 * own arguments is not looked at, nor the upper half of an int. It gives a long, of which C takes
 * as much as it wants.
 */
@FunctionalInterface
public interface Upcall {

  /** Of a method handle that C calls. */
  MethodType TYPE =
      MethodType.methodType(long.class, long.class, long.class, long.class, long.class);

  /**
   * C calls. What may go wrong is to be caught here, and told as C wants it. As a last resort C
   * gets 0, which means success to some.
   */
  long call(long first, long second, long third, long fourth);
}
