package dev.vivarium.maven;

import java.io.File;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import org.apache.maven.plugin.MojoExecutionException;
import org.apache.maven.plugin.MojoFailureException;
import org.apache.maven.plugins.annotations.Parameter;
import org.jspecify.annotations.Nullable;

/** What the goals have that change the environment folder. */
abstract class EnvironmentMojo extends PythonMojo {

  /** A folder of wheels to take packages from, and nothing from an index. */
  @Parameter(property = "vivarium.wheels")
  private @Nullable File wheels;

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
