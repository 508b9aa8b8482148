package dev.vivarium.cli.map;

import dev.vivarium.cli.shell.CommonOptions;

/**
 * Makes an engine that is no part of the command line itself, since it takes much that most users
 * have no need of. Found by {@link java.util.ServiceLoader}.
 */
interface Engines {

  /** What {@code --engine} calls it. */
  String name();

  /**
   * One as the options say.
   *
   * @throws dev.vivarium.cli.shell.CommandFailure if what it runs on is not there
   */
  Engine of(FunctionReference reference, MapOptions options, CommonOptions common);
}
