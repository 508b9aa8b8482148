package dev.vivarium.cli.shell;

import dev.vivarium.Interpreter;
import dev.vivarium.InterpreterClosedException;
import dev.vivarium.PyObject;
import dev.vivarium.PythonException;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.TimeUnit;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;

/**
 * The signals of a Python program on Python's main thread: its handlers run there at once, out of
 * whatever it waits for ({@code signals.py}). Made and closed there; the JVM hears a signal on
 * threads of its own, and one of ours, which may wait for the GIL, tells Python.
 */
public final class ProgramSignals implements AutoCloseable {

  private static final List<String> ORDERLY = List.of("INT", "TERM", "HUP"); // as in signals.py

  private static final int INTERRUPT = 2; // SIGINT, everywhere
  private static final int EXIT = 0; // no signal's number

  // While the main thread is not heard of: it may have begun to wait just after its nudge
  private static final long FIRST_LOOK_MILLIS = 5;
  private static final long LAST_LOOK_MILLIS = 1000;

  private static final Duration EXITING = Duration.ofMillis(300);

  private final Interpreter main;
  private final PyObject helper;
  private final Runnable onInterrupt;
  private final Map<String, Object> jvms = new ConcurrentHashMap<>(); // what the JVM does by itself
  private final BlockingQueue<Integer> heard = new LinkedBlockingQueue<>();
  private final CountDownLatch told = new CountDownLatch(1);
  private final Thread forwarding =
      Thread.ofPlatform().daemon().name("python-signals").unstarted(this::forward);
  private final Thread hook = new Thread(this::tellOfExit, "python-signals-exit");
  private volatile boolean over;
  private volatile boolean exiting;

  private ProgramSignals(Interpreter main, @Nullable Runnable onInterrupt) {
    this.main = main;
    this.onInterrupt = onInterrupt == null ? this::interrupt : onInterrupt;
    this.helper = PythonResource.load(main, ProgramSignals.class, "signals.py");
  }

  /**
   * On Python's main thread: from now on Ctrl-C is a {@code KeyboardInterrupt} there, and {@code
   * signal.signal} works.
   *
   * @param onInterrupt run at each Ctrl-C, to {@link #interrupt} the program or do something else;
   *     null to interrupt it
   */
  public static ProgramSignals begin(Interpreter main, @Nullable Runnable onInterrupt) {
    ProgramSignals signals = new ProgramSignals(main, onInterrupt);
    ORDERLY.forEach(signals::remember);
    return signals.begin();
  }

  /**
   * As {@link #begin(Interpreter, Runnable)}, of a child of {@code multiprocessing}: a signal that
   * the program does not handle ends it as any process, since the parent looks which one it was.
   */
  public static ProgramSignals beginChild(Interpreter main) {
    return new ProgramSignals(main, null).begin();
  }

  private ProgramSignals begin() {
    Consumer<String> hear = this::hear;
    Consumer<String> giveBack = this::giveBack;
    helper.callMethod("begin", hear, giveBack).close();
    forwarding.start();
    try {
      Runtime.getRuntime().addShutdownHook(hook);
    } catch (IllegalStateException e) {
      exiting = true; // the process ends already
    }
    return this;
  }

  /** Whether the process ends, which interrupts the program: nothing to be reported. */
  public boolean isExiting() {
    return exiting;
  }

  /** As Ctrl-C, from any thread; does not wait for it. */
  public void interrupt() {
    heard.add(INTERRUPT);
  }

  private void hear(String name) {
    // Where the JVM refuses, CPython's own handler runs where the kernel likes
    Object ignored =
        Signals.handle(
            name,
            number -> {
              if (number == INTERRUPT) {
                onInterrupt.run();
              } else {
                heard.add(number);
              }
            });
  }

  private void giveBack(String name) {
    Object before = jvms.get(name);
    if (before != null) {
      Object ignored = Signals.giveBack(name, before);
    }
  }

  // Before Python takes them, after which the JVM takes what is there for its own
  private void remember(String name) {
    Object before = Signals.handle(name, heard::add);
    if (before != null) {
      jvms.put(name, before);
      Object ignored = Signals.giveBack(name, before);
    }
  }

  private void forward() {
    Integer next = null;
    while (!over) {
      try {
        int number = next != null ? next : heard.take();
        next = deliver(number);
      } catch (InterpreterClosedException e) {
        over = true;
        return;
      } catch (InterruptedException | RuntimeException e) {
        next = null; // an exception of Python's where the program has changed what is called here
      }
    }
  }

  /** Until the main thread has heard of it, or there is another; gives that one. */
  private @Nullable Integer deliver(int number) throws InterruptedException {
    int asked = number == EXIT ? call("interrupt_to_exit") : call("raise_signal", number);
    if (number == EXIT) {
      told.countDown();
    }
    for (long look = FIRST_LOOK_MILLIS; look < LAST_LOOK_MILLIS; look *= 2) {
      Integer next = heard.poll(look, TimeUnit.MILLISECONDS);
      if (next != null || call("is_heard", asked) != 0) {
        return next;
      }
    }
    return null;
  }

  private int call(String function, Object... arguments) {
    return main.call(in -> {
      try (PyObject result = helper.callMethod(function, arguments)) {
        return result.isNone() ? 0 : result.asInt();
      }
    });
  }

  private void tellOfExit() {
    exiting = true;
    if (over) {
      return;
    }
    heard.add(EXIT);
    try {
      boolean ignored = told.await(EXITING.toMillis(), TimeUnit.MILLISECONDS);
    } catch (InterruptedException e) {
      // Nobody has a reason to
    }
  }

  /** On Python's main thread: Ctrl-C is the JVM's again. */
  @Override
  public void close() {
    over = true;
    forwarding.interrupt();
    try {
      Runtime.getRuntime().removeShutdownHook(hook);
    } catch (IllegalStateException e) {
      // It has begun
    }
    try {
      helper.callMethod("end").close();
    } catch (PythonException e) { // of a Ctrl-C that comes late
      helper.callMethod("end").close();
    }
    helper.close();
  }
}
