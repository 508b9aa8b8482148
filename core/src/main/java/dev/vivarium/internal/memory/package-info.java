/**
 * Buffers: Python's and Java's memory seen by the other side, and how each is kept for as long as
 * the other looks at it (docs/adr/0014).
 */
@NullMarked
package dev.vivarium.internal.memory;

import org.jspecify.annotations.NullMarked;
