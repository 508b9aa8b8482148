package dev.vivarium.internal.thread;

import java.lang.invoke.MethodHandle;
import java.lang.invoke.MethodHandles;
import java.lang.invoke.MethodType;
import java.time.Duration;

/**
 * The JVM's shutdown hooks at the end of a Python program. That program ends the process itself,
 * with a status that only it knows, so {@link System#exit} is not for this: the hooks are run as
 * {@code DestroyJavaVM} runs them, which ends nothing.
 */
public final class ShutdownHooks {

  private static final System.Logger LOG = System.getLogger("dev.vivarium");

  private ShutdownHooks() {}

  /** Runs them, and waits no longer than that. */
  public static Runnable within(Duration limit) {
    MethodHandle shutdown = find();
    return () -> run(shutdown, limit);
  }

  private static MethodHandle find() {
    try {
      Class<?> type = Class.forName("java.lang.Shutdown");
      return MethodHandles.privateLookupIn(type, MethodHandles.lookup())
          .findStatic(type, "shutdown", MethodType.methodType(void.class));
    } catch (ReflectiveOperationException e) {
      LOG.log(
          System.Logger.Level.WARNING,
          "Java's shutdown hooks will not run at the end of this Python program: the JVM was"
              + " started without --add-opens=java.base/java.lang=ALL-UNNAMED");
      return MethodHandles.empty(MethodType.methodType(void.class));
    }
  }

  private static void run(MethodHandle shutdown, Duration limit) {
    Thread hooks =
        Thread.ofPlatform()
            .daemon()
            .name("shutdown-hooks")
            .start(() -> {
              try {
                shutdown.invokeExact();
              } catch (Throwable t) {
                LOG.log(System.Logger.Level.WARNING, "in a shutdown hook", t);
              }
            });
    try {
      if (!hooks.join(limit)) {
        LOG.log(System.Logger.Level.WARNING, "shutdown hooks took longer than " + limit);
      }
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    }
  }
}
