package dev.vivarium.internal.events;

import jdk.jfr.Category;
import jdk.jfr.Description;
import jdk.jfr.Event;
import jdk.jfr.Label;
import jdk.jfr.Name;
import jdk.jfr.StackTrace;
import jdk.jfr.Timespan;

@Name("dev.vivarium.WorkersStarved")
@Label("Workers Starved")
@Category({"Vivarium", "Threads"})
@Description("Virtual threads wait for a thread to run Python on, and none comes free")
@StackTrace(false)
final class WorkersStarved extends Event {

  @Label("Waiting")
  @Description("Virtual threads")
  int waiting;

  @Label("Workers")
  @Description("Threads that run Python for virtual ones, all of which have something to do")
  int workers;

  @Label("Waited")
  @Description("By the first of them")
  @Timespan(Timespan.NANOSECONDS)
  long waited;

  static void tell(int threads, int all, long nanos) {
    WorkersStarved event = new WorkersStarved();
    event.waiting = threads;
    event.workers = all;
    event.waited = nanos;
    event.commit();
  }
}
