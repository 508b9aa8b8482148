/**
 * Java functions as Python objects: built-in functions of Python whose code is one upcall for each
 * shape, and which name their Java target by a handle in a capsule. And which Java code that Python
 * calls may keep the GIL, by a look through its bytecode; the rest is detached.
 */
@NullMarked
package dev.vivarium.internal.bridge;

import org.jspecify.annotations.NullMarked;
