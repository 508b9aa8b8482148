/** The command {@code doctor}: checks that each look at one thing and say what to do about it. */
@NullMarked
package dev.vivarium.cli.doctor;

import org.jspecify.annotations.NullMarked;
