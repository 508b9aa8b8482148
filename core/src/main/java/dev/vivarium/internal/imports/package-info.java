/**
 * Python modules on the class path: what {@code class_path.py}, an import system's finder and
 * loaders, asks of a class loader, and of the cache for what must be a file or is worth keeping.
 */
@NullMarked
package dev.vivarium.internal.imports;

import org.jspecify.annotations.NullMarked;
