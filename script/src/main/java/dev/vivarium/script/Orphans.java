package dev.vivarium.script;

import dev.vivarium.Interpreter;
import dev.vivarium.InterpreterBusyException;
import java.lang.ref.PhantomReference;
import java.lang.ref.ReferenceQueue;
import java.time.Duration;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;

/**
 * Ends the interpreters of engines that nobody can reach any more: when Java holds no object of
 * theirs either, and nobody is inside.
 */
final class Orphans {

  private static final long LOOK_AGAIN_MILLIS = 500;
  private static final Duration PATIENCE = Duration.ofMillis(200);

  private static final ReferenceQueue<Session> GONE = new ReferenceQueue<>();

  // What keeps the references themselves reachable
  private static final Set<Orphan> WATCHED = ConcurrentHashMap.newKeySet();

  static {
    Thread.ofPlatform().daemon().name("python-engines").start(Orphans::watch);
  }

  private static final class Orphan extends PhantomReference<Session> {
    private final Interpreter interpreter;

    Orphan(Session session, Interpreter interpreter) {
      super(session, GONE);
      this.interpreter = interpreter;
    }
  }

  private Orphans() {}

  /** Ends the interpreter some time after the session has become unreachable. */
  static void watch(Session session, Interpreter interpreter) {
    WATCHED.add(new Orphan(session, interpreter));
  }

  private static void watch() {
    Set<Orphan> waiting = new java.util.HashSet<>();
    while (true) {
      try {
        Orphan orphan = (Orphan) GONE.remove(waiting.isEmpty() ? 0 : LOOK_AGAIN_MILLIS);
        if (orphan != null) {
          WATCHED.remove(orphan);
          waiting.add(orphan);
        }
        waiting.removeIf(one -> end(one.interpreter));
      } catch (InterruptedException e) {
        // Nobody has a reason to interrupt this thread, and it must go on
      }
    }
  }

  // False where it is to be tried again
  private static boolean end(Interpreter interpreter) {
    if (!interpreter.isAlive()) {
      return true;
    }
    if (interpreter.hasObjects()) {
      return false;
    }
    try {
      interpreter.close(PATIENCE);
      return true;
    } catch (InterpreterBusyException e) {
      return false; // a Python thread that goes on
    } catch (RuntimeException e) {
      System.getLogger("dev.vivarium.script")
          .log(
              System.Logger.Level.WARNING,
              "the interpreter of a dropped engine could not be ended",
              e);
      return true;
    }
  }
}
