package dev.vivarium.internal.thread;

/**
 * A thread state that a body has left open: it has been released, and the body's caller is told.
 */
public final class Forgotten {

  private Forgotten() {}

  /** After a body that has returned. */
  public static void refuse(boolean any, String body) {
    if (any) {
      throw new IllegalStateException(
          body + " left a thread state open; it has been released: close each where it is ensured");
    }
  }

  /** After a body that has thrown, which is what its caller gets. */
  public static void tell(boolean any, Throwable thrown) {
    if (any) {
      thrown.addSuppressed(
          new IllegalStateException("a thread state was left open; it has been released"));
    }
  }
}
