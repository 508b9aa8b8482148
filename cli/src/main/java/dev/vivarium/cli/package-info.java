/** The command line {@code vivarium}: its entry, and the commands that are one class each. */
@NullMarked
package dev.vivarium.cli;

import org.jspecify.annotations.NullMarked;
