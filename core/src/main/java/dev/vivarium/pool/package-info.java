/**
 * Several interpreters behind one call: {@link dev.vivarium.pool.InterpreterPool}.
 *
 * <p>What belongs here decides which interpreter does what and when, and what becomes of one that
 * fails or hangs. It is a user of {@code dev.vivarium} like any other, and knows nothing of
 * CPython. The guides are {@code docs/guide/parallel.md} and {@code docs/guide/deadlines.md}.
 */
@NullMarked
package dev.vivarium.pool;

import org.jspecify.annotations.NullMarked;
