package dev.vivarium.cli.shell;

import java.lang.reflect.InvocationHandler;
import java.lang.reflect.Proxy;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.function.IntConsumer;

/**
 * Ctrl-C and {@code kill}, told to a command that wants to stop in order. A second one halts the
 * process. A signal that the process was started to ignore stays ignored.
 */
public final class Signals {

  private Signals() {}

  /**
   * Calls the action with the status to exit with, 130 or 143, on the first signal of both kinds.
   * On a JVM without {@code sun.misc.Signal} signals stay the JVM's.
   */
  public static void onStop(IntConsumer action) {
    AtomicBoolean stopping = new AtomicBoolean();
    handle("INT", ExitStatus.INTERRUPTED, stopping, action);
    handle("TERM", ExitStatus.TERMINATED, stopping, action);
  }

  /** The same for Ctrl-C alone. */
  public static void onInterrupt(IntConsumer action) {
    handle("INT", ExitStatus.INTERRUPTED, new AtomicBoolean(), action);
  }

  // By reflection: javac warns of sun.misc in a way that no annotation turns off
  private static void handle(String name, int status, AtomicBoolean stopping, IntConsumer action) {
    InvocationHandler handler =
        (proxy, method, arguments) -> {
          if (method.getName().equals("handle")) {
            if (!stopping.compareAndSet(false, true)) {
              Runtime.getRuntime().halt(status);
            }
            action.accept(status);
          }
          return null;
        };
    try {
      Class<?> signal = Class.forName("sun.misc.Signal");
      Class<?> handlerType = Class.forName("sun.misc.SignalHandler");
      Object proxy =
          Proxy.newProxyInstance(
              Signals.class.getClassLoader(), new Class<?>[] {handlerType}, handler);
      signal
          .getMethod("handle", signal, handlerType)
          .invoke(null, signal.getConstructor(String.class).newInstance(name), proxy);
    } catch (ReflectiveOperationException e) {
      System.getLogger("dev.vivarium.cli")
          .log(System.Logger.Level.DEBUG, "signal " + name + " stays the JVM's", e);
    }
  }
}
