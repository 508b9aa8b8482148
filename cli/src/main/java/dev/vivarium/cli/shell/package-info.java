/**
 * What every command needs of its surroundings: common options, failures in one line, signals,
 * terminals, durations and JSON text. Knows no command.
 */
@NullMarked
package dev.vivarium.cli.shell;

import org.jspecify.annotations.NullMarked;
