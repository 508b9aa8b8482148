/**
 * Python in a program's metrics: {@link dev.vivarium.micrometer.PythonMetrics} binds what {@link
 * dev.vivarium.management.PythonMXBean} and the pools' statistics tell to a registry of
 * Micrometer's.
 *
 * <p>What belongs here reads and names; it counts nothing itself, and waits for no interpreter. The
 * guide is {@code docs/guide/observability.md}.
 */
@NullMarked
package dev.vivarium.micrometer;

import org.jspecify.annotations.NullMarked;
