package dev.vivarium.pool;

import java.time.Duration;

/**
 * What a pool has now and has done so far, of one moment.
 *
 * @param interpreters how many serve it: idle, at work or checked out. In a pool of main's they are
 *     threads
 * @param idle how many of them wait for work
 * @param waiting calls that wait for one
 * @param stuck calls that were given up and have not ended: each has a thread, and in a pool of
 *     interpreters of its own one of those
 * @param calls that have been done, failed ones included, checkouts and health checks not
 * @param failed of these, those that threw
 * @param interrupted calls that were interrupted and have let go
 * @param givenUp calls that were interrupted and have not
 * @param made interpreters since the pool was opened
 * @param notMade how often one could not be made or initialized; {@link InterpreterPool#failure}
 *     says why
 * @param waited how long calls have waited for their turn, all together
 * @param worked how long calls have taken from then on
 */
public record PoolStatistics(
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
    Duration waited,
    Duration worked) {}
