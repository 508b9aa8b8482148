/**
 * docs/behaviour.md as tests: a method or more a row, tagged with the row's number and named in
 * words. They use the public API and C libraries that know only {@code PyGILState_*} and JNI.
 *
 * <p>One JVM has one CPython, so a run of these tests has one too, named by system properties
 * ({@link dev.vivarium.testing.PythonUnderTest}). What ends it, or could kill the process, runs in
 * a {@link dev.vivarium.testing.ChildJvm}.
 */
package dev.vivarium.behaviour;
