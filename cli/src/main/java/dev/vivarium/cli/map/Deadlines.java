package dev.vivarium.cli.map;

import dev.vivarium.cli.shell.DurationConverter;
import java.time.Duration;
import java.util.concurrent.Future;
import java.util.concurrent.ScheduledThreadPoolExecutor;
import java.util.concurrent.TimeUnit;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;

/** Interrupts turns that take too long, and gives up those that go on nevertheless. */
final class Deadlines {

  /** How long Python has to let go after an interrupt. */
  static final Duration GRACE = Duration.ofSeconds(1);

  private final @Nullable Duration limit;
  private final Consumer<Turn> giveUp;
  private final ScheduledThreadPoolExecutor timer;

  /**
   * Watches nothing yet.
   *
   * @param limit how long a turn may take, or null
   * @param giveUp what becomes of a turn that does not let go
   */
  Deadlines(@Nullable Duration limit, Consumer<Turn> giveUp) {
    this.limit = limit;
    this.giveUp = giveUp;
    this.timer =
        new ScheduledThreadPoolExecutor(
            1, task -> Thread.ofPlatform().daemon().name("deadlines").unstarted(task));
    timer.setRemoveOnCancelPolicy(true);
  }

  /** Begins a turn's time; what it gives is to be cancelled when the turn is over. */
  @Nullable Future<?> begin(Turn turn) {
    Duration time = limit;
    return time == null
        ? null
        : timer.schedule(() -> expire(turn), time.toNanos(), TimeUnit.NANOSECONDS);
  }

  private void expire(Turn turn) {
    turn.expire();
    var _ =
        timer.schedule(
            () -> {
              if (turn.settle()) {
                giveUp.accept(turn);
              }
            },
            GRACE.toMillis(),
            TimeUnit.MILLISECONDS);
  }

  /** The error of an item that took too long. */
  ItemError error(boolean letGo) {
    Duration time = limit == null ? Duration.ZERO : limit;
    return new ItemError(
        "Deadline",
        "it took longer than "
            + DurationConverter.format(time)
            + (letGo ? " and was interrupted" : " and did not let go: its thread was abandoned"),
        "");
  }
}
