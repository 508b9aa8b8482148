package dev.vivarium.management;

/**
 * How long threads have waited for the GIL of an interpreter, to come in or back from being
 * detached. Waits of less than 20 ms are not seen, nor threads that take turns in the midst of
 * Python code.
 *
 * @param interpreter its id; main's is 0
 * @param waits how many, since they have been counted
 * @param waitedMillis how long, all together; each to a hundredth of a second, and never as longer
 *     than it was
 */
public record GilWaitInfo(long interpreter, long waits, long waitedMillis) {}
