/**
 * The commands of {@code env}: what makes and changes an environment folder, by the pip of the
 * Python that is to use it. What such a folder is, {@link dev.vivarium.PythonEnvironment} says.
 */
@NullMarked
package dev.vivarium.cli.env;

import org.jspecify.annotations.NullMarked;
