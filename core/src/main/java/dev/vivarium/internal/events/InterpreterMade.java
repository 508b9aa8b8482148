package dev.vivarium.internal.events;

import jdk.jfr.Category;
import jdk.jfr.Description;
import jdk.jfr.Event;
import jdk.jfr.Label;
import jdk.jfr.Name;
import org.jspecify.annotations.Nullable;

@Name("dev.vivarium.InterpreterMade")
@Label("Interpreter Made")
@Category({"Vivarium", "Interpreters"})
@Description("An interpreter was made and set up; of main, Python was loaded and started")
final class InterpreterMade extends Event implements Begun {

  @Label("Interpreter")
  @Description("Its id; main's is 0")
  long interpreter;

  @Label("GIL")
  @Description("own, main's, or none on a free-threaded CPython")
  @Nullable String gil;

  static @Nullable Begun begun() {
    InterpreterMade event = new InterpreterMade();
    if (!event.isEnabled()) {
      return null;
    }
    event.begin();
    return event;
  }

  void tell(long id, String whose) {
    end();
    interpreter = id;
    gil = whose;
    commit();
  }
}
