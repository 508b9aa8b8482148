package dev.vivarium.cli.env;

import dev.vivarium.Python;
import dev.vivarium.PythonEnvironment;
import dev.vivarium.cli.shell.CommandFailure;
import dev.vivarium.cli.shell.PythonChoice;
import java.io.IOException;
import java.io.PrintWriter;
import java.nio.file.Path;
import java.util.concurrent.Callable;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Parameters;
import picocli.CommandLine.Spec;

/** What all subcommands of {@code env} have: a folder, and the Python that it is for. */
abstract class EnvironmentTask implements Callable<Integer> {

  @Mixin private PythonChoice choice = new PythonChoice();

  @SuppressWarnings("NullAway.Init") // picocli sets it
  @Parameters(paramLabel = "ENV", index = "0", description = "The environment's folder.")
  private Path folder;

  @SuppressWarnings("NullAway.Init") // picocli sets it
  @Spec
  private CommandSpec spec;

  /** Does the work. */
  abstract void work(Python python) throws IOException;

  @Override
  public Integer call() throws IOException {
    try (Python python = Python.start(choice.pythonOptions().classPathPackages(false).build())) {
      work(python);
      return 0;
    } catch (PipFailure e) {
      warn(String.valueOf(e.getMessage()));
      return e.status();
    }
  }

  Path folder() {
    return folder.toAbsolutePath().normalize();
  }

  /** The folder as the user has named it. */
  String named() {
    return folder.toString();
  }

  PythonEnvironment environment() {
    try {
      return PythonEnvironment.of(folder);
    } catch (IllegalArgumentException e) {
      throw new CommandFailure(String.valueOf(e.getMessage()), e);
    }
  }

  void warn(String text) {
    PrintWriter err = spec.commandLine().getErr();
    err.println("vivarium: " + text);
    err.flush();
  }

  void say(String text) {
    PrintWriter out = spec.commandLine().getOut();
    out.println(text);
    out.flush();
  }
}
