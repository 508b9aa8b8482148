/**
 * Thread states: made, kept, attached, detached, restored, reaped; and interpreters made and ended,
 * each on a thread of the library's own. Nothing else calls {@code PyEval_*}, {@code
 * PyThreadState_*} or {@code PyGILState_*}.
 *
 * <p>The rule behind most of it: a thread state is deleted by its own thread, unless nothing but
 * our own records names it (see {@link dev.vivarium.internal.thread.GilStateSlot}).
 *
 * <p>The room reads from below: what is kept of interpreters and threads; the steps of attaching,
 * which must be one; ensure, release and callbacks, made of them; what looks after threads from
 * outside; the end; and, since a beginning says what its end is, the beginning on top. {@code
 * ThreadLayersTest} has the order.
 *
 * <p>What must be done although memory has run out, if only at the next try, has no lambda, method
 * reference or pattern switch: the JVM links each at its first use, and where it can't, never will
 * ({@code LinkedLateTest}; docs/adr/0020).
 */
@NullMarked
package dev.vivarium.internal.thread;

import org.jspecify.annotations.NullMarked;
