package dev.vivarium.maven;

import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.regex.Pattern;
import org.apache.maven.plugin.MojoExecutionException;
import org.apache.maven.plugin.MojoFailureException;
import org.apache.maven.plugins.annotations.LifecyclePhase;
import org.apache.maven.plugins.annotations.Mojo;

/**
 * Installs the packages of the environment folder as its lock file says, as {@code vivarium env
 * sync} does, and puts them into the project's jar, below {@code META-INF/python}. Where the
 * platform has no lock file yet, one is written, which is to be kept in version control.
 */
@Mojo(name = "resolve", defaultPhase = LifecyclePhase.PROCESS_RESOURCES, threadSafe = true)
public final class ResolveMojo extends EnvironmentMojo {

  // Differ from run to run, or are of no use in a jar
  private static final Pattern LEFT_OUT =
      Pattern.compile(
          "installed\\.lock|bin/.*|[^/]*\\.pth|(?:.*/)?__pycache__/.*|.*\\.pyc"
              + "|[^/]*\\.dist-info/(?:RECORD|INSTALLER|REQUESTED|direct_url\\.json)");

  // Each extension module is unpacked alone
  private static final Pattern NEEDS_FILES =
      Pattern.compile("[^/]*\\.libs/.*|(?:.*/)?\\.dylibs/.*|.*\\.so\\.[\\d.]+|.*\\.(?:dylib|dll)");

  /** For Maven. */
  public ResolveMojo() {}

  @Override
  void execute(Path environment) throws IOException, MojoExecutionException, MojoFailureException {
    env("sync", environment);
    Path packages = packages(environment);
    for (String name : ModuleFiles.names(packages)) {
      if (NEEDS_FILES.matcher(name).matches()) {
        throw new MojoFailureException(
            name
                + " is a library that extension modules load, and cannot do so from a jar: have"
                + " that package in an environment folder where the program runs"
                + " (PythonOptions.environment), or NumPy as a dependency (docs/guide/packages.md)");
      }
    }
    int count = moduleFiles().copy(packages, name -> !LEFT_OUT.matcher(name).matches());
    getLog().info("Python packages: " + count + " files");
  }

  @Override
  void withoutEnvironment() throws IOException {
    moduleFiles().clear();
  }

  private Path packages(Path environment) throws MojoExecutionException {
    List<String> words = new ArrayList<>(List.of(environment.toString()));
    words.addAll(choice());
    List<String> printed = new ArrayList<>();
    int status = java(List.of(), PackagesFolder.class.getName(), words, printed::add);
    return PackagesFolder.printed(printed)
        .filter(folder -> status == 0)
        .orElseThrow(() ->
            new MojoExecutionException(
                "cannot tell where "
                    + environment
                    + " has its packages:\n"
                    + String.join("\n", printed)));
  }
}
