package dev.vivarium.maven;

import java.io.File;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.locks.Lock;
import org.apache.maven.artifact.DependencyResolutionRequiredException;
import org.apache.maven.plugin.MojoExecutionException;
import org.apache.maven.plugin.MojoFailureException;
import org.apache.maven.plugins.annotations.LifecyclePhase;
import org.apache.maven.plugins.annotations.Mojo;
import org.apache.maven.plugins.annotations.Parameter;
import org.apache.maven.plugins.annotations.ResolutionScope;
import org.jspecify.annotations.Nullable;

/**
 * Runs Python tests in a JVM with the project's test class path, so that they may use its Java
 * classes and its Python code: by pytest where the environment folder has it, else by unittest. A
 * failure fails the build, and so does a folder in which there are no tests. Reports, as JUnit's,
 * are written to {@code target/vivarium/reports}.
 */
@Mojo(
    name = "test",
    defaultPhase = LifecyclePhase.TEST,
    requiresDependencyResolution = ResolutionScope.TEST,
    threadSafe = true)
@SuppressWarnings("NullAway.Init") // Maven sets the fields
public final class TestMojo extends PythonMojo {

  private static final int NO_TESTS = 5; // of pytest, and so of ours

  /** The folder with tests: {@code test*.py}, or what pytest finds. */
  @Parameter(property = "vivarium.tests", defaultValue = "${project.basedir}/src/test/python")
  private File tests;

  /** Runs no tests. */
  @Parameter(property = "skipTests")
  private boolean skipTests;

  /** Runs no tests either. */
  @Parameter(property = "maven.test.skip")
  private boolean skip;

  /** For Maven. */
  public TestMojo() {}

  @Override
  public void execute() throws MojoExecutionException, MojoFailureException {
    if (skipTests || skip) {
      getLog().info("Python tests are skipped");
      return;
    }
    if (!tests.isDirectory()) {
      getLog().info("no Python tests: there is no folder " + tests);
      return;
    }
    int status;
    try {
      status = run(environment());
    } catch (IOException | DependencyResolutionRequiredException e) {
      throw new MojoExecutionException("cannot run the tests of " + tests + ": " + e, e);
    }
    if (status != 0) {
      throw new MojoFailureException(
          status == NO_TESTS
              ? "there are no tests in " + tests
              : "Python tests have failed, with status " + status + ": see above");
    }
  }

  private int run(@Nullable Path environment)
      throws IOException, DependencyResolutionRequiredException, MojoExecutionException {
    List<String> words = new ArrayList<>(List.of("run"));
    words.addAll(choice());
    if (environment == null) {
      return run(words);
    }
    words.addAll(List.of("--environment", environment.toString()));
    Lock lock = EnvironmentLocks.of(environment).readLock();
    lock.lock();
    try {
      return run(words);
    } finally {
      lock.unlock();
    }
  }

  private int run(List<String> words)
      throws IOException, DependencyResolutionRequiredException, MojoExecutionException {
    words.add(script("run_tests.py").toString());
    words.add(tests.toString());
    words.add(Files.createDirectories(work().resolve("reports")).toString());
    return vivarium(project().getTestClasspathElements(), words);
  }
}
