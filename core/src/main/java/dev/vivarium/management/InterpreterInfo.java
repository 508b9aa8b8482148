package dev.vivarium.management;

/**
 * An interpreter at one moment.
 *
 * @param id as {@link dev.vivarium.Interpreter#id}; main's is 0
 * @param gil whose GIL it has: {@code own}, {@code main's}, {@code none} on a free-threaded
 *     CPython, or {@code unknown} where Python code has made it
 * @param closing whether newcomers are refused
 * @param threads inside, those too that are detached for a while
 * @param guards that are open
 */
public record InterpreterInfo(long id, String gil, boolean closing, int threads, int guards) {}
