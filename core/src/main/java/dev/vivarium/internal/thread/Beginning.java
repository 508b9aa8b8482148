package dev.vivarium.internal.thread;

import static dev.vivarium.internal.capi.CApi.C;

import dev.vivarium.internal.capi.Initialization;
import dev.vivarium.internal.thread.InterpreterState.Maker;
import dev.vivarium.internal.thread.InterpreterState.Threads;
import dev.vivarium.internal.thread.Interpreters.Setup;
import java.time.Duration;
import java.util.function.Consumer;

/**
 * How interpreters come to be here that {@link Creation} has not made: main, started or found
 * running, and those of Python code.
 */
public final class Beginning {

  private static final String TENDER = "python-tender";

  private Beginning() {}

  /**
   * Initialises Python on a thread of its own, which is Python's main thread from then on. Another
   * one tends main. Once a process.
   */
  public static InterpreterState start(Initialization.Settings settings, Setup shared) {
    OwnThread tender = new OwnThread(TENDER);
    OwnThread mainThread = OwnThread.start("python-main", MainThread.STACK_BYTES);
    try {
      tender.start();
      Interpreters.setUp(shared, LastMoment::watch);
      InterpreterState started =
          mainThread.run(() -> {
            Initialization.initialize(settings);
            return beginHere(mainThread, tender, shared);
          });
      Interpreters.setMain(started);
      startReaper();
      return started;
    } catch (RuntimeException | Error e) {
      tender.stop();
      mainThread.stop();
      throw e;
    }
  }

  private static InterpreterState beginHere(OwnThread mainThread, OwnThread tender, Setup shared) {
    long pointer = C.PyInterpreterState_Main();
    long first = C.PyThreadState_GetUnchecked();
    Proven.prove(pointer, first);
    long tending = tender.run(() -> Attaching.newState(pointer)); // which takes no GIL
    InterpreterState state =
        Interpreters.register(
            pointer, Maker.LIBRARY, new Threads(tender, tending, mainThread, first), shared);
    Attaching.warmUp(first);
    C.PyEval_SaveThread();
    ThreadStates.withAttached(state, first, state::begin);
    // What runs here is in the state that CPython takes for the main thread's
    JavaThread.current().in(state).kept = first;
    return state;
  }

  /**
   * Takes up the main interpreter of a Python that runs in this process already, and that its own
   * program ends. Once a process; with or without a thread state attached.
   *
   * @param exitTimeout how long Python's end waits for JVM threads
   * @param afterwards run when nothing is left of Python, on the thread that has ended it
   */
  public static InterpreterState attach(Setup shared, Duration exitTimeout, Runnable afterwards) {
    OwnThread tender = OwnThread.start(TENDER);
    Interpreters.setUp(shared, LastMoment::watch);
    HostedEnd.prepare(exitTimeout, afterwards);
    try {
      InterpreterState met =
          ThreadStates.unattached(() -> tender.run(() -> attachHere(tender, shared)));
      Interpreters.setMain(met);
      startReaper();
      return met;
    } catch (RuntimeException | Error e) {
      tender.stop();
      throw e;
    }
  }

  private static void startReaper() {
    ReaperThread.start(new Tend());
  }

  // No lambda: its first time may be one with a full heap
  private static final class Tend implements Runnable, Consumer<InterpreterState> {

    @Override
    public void run() {
      Reaper.tendAll(this);
    }

    @Override
    public void accept(InterpreterState interpreter) {
      Ending.endIfAbandoned(interpreter);
    }
  }

  private static InterpreterState attachHere(OwnThread tender, Setup shared) {
    long pointer = C.PyInterpreterState_Main();
    long first = C.PyThreadState_New(pointer);
    C.PyEval_RestoreThread(first);
    Proven.prove(pointer, first);
    InterpreterState state =
        Interpreters.register(pointer, Maker.PROGRAM, Threads.tended(tender, first), shared);
    Attaching.warmUp(first);
    C.PyEval_SaveThread();
    ThreadStates.withAttached(state, first, state::begin);
    return state;
  }

  /** What makes an interpreter in Python code, and is called by {@link #making}. */
  @FunctionalInterface
  public interface Making {
    void call(Runnable body);
  }

  /**
   * On a thread of Python code that makes an interpreter: main does not end until it is made.
   *
   * @throws IllegalStateException if main is closing: none is made any more
   */
  public static void making(Runnable body) {
    InterpreterState inMain = Interpreters.requireMain();
    Membership membership = JavaThread.current().in(inMain);
    if (!Attaching.admit(membership, null)) {
      throw noneIsMade();
    }
    try {
      if (!inMain.gate().isOpen()) { // the thread was inside before, by this very call into Java
        throw noneIsMade();
      }
      body.run();
    } finally {
      Attaching.dismiss(membership);
    }
  }

  private static IllegalStateException noneIsMade() {
    return new IllegalStateException(
        "the main interpreter is closing: no interpreter can be made any more");
  }

  /**
   * Python code attached to another interpreter has made this one and told nobody of it yet: so it
   * cannot end meanwhile.
   */
  public static void met(long id) {
    if (Interpreters.known(id) != null) {
      return;
    }
    long pointer = C.PyInterpreterState_LookUpID(id);
    if (pointer == 0) {
      C.PyErr_Clear();
      return;
    }
    Attachment entered = ThreadStates.ensure(Interpreters.of(pointer), null); // hangs its door
    if (entered != null) {
      ThreadStates.endBody(entered, entered.depth());
    }
  }
}
