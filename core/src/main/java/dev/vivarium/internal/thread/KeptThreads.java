package dev.vivarium.internal.thread;

/**
 * Threads that native code has started and keeps, such as a library's pool. One that has called
 * Java once is attached to the JVM for the rest of its life, and when the JVM has ended, it can
 * neither run Java nor end itself.
 */
public final class KeptThreads {

  private KeptThreads() {}

  /** Whether there are any. */
  public static boolean exist() {
    return Thread.getAllStackTraces().entrySet().stream()
        .anyMatch(entry -> isNative(entry.getKey(), entry.getValue()));
  }

  // An upcall attaches its thread as a daemon in the main thread's group
  private static boolean isNative(Thread thread, StackTraceElement[] stack) {
    ThreadGroup group = thread.getThreadGroup();
    return thread.isDaemon()
        && group != null
        && group.getParent() != null
        && (stack.length == 0 || !isRun(stack[stack.length - 1], thread.getClass()));
  }

  /** Whether that is where a thread begins that Java has started. */
  private static boolean isRun(StackTraceElement frame, Class<?> type) {
    return frame.getMethodName().equals("run")
        && (frame.getClassName().equals(type.getName())
            || (type.getSuperclass() != null && isRun(frame, type.getSuperclass())));
  }
}
