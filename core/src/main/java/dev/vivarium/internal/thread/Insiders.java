package dev.vivarium.internal.thread;

import static dev.vivarium.internal.capi.CApi.C;

import dev.vivarium.internal.capi.Types;
import dev.vivarium.internal.lifecycle.Caller;
import dev.vivarium.internal.lifecycle.Deadline;
import dev.vivarium.internal.lifecycle.Pass;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/** The threads inside an interpreter as somebody sees them who is not. */
public final class Insiders {

  /**
   * One of them.
   *
   * @param caller for whom the thread works now: a virtual one, which waits for it; or null
   * @param ident as {@code threading.get_ident()}
   * @param calledFrom the Python frames, the outermost first, that its calls into Java come from,
   *     of all interpreters: of those that have begun since {@link #followCalls}
   */
  public record Insider(
      Thread thread, @Nullable Thread caller, long ident, List<Long> calledFrom) {}

  private Insiders() {}

  /** Those of now, the calling thread too. */
  public static List<Insider> of(InterpreterState interpreter) {
    List<Insider> found = new ArrayList<>();
    for (Pass pass : interpreter.gate().passes()) {
      if (isInside(interpreter, pass)) {
        Thread thread = pass.thread();
        Thread caller = thread instanceof Caller.Worker worker ? worker.caller() : null;
        JavaThread known = ((Membership) pass).javaThread;
        found.add(new Insider(thread, caller, known.ident, CallMarks.of(known)));
      }
    }
    return found;
  }

  /**
   * From now on calls into Java are noted, until {@link #unfollowCalls} has been asked as often.
   */
  public static void followCalls() {
    CallMarks.follow();
  }

  /** Undoes one {@link #followCalls}. */
  public static void unfollowCalls() {
    CallMarks.unfollow();
  }

  // The thread that tends it comes in for a moment; in its end it is of interest, too
  private static boolean isInside(InterpreterState interpreter, Pass pass) {
    OwnThread own = interpreter.own;
    boolean tends = own != null && own.is(pass.thread()) && interpreter.gate().isOpen();
    return pass.isInside() && !tends;
  }

  /**
   * Where a thread is in Python code.
   *
   * @param ident of one that Java has met; else 0
   * @param frame a new reference
   */
  public record Where(long ident, long frame) {}

  /**
   * Where the threads of an interpreter are but the calling one, which is attached to it: those
   * inside, and those of Python's own. Another interpreter's are not looked at, as {@code
   * sys._current_frames()} would: they run. Runs no Python code, so that nobody deletes a state
   * meanwhile; without a GIL that is no protection, and there are none.
   */
  public static List<Where> frames(InterpreterState interpreter) {
    List<Where> found = new ArrayList<>();
    if (!Types.hasGil()) {
      return found;
    }
    Map<Long, Long> idents = new HashMap<>();
    for (Pass pass : interpreter.gate().passes()) {
      Membership membership = (Membership) pass;
      idents.put(membership.kept, membership.javaThread.ident);
      idents.put(membership.javaThread.inUseFor(interpreter), membership.javaThread.ident);
    }
    idents.remove(0L);
    long here = C.PyThreadState_GetUnchecked();
    long state = C.PyInterpreterState_ThreadHead(interpreter.pointer);
    while (state != 0) {
      long frame = state == here ? 0 : C.PyThreadState_GetFrame(state);
      if (frame != 0) {
        found.add(new Where(idents.getOrDefault(state, 0L), frame));
      }
      state = C.PyThreadState_Next(state);
    }
    return found;
  }

  /** How many those are. */
  public static int count(InterpreterState interpreter) {
    int inside = 0;
    for (Pass pass : interpreter.gate().passes()) {
      inside += isInside(interpreter, pass) ? 1 : 0;
    }
    return inside;
  }

  /**
   * Something to be done on an interpreter's own thread, attached, which may never get the GIL: so
   * nobody has to wait for it, and it is not done when nobody does any more.
   */
  public static final class Look {

    private final @Nullable OwnThread own;
    private final OwnThread.@Nullable Task<Boolean> task;

    private Look(@Nullable OwnThread own, OwnThread.@Nullable Task<Boolean> task) {
      this.own = own;
      this.task = task;
    }

    /** Has it begun; an interpreter that somebody else has made has no such thread. */
    public static Look begin(InterpreterState interpreter, Runnable body) {
      OwnThread own = interpreter.own;
      return new Look(
          own, own == null ? null : own.submit(new ThreadStates.OnOwnThread(interpreter, body)));
    }

    /**
     * Waits for it, through interrupts, and no longer than that.
     *
     * @return whether it was done, and threw nothing; else it does not begin any more, or goes on
     *     for nobody
     */
    public boolean await(Deadline deadline) {
      if (own == null || task == null) {
        return false;
      }
      if (!task.await(deadline)) {
        own.abandon(task);
        return false;
      }
      return task.failure() == null;
    }
  }
}
