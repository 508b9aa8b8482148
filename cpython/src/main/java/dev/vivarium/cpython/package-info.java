/**
 * The embedded default: the CPython of the Maven artifact {@code org.bytedeco:cpython}, unpacked
 * once into the user's cache folder and shared by processes. Only files are handled here; nothing
 * is loaded or run.
 */
@NullMarked
package dev.vivarium.cpython;

import org.jspecify.annotations.NullMarked;
