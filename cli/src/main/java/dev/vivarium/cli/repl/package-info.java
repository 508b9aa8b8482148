/** The command {@code vivarium repl}: a Python prompt in this JVM, for all its interpreters. */
@NullMarked
package dev.vivarium.cli.repl;

import org.jspecify.annotations.NullMarked;
