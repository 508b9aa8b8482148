/** The command {@code run}: a Python program in the main interpreter, as {@code python} runs it. */
@NullMarked
package dev.vivarium.cli.run;

import org.jspecify.annotations.NullMarked;
