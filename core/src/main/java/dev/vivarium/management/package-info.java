/**
 * Python as tools for the JVM see it: an MXBean, {@link dev.vivarium.management.PythonMXBean}, for
 * whoever registers it by {@link dev.vivarium.management.PythonManagement}.
 *
 * <p>What belongs here tells and changes nothing. It looks at interpreters and pools from outside
 * and waits for none, and nobody else in this library knows JMX, which is not loaded before it is
 * asked for (docs/adr/0038). The guide is {@code docs/guide/observability.md}.
 */
@NullMarked
package dev.vivarium.management;

import org.jspecify.annotations.NullMarked;
