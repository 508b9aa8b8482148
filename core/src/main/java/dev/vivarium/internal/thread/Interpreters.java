package dev.vivarium.internal.thread;

import static dev.vivarium.internal.capi.CApi.C;

import dev.vivarium.internal.capi.Initialization;
import dev.vivarium.internal.thread.InterpreterState.Maker;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.atomic.AtomicLong;
import java.util.function.Consumer;
import java.util.function.Function;
import org.jspecify.annotations.Nullable;

/** The interpreters of the process: started, made, met, found by address and by id. */
public final class Interpreters {

  /** What all interpreters of the process share. */
  public record Setup(
      boolean tracing,
      Function<InterpreterState, Companion> companions,
      Duration logInterval,
      Consumer<Ending.Left> waiting) {}

  private static final ConcurrentHashMap<Long, InterpreterState> BY_POINTER =
      new ConcurrentHashMap<>();
  private static final ConcurrentHashMap<Long, InterpreterState> BY_ID = new ConcurrentHashMap<>();

  // Ids are given out in order, so one at or below this that is not live has ended
  private static final AtomicLong HIGHEST_ID = new AtomicLong();

  private static volatile @Nullable InterpreterState main;
  private static volatile @Nullable Setup setup;

  private Interpreters() {}

  /** Initialises Python on a thread of its own. Once a process. */
  public static InterpreterState start(Initialization.Settings settings, Setup shared) {
    OwnThread own = OwnThread.start("python-main");
    setup = shared;
    try {
      InterpreterState started =
          own.run(() -> {
            Initialization.initialize(settings);
            long first = C.PyThreadState_GetUnchecked();
            Proven.prove(C.PyInterpreterState_Main(), first);
            InterpreterState state =
                register(C.PyInterpreterState_Main(), Maker.LIBRARY, own, first, shared);
            Attaching.warmUp(first);
            C.PyEval_SaveThread();
            ThreadStates.withAttached(state, first, state::begin);
            return state;
          });
      main = started;
      Reaper.start();
      return started;
    } catch (RuntimeException | Error e) {
      own.stop();
      throw e;
    }
  }

  /**
   * Takes up the main interpreter of a Python that runs in this process already, and that its own
   * program ends. Once a process; with or without a thread state attached.
   *
   * @param exitTimeout how long Python's end waits for JVM threads
   * @param afterwards run when nothing is left of Python, on the thread that has ended it
   */
  public static InterpreterState attach(Setup shared, Duration exitTimeout, Runnable afterwards) {
    OwnThread tender = OwnThread.start("python-main");
    setup = shared;
    HostedEnd.prepare(exitTimeout, afterwards);
    try {
      InterpreterState met =
          ThreadStates.unattached(() -> tender.run(() -> attachHere(tender, shared)));
      main = met;
      Reaper.start();
      return met;
    } catch (RuntimeException | Error e) {
      tender.stop();
      throw e;
    }
  }

  private static InterpreterState attachHere(OwnThread tender, Setup shared) {
    long pointer = C.PyInterpreterState_Main();
    long first = C.PyThreadState_New(pointer);
    C.PyEval_RestoreThread(first);
    Proven.prove(pointer, first);
    InterpreterState state = register(pointer, Maker.PROGRAM, tender, first, shared);
    Attaching.warmUp(first);
    C.PyEval_SaveThread();
    ThreadStates.withAttached(state, first, state::begin);
    return state;
  }

  private static InterpreterState register(
      long pointer, Maker maker, @Nullable OwnThread own, long first, Setup shared) {
    return publish(prepare(pointer, maker, own, first, shared));
  }

  /** One that nobody can find yet. */
  static InterpreterState prepare(
      long pointer, Maker maker, @Nullable OwnThread own, long first, Setup shared) {
    long id = C.PyInterpreterState_GetID(pointer);
    InterpreterState state = new InterpreterState(pointer, id, maker, shared.tracing(), own, first);
    state.companion = shared.companions().apply(state);
    return state;
  }

  /** From now on it is found, unless another thread has met it first: then that one's. */
  static InterpreterState publish(InterpreterState state) {
    HIGHEST_ID.accumulateAndGet(state.id(), Math::max);
    InterpreterState before = BY_ID.putIfAbsent(state.id(), state);
    if (before != null) {
      return before;
    }
    try {
      BY_POINTER.put(state.pointer, state);
    } catch (Throwable t) {
      BY_ID.remove(state.id(), state);
      throw t;
    }
    return state;
  }

  /** The main interpreter, also once it has ended; null before a start. */
  public static @Nullable InterpreterState main() {
    return main;
  }

  /** Those that live now, main first. */
  static List<InterpreterState> living() {
    return BY_ID.values().stream()
        .sorted(java.util.Comparator.comparingLong(InterpreterState::id))
        .toList();
  }

  /** Those that live now and are ours to end, but for main. */
  public static List<InterpreterState> made() {
    return living().stream().filter(one -> one.isOurs() && !one.isMain()).toList();
  }

  /** One of those known here, by id. */
  public static @Nullable InterpreterState known(long id) {
    return BY_ID.get(id);
  }

  /** Whether an interpreter with that id has been met, now or before. */
  public static boolean hasBeenSeen(long id) {
    return id >= 0 && id <= HIGHEST_ID.get();
  }

  /**
   * Whether CPython has an interpreter with that id now, be it known here or not; attached. What it
   * is like cannot be asked: it may end at any moment.
   */
  public static boolean exists(long id) {
    if (C.PyInterpreterState_LookUpID(id) == 0) {
      C.PyErr_Clear();
      return false;
    }
    return true;
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
    InterpreterState inMain = requireMain();
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

  /** Whether an interpreter that lives has been made by this library, which ends it, too. */
  public static boolean isOurs(long id) {
    InterpreterState known = BY_ID.get(id);
    return known != null && known.isOurs();
  }

  /**
   * Python code attached to another interpreter has made this one and told nobody of it yet: so it
   * cannot end meanwhile.
   */
  public static void met(long id) {
    if (BY_ID.containsKey(id)) {
      return;
    }
    long pointer = C.PyInterpreterState_LookUpID(id);
    if (pointer == 0) {
      C.PyErr_Clear();
      return;
    }
    Attachment entered = ThreadStates.ensure(of(pointer), null); // hangs its door
    if (entered != null) {
      ThreadStates.endBody(entered, entered.depth());
    }
  }

  /** That of a live {@code PyInterpreterState*}: one that Python code made is met here. */
  static InterpreterState of(long pointer) {
    InterpreterState known = BY_POINTER.get(pointer);
    long id = C.PyInterpreterState_GetID(pointer);
    if (known != null && known.id() == id) {
      return known; // the id, since another may live where one has ended
    }
    return register(pointer, Maker.PYTHON, null, 0, requireSetup());
  }

  /** Whether the states of sub-interpreters are kept between calls, as those of main are. */
  public static boolean keepsSubinterpreterStates() {
    return Proven.slot().isProven();
  }

  // BY_POINTER keeps one that is not ours until another takes the place: what is told of its end
  // comes before the last finalizers, which may still call Java
  static void forget(InterpreterState state) {
    BY_ID.remove(state.id(), state);
    if (state.isOurs()) {
      BY_POINTER.remove(state.pointer, state);
    }
  }

  static InterpreterState requireMain() {
    InterpreterState started = main;
    if (started == null) {
      throw new IllegalStateException("Python is not started: call Python.start() first");
    }
    return started;
  }

  static Setup requireSetup() {
    Setup shared = setup;
    if (shared == null) {
      throw new IllegalStateException("Python is not started: call Python.start() first");
    }
    return shared;
  }
}
