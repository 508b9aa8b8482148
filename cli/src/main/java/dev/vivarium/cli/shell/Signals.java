package dev.vivarium.cli.shell;

import java.lang.reflect.InvocationHandler;
import java.lang.reflect.Proxy;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.function.IntConsumer;
import org.jspecify.annotations.Nullable;

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

  /** Runs the action each time the process gets a signal, such as {@code WINCH}. */
  public static void onEach(String name, Runnable action) {
    Object ignored = handle(name, number -> action.run());
  }

  /**
   * Calls the action with the signal's number each time the process gets it.
   *
   * @param name such as {@code INT}
   * @return what was called before, for {@link #giveBack}; null where the JVM does not let go of
   *     that signal
   */
  @SuppressWarnings("ReferenceEquality") // a proxy has no other
  static @Nullable Object handle(String name, IntConsumer action) {
    InvocationHandler handler =
        (proxy, method, arguments) ->
            switch (method.getName()) {
              case "handle" -> {
                Object signal = arguments[0];
                action.accept((int) signal.getClass().getMethod("getNumber").invoke(signal));
                yield null;
              }
              case "hashCode" -> System.identityHashCode(proxy);
              case "equals" -> proxy == arguments[0];
              default -> name;
            };
    try {
      Class<?> type = Class.forName("sun.misc.SignalHandler");
      return giveBack(
          name,
          Proxy.newProxyInstance(Signals.class.getClassLoader(), new Class<?>[] {type}, handler));
    } catch (ClassNotFoundException e) {
      return stays(name, e);
    }
  }

  /** Has a signal call what {@link #handle} has given; gives what it has called before. */
  static @Nullable Object giveBack(String name, Object handler) {
    // By reflection: javac warns of sun.misc in a way that no annotation turns off
    try {
      Class<?> type = Class.forName("sun.misc.Signal");
      Class<?> handlerType = Class.forName("sun.misc.SignalHandler");
      return type.getMethod("handle", type, handlerType)
          .invoke(null, type.getConstructor(String.class).newInstance(name), handler);
    } catch (ReflectiveOperationException e) { // an exception of the method's, too
      return stays(name, e);
    }
  }

  private static @Nullable Object stays(String name, Exception why) {
    System.getLogger("dev.vivarium.cli")
        .log(System.Logger.Level.DEBUG, "signal " + name + " stays the JVM's", why);
    return null;
  }

  private static void handle(String name, int status, AtomicBoolean stopping, IntConsumer action) {
    Object ignored =
        handle(
            name,
            number -> {
              if (!stopping.compareAndSet(false, true)) {
                Runtime.getRuntime().halt(status);
              }
              action.accept(status);
            });
  }
}
