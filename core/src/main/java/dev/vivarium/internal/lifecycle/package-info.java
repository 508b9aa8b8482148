/**
 * Who may enter an interpreter, and when it may end: a {@link dev.vivarium.internal.lifecycle.Gate}
 * an interpreter, the passes of threads inside, the holds that guards are, and the closing
 * protocol; and how the library's own threads are started. Plain Java that knows nothing of Python:
 * it can be run, and its interleavings checked, without one.
 */
@NullMarked
package dev.vivarium.internal.lifecycle;

import org.jspecify.annotations.NullMarked;
