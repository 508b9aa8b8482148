/**
 * The command {@code map}: items in, an {@link dev.vivarium.cli.map.Engine} that calls the
 * function, lines out. Items are read only as fast as lines are written. Apache Spark's engine is
 * in the module {@code cli-spark}, in this package too: on a class path that is one package.
 */
@NullMarked
package dev.vivarium.cli.map;

import org.jspecify.annotations.NullMarked;
