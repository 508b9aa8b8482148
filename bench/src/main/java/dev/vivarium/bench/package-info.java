/**
 * The figures: how fast Vivarium is, each beside what C costs for the same work on the same
 * libpython in the same run.
 *
 * <p>{@link dev.vivarium.bench.Main} reads the command line and prints the table, {@link
 * dev.vivarium.bench.Figure} says what is compared with what, the classes that extend {@link
 * dev.vivarium.bench.PythonBenchmark} do the work that is measured (one JMH benchmark each, in a
 * JVM of its own), and {@link dev.vivarium.bench.Twin} is the C side, compiled from {@code twin.c}.
 * Nothing here is part of the library.
 */
@NullMarked
package dev.vivarium.bench;

import org.jspecify.annotations.NullMarked;
