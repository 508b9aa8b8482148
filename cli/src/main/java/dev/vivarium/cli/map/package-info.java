/**
 * The command {@code map}: items in, a pool of interpreters that each call the function, lines out.
 * Items are read only as fast as lines are written.
 */
@NullMarked
package dev.vivarium.cli.map;

import org.jspecify.annotations.NullMarked;
