/**
 * Thread states: made, kept, attached, detached, restored, reaped; and interpreters made and ended,
 * each on a thread of the library's own. Nothing else calls {@code PyEval_*}, {@code
 * PyThreadState_*} or {@code PyGILState_*}.
 *
 * <p>The rule behind most of it: a thread state is deleted by its own thread, unless nothing but
 * our own records names it (see {@link dev.vivarium.internal.thread.GilStateSlot}).
 */
@NullMarked
package dev.vivarium.internal.thread;

import org.jspecify.annotations.NullMarked;
