package dev.vivarium.pool;

import java.util.ArrayDeque;
import java.util.concurrent.RejectedExecutionException;
import org.jspecify.annotations.Nullable;

/** The calls that wait for a worker: for that of one place, or for any. Under the crew's lock. */
final class Queues {

  private final String crew;
  private final ArrayDeque<Call> anywhere = new ArrayDeque<>();
  private final ArrayDeque<Call>[] places;
  private int size;

  @SuppressWarnings({"unchecked", "rawtypes"}) // arrays have no other
  Queues(String crew, int places) {
    this.crew = crew;
    this.places = new ArrayDeque[places];
    for (int i = 0; i < places; i++) {
      this.places[i] = new ArrayDeque<>();
    }
  }

  /** How many wait. */
  int size() {
    return size;
  }

  /** How many wait for any worker. */
  int anywhere() {
    return anywhere.size();
  }

  /** Whether any waits for the worker of that place. */
  boolean hasFor(int place) {
    return !places[place].isEmpty();
  }

  void add(Call call) {
    of(call).addLast(call);
    size++;
  }

  /** Whether it has waited. */
  boolean remove(Call call) {
    boolean there = of(call).remove(call);
    size -= there ? 1 : 0;
    return there;
  }

  private ArrayDeque<Call> of(Call call) {
    return call.place() == Call.ANYWHERE ? anywhere : places[call.place()];
  }

  /** The first to come of those that the worker of that place may do. */
  @Nullable Call next(int place) {
    Call mine = places[place].peekFirst();
    Call any = anywhere.peekFirst();
    if (mine == null && any == null) {
      return null;
    }
    size--;
    return any == null || (mine != null && mine.since() - any.since() <= 0)
        ? places[place].pollFirst()
        : anywhere.pollFirst();
  }

  /** Refuses those that wait for the worker of that place. */
  void refuseFor(int place, String why, @Nullable Throwable cause) {
    refuse(places[place], why, cause);
  }

  /** Refuses those that wait for any worker. */
  void refuseAnywhere(String why, @Nullable Throwable cause) {
    refuse(anywhere, why, cause);
  }

  private void refuse(ArrayDeque<Call> calls, String why, @Nullable Throwable cause) {
    for (Call call = calls.pollFirst(); call != null; call = calls.pollFirst()) {
      size--;
      Throwable refused;
      try {
        refused = new RejectedExecutionException(crew + why, cause);
      } catch (OutOfMemoryError e) {
        refused = e; // no memory to say it
      }
      call.end(refused);
      call.wake();
    }
  }
}
