package dev.vivarium.maven;

import java.nio.file.Path;
import org.apache.maven.plugin.MojoExecutionException;
import org.apache.maven.plugin.MojoFailureException;
import org.apache.maven.plugins.annotations.Mojo;

/**
 * Writes the lock file of the environment folder anew, with the newest versions that its
 * requirements allow, as {@code vivarium env lock} does.
 */
@Mojo(name = "lock", threadSafe = true)
public final class LockMojo extends EnvironmentMojo {

  /** For Maven. */
  public LockMojo() {}

  @Override
  void execute(Path environment) throws MojoExecutionException, MojoFailureException {
    env("lock", environment);
  }
}
