/**
 * The Java end of the Python package {@code vivarium_host}, which starts a JVM inside a Python
 * process: static methods called with Python's values, callables and objects. Uses core's public
 * API alone.
 */
@NullMarked
package dev.vivarium.host;

import org.jspecify.annotations.NullMarked;
