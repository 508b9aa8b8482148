/**
 * The command {@code map}: items in, an {@link dev.vivarium.cli.map.Engine} that calls the
 * function, lines out. Items are read only as fast as lines are written. The classes of Apache
 * Spark's engine are loaded only for it.
 */
@NullMarked
package dev.vivarium.cli.map;

import org.jspecify.annotations.NullMarked;
