package dev.vivarium.internal.events;

import jdk.jfr.Category;
import jdk.jfr.Description;
import jdk.jfr.Event;
import jdk.jfr.Label;
import jdk.jfr.Name;
import jdk.jfr.Threshold;
import jdk.jfr.Timespan;
import org.jspecify.annotations.Nullable;

@Name("dev.vivarium.PoolCall")
@Label("Pool Call")
@Category({"Vivarium", "Pools"})
@Description("A call of a pool, as its caller sees it")
@Threshold("20 ms") // as the JDK's own for sockets and files
final class PoolCall extends Event implements Begun {

  @Label("Pool")
  @Nullable String pool;

  @Label("Outcome")
  @Description(
      "done, failed, checked out, interrupted, given up, not begun by its deadline, refused")
  @Nullable String outcome;

  @Label("Waited")
  @Description("For an interpreter")
  @Timespan(Timespan.NANOSECONDS)
  long waited;

  @Label("Worked")
  @Description("In an interpreter")
  @Timespan(Timespan.NANOSECONDS)
  long worked;

  static @Nullable Begun begun() {
    PoolCall event = new PoolCall();
    if (!event.isEnabled()) {
      return null;
    }
    event.begin();
    return event;
  }

  void tell(String of, String how, long waitedNanos, long workedNanos) {
    end();
    pool = of;
    outcome = how;
    waited = waitedNanos;
    worked = workedNanos;
    commit();
  }
}
