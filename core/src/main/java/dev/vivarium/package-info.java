/**
 * Real CPython inside the JVM, for every thread of it: what users import.
 *
 * <p>Start with {@link dev.vivarium.Python}. The words are CPython's: an <em>interpreter</em>, an
 * attached <em>thread state</em>, weak <em>views</em> and strong <em>guards</em> of interpreters
 * (PEP 788). The guide {@code docs/guide/threads.md} teaches the model.
 */
@NullMarked
package dev.vivarium;

import org.jspecify.annotations.NullMarked;
