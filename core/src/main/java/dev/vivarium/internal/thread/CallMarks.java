package dev.vivarium.internal.thread;

import static dev.vivarium.internal.capi.CApi.C;

import dev.vivarium.internal.lifecycle.NoThrow;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * Which Python frames the calls into Java come from that a thread is in. CPython's chain of frames
 * goes on through Java code that calls Python again, and does not tell where. So whoever wants both
 * sides in order has it noted, which costs a call of Java nothing while nobody does.
 */
final class CallMarks {

  /**
   * One call.
   *
   * @param frame the innermost Python frame outside of it, or 0: an address to compare
   * @param depth of the attachment, for the call
   */
  record Mark(long frame, Attachment attachment, int depth, @Nullable Mark below) {}

  private static int followers; // under the class's lock
  private static volatile boolean followed;

  private CallMarks() {}

  static synchronized void follow() {
    followers++;
    followed = true;
  }

  static synchronized void unfollow() {
    followers--;
    followed = followers > 0;
  }

  static boolean isFollowed() {
    return followed;
  }

  /** At the beginning of a call, attached: before it counts, or where what is thrown undoes it. */
  static void put(Attachment attachment, int depth) {
    try {
      // The frame lives longer than the call: it waits for it
      long frame = C.PyEval_GetFrame();
      JavaThread thread = attachment.thread;
      thread.marks = new Mark(frame, attachment, depth, thread.marks);
    } catch (StackOverflowError | OutOfMemoryError e) {
      // The call goes before what is noted of it
    }
  }

  /** At its end, where the floor is its depth: also those of calls that could not begin. */
  @NoThrow
  static void take(Attachment attachment) {
    Mark top = attachment.thread.marks;
    while (top != null && top.attachment == attachment && top.depth >= attachment.floor) {
      top = top.below;
    }
    attachment.thread.marks = top;
  }

  /** The frames of a thread's calls, the outermost first. */
  static List<Long> of(JavaThread thread) {
    List<Long> frames = new ArrayList<>();
    for (Mark mark = thread.marks; mark != null; mark = mark.below) {
      frames.addFirst(mark.frame);
    }
    return frames;
  }
}
