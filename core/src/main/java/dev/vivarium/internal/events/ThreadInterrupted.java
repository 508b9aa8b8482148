package dev.vivarium.internal.events;

import jdk.jfr.Category;
import jdk.jfr.Description;
import jdk.jfr.Event;
import jdk.jfr.Label;
import jdk.jfr.Name;
import jdk.jfr.StackTrace;
import org.jspecify.annotations.Nullable;

@Name("dev.vivarium.ThreadInterrupted")
@Label("Thread Interrupted")
@Category({"Vivarium", "Threads"})
@Description("KeyboardInterrupt was raised in the Python code of a thread, by the event's thread")
@StackTrace(false)
final class ThreadInterrupted extends Event {

  @Label("Interpreter")
  @Description("Its id; main's is 0")
  long interpreter;

  @Label("Interrupted Thread")
  @Nullable Thread interrupted;

  static void tell(long id, Thread thread) {
    ThreadInterrupted event = new ThreadInterrupted();
    event.interpreter = id;
    event.interrupted = thread;
    event.commit();
  }
}
