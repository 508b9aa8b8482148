package dev.vivarium.pool;

import dev.vivarium.Interpreter;
import dev.vivarium.InterpreterAction;
import dev.vivarium.internal.lifecycle.Deadline;
import java.time.Duration;
import java.util.concurrent.atomic.AtomicReference;
import org.jspecify.annotations.Nullable;

/** Asks the interpreters of a pool that are idle, at intervals, whether they are well. */
final class HealthCheck implements Runnable {

  private static final System.Logger LOG = System.getLogger("dev.vivarium");

  private final Crew crew;
  private final InterpreterAction<?> check;
  private final Duration every;

  HealthCheck(Crew crew, InterpreterAction<?> check, Duration every) {
    this.crew = crew;
    this.check = check;
    this.every = every;
  }

  @Override
  public void run() {
    try {
      do {
        for (int place = 0; place < crew.places(); place++) {
          check(place);
        }
      } while (!crew.awaitClosing(Deadline.in(every)));
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt(); // nobody has this thread, to do that
    }
  }

  // Whatever it throws, its interpreter is replaced
  private void check(int place) {
    AtomicReference<@Nullable Interpreter> checked = new AtomicReference<>();
    Call call =
        Call.check(
            in -> {
              checked.set(in);
              check.run(in);
              return null;
            },
            place);
    try {
      if (crew.addIfIdle(call)) {
        PoolCaller.of(crew).within(every).outcomeOf(call);
      }
    } catch (Throwable t) {
      if (!crew.isClosed()) {
        LOG.log(
            System.Logger.Level.WARNING,
            described(checked.get()) + " of " + crew + " is not well and is replaced",
            t);
      }
    }
  }

  // None has begun where it took too long to get there
  private static String described(@Nullable Interpreter interpreter) {
    return interpreter == null ? "an interpreter" : interpreter.toString();
  }
}
