package dev.vivarium.internal.thread;

import static dev.vivarium.internal.capi.CApi.C;

import dev.vivarium.internal.capi.Initialization;
import dev.vivarium.internal.capi.NewInterpreter;
import java.util.List;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.atomic.AtomicLong;
import java.util.function.Function;
import org.jspecify.annotations.Nullable;

/** The interpreters of the process: started, made, met, found by address and by id. */
public final class Interpreters {

  /** What all interpreters of the process share. */
  public record Setup(boolean tracing, Function<InterpreterState, Companion> companions) {}

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
            InterpreterState state =
                register(C.PyInterpreterState_Main(), true, host, first, shared);
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
          register(C.PyThreadState_GetInterpreter(first), false, host, first, requireSetup());
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
      long pointer, boolean isMain, @Nullable HostThread host, long first, Setup shared) {
    long id = C.PyInterpreterState_GetID(pointer);
    InterpreterState state =
        new InterpreterState(pointer, id, isMain, shared.tracing(), host, first);
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

  /** One of those known here, by id. */
  public static @Nullable InterpreterState known(long id) {
    return BY_ID.get(id);
  }

  /** Whether an interpreter with that id has been met, now or before. */
  public static boolean hasBeenSeen(long id) {
    return id >= 0 && id <= HIGHEST_ID.get();
  }

  /** One that Python code made, by id; attached to main. Null if there is none now. */
  public static @Nullable InterpreterState lookUp(long id) {
    long pointer = C.PyInterpreterState_LookUpID(id);
    if (pointer == 0) {
      C.PyErr_Clear();
      return null;
    }
    return of(pointer);
  }

  /** That of a live {@code PyInterpreterState*}: one that Python code made is met here. */
  static InterpreterState of(long pointer) {
    InterpreterState known = BY_POINTER.get(pointer);
    long id = C.PyInterpreterState_GetID(pointer);
    if (known != null && known.id() == id) {
      return known; // the id, since another may live where one has ended
    }
    return register(pointer, false, null, 0, requireSetup());
  }

  /** Whether the states of sub-interpreters are kept between calls, as those of main are. */
  public static boolean keepsSubinterpreterStates() {
    return GilStateSlot.isProven();
  }

  static void forget(InterpreterState state) {
    BY_ID.remove(state.id(), state);
    BY_POINTER.remove(state.pointer, state);
  }

  static InterpreterState requireMain() {
    InterpreterState started = main;
    if (started == null) {
      throw new IllegalStateException("Python is not started: call Python.start() first");
    }
    return started;
  }

  private static Setup requireSetup() {
    Setup shared = setup;
    if (shared == null) {
      throw new IllegalStateException("Python is not started: call Python.start() first");
    }
    return shared;
  }
}
