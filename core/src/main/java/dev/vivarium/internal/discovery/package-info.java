/**
 * Finding the CPython to load: from options, the environment, a provider on the class path or a
 * program, with a clear refusal of what cannot work; and the cache folder. Looks at files and runs
 * other programs, but loads nothing into this process.
 */
@NullMarked
package dev.vivarium.internal.discovery;

import org.jspecify.annotations.NullMarked;
