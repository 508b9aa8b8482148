package dev.vivarium.internal.events;

import jdk.jfr.Category;
import jdk.jfr.Description;
import jdk.jfr.Event;
import jdk.jfr.Label;
import jdk.jfr.Name;
import org.jspecify.annotations.Nullable;

@Name("dev.vivarium.ClosingWait")
@Label("Closing Wait")
@Category({"Vivarium", "Interpreters"})
@Description("Whoever closes an interpreter waited for those inside and for guards")
final class ClosingWait extends Event implements Begun {

  @Label("Interpreter")
  @Description("Its id; main's is 0")
  long interpreter;

  @Label("Waited For")
  @Description("Who was inside or held a guard when the wait began; if nobody, another closer")
  @Nullable String waitedFor;

  @Label("Ended")
  @Description("Whether the interpreter has ended then; else the wait goes on, or was given up")
  boolean ended;

  static @Nullable Begun begun() {
    ClosingWait event = new ClosingWait();
    if (!event.isEnabled()) {
      return null;
    }
    event.begin();
    return event;
  }

  void tell(long id, String whom, boolean hasEnded) {
    end();
    interpreter = id;
    waitedFor = whom;
    ended = hasEnded;
    commit();
  }
}
