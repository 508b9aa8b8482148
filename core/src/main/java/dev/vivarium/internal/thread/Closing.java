package dev.vivarium.internal.thread;

import dev.vivarium.internal.events.Begun;
import dev.vivarium.internal.events.Events;
import dev.vivarium.internal.lifecycle.Closer;
import dev.vivarium.internal.lifecycle.Deadline;
import dev.vivarium.internal.lifecycle.Gate;
import dev.vivarium.internal.lifecycle.NoThrow;
import dev.vivarium.internal.lifecycle.Pass;
import dev.vivarium.internal.lifecycle.Stay;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.atomic.AtomicLong;
import java.util.concurrent.locks.LockSupport;
import java.util.function.BooleanSupplier;
import java.util.function.Consumer;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;

/**
 * One call of close. It claims the gate of each interpreter that it ends, so that no other closer
 * changes anything of them, and waits for everyone before anything is torn down: one that gives up
 * leaves all as it was. Its deadline covers all of that, waiting for the GIL too, and the end
 * itself, which cannot be stopped: the caller comes back, and the end goes on.
 */
final class Closing extends Closer {

  private static final Set<Closing> UNDER_WAY = ConcurrentHashMap.newKeySet();
  private static final AtomicLong NUMBER = new AtomicLong();

  private static final Duration INTERRUPT_AGAIN = Duration.ofMillis(500);
  private static final long PAUSE_NANOS = 1_000_000L;
  private static final Duration LOOK_AGAIN = Duration.ofMillis(20);

  // What the interpreter's own thread may take beyond a deadline for what it has to do: one that
  // nobody is inside is closed without any time given
  private static final Duration OWN_WORK = Duration.ofSeconds(1);

  private final long number = NUMBER.incrementAndGet();
  private final Thread caller = Thread.currentThread();
  private final Deadline deadline;
  private final Interrupts.Whom interrupted;
  private final Duration logInterval;
  private final Consumer<Left> waiting;
  private final boolean forGood;

  // What it has claimed, or waits to claim: written by the caller, read by others to find circles
  private final List<InterpreterState> claimed = new ArrayList<>();
  private final Set<InterpreterState> targets = ConcurrentHashMap.newKeySet();
  private volatile boolean over;
  private Deadline nextLog;
  private Deadline nextInterrupt = Deadline.inNanos(0);

  // The wait, for who records; null while nobody does
  private @Nullable Begun wait;
  private String waitedFor = "";

  /**
   * @param logInterval how often {@code waiting} is told whom this waits for
   * @param forGood whether newcomers are refused also when this one gives up
   */
  Closing(
      Deadline deadline,
      Interrupts.Whom interrupted,
      Duration logInterval,
      Consumer<Left> waiting,
      boolean forGood) {
    this.deadline = deadline;
    this.interrupted = interrupted;
    this.logInterval = logInterval;
    this.waiting = waiting;
    this.forGood = forGood;
    this.nextLog = Deadline.in(logInterval);
  }

  /**
   * Closes an interpreter; main with all others, which come first.
   *
   * @return who was left at the deadline
   * @throws IllegalStateException if it waits for another closer that waits for this one
   */
  Left close(InterpreterState interpreter) {
    try {
      UNDER_WAY.add(this);
      return interpreter.isMain() ? closeMain(interpreter) : closeOne(interpreter);
    } finally {
      giveUp();
      UNDER_WAY.remove(this);
      Events.closingWaited(wait, interpreter.id(), waitedFor, !interpreter.gate().isAlive());
    }
  }

  // All of them or none: who has waited here had room for more than this
  @NoThrow
  private void giveUp() {
    over = true; // before anyone is let in again: an interrupt that comes late is not for them
    for (int i = 0; i < claimed.size(); i++) {
      claimed.get(i).gate().giveUp(this);
    }
  }

  private Left closeOne(InterpreterState interpreter) {
    Left left = empty(interpreter);
    return left.isNobody() ? end(interpreter) : left;
  }

  // Whoever is inside main may make interpreters until main is empty, so there may be more then
  private Left closeMain(InterpreterState main) {
    if (!claim(main)) {
      return Left.busy(main);
    }
    List<InterpreterState> others = new ArrayList<>();
    while (true) {
      for (InterpreterState one : Interpreters.living()) {
        if (one != main && !others.contains(one)) {
          Left left = empty(one);
          if (!left.isNobody()) {
            return left;
          }
          others.add(one);
        }
      }
      Left left = empty(main);
      if (!left.isNobody()) {
        return left;
      }
      if (areAll(others, main)) {
        break;
      }
    }
    for (InterpreterState one : others) {
      Left left = one.isOurs() ? end(one) : endPythons(main, one);
      if (!left.isNobody()) {
        return left;
      }
    }
    return end(main);
  }

  private static boolean areAll(List<InterpreterState> others, InterpreterState main) {
    for (InterpreterState one : Interpreters.living()) {
      if (one != main && !others.contains(one)) {
        return false;
      }
    }
    return true;
  }

  /** Refuses newcomers from then on; false if another closer was not done in time. */
  private boolean claim(InterpreterState interpreter) {
    targets.add(interpreter);
    if (!claimed.contains(interpreter)) {
      claimed.add(interpreter); // before it is: what is not claimed is not given back, either
    }
    Gate gate = interpreter.gate();
    if (!gate.claim(this, deadline, new Look(interpreter, false))) {
      return false;
    }
    gate.refuseNewcomers(this);
    if (forGood) {
      gate.refuseForGood();
    }
    return true;
  }

  /** Refuses newcomers and waits until nobody is inside, and Python's own threads have ended. */
  private Left empty(InterpreterState interpreter) {
    if (!claim(interpreter)) {
      return Left.busy(interpreter);
    }
    Gate gate = interpreter.gate();
    Look look = new Look(interpreter, true);
    while (gate.isAlive()) {
      if (!gate.awaitEmpty(deadline, look, look)) {
        return Left.busy(interpreter);
      }
      if (!gate.isAlive() || !interpreter.isOurs()) {
        break; // the threads of one that is not ours are waited for as its end is tried
      }
      List<String> running = joinThreads(interpreter);
      if (!running.isEmpty()) {
        return Left.busy(interpreter, running);
      }
      if (gate.stays().isEmpty()) {
        break;
      }
    }
    return Left.nobody(interpreter);
  }

  // What is done while waiting. No lambda here: one that is linked when the heap is full fails for
  // good
  private final class Look implements Runnable, Consumer<Pass> {

    private final InterpreterState interpreter;
    private final boolean mine;

    Look(InterpreterState interpreter, boolean mine) {
      this.interpreter = interpreter;
      this.mine = mine;
    }

    @Override
    public void run() {
      look(interpreter, mine);
    }

    @Override
    public void accept(Pass pass) {
      Reaper.reapIfDead(interpreter, pass, deadline);
    }
  }

  private void look(InterpreterState interpreter, boolean mine) {
    refuseCircle();
    if (wait == null) {
      beginWait(interpreter);
    }
    if (nextLog.hasPassed()) {
      nextLog = Deadline.in(logInterval);
      waiting.accept(Left.busy(interpreter));
      Events.closingWaited(wait, interpreter.id(), waitedFor, false);
      beginWait(interpreter);
    }
    if (mine && interrupted != Interrupts.Whom.NOBODY && nextInterrupt.hasPassed()) {
      nextInterrupt = Deadline.in(INTERRUPT_AGAIN);
      ThreadStates.tryOnOwnThread(
          interpreter, deadline.atMost(INTERRUPT_AGAIN), new Interrupting(interpreter));
    }
  }

  private void beginWait(InterpreterState interpreter) {
    wait = Events.beginClosingWait();
    if (wait != null) {
      try {
        waitedFor = names(interpreter);
      } catch (OutOfMemoryError e) {
        waitedFor = ""; // no reason to stop waiting
      }
    }
  }

  private static String names(InterpreterState interpreter) {
    StringBuilder names = new StringBuilder();
    for (Stay stay : interpreter.gate().stays()) {
      names.append(names.isEmpty() ? "" : ", ");
      names.append(stay.kind() == Stay.Kind.HELD ? "a guard of " : "");
      names.append(stay.thread().getName());
    }
    return names.toString();
  }

  private final class Interrupting implements Runnable, BooleanSupplier {

    private final InterpreterState interpreter;

    Interrupting(InterpreterState interpreter) {
      this.interpreter = interpreter;
    }

    @Override
    public void run() {
      Interrupts.raiseInAll(interpreter, interrupted, this);
    }

    /** Whether they are still meant. */
    @Override
    public boolean getAsBoolean() {
      return !over;
    }
  }

  private List<String> joinThreads(InterpreterState interpreter) {
    OwnThread own = interpreter.requireOwnThread();
    while (interpreter.gate().isAlive()) {
      Deadline step = deadline.atMost(logInterval);
      OwnThread.Task<List<String>> joining = own.submit(new Joining(interpreter, step));
      List<String> running;
      if (await(joining, step, interpreter) || !own.abandon(joining)) {
        running = interpreter.gate().isAlive() ? joining.outcome() : List.of();
      } else {
        running = List.of("one that keeps the GIL, in C code perhaps that never lets go of it");
      }
      if (running.isEmpty() || deadline.hasPassed()) {
        return running;
      }
      waiting.accept(Left.busy(interpreter, running));
    }
    return List.of();
  }

  // At the JVM's exit an interpreter may be given up under its closer, which nobody is to wait for
  private static boolean await(
      OwnThread.Task<?> task, Deadline deadline, InterpreterState interpreter) {
    Deadline late = deadline.plus(OWN_WORK);
    while (interpreter.gate().isAlive()) {
      if (task.await(late.atMost(LOOK_AGAIN))) {
        return true;
      }
      if (late.hasPassed()) {
        return false;
      }
    }
    return task.await(late.atMost(OWN_WORK));
  }

  private final class Joining implements OwnThread.Body<List<String>>, Runnable {

    private final InterpreterState interpreter;
    private final Deadline step;
    private final List<String> running = new ArrayList<>();
    private OwnThread.@Nullable Task<?> task;

    Joining(InterpreterState interpreter, Deadline step) {
      this.interpreter = interpreter;
      this.step = step;
    }

    @Override
    public List<String> run(OwnThread.Task<List<String>> begun) {
      task = begun;
      ThreadStates.withAttached(interpreter, interpreter.first, this);
      return running;
    }

    @Override
    public void run() {
      if (task != null && task.isWanted()) {
        running.addAll(joinThreadsHere(interpreter, step));
      }
    }
  }

  // Main's end copes with daemon threads. Up to 3.13 a sub-interpreter's copes with no thread, not
  // even one that threading does not know of
  private List<String> joinThreadsHere(InterpreterState interpreter, Deadline step) {
    boolean interrupt = interrupted != Interrupts.Whom.NOBODY;
    if (forGood || deadline == Deadline.NONE || ExitingThreads.processEnds()) {
      interpreter.companion().shutPools(); // what cannot be taken back, where nobody will
    }
    if (interpreter.isMain()) {
      return interpreter.companion().joinThreads(step, false, interrupt);
    }
    while (interpreter.gate().isAlive() && ThreadStates.hasStatesOfOthers(interpreter)) {
      List<String> running = interpreter.companion().joinThreads(step, true, interrupt);
      if (!running.isEmpty()) {
        return running;
      }
      if (step.hasPassed()) {
        return List.of("started by Python code, not by threading");
      }
      ThreadStates.unattached(new Pause());
    }
    return List.of();
  }

  private static final class Pause implements Supplier<Boolean> {
    @Override
    public Boolean get() {
      LockSupport.parkNanos(PAUSE_NANOS);
      return true;
    }
  }

  /** With nobody inside: what comes now cannot be undone. */
  private Left end(InterpreterState interpreter) {
    if (!interpreter.gate().isAlive()) {
      return Left.nobody(interpreter);
    }
    OwnThread own = interpreter.requireOwnThread();
    OwnThread.Task<Boolean> ending = own.submit(new Finalization.End(interpreter, this));
    Left left = awaitEnd(own, ending, interpreter);
    if (left.isNobody() && interpreter.gate().isAlive()) {
      ending.outcome();
      throw new IllegalStateException(interpreter + " could not be ended");
    }
    return left;
  }

  // One that Python code has made and left behind. CPython's end of main would be a fatal error
  // before 3.13, and later a warning
  private Left endPythons(InterpreterState main, InterpreterState one) {
    OwnThread own = main.requireOwnThread();
    while (one.gate().isAlive()) {
      OwnThread.Task<Boolean> ending = own.submit(new Finalization.Destruction(main, one));
      Left left = awaitEnd(own, ending, one);
      if (!left.isNobody()) {
        return left;
      }
      if (one.gate().isAlive()) {
        ending.outcome();
        if (deadline.hasPassed()) {
          return Left.busy(one, List.of("one that runs Python code in it"));
        }
        look(one, false);
        LockSupport.parkNanos(PAUSE_NANOS);
      }
    }
    return Left.nobody(one);
  }

  private Left awaitEnd(OwnThread own, OwnThread.Task<?> ending, InterpreterState ended) {
    if (await(ending, deadline, ended) || !ended.gate().isAlive()) {
      return Left.nobody(ended);
    }
    if (own.abandon(ending)) {
      return Left.busy(ended, List.of("one that keeps the GIL"));
    }
    claimed.remove(ended); // until its end, which is under way
    return Left.ending(ended);
  }

  // Closers that wait for each other: the one that has come last is refused
  private void refuseCircle() {
    if (UNDER_WAY.size() < 2) {
      return;
    }
    List<Closing> circle = circle(this, new ArrayList<>(List.of(this)), new HashSet<>());
    if (circle == null) {
      return;
    }
    StringBuilder others = new StringBuilder();
    for (Closing one : circle) {
      if (one.number > number) {
        return; // that one is refused
      }
      if (one != this) {
        others.append(others.isEmpty() ? "" : ", and ");
        others.append(one.caller.getName() + ", which closes " + one.targets);
      }
    }
    throw new IllegalStateException(
        "closing "
            + targets
            + " here would wait for ever, for "
            + others
            + " and waits for this thread in turn: close one after the other, from outside of"
            + " them");
  }

  private static @Nullable List<Closing> circle(
      Closing from, List<Closing> path, Set<Closing> seen) {
    for (Closing next : from.waitedFor()) {
      if (next == path.getFirst()) {
        return path;
      }
      if (seen.add(next)) {
        List<Closing> longer = new ArrayList<>(path);
        longer.add(next);
        List<Closing> found = circle(next, longer, seen);
        if (found != null) {
          return found;
        }
      }
    }
    return null;
  }

  /** The closers that have claimed what this wants, and those that close from inside of it. */
  private Set<Closing> waitedFor() {
    Set<Closing> found = new HashSet<>();
    if (over) {
      return found; // it gives its gates back, one after the other, and waits for nobody
    }
    for (InterpreterState target : targets) {
      if (target.gate().owner() instanceof Closing owner && owner != this) {
        found.add(owner);
      }
      for (Pass pass : target.gate().passes()) {
        if (pass.isInside() && pass.thread() != caller) {
          for (Closing one : UNDER_WAY) {
            if (one.caller == pass.thread()) {
              found.add(one);
            }
          }
        }
      }
    }
    return found;
  }

  @Override
  public String toString() {
    return "Closing[" + number + ", " + targets + ", by " + caller.getName() + "]";
  }
}
