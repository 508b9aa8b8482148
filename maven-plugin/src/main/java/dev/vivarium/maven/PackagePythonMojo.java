package dev.vivarium.maven;

import java.io.File;
import java.io.IOException;
import java.util.ArrayList;
import java.util.List;
import org.apache.maven.plugin.MojoExecutionException;
import org.apache.maven.plugin.MojoFailureException;
import org.apache.maven.plugins.annotations.LifecyclePhase;
import org.apache.maven.plugins.annotations.Mojo;
import org.apache.maven.plugins.annotations.Parameter;

/**
 * Puts the project's own Python code into its jar, below {@code META-INF/python}, from where Python
 * imports it, once all of it compiles.
 */
@Mojo(name = "package-python", defaultPhase = LifecyclePhase.PROCESS_RESOURCES, threadSafe = true)
public final class PackagePythonMojo extends PythonMojo {

  /** The folder with Python modules, packages and their data. */
  @SuppressWarnings("NullAway.Init") // Maven sets it
  @Parameter(property = "vivarium.sources", defaultValue = "${project.basedir}/src/main/python")
  private File sources;

  /** For Maven. */
  public PackagePythonMojo() {}

  @Override
  public void execute() throws MojoExecutionException, MojoFailureException {
    try {
      if (!sources.isDirectory()) {
        moduleFiles().clear();
        getLog().info("no Python code: there is no folder " + sources);
        return;
      }
      List<String> words = new ArrayList<>(List.of("run"));
      words.addAll(choice());
      words.addAll(List.of(script("compile_all.py").toString(), sources.toString()));
      if (vivarium(List.of(), words) != 0) {
        throw new MojoFailureException("Python code below " + sources + " does not compile");
      }
      int count = moduleFiles().copy(sources.toPath(), PackagePythonMojo::isSource);
      getLog().info("Python code: " + count + " files");
    } catch (IOException e) {
      throw new MojoExecutionException("cannot copy " + sources + ": " + e, e);
    }
  }

  private static boolean isSource(String name) {
    return !name.contains("__pycache__/") && !name.endsWith(".pyc");
  }
}
