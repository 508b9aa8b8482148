package dev.vivarium.management;

import dev.vivarium.pool.InterpreterPool;
import dev.vivarium.pool.PoolStatistics;

/**
 * A pool at one moment: {@link PoolStatistics} in types that JMX has.
 *
 * @param name as {@link InterpreterPool#name}
 * @param interpreters how many serve it
 * @param idle how many of them wait for work
 * @param waiting calls that wait for one
 * @param stuck calls that were given up and have not ended
 * @param calls that have been done
 * @param failed of these, those that threw
 * @param interrupted calls that were interrupted and have let go
 * @param givenUp calls that were interrupted and have not
 * @param made interpreters since the pool was opened
 * @param notMade how often one could not be made or initialized
 * @param waitedMillis how long calls have waited for their turn, all together
 * @param workedMillis how long calls have taken from then on
 */
public record PoolInfo(
    String name,
    int interpreters,
    int idle,
    int waiting,
    int stuck,
    long calls,
    long failed,
    long interrupted,
    long givenUp,
    long made,
    long notMade,
    long waitedMillis,
    long workedMillis) {

  static PoolInfo of(InterpreterPool pool) {
    PoolStatistics now = pool.statistics();
    return new PoolInfo(
        pool.name(),
        now.interpreters(),
        now.idle(),
        now.waiting(),
        now.stuck(),
        now.calls(),
        now.failed(),
        now.interrupted(),
        now.givenUp(),
        now.made(),
        now.notMade(),
        now.waited().toMillis(),
        now.worked().toMillis());
  }
}
