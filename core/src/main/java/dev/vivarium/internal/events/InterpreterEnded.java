package dev.vivarium.internal.events;

import jdk.jfr.Category;
import jdk.jfr.Description;
import jdk.jfr.Event;
import jdk.jfr.Label;
import jdk.jfr.Name;
import jdk.jfr.StackTrace;
import org.jspecify.annotations.Nullable;

@Name("dev.vivarium.InterpreterEnded")
@Label("Interpreter Ended")
@Category({"Vivarium", "Interpreters"})
@Description("CPython's own part of an interpreter's end: atexit functions, finalizers, its memory")
@StackTrace(false)
final class InterpreterEnded extends Event implements Begun {

  @Label("Interpreter")
  @Description("Its id; main's is 0")
  long interpreter;

  static @Nullable Begun begun() {
    InterpreterEnded event = new InterpreterEnded();
    if (!event.isEnabled()) {
      return null;
    }
    event.begin();
    return event;
  }

  void tell(long id) {
    end();
    interpreter = id;
    commit();
  }
}
