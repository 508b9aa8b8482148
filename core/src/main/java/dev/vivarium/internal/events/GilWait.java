package dev.vivarium.internal.events;

import jdk.jfr.Category;
import jdk.jfr.Description;
import jdk.jfr.Event;
import jdk.jfr.Label;
import jdk.jfr.Name;
import jdk.jfr.Timespan;

@Name("dev.vivarium.GilWait")
@Label("GIL Wait")
@Category({"Vivarium", "Threads"})
@Description("A thread waited for an interpreter's GIL to come in, or back from being detached")
final class GilWait extends Event {

  @Label("Interpreter")
  @Description("Its id; main's is 0")
  long interpreter;

  @Label("Waited")
  @Description("So long at least; known to hundredths of a second, and told from two on")
  @Timespan(Timespan.NANOSECONDS)
  long waited;

  static boolean isWanted() {
    return new GilWait().isEnabled();
  }

  static void tell(long id, long nanos) {
    GilWait event = new GilWait();
    event.interpreter = id;
    event.waited = nanos;
    event.commit();
  }
}
