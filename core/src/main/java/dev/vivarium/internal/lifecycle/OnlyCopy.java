package dev.vivarium.internal.lifecycle;

import org.jspecify.annotations.Nullable;

/**
 * One process has one CPython, and one copy of these classes tends it: a copy in another class
 * loader, as a web application has after it was deployed anew, would find a CPython that it knows
 * nothing of.
 */
public final class OnlyCopy {

  // What all class loaders of a JVM see alike
  private static final String PROPERTY = "dev.vivarium.tended-by";

  private static final String MINE = describe(OnlyCopy.class.getClassLoader());

  private OnlyCopy() {}

  /**
   * Refuses where another copy tends the CPython.
   *
   * @throws IllegalStateException if another copy has started Python in this JVM, or has had it
   */
  public static void check() {
    Object tending = System.getProperties().get(PROPERTY);
    if (tending != null && !tending.equals(MINE)) {
      throw new IllegalStateException(
          "another copy of Vivarium has started Python in this JVM, loaded by "
              + tending
              + "; this one is loaded by "
              + MINE
              + ". One process has one CPython, also after it has been closed: have both use one"
              + " copy, by a class loader that is the parent of both (a server's shared libraries,"
              + " not those of one application)");
    }
  }

  /** As {@link #check}, and from then on another copy is refused. */
  public static void claim() {
    System.getProperties().putIfAbsent(PROPERTY, MINE);
    check();
  }

  private static String describe(@Nullable ClassLoader loader) {
    String name = loader == null ? null : loader.getName();
    return (name == null ? "" : "'" + name + "', ")
        + (loader == null ? "the boot loader" : loader.getClass().getName())
        + "@"
        + Integer.toHexString(System.identityHashCode(loader));
  }
}
