package dev.vivarium.internal.thread;

import static dev.vivarium.internal.capi.CApi.C;

import dev.vivarium.internal.capi.NewInterpreter;
import dev.vivarium.internal.lifecycle.Deadline;
import dev.vivarium.internal.lifecycle.NoThrow;
import dev.vivarium.internal.thread.InterpreterState.Maker;
import dev.vivarium.internal.thread.InterpreterState.Threads;
import java.util.concurrent.locks.LockSupport;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;

/**
 * The making of one interpreter, on the thread that will tend and end it. Where what comes after
 * CPython's own part fails, for want of memory mostly, the caller hears of it, and that thread ends
 * what there is by itself, as soon as it can.
 */
public final class Creation {

  private static final long TRY_AGAIN_NANOS = 50_000_000L;

  private final NewInterpreter.Config config;
  private final OwnThread own;

  // CPython's part, done so far: all read and written on that thread
  private long helper; // a state of main's
  private boolean helperGoes;
  private final long[] first = {0};
  private boolean firstGoes;
  private volatile @Nullable InterpreterState made; // read by the caller too
  private boolean begun;

  // Whoever ordered it has stopped waiting, by an error
  private volatile boolean unwanted;

  // Main cannot end while there is one, and whoever closes main sees what is made meanwhile
  private @Nullable Membership inMain;

  private Creation(NewInterpreter.Config config, OwnThread own) {
    this.config = config;
    this.own = own;
  }

  /**
   * Makes an interpreter on a thread of its own.
   *
   * @return null if the main interpreter is closing or closed
   */
  public static @Nullable InterpreterState create(NewInterpreter.Config config) {
    Creation creation = new Creation(config, new OwnThread("python-interpreter"));
    return ThreadStates.unattached(creation.new Order());
  }

  private final class Order implements Supplier<@Nullable InterpreterState> {
    @Override
    public @Nullable InterpreterState get() {
      OwnThread.Task<@Nullable InterpreterState> making = own.submit(new Make(), new Finish());
      boolean handedOver = false;
      try {
        own.start(); // what has failed before has made nothing
        making.await(Deadline.NONE);
        InterpreterState state = making.outcome();
        handedOver = true;
        return state;
      } finally {
        if (!handedOver) {
          leaveToReaper();
        }
      }
    }
  }

  // Here and after it is made, each with the other's store before its look: one of them sees it
  @NoThrow
  private void leaveToReaper() {
    unwanted = true;
    abandonIfUnwanted();
  }

  @NoThrow
  private void abandonIfUnwanted() {
    InterpreterState state = made;
    if (unwanted && state != null) {
      state.abandon();
    }
  }

  private final class Make implements OwnThread.Body<@Nullable InterpreterState> {
    @Override
    public @Nullable InterpreterState run(OwnThread.Task<@Nullable InterpreterState> task) {
      return make();
    }
  }

  private final class Finish implements Runnable {
    @Override
    public void run() {
      finish();
    }
  }

  private record Begin(InterpreterState state) implements Runnable {
    @Override
    public void run() {
      state.begin();
    }
  }

  private @Nullable InterpreterState make() {
    if (unwanted) {
      return null;
    }
    InterpreterState parent = Interpreters.requireMain();
    Membership membership = JavaThread.current().in(parent);
    if (!Attaching.admit(membership, null)) {
      return null;
    }
    inMain = membership;
    helper = Attaching.newState(parent.pointer);
    C.PyEval_RestoreThread(helper);
    InterpreterState state;
    try {
      state = makeAttached();
    } finally {
      dropHelper();
    }
    leaveMain();
    begun = true;
    return state;
  }

  private void leaveMain() {
    Membership membership = inMain;
    inMain = null;
    if (membership != null) {
      Attaching.dismiss(membership);
    }
  }

  // With the state of main's attached, or the new one's, or none. Where this fails half-way, the
  // next try goes on from there: which state is attached says whether the last call was made
  private void dropHelper() {
    long attached = C.PyThreadState_GetUnchecked();
    if (helperGoes && attached != helper) {
      helper = 0;
    }
    if (helper == 0) {
      return;
    }
    if (attached != helper) {
      if (attached != 0) {
        C.PyEval_SaveThread();
      }
      C.PyEval_RestoreThread(helper);
    }
    if (!helperGoes) {
      C.PyThreadState_Clear(helper); // not twice: without a GIL that is a fault
      helperGoes = true;
    }
    C.PyThreadState_DeleteCurrent();
    helper = 0;
  }

  private InterpreterState makeAttached() {
    NewInterpreter.create(config, first);
    long pointer = C.PyThreadState_GetInterpreter(first[0]);
    InterpreterState state =
        Interpreters.prepare(
            pointer, Maker.LIBRARY, Threads.one(own, first[0]), Interpreters.requireSetup());
    state.ownGil = config.ownGil();
    made = state;
    Interpreters.publish(state);
    C.PyEval_SaveThread();
    ThreadStates.withAttached(state, first[0], new Begin(state));
    return state;
  }

  // After the caller has its answer
  private void finish() {
    abandonIfUnwanted();
    while (!begun) {
      try {
        dropHelper();
        end();
        leaveMain();
        own.stop();
        return;
      } catch (Throwable t) {
        LockSupport.parkNanos(TRY_AGAIN_NANOS);
      }
    }
  }

  private void end() {
    InterpreterState state = made;
    if (first[0] != 0) {
      if (state != null) {
        state.gate().refuseForGood();
      }
      endFirst();
    }
    if (state != null) {
      Finalization.ended(state);
    }
  }

  // As dropHelper
  private void endFirst() {
    boolean attached = C.PyThreadState_GetUnchecked() == first[0];
    if (attached || !firstGoes) {
      if (!attached) {
        C.PyEval_RestoreThread(first[0]);
      }
      firstGoes = true;
      C.Py_EndInterpreter(first[0]);
    }
    first[0] = 0;
  }
}
