package dev.vivarium.internal.lifecycle;

/**
 * Threads that serve the library for long: daemons that hold nothing of whoever had them started,
 * whose class loader may be meant to go.
 */
public final class ServiceThread {

  private ServiceThread() {}

  /** Whether a thread is one of these, by what they are called. */
  static boolean isOne(Thread thread) {
    return thread.isDaemon() && thread.getName().startsWith("python-");
  }

  /** One that is not started yet. */
  public static Thread named(String name, Runnable body) {
    Thread made =
        Thread.ofPlatform()
            .daemon()
            .name(name)
            .inheritInheritableThreadLocals(false)
            .unstarted(body);
    letGo(made);
    return made;
  }

  /** For a thread of another make. */
  public static void letGo(Thread thread) {
    thread.setContextClassLoader(ServiceThread.class.getClassLoader());
  }
}
