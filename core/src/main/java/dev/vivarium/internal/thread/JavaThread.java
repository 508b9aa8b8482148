package dev.vivarium.internal.thread;

import static dev.vivarium.internal.capi.CApi.C;

import dev.vivarium.internal.capi.NativeStack;
import dev.vivarium.internal.capi.OsThread;
import dev.vivarium.internal.lifecycle.Gate;
import dev.vivarium.internal.lifecycle.Padded;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.ConcurrentHashMap;
import org.jspecify.annotations.Nullable;

/**
 * What is known of one thread that has met Python: one of the operating system's, which the JVM may
 * see as one {@link Thread} after the other. So it is found by {@link OsThread}, and a {@link
 * ThreadLocal} only saves the looking: the common pool's workers lose theirs whenever they wake.
 */
public sealed class JavaThread extends Padded {

  private static final int MANY = 64;
  private static final long SCRATCH_BYTES = 4096;
  private static final int ROOM_BYTES = 1 << 14;
  private static final ThreadLocal<JavaThread> CURRENT = new ThreadLocal<>();

  // By OsThread.id; those that have ended until the reaper finds them
  private static final ConcurrentHashMap<Long, JavaThread> MET = new ConcurrentHashMap<>();

  private final OsThread os = OsThread.meet();

  /** What it is, or was last, for the JVM. Its own thread writes it. */
  volatile Thread thread = Thread.currentThread();

  /** What Python calls the thread ({@code threading.get_ident()}). */
  final long ident = C.PyThread_get_thread_ident();

  /** Of {@link DeathKey}. */
  final long deathCell = DeathKey.cell();

  /** Null where it is not known. */
  final NativeStack.@Nullable Bounds stack = NativeStack.bounds();

  /** Of {@link StackLimit#floor}. */
  final long stackFloor = StackLimit.floor(stack);

  private boolean slotToCheck;

  /** Of {@link CallMarks}. Its own thread writes it; others may read it. */
  CallMarks.@Nullable Mark marks;

  // Mostly the same one, left and entered again: to store another each time would cost the garbage
  // collector's barrier, with G1 a fence
  private @Nullable Attachment last;

  // The main interpreter's is first once there is one: a linear search ends there mostly
  private Membership[] memberships = {};

  // Freed with this object; arguments of calls lie here, stack-wise
  private final MemorySegment scratch =
      Arena.ofAuto().allocate(NativeStack.BUFFER_BYTES + SCRATCH_BYTES, 16);

  /** For {@link NativeStack#pointer}. */
  final long stackBuffer = scratch.address();

  private long scratchNext = stackBuffer + NativeStack.BUFFER_BYTES;
  private final long scratchEnd = scratchNext + SCRATCH_BYTES;

  // Made when it is first wanted
  private byte[] room = {};

  private JavaThread() {}

  /**
   * The calling thread's.
   *
   * @throws WrongThreadException on a virtual thread, which may move to another carrier at any time
   */
  public static JavaThread current() {
    JavaThread cached = CURRENT.get();
    return cached != null ? cached : meet();
  }

  /** The calling thread's, if it has met Python. */
  static @Nullable JavaThread known() {
    JavaThread cached = CURRENT.get();
    return cached != null ? cached : find();
  }

  // The thread-local slot seen on a virtual thread is its carrier's
  private static @Nullable JavaThread find() {
    Thread calling = Thread.currentThread();
    JavaThread found = calling.isVirtual() ? null : MET.get(OsThread.callingId());
    if (found != null && found.isReadyAs(calling)) {
      CURRENT.set(found);
    }
    return found;
  }

  /**
   * It may have left the JVM and come back in a destructor of another library's, at its very end:
   * the system has emptied its slots then, and what we know of its gilstate slot has to be put
   * right. False if that could not be done, since main refuses newcomers.
   */
  private boolean isReadyAs(Thread calling) {
    slotToCheck |= thread != calling;
    thread = calling;
    if (!slotToCheck) {
      return true;
    }
    Membership first = memberships.length == 0 ? null : memberships[0];
    if (first != null && first.interpreter.isMain()) {
      Gate gate = first.interpreter.gate();
      boolean outside = first.stays == 0;
      if (outside && !gate.enter(first)) {
        return false;
      }
      Proven.slot().recheck(first.kept);
      if (outside) {
        gate.leave(first);
      }
    }
    slotToCheck = false;
    return true;
  }

  private static JavaThread meet() {
    JavaThread found = find();
    if (found != null) {
      return found;
    }
    if (Thread.currentThread().isVirtual()) {
      throw new WrongThreadException(
          "a virtual thread cannot hold a Python thread state, since it moves between carrier"
              + " threads: use view.call(…) or view.run(…), which run their body on a platform"
              + " thread");
    }
    JavaThread met = new Behind();
    MET.put(met.os.id(), met);
    CURRENT.set(met);
    return met;
  }

  /** Whether it is the calling thread, be it as another {@link Thread} than before. */
  boolean isCurrent() {
    return thread == Thread.currentThread() || this == known();
  }

  /** Whether the OS thread has ended; its {@link Thread} may have ended long before. */
  boolean isDead() {
    return os.hasEnded();
  }

  /** Lets go of those that have ended, whether they were in any interpreter or not. */
  static void forgetDead() {
    for (JavaThread met : MET.values()) {
      if (met.isDead() && MET.remove(met.os.id(), met)) {
        met.os.forget();
      }
    }
  }

  /** The innermost attachment in use, or null. */
  @Nullable Attachment top() {
    Attachment top = last;
    return top == null || top.depth != 0 ? top : null; // one that is left has nothing below
  }

  /** The attachment that was left last, if it was of that state. */
  @Nullable Attachment idle(Membership membership, long tstate) {
    Attachment idle = last;
    return idle != null && idle.depth == 0 && idle.membership == membership && idle.tstate == tstate
        ? idle
        : null;
  }

  void push(Attachment attachment) {
    attachment.depth = 1;
    if (last != attachment) {
      last = attachment;
    }
  }

  void pop(Attachment top) {
    if (top.isReusable()) {
      top.depth = 0;
    } else {
      last = top.below;
    }
  }

  /** Keeps an attachment that was popped from being used again, since someone may still name it. */
  void abandon(Attachment popped) {
    if (last == popped) {
      last = null;
    }
  }

  Membership in(InterpreterState interpreter) {
    for (Membership membership : memberships) {
      if (membership.interpreter == interpreter) {
        return membership;
      }
    }
    return join(interpreter);
  }

  @Nullable Membership knownIn(InterpreterState interpreter) {
    for (Membership membership : memberships) {
      if (membership.interpreter == interpreter) {
        return membership;
      }
    }
    return null;
  }

  private Membership join(InterpreterState interpreter) {
    Membership joined = Membership.of(interpreter, this);
    List<Membership> more = new ArrayList<>();
    for (Membership one : memberships) {
      if (one.interpreter.gate().isAlive()) {
        more.add(one);
      }
    }
    more.add(interpreter.isMain() ? 0 : more.size(), joined);
    Membership[] all = more.toArray(new Membership[0]);
    interpreter.gate().register(joined); // first: a closer has to see whoever comes in by it
    memberships = all;
    if (interpreter.gate().knownThreads() % MANY == 0) {
      ReaperThread.wake(); // threads that come and go are looked after early
    }
    return joined;
  }

  /**
   * The thread state that is attached to this thread, the calling one, by whoever; 0 for none. The
   * slot names whatever was attached last, so where it names a kept state that is not attached,
   * none is.
   */
  long attached() {
    if (memberships.length > 0 && Proven.slot().namesDetached(memberships[0].kept)) {
      return 0;
    }
    return C.PyThreadState_GetUnchecked();
  }

  /** A thread state of the interpreter that an attachment of this thread uses, or 0. */
  long inUseFor(InterpreterState interpreter) {
    for (Attachment a = top(); a != null; a = a.below) {
      if (a.interpreter() == interpreter) {
        return a.tstate;
      }
    }
    return 0;
  }

  /** Whether an attachment of this thread, a suspended one perhaps, is in the interpreter. */
  boolean isInside(InterpreterState interpreter) {
    return inUseFor(interpreter) != 0;
  }

  /**
   * Native memory for the arguments of one call: give it back with {@link #scratchFree} before
   * anything that was taken earlier.
   *
   * @return its address, or 0 if there is not enough
   */
  public long scratch(long bytes) {
    long at = scratchNext;
    if (bytes > scratchEnd - at) {
      return 0;
    }
    scratchNext = at + bytes;
    return at;
  }

  public void scratchFree(long address) {
    scratchNext = address;
  }

  /**
   * An array for bytes on their way, until anything else is called that may want one.
   *
   * @return one that is large enough: of this thread, or a new one
   */
  public byte[] room(int bytes) {
    if (bytes > ROOM_BYTES) {
      return new byte[bytes];
    }
    if (room.length == 0) {
      room = new byte[ROOM_BYTES];
    }
    return room;
  }

  /** {@link Padded} behind the fields too. */
  @SuppressWarnings("unused") // only their place counts
  private static final class Behind extends JavaThread {

    private long p1, p2, p3, p4, p5, p6, p7, p8, p9, p10, p11, p12, p13, p14, p15, p16;
  }
}
