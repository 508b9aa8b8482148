package dev.vivarium.internal.thread;

import static dev.vivarium.internal.capi.CApi.C;

import dev.vivarium.internal.thread.InterpreterState.Maker;
import dev.vivarium.internal.thread.InterpreterState.Threads;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Comparator;
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
      Consumer<Left> waiting) {}

  private record Begun(Setup setup, Consumer<InterpreterState> watchEnd) {}

  private static final ConcurrentHashMap<Long, InterpreterState> BY_POINTER =
      new ConcurrentHashMap<>();
  private static final ConcurrentHashMap<Long, InterpreterState> BY_ID = new ConcurrentHashMap<>();

  // Ids are given out in order, so one at or below this that is not live has ended
  private static final AtomicLong HIGHEST_ID = new AtomicLong();

  private static volatile @Nullable InterpreterState main;
  private static volatile @Nullable Begun begun;

  private Interpreters() {}

  /** Before any is registered. */
  static void setUp(Setup shared, Consumer<InterpreterState> watchEnd) {
    begun = new Begun(shared, watchEnd);
  }

  static void setMain(InterpreterState started) {
    main = started;
  }

  static InterpreterState register(long pointer, Maker maker, Threads threads, Setup shared) {
    return publish(prepare(pointer, maker, threads, shared));
  }

  /** One that nobody can find yet. */
  static InterpreterState prepare(long pointer, Maker maker, Threads threads, Setup shared) {
    long id = C.PyInterpreterState_GetID(pointer);
    InterpreterState state =
        new InterpreterState(
            pointer, id, maker, shared.tracing(), threads, requireBegun().watchEnd());
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

  private static final class ById implements Comparator<InterpreterState> {
    @Override
    public int compare(InterpreterState one, InterpreterState other) {
      return Long.compare(one.id(), other.id());
    }
  }

  /** Those that live now, main first. */
  public static List<InterpreterState> living() {
    List<InterpreterState> living = new ArrayList<>(BY_ID.values());
    living.sort(new ById());
    return living;
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

  /** Whether an interpreter that lives has been made by this library, which ends it, too. */
  public static boolean isOurs(long id) {
    InterpreterState known = BY_ID.get(id);
    return known != null && known.isOurs();
  }

  /** That of a live {@code PyInterpreterState*}: one that Python code made is met here. */
  static InterpreterState of(long pointer) {
    InterpreterState known = BY_POINTER.get(pointer);
    long id = C.PyInterpreterState_GetID(pointer);
    if (known != null && known.id() == id) {
      return known; // the id, since another may live where one has ended
    }
    return register(pointer, Maker.PYTHON, Threads.NONE, requireSetup());
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
    return requireBegun().setup();
  }

  private static Begun requireBegun() {
    Begun now = begun;
    if (now == null) {
      throw new IllegalStateException("Python is not started: call Python.start() first");
    }
    return now;
  }
}
