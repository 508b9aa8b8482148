package dev.vivarium.maven;

import java.io.File;
import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.locks.Lock;
import org.apache.maven.plugin.MojoExecutionException;
import org.apache.maven.plugin.MojoFailureException;
import org.apache.maven.plugins.annotations.Parameter;
import org.jspecify.annotations.Nullable;

/** What the goals have that change the environment folder: one after the other is at it. */
abstract class EnvironmentMojo extends PythonMojo {

  /** A folder of wheels to take packages from, and nothing from an index. */
  @Parameter(property = "vivarium.wheels")
  private @Nullable File wheels;

  @Override
  public final void execute() throws MojoExecutionException, MojoFailureException {
    Path environment = environment();
    try {
      if (environment == null) {
        withoutEnvironment();
        getLog().info("no Python packages: there is no requirements.txt in an environment folder");
        return;
      }
      Lock lock = EnvironmentLocks.of(environment).writeLock();
      lock.lock();
      try {
        execute(environment);
      } finally {
        lock.unlock();
      }
    } catch (IOException e) {
      throw new MojoExecutionException("cannot read or write files: " + e, e);
    }
  }

  /** Does what the goal is for; no other one is at that folder meanwhile. */
  abstract void execute(Path environment)
      throws IOException, MojoExecutionException, MojoFailureException;

  /** What there is to do where the project has no environment folder. */
  void withoutEnvironment() throws IOException {}

  /** Runs a subcommand of {@code vivarium env}. */
  void env(String subcommand, Path environment)
      throws MojoExecutionException, MojoFailureException {
    List<String> words = new ArrayList<>(List.of("env", subcommand, environment.toString()));
    words.addAll(choice());
    if (wheels != null) {
      words.addAll(List.of("--wheels", wheels.toString()));
    }
    if (vivarium(List.of(), words) != 0) {
      throw new MojoFailureException(
          "the packages of "
              + environment
              + " cannot be had: see above; after a change of the"
              + " requirements, 'mvn dev.vivarium:vivarium-maven-plugin:lock'");
    }
  }
}
