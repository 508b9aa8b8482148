package dev.vivarium.internal.thread;

import static dev.vivarium.internal.capi.CApi.C;

import dev.vivarium.internal.capi.Initialization;
import dev.vivarium.internal.capi.NewInterpreter;
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
    HostThread host = new HostThread("python-main");
    setup = shared;
    try {
      InterpreterState started =
          host.run(() -> {
            Initialization.initialize(settings);
            long first = C.PyThreadState_GetUnchecked();
            GilStateSlot.prove(C.PyInterpreterState_Main(), first);
            StackLimit.prove(first);
            InterpreterState state =
                register(C.PyInterpreterState_Main(), true, true, host, first, shared);
            C.PyEval_SaveThread();
            ThreadStates.hosted(state, first, state::begin);
            return state;
          });
      main = started;
      Reaper.start();
      return started;
    } catch (RuntimeException | Error e) {
      host.stop();
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
    HostThread tender = new HostThread("python-main");
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

  private static InterpreterState attachHere(HostThread tender, Setup shared) {
    long pointer = C.PyInterpreterState_Main();
    long first = C.PyThreadState_New(pointer);
    C.PyEval_RestoreThread(first);
    GilStateSlot.prove(pointer, first);
    StackLimit.prove(first);
    InterpreterState state = register(pointer, true, false, tender, first, shared);
    C.PyEval_SaveThread();
    ThreadStates.hosted(state, first, state::begin);
    return state;
  }

  /**
   * Makes an interpreter on a thread of its own.
   *
   * @return null if the main interpreter is closing or closed
   */
  public static @Nullable InterpreterState create(NewInterpreter.Config config) {
    return ThreadStates.unattached(() -> {
      HostThread host = new HostThread("python-interpreter");
      InterpreterState made = null;
      try {
        made = host.run(() -> createHere(host, config));
      } finally {
        if (made == null) {
          host.stop();
        }
      }
      return made;
    });
  }

  private static @Nullable InterpreterState createHere(
      HostThread host, NewInterpreter.Config config) {
    InterpreterState parent = requireMain();
    Membership membership = JavaThread.current().in(parent);
    if (!parent.gate().enter(membership)) {
      return null;
    }
    long helper = C.PyThreadState_New(parent.pointer);
    C.PyEval_RestoreThread(helper);
    InterpreterState made = null;
    try {
      long first = NewInterpreter.create(config);
      InterpreterState state =
          register(C.PyThreadState_GetInterpreter(first), false, true, host, first, requireSetup());
      C.PyEval_SaveThread();
      ThreadStates.hosted(state, first, state::begin);
      C.PyEval_RestoreThread(helper);
      made = state;
    } finally {
      C.PyThreadState_Clear(helper);
      C.PyThreadState_DeleteCurrent();
      parent.gate().leave(membership);
    }
    return made;
  }

  private static InterpreterState register(
      long pointer,
      boolean isMain,
      boolean ours,
      @Nullable HostThread host,
      long first,
      Setup shared) {
    long id = C.PyInterpreterState_GetID(pointer);
    InterpreterState state =
        new InterpreterState(pointer, id, isMain, shared.tracing(), ours, host, first);
    state.companion = shared.companions().apply(state);
    HIGHEST_ID.accumulateAndGet(id, Math::max);
    InterpreterState before = BY_ID.putIfAbsent(id, state);
    if (before != null) {
      return before;
    }
    BY_POINTER.put(pointer, state);
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
    return living().stream().filter(one -> one.ours && !one.isMain()).toList();
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
    Attachment entered = ThreadStates.ensureReady(of(pointer)); // hangs its door
    if (entered != null) {
      ThreadStates.release(entered, entered.depth());
    }
  }

  /** That of a live {@code PyInterpreterState*}: one that Python code made is met here. */
  static InterpreterState of(long pointer) {
    InterpreterState known = BY_POINTER.get(pointer);
    long id = C.PyInterpreterState_GetID(pointer);
    if (known != null && known.id() == id) {
      return known; // the id, since another may live where one has ended
    }
    return register(pointer, false, false, null, 0, requireSetup());
  }

  /** Whether the states of sub-interpreters are kept between calls, as those of main are. */
  public static boolean keepsSubinterpreterStates() {
    return GilStateSlot.isProven();
  }

  // BY_POINTER keeps it until another takes the place: the last finalizers may still call Java
  static void forget(InterpreterState state) {
    BY_ID.remove(state.id(), state);
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
