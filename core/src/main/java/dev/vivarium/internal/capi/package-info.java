/**
 * CPython's C API as Java sees it: one method a C function, under the C name, and the few facts
 * about structures, versions and symbols that calling it needs. No policy lives here: nothing in
 * this package decides when a function may be called. What the system and the JVM have of the same
 * kind is here too: threads, libraries, stacks, JNI's monitors.
 *
 * <p>Pointers are {@code long}s, so that a hot path allocates nothing.
 */
@NullMarked
package dev.vivarium.internal.capi;

import org.jspecify.annotations.NullMarked;
