package dev.vivarium.internal.thread;

import dev.vivarium.internal.lifecycle.NoThrow;
import dev.vivarium.internal.lifecycle.Padded;
import org.jspecify.annotations.Nullable;

/**
 * One thread state that a Java thread has attached, or found attached, and the nested uses of it. A
 * thread's attachments form a stack; only the top one is attached, those below wait to be restored.
 */
public sealed class Attachment extends Padded {

  /** How the state came to be attached, which is what releasing it has to undo. */
  enum Kind {
    /** We attached it; it is kept. */
    KEPT,
    /** We attached it, and delete it at the release: the plain rule. */
    DELETED,
    /** We attached it, and someone else owns it. */
    OWNED_ELSEWHERE,
    /** Someone else attached it and will detach it. */
    FOUND
  }

  final JavaThread thread;
  final Membership membership;
  final long tstate;
  final Kind kind;
  final @Nullable Attachment below;

  /** The state to attach again at the release, or 0. */
  final long restore;

  /** What the thread's gilstate slot held before, where nothing was attached. */
  long slotBefore;

  /** Nested uses; a release of the last one undoes the attachment. 0: left, and not in use. */
  int depth;

  /** Uses up to this one belong to code further out than the current callback. */
  int floor;

  /** Pushed only so that the one above knows what it has switched away from. */
  boolean implied;

  /** Its thread has died, and whoever reaps has deleted its state. */
  boolean reaped;

  private Attachment(
      JavaThread thread,
      Membership membership,
      long tstate,
      Kind kind,
      long restore,
      long slotBefore) {
    this.thread = thread;
    this.membership = membership;
    this.tstate = tstate;
    this.kind = kind;
    this.below = thread.top();
    this.restore = restore;
    this.slotBefore = slotBefore;
  }

  /** Whether it may stay, left, at the top of its thread's stack, to be used again. */
  boolean isReusable() {
    return kind == Kind.KEPT && restore == 0 && below == null;
  }

  public InterpreterState interpreter() {
    return membership.interpreter;
  }

  /** The number of the thread's present stay in the interpreter; on its thread. */
  public long stayNumber() {
    return membership.stayNumber();
  }

  /**
   * The number of nested uses, the last of which a new use has just been given. Whoever asks has
   * ensured at the same place, and undoes that only by what this says.
   */
  @NoThrow
  public int depth() {
    return depth;
  }

  static Attachment of(
      JavaThread thread,
      Membership membership,
      long tstate,
      Kind kind,
      long restore,
      long slotBefore) {
    return new Behind(thread, membership, tstate, kind, restore, slotBefore);
  }

  /** {@link Padded} behind the fields too. */
  @SuppressWarnings("unused") // only their place counts
  private static final class Behind extends Attachment {

    private long p1, p2, p3, p4, p5, p6, p7, p8, p9, p10, p11, p12, p13, p14, p15, p16;

    Behind(
        JavaThread thread,
        Membership membership,
        long tstate,
        Kind kind,
        long restore,
        long slotBefore) {
      super(thread, membership, tstate, kind, restore, slotBefore);
    }
  }
}
