package dev.vivarium.pool;

import dev.vivarium.internal.lifecycle.Deadline;
import dev.vivarium.internal.lifecycle.VirtualThreads;
import java.time.Duration;
import java.util.ArrayDeque;
import java.util.HashSet;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.RejectedExecutionException;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;

/**
 * The workers of a pool and the calls that wait for them, under one lock. Nobody who has it waits
 * for anything, nor calls Python or code of the user's: it may be asked for by threads that keep a
 * GIL.
 *
 * <p>A pool has places, each with one worker at a time or none. A call for a place waits for its
 * worker, whichever that is by then; any other call for the next that is free.
 */
final class Crew {

  private static final System.Logger LOG = System.getLogger("dev.vivarium");
  private static final long RETRY_NANOS = 1_000_000_000L; // after an interpreter could not be made
  private static final long TELL_NANOS = 10_000_000_000L;

  private static final String CLOSED = " has been closed";
  private static final String NONE = " has no interpreter: none can be made";

  private final String name;
  private final PoolOptions.Values options;
  private final Workplaces workplaces;
  private final @Nullable ClassLoader contextClassLoader =
      Thread.currentThread().getContextClassLoader();

  // All that follows: under this object's lock
  private final Place[] places;
  private final Queues queues;
  private final ArrayDeque<Worker> idle; // the latest last, and taken first; never grows
  private final Set<Worker> all = new HashSet<>(); // with a thread that has not been given up
  private int stuck;
  private int threads;
  private boolean closed;
  private @Nullable Throwable failure; // the latest, if none has been made since
  private @Nullable Throwable firstFailure;
  private long retryAt;
  private boolean retrying; // somebody will, in time
  private long toldAt = System.nanoTime();
  private final Renewal renewal;
  private final Counts counts = new Counts();

  /** Where one worker is at a time. */
  private static final class Place {
    @Nullable Worker worker;
    boolean making;

    boolean isEmpty() {
      return worker == null && !making;
    }
  }

  private static final class Counts {
    long calls;
    long failed;
    long interrupted;
    long givenUp;
    long made;
    long notMade;
    long waitedNanos;
    long workedNanos;
  }

  Crew(String name, PoolOptions.Values options, Workplaces workplaces) {
    this.name = name;
    this.options = options;
    this.workplaces = workplaces;
    this.idle = new ArrayDeque<>(options.most);
    this.renewal = new Renewal(name + CLOSED);
    this.queues = new Queues(name, options.most);
    this.places = new Place[options.most];
    for (int i = 0; i < places.length; i++) {
      places[i] = new Place();
    }
  }

  Workplaces workplaces() {
    return workplaces;
  }

  @Nullable ClassLoader contextClassLoader() {
    return contextClassLoader;
  }

  long idleNanos() {
    return TimeUnit.NANOSECONDS.convert(options.idleTime); // 292 years at most
  }

  PoolOptions.Values options() {
    return options;
  }

  /** The place of what has that key. */
  int placeOf(Object key) {
    int hash = key.hashCode();
    return Math.floorMod(hash ^ (hash >>> 16), places.length);
  }

  // Calls

  /**
   * A call comes: a worker begins it, or it waits.
   *
   * @throws RejectedExecutionException if the pool is closed, too many wait, or no interpreter can
   *     be made
   */
  synchronized void add(Call call) {
    requireOpen();
    Worker free = takeIdle(call.place());
    if (free != null) {
      give(free, call);
      return;
    }
    if (queues.size() - yetToBeMade() >= options.mostWaiting) {
      throw new RejectedExecutionException(
          queues.size()
              + " calls wait for "
              + this
              + " already; PoolOptions.mostWaiting is the limit");
    }
    queues.add(call);
    fill();
    if (call.thrown() instanceof RejectedExecutionException refused) {
      throw refused;
    }
  }

  /** As {@link #add}, if the place's worker is idle. */
  synchronized boolean addIfIdle(Call call) {
    Worker free = closed ? null : takeIdle(call.place());
    if (free != null) {
      give(free, call);
    }
    return free != null;
  }

  private void requireOpen() {
    if (closed) {
      throw new RejectedExecutionException(this + CLOSED);
    }
  }

  // A call that has an interpreter made does not wait for another one's end
  private int yetToBeMade() {
    int room = (int) Math.min(places.length, (long) options.most + options.mostStuck - stuck);
    return Math.max(0, room - interpreters());
  }

  // Whose interpreter somebody has closed behind the pool's back leaves
  private @Nullable Worker takeIdle(int place) {
    Worker free = idleFor(place);
    while (free != null && !free.isAlive()) {
      leave(free);
      free = idleFor(place);
    }
    return free;
  }

  private @Nullable Worker idleFor(int place) {
    if (place == Call.ANYWHERE) {
      Worker latest = idle.pollLast();
      if (latest != null) {
        latest.idle = false;
      }
      return latest;
    }
    Worker its = places[place].worker;
    if (its == null || !its.idle) {
      return null;
    }
    idle.remove(its);
    its.idle = false;
    return its;
  }

  private void give(Worker worker, Call call) {
    worker.current = call;
    call.begin(worker);
    counts.waitedNanos += call.waited();
    if (call.isCheckout()) {
      call.end(null);
      call.wake();
    } else {
      worker.assign(call);
    }
  }

  /** A worker's call has ended. */
  synchronized void done(Worker worker, Call call, @Nullable Throwable thrown, boolean broken) {
    boolean wanted = call.state() == Call.State.RUNNING;
    if (!call.isCheck()) {
      worker.calls++;
      worker.idleSince = System.nanoTime();
      if (wanted) {
        counts.calls++;
        counts.failed += thrown == null ? 0 : 1;
        counts.workedNanos += worker.idleSince - call.begun();
      }
    }
    if (wanted) {
      call.end(thrown);
    } else {
      stuck--;
    }
    if (!wanted || broken || !worker.isAlive()) {
      worker.retired = true;
    }
    free(worker);
  }

  /** A worker that was checked out comes back. */
  synchronized void back(Worker worker) {
    worker.idleSince = System.nanoTime();
    if (!worker.isAlive()) {
      worker.retired = true;
    }
    free(worker);
  }

  private void free(Worker worker) {
    worker.current = null;
    if (worker.retired || worker.isDismissed()) {
      leave(worker);
      return;
    }
    Call next = queues.next(worker.place());
    if (next != null) {
      give(worker, next);
    } else if (closed) {
      leave(worker);
    } else {
      worker.idle = true;
      idle.addLast(worker);
    }
    if (worker.calls >= options.callsEach && !worker.isDismissed()) {
      replace(worker.place());
    }
  }

  /** Nobody waits for it any more: whether it had not begun, and never will. */
  synchronized boolean withdraw(Call call) {
    if (call.state() != Call.State.WAITING || !queues.remove(call)) {
      return false;
    }
    call.giveUp();
    return true;
  }

  /** Its time is over: whether it goes on, with its worker, which is replaced. */
  synchronized boolean giveUp(Call call) {
    Worker worker = call.worker();
    if (call.state() != Call.State.RUNNING || worker == null) {
      return false;
    }
    call.giveUp();
    counts.givenUp++;
    stuck++;
    all.remove(worker);
    leave(worker);
    return true;
  }

  synchronized void countInterrupted() {
    counts.interrupted++;
  }

  // Workers

  // Makes those that are wanted and may be. While none can be made nobody waits for one
  private void fill() {
    Throwable thrown = failure;
    if (thrown == null || System.nanoTime() - retryAt >= 0) {
      thrown = null;
      for (int place = wanted(); place >= 0 && thrown == null; place = wanted()) {
        thrown = start(place);
      }
    }
    if (thrown == null) {
      return;
    }
    boolean none = true;
    for (int i = 0; i < places.length; i++) {
      if (places[i].isEmpty()) {
        queues.refuseFor(i, NONE, thrown);
      } else {
        none = false;
      }
    }
    if (none) {
      queues.refuseAnywhere(NONE, thrown);
    }
  }

  private int wanted() {
    int taken = 0;
    int coming = 0;
    int firstEmpty = -1;
    int called = -1;
    for (int i = places.length - 1; i >= 0; i--) {
      Place place = places[i];
      if (place.isEmpty()) {
        firstEmpty = i;
        called = queues.hasFor(i) ? i : called;
      } else {
        taken++;
        coming += place.worker == null ? 1 : 0;
      }
    }
    if (firstEmpty < 0 || taken + stuck >= (long) options.most + options.mostStuck) {
      return -1;
    }
    if (called >= 0) {
      return called;
    }
    boolean few = !closed && taken < least();
    return few || queues.anywhere() > coming ? firstEmpty : -1;
  }

  // Null, or what was thrown: no memory, mostly. It is tried again later, as with an interpreter
  private @Nullable Throwable start(int place) {
    Worker worker = null;
    try {
      worker = new Worker(this, place, renewal.generation(), name + "-" + ++threads);
      all.add(worker);
      places[place].making = true;
      worker.start();
      return null;
    } catch (Throwable t) {
      places[place].making = false;
      all.remove(worker);
      failed(t);
      return t;
    }
  }

  // While it serves, the next for its place is made
  private void replace(int place) {
    if (!closed && !places[place].making && (failure == null || System.nanoTime() - retryAt >= 0)) {
      start(place);
    }
  }

  /** A worker has its interpreter. */
  synchronized void made(Worker worker) {
    Place place = places[worker.place()];
    place.making = false;
    failure = null;
    counts.made++;
    worker.idleSince = System.nanoTime();
    Worker old = place.worker;
    place.worker = worker;
    if (old != null) {
      old.retired = true;
      if (old.idle) {
        leave(old);
      }
    }
    free(worker);
    fill();
    renewOn();
    notifyAll();
  }

  /** A worker's thread could not be started. */
  synchronized void notStarted(Worker worker, Throwable thrown) {
    places[worker.place()].making = false;
    all.remove(worker);
    try {
      failed(thrown);
    } finally {
      fill(); // whatever happens: somebody waits
      notifyAll();
    }
  }

  /** A worker could not be made. */
  void notMade(Worker worker, Throwable thrown) {
    boolean tell;
    synchronized (this) {
      notStarted(worker, thrown);
      tell = !closed && counts.made > 0;
    }
    if (tell) {
      LOG.log(System.Logger.Level.WARNING, "an interpreter of " + this + " was not made", thrown);
    }
  }

  private void failed(Throwable thrown) {
    failure = thrown;
    firstFailure = firstFailure == null ? thrown : firstFailure;
    retryAt = System.nanoTime() + RETRY_NANOS;
    counts.notMade++;
    renewal.fail(thrown);
    retryLater();
  }

  private void retryLater() {
    if (retrying || closed) {
      return;
    }
    try {
      VirtualThreads.start("python-pool-retry", new Retry(this));
      retrying = true;
    } catch (OutOfMemoryError | RejectedExecutionException e) { // the latter by the JDK's scheduler
      // The next call tries, or the next failure comes by here
    }
  }

  /** Makes what is missing, if the last could not be made; whether to come again. */
  synchronized boolean retry() {
    retrying = !closed && failure != null && interpreters() < least();
    if (retrying) {
      fill();
    }
    return retrying;
  }

  // Where none could be made, one shows that it can be again
  private int least() {
    return failure == null ? options.least : Math.max(1, options.least);
  }

  /** What was thrown when one could not be made for the last time, if none has been made since. */
  synchronized @Nullable Throwable failure() {
    return failure;
  }

  /** A worker takes no call any more; its place is free. A second time it does nothing. */
  synchronized void leave(Worker worker) {
    if (worker.idle) {
      worker.idle = false;
      idle.remove(worker);
    }
    worker.dismiss();
    Place place = places[worker.place()];
    if (place.worker == worker) {
      place.worker = null;
      fill();
    }
    renewOn();
  }

  /** Seems to have been idle for long. */
  synchronized void leaveIfIdle(Worker worker) {
    if (worker.idle && interpreters() > options.least) {
      leave(worker);
    }
  }

  /** A worker has left its interpreter, and that is closed. */
  synchronized void ended(Worker worker) {
    all.remove(worker);
    fill(); // what was stuck may have been in the way
    notifyAll();
  }

  private int interpreters() {
    int there = 0;
    for (Place place : places) {
      there += place.worker == null ? 0 : 1;
    }
    return there;
  }

  /**
   * Waits until the least are made.
   *
   * @return null, or what was thrown when one was not; an {@link InterruptedException} if this
   *     thread was interrupted
   */
  synchronized @Nullable Throwable awaitLeast() {
    fill();
    while (interpreters() < options.least && firstFailure == null) {
      try {
        wait();
      } catch (InterruptedException e) {
        return e;
      }
    }
    return firstFailure;
  }

  // Renewal

  /** Has all replaced, one after the other. */
  synchronized CompletableFuture<@Nullable Void> renew() {
    requireOpen();
    CompletableFuture<@Nullable Void> under = renewal.begin();
    renewOn();
    return under.copy(); // whoever cancels his own stops nobody else's
  }

  private void renewOn() {
    if (!renewal.isUnderWay()) {
      return;
    }
    int old = -1;
    for (int i = 0; i < places.length; i++) {
      Worker worker = places[i].worker;
      if (places[i].making) {
        return; // and on when it is made, or not
      }
      old = worker != null && worker.generation() < renewal.generation() ? i : old;
    }
    if (old >= 0 && !closed) {
      start(old);
    } else {
      renewal.end(closed);
    }
  }

  // The end

  /** Refuses newcomers; whoever is idle leaves. */
  synchronized void beginClosing() {
    closed = true;
    while (!idle.isEmpty()) {
      leave(idle.getLast());
    }
    notifyAll();
  }

  /**
   * Waits so long, or until it is closed.
   *
   * @return whether it is
   */
  synchronized boolean awaitClosing(Deadline deadline) throws InterruptedException {
    while (!closed) {
      long left = deadline.nanosLeft();
      if (left <= 0) {
        return false;
      }
      wait(Math.max(1, left / 1_000_000));
    }
    return true;
  }

  /** Whether all calls are done and all interpreters have ended, but for those given up. */
  synchronized boolean isEmpty() {
    return closed && queues.size() == 0 && all.isEmpty();
  }

  /**
   * Waits until it is {@linkplain #isEmpty empty}.
   *
   * @return whether it is, by then
   */
  boolean awaitEmpty(Deadline deadline) throws InterruptedException {
    while (true) {
      String text;
      synchronized (this) {
        Deadline telling = Deadline.inNanos(TELL_NANOS);
        while (!isEmpty() && !telling.hasPassed()) {
          long left = deadline.nanosLeft();
          if (left <= 0) {
            return false;
          }
          wait(Math.max(1, Math.min(left, telling.nanosLeft()) / 1_000_000));
        }
        if (isEmpty()) {
          return true;
        }
        text = this + " waits for:" + atWork();
      }
      LOG.log(System.Logger.Level.WARNING, text);
    }
  }

  /** Refuses the calls that wait, and interrupts those under way. */
  synchronized void interrupt() {
    queues.refuseAnywhere(CLOSED, null);
    for (int i = 0; i < places.length; i++) {
      queues.refuseFor(i, CLOSED, null);
    }
    for (Worker worker : all) {
      Call call = worker.current;
      if (call != null) {
        call.interrupt();
      } else {
        worker.interruptMaking();
      }
    }
    notifyAll();
  }

  /** Waits no longer for those that are at a call, or make their interpreter. */
  synchronized void giveUpAll() {
    for (Worker worker : Set.copyOf(all)) {
      Call call = worker.current;
      if ((call != null && !giveUp(call)) || places[worker.place()].making) {
        all.remove(worker);
        leave(worker);
      }
    }
    notifyAll();
  }

  synchronized boolean isClosed() {
    return closed;
  }

  // Seen from outside

  synchronized PoolStatistics statistics() {
    return new PoolStatistics(
        interpreters(),
        idle.size(),
        queues.size(),
        stuck,
        counts.calls,
        counts.failed,
        counts.interrupted,
        counts.givenUp,
        counts.made,
        counts.notMade,
        Duration.ofNanos(counts.waitedNanos),
        Duration.ofNanos(counts.workedNanos));
  }

  int places() {
    return places.length;
  }

  /** Says in the log, at intervals, that a call waits for long, and for whom. */
  void tell(Call call) {
    String text;
    synchronized (this) {
      if (System.nanoTime() - toldAt < TELL_NANOS) {
        return;
      }
      toldAt = System.nanoTime();
      text =
          queues.size()
              + " calls wait for "
              + this
              + ", one for "
              + Times.since(call.since())
              + ":";
      text += atWork();
    }
    LOG.log(System.Logger.Level.WARNING, text);
  }

  private String atWork() {
    StringBuilder text = new StringBuilder();
    for (Worker worker : all) {
      Call call = worker.current;
      text.append("\n  ").append(worker.thread().getName());
      if (call == null) {
        text.append(
            worker.idle
                ? " is idle"
                : worker.isDismissed() ? " ends its interpreter" : " makes its interpreter");
      } else if (call.isCheckout()) {
        text.append(" is checked out, since ").append(Times.since(call.begun()));
      } else {
        text.append(" is at a call, since ").append(Times.since(call.begun()));
      }
    }
    return text.append(stuck == 0 ? "" : "\n  and " + stuck + " calls were given up").toString();
  }

  @Override
  public String toString() {
    return name;
  }
}
