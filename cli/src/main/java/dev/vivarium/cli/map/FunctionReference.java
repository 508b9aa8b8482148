package dev.vivarium.cli.map;

import dev.vivarium.cli.shell.CommandFailure;
import java.io.Serializable;
import java.nio.file.Files;
import java.nio.file.Path;

/**
 * The function to call, as {@code FILE.py:FUNCTION} names it.
 *
 * @param file the source file, as it was given
 * @param name the function, with dots for one in a class
 */
record FunctionReference(String file, String name) implements Serializable {

  /**
   * Reads it.
   *
   * @throws CommandFailure if it is not of that form, or there is no such file
   */
  static FunctionReference parse(String text) {
    int colon = text.lastIndexOf(':');
    if (colon <= 0 || colon == text.length() - 1) {
      throw new CommandFailure(
          "'" + text + "' names no function: write FILE.py:FUNCTION, such as sizes.py:measure");
    }
    String file = text.substring(0, colon);
    if (!Files.isRegularFile(Path.of(file))) {
      throw new CommandFailure("no such file: '" + file + "'");
    }
    return new FunctionReference(file, text.substring(colon + 1));
  }

  /** The same from wherever the command is started. */
  String absolute() {
    return Path.of(file).toAbsolutePath().normalize() + ":" + name;
  }
}
