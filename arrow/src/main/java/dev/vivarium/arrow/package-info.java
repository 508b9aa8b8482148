/**
 * Apache Arrow's vectors, record batches and readers as Python objects, and Python's as Java ones,
 * over the Arrow PyCapsule protocol: {@link dev.vivarium.arrow.Arrow} (docs/adr/0018).
 */
@NullMarked
package dev.vivarium.arrow;

import org.jspecify.annotations.NullMarked;
