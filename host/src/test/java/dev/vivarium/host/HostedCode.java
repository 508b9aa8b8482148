package dev.vivarium.host;

import dev.vivarium.Interpreter;
import dev.vivarium.InterpreterClosedException;
import dev.vivarium.InterpreterGuard;
import dev.vivarium.InterpreterView;
import dev.vivarium.PyObject;
import dev.vivarium.Python;
import dev.vivarium.PythonException;
import dev.vivarium.ThreadState;
import java.util.List;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.function.BinaryOperator;
import java.util.function.IntConsumer;
import javax.script.ScriptEngine;
import javax.script.ScriptEngineManager;

/** The Java side of the tests' Python programs. */
public final class HostedCode {

  private static final AtomicInteger FINALS = new AtomicInteger();
  private static final List<InterpreterGuard> GUARDS = new CopyOnWriteArrayList<>();

  private HostedCode() {}

  public static void main(String[] arguments) {
    System.out.println("main(" + String.join(", ", arguments) + ")");
  }

  public static String fold(BinaryOperator<Object> function, int[] items) {
    Object folded = items[0];
    for (int i = 1; i < items.length; i++) {
      folded = function.apply(folded, items[i]);
    }
    return folded.toString();
  }

  public static PyObject same(PyObject object) {
    return object;
  }

  public static String kind(long value) {
    return "long";
  }

  public static String kind(String value) {
    return "String";
  }

  public static String kind(double value) {
    return "double";
  }

  /** Ends by a StackOverflowError. */
  public static int deep(int depth) {
    return depth + deep(depth + 1);
  }

  public static void fail() {
    throw new IllegalStateException("thrown by Java");
  }

  /** In place of Vivarium's own: attaches to nothing, and leaves that to a script engine. */
  @SuppressWarnings("unused") // through JNI
  static void attach(String module, long exitTimeoutMillis, String javaPackages) throws Exception {
    try {
      Python.start().close();
    } catch (IllegalStateException e) {
      say(e.getMessage());
    }
    scripts();
  }

  /** Engines of both kinds. */
  public static void scripts() throws Exception {
    ScriptEngineManager engines = new ScriptEngineManager();
    ScriptEngine main = engines.getEngineByName("python-main");
    main.eval("import __main__; __main__.scripted = getattr(__main__, 'answer', 0) + 1");
    main.eval("print('printed by a script')");
    ScriptEngine own = engines.getEngineByName("python");
    say("of its own: " + own.eval("6 * 7"));
    ((AutoCloseable) own).close();
  }

  /** An implicit null check, which the JVM does by SIGSEGV once the method is compiled. */
  public static int nullPointers() {
    int caught = 0;
    Object[] none = {null};
    for (int i = 0; i < 200_000; i++) {
      try {
        none[i & 0].hashCode();
      } catch (NullPointerException e) {
        caught++;
      }
    }
    return caught;
  }

  public static void exit(int status) {
    System.exit(status);
  }

  /** A callback that exits. */
  public static IntConsumer exiting() {
    return System::exit;
  }

  public static void hook() {
    Runtime.getRuntime().addShutdownHook(new Thread(() -> say("hook has run")));
  }

  /** Daemon threads come and go, and stay, in Python until it ends. */
  public static void inside(int threads) throws InterruptedException {
    InterpreterView main = Python.attachToHost().main().view();
    CountDownLatch inside = new CountDownLatch(threads);
    for (int i = 0; i < threads; i++) {
      int kind = i % 4;
      daemon("inside-" + i, () -> comeAndGo(main, kind, inside));
    }
    inside.await();
    // Runs when Python has ended: all have left it by then, and the last is on its way to its
    // finally
    Runtime.getRuntime().addShutdownHook(new Thread(() -> sayFinals(threads)));
  }

  private static void sayFinals(int threads) {
    long end = System.nanoTime() + 5_000_000_000L;
    while (FINALS.get() < threads && System.nanoTime() < end) {
      Thread.onSpinWait();
    }
    say(FINALS.get() + " of " + threads + " have run their finally");
  }

  private static void comeAndGo(InterpreterView main, int kind, CountDownLatch inside) {
    boolean first = true;
    try {
      while (true) {
        try (ThreadState entered = ThreadState.ensure(main)) {
          if (first) {
            first = false;
            inside.countDown();
          }
          switch (kind) {
            case 0 -> entered.interpreter().exec("while True: pass");
            case 1 ->
                entered.interpreter().exec("import time\nfor i in range(99): time.sleep(.001)");
            case 2 -> entered.interpreter().eval("sum(range(1000))").close();
            default -> entered.runDetached(() -> Thread.sleep(1));
          }
        }
      }
    } catch (InterpreterClosedException | PythonException | InterruptedException e) {
      // The end of Python, as a thread meets it
    } finally {
      FINALS.incrementAndGet();
    }
  }

  /** A thread that is no daemon and works in Python for a while. */
  public static void works() throws InterruptedException {
    InterpreterView main = Python.attachToHost().main().view();
    CountDownLatch inside = new CountDownLatch(1);
    Thread.ofPlatform()
        .start(() -> {
          try (ThreadState entered = ThreadState.ensure(main)) {
            inside.countDown();
            entered.interpreter().exec("import time\nfor i in range(300): time.sleep(.001)");
            say("worked to the end");
          }
        });
    inside.await();
  }

  /**
   * A guard, closed a moment later on another thread, or never. That thread is no daemon: Python's
   * end would interrupt one.
   */
  public static void guard(boolean close) {
    InterpreterGuard guard = Python.attachToHost().main().guard();
    if (close) {
      Thread.ofPlatform()
          .name("closes")
          .start(() -> {
            while (!refuses(guard.view())) {
              Thread.onSpinWait();
            }
            try (ThreadState entered = ThreadState.ensure(guard)) {
              say("still open: " + entered.interpreter().eval("6 * 7"));
            }
            guard.close();
          });
    }
  }

  /**
   * A thread in Python code that is no daemon, or a guard on main or on a sub-interpreter, for
   * ever; and word of it when Python's end waits for that.
   */
  public static void stays(String what) throws InterruptedException {
    Interpreter main = Python.attachToHost().main();
    if (what.equals("thread")) {
      CountDownLatch inside = new CountDownLatch(1);
      Thread.ofPlatform()
          .start(() -> {
            try (ThreadState entered = ThreadState.ensure(main.view())) {
              inside.countDown();
              entered.interpreter().exec("import time\nwhile True: time.sleep(.001)");
            } finally {
              say("has left");
            }
          });
      inside.await();
    } else {
      Interpreter guarded = what.equals("sub") ? Python.attachToHost().newInterpreter() : main;
      GUARDS.add(guarded.guard());
    }
    Thread.ofPlatform()
        .daemon()
        .start(() -> {
          while (!refuses(main.view())) {
            Thread.onSpinWait();
          }
          say("the exit waits");
        });
  }

  private static boolean refuses(InterpreterView view) {
    try {
      view.guard().close();
      return false;
    } catch (InterpreterClosedException e) {
      return true;
    }
  }

  /** A daemon thread that sleeps in Python, where no interrupt reaches it. */
  public static void sleeps() throws InterruptedException {
    InterpreterView main = Python.attachToHost().main().view();
    CountDownLatch inside = new CountDownLatch(1);
    daemon(
        "sleeps",
        () -> {
          try (ThreadState entered = ThreadState.ensure(main)) {
            // called from here, without Python code around it that could be interrupted first
            PyObject sleep = entered.interpreter().eval("__import__('time').sleep");
            inside.countDown();
            sleep.call(3600);
          }
        });
    inside.await();
  }

  /** Interpreters that Java makes in a Python program, and leaves to its end. */
  public static int interpreters() {
    int sum = 0;
    for (int i = 0; i < 2; i++) {
      sum +=
          Python.attachToHost()
              .newInterpreter()
              .<Integer, RuntimeException>call(in -> {
                in.exec("import atexit; atexit.register(print, 'a sub-interpreter has ended')");
                return in.eval("21").asInt();
              });
    }
    return sum;
  }

  private static void daemon(String name, Runnable body) {
    Thread.ofPlatform().daemon().name(name).start(body);
  }

  private static void say(String text) {
    System.out.println(text);
    System.out.flush();
  }
}
