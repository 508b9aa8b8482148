package dev.vivarium.internal.events;

import jdk.jfr.Category;
import jdk.jfr.Description;
import jdk.jfr.Event;
import jdk.jfr.Label;
import jdk.jfr.Name;
import jdk.jfr.Threshold;
import org.jspecify.annotations.Nullable;

@Name("dev.vivarium.GuardHeld")
@Label("Guard Held")
@Category({"Vivarium", "Interpreters"})
@Description("A guard kept an interpreter from ending for long; told when it is closed")
@Threshold("1 s")
final class GuardHeld extends Event implements Begun {

  @Label("Interpreter")
  @Description("Its id; main's is 0")
  long interpreter;

  @Label("Taken By")
  @Nullable Thread taker;

  static @Nullable Begun begun() {
    GuardHeld event = new GuardHeld();
    if (!event.isEnabled()) {
      return null;
    }
    event.begin();
    return event;
  }

  void tell(long id, Thread by) {
    end();
    interpreter = id;
    taker = by;
    commit();
  }
}
