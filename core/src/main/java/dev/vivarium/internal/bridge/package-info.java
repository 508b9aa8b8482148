/**
 * Java functions as Python objects: built-in functions of Python whose code is one upcall for each
 * shape, and which name their Java target by a handle in a capsule.
 */
@NullMarked
package dev.vivarium.internal.bridge;

import org.jspecify.annotations.NullMarked;
