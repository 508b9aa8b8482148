package dev.vivarium.internal.thread;

import static dev.vivarium.internal.capi.CApi.C;

import dev.vivarium.internal.lifecycle.NoThrow;
import dev.vivarium.internal.thread.Attachment.Kind;
import org.jspecify.annotations.Nullable;

/** Calls from Python into Java: each uses the thread state that Python runs on. */
public final class Callbacks {

  private Callbacks() {}

  /**
   * The start of a call: uses the state that is attached, whoever attached it. Undone by {@link
   * #end} with the floor that {@link #raiseFloor} gave.
   *
   * @return null if the interpreter has come too far in its end to call Java on this thread
   */
  public static @Nullable Attachment begin() {
    JavaThread thread = JavaThread.current();
    Attachment top = thread.top();
    if (top != null && Attaching.isAttached(top)) {
      if (CallMarks.isFollowed()) {
        CallMarks.put(top, top.depth + 1);
      }
      top.depth++;
      return top;
    }
    return beginFound(thread);
  }

  private static @Nullable Attachment beginFound(JavaThread thread) {
    long attached = C.PyThreadState_GetUnchecked();
    InterpreterState interpreter = Interpreters.of(C.PyThreadState_GetInterpreter(attached));
    Membership membership = thread.in(interpreter);
    Attachment found = Attachment.of(thread, membership, attached, Kind.FOUND, 0, 0);
    if (!admit(found, StackLimit.left(thread))) {
      return null;
    }
    boolean introduced = false;
    try {
      Attaching.introduce(found);
      if (CallMarks.isFollowed()) {
        CallMarks.put(found, found.depth);
      }
      introduced = true;
      return found;
    } finally {
      if (!introduced) {
        Attaching.leave(found);
      }
    }
  }

  @NoThrow
  private static boolean admit(Attachment found, long room) {
    Membership membership = found.membership;
    if (membership.stays == 0 && !membership.interpreter.gate().enterCallback(membership)) {
      return false;
    }
    membership.stays++;
    Attaching.take(found, room);
    return true;
  }

  /** Keeps what a callback does from releasing what lies outside it. */
  @NoThrow
  public static int raiseFloor(Attachment attachment) {
    int floor = attachment.floor;
    attachment.floor = attachment.depth;
    return floor;
  }

  /**
   * The end of a call, at the place where it began: what the Java code left open is released.
   *
   * @return whether there was any
   */
  @NoThrow
  public static boolean end(Attachment attachment, int floorBefore) {
    boolean forgotten = false;
    if (attachment.thread.top() != attachment || attachment.depth != attachment.floor) {
      forgotten = Attaching.unwindTo(attachment) || attachment.depth > attachment.floor;
    }
    leave(attachment, floorBefore);
    return forgotten;
  }

  @NoThrow
  private static void leave(Attachment attachment, int floorBefore) {
    if (attachment.thread.marks != null) {
      CallMarks.take(attachment);
    }
    int depth = attachment.floor - 1;
    attachment.floor = floorBefore;
    if (depth > 0) {
      attachment.depth = depth;
    } else {
      Attaching.leave(attachment);
    }
  }
}
