package dev.vivarium.maven;

import java.io.BufferedReader;
import java.io.File;
import java.io.IOException;
import java.io.InputStream;
import java.net.URLEncoder;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Objects;
import java.util.Set;
import java.util.function.Consumer;
import java.util.stream.Stream;
import javax.inject.Inject;
import org.apache.maven.artifact.Artifact;
import org.apache.maven.model.Plugin;
import org.apache.maven.model.PluginExecution;
import org.apache.maven.plugin.AbstractMojo;
import org.apache.maven.plugin.MojoExecution;
import org.apache.maven.plugin.MojoExecutionException;
import org.apache.maven.plugin.descriptor.PluginDescriptor;
import org.apache.maven.plugins.annotations.Parameter;
import org.apache.maven.project.MavenProject;
import org.eclipse.aether.RepositorySystem;
import org.eclipse.aether.RepositorySystemSession;
import org.jspecify.annotations.Nullable;

/** What all goals have: the project, and a JVM with Vivarium's command line in it. */
@SuppressWarnings("NullAway.Init") // Maven sets the fields
abstract class PythonMojo extends AbstractMojo {

  private static final String MAIN = "dev.vivarium.cli.Main";

  private static final Set<String> OF_SHELLS =
      Set.of("VIRTUAL_ENV", "CONDA_PREFIX", "VIVARIUM_PYTHON", "VIVARIUM_LIBRARY", "VIVARIUM_HOME");

  /** The project. */
  @Parameter(defaultValue = "${project}", readonly = true, required = true)
  private MavenProject project;

  @Parameter(defaultValue = "${plugin}", readonly = true, required = true)
  private PluginDescriptor plugin;

  @Parameter(defaultValue = "${repositorySystemSession}", readonly = true, required = true)
  private RepositorySystemSession session;

  @Parameter(defaultValue = "${mojoExecution}", readonly = true, required = true)
  private MojoExecution execution;

  @Inject private RepositorySystem repositories;

  /**
   * The environment folder of the project, with its {@code requirements.txt} and lock files: what
   * is packaged, and what tests have.
   */
  @Parameter(property = "vivarium.environment", defaultValue = "${project.basedir}/python-env")
  private File environment;

  /** The Python to use, as {@code --python} takes it; the embedded one by default. */
  @Parameter(property = "vivarium.python")
  private @Nullable String python;

  MavenProject project() {
    return project;
  }

  /** The environment folder, if the project has one. */
  @Nullable Path environment() {
    return Files.isRegularFile(environment.toPath().resolve("requirements.txt"))
        ? environment.toPath()
        : null;
  }

  private List<PluginExecution> executions() {
    Plugin declared = project.getPlugin(plugin.getPluginLookupKey());
    return declared == null ? List.of() : declared.getExecutions();
  }

  // Run by hand, a goal stands for the one execution that the project has of it
  private String executionId() {
    List<String> ids =
        executions().stream()
            .filter(one -> one.getGoals().contains(execution.getGoal()))
            .map(PluginExecution::getId)
            .toList();
    return ids.size() == 1 ? ids.getFirst() : execution.getExecutionId();
  }

  /** Where Python modules lie in the project's jar. */
  private Path modules() {
    return Path.of(project.getBuild().getOutputDirectory(), "META-INF", "python");
  }

  /**
   * The files there that this execution of a goal has written. Takes away those of executions that
   * the project has no more.
   */
  ModuleFiles moduleFiles() throws IOException {
    Path lists = Path.of(project.getBuild().getDirectory(), "vivarium", "written");
    Path ours = list(lists, execution.getGoal(), executionId());
    Set<Path> all = new HashSet<>(Set.of(ours));
    for (PluginExecution one : executions()) {
      one.getGoals().forEach(goal -> all.add(list(lists, goal, one.getId())));
    }
    ModuleFiles files = new ModuleFiles(modules(), ours);
    files.clearOthers(all);
    return files;
  }

  // Of each goal and execution: one would take away another's files
  private static Path list(Path lists, String goal, String id) {
    return lists.resolve(URLEncoder.encode(goal + "-" + id + ".txt", StandardCharsets.UTF_8));
  }

  /** A folder of the plugin's own in the project's build folder. */
  Path work() throws IOException {
    return Files.createDirectories(Path.of(project.getBuild().getDirectory(), "vivarium"));
  }

  /** A Python file of the plugin's, as a file. */
  Path script(String name) throws IOException {
    Path folder = Files.createDirectories(work().resolve("scripts"));
    Path script = folder.resolve(name);
    try (InputStream in =
        Objects.requireNonNull(PythonMojo.class.getResourceAsStream(name), name)) {
      Files.copy(in, script, StandardCopyOption.REPLACE_EXISTING);
    }
    return script;
  }

  /** Runs the command line, and says what it prints in the build's log; its status. */
  int vivarium(List<String> classPath, List<String> words) throws MojoExecutionException {
    List<String> kept = new ArrayList<>(); // for mvn -q, which is to hear of failures
    boolean quiet = !getLog().isInfoEnabled();
    int status = java(classPath, MAIN, words, quiet ? kept::add : getLog()::info);
    if (status != 0) {
      kept.forEach(getLog()::error);
    }
    return status;
  }

  /** The words that choose a Python. */
  List<String> choice() {
    return python == null ? List.of() : List.of("--python", python);
  }

  /**
   * Runs a Java program, to whose class path the plugin's own is added; its status.
   *
   * @param printed told each line of both its streams
   */
  int java(
      List<String> classPath, String main, List<String> words, Consumer<? super String> printed)
      throws MojoExecutionException {
    List<String> command = new ArrayList<>();
    command.add(Path.of(System.getProperty("java.home"), "bin", "java").toString());
    command.addAll(List.of("--enable-native-access=ALL-UNNAMED", "-XX:+UseSerialGC"));
    command.addAll(List.of("-Dstdout.encoding=UTF-8", "-Dstderr.encoding=UTF-8", "-cp"));
    command.add(String.join(File.pathSeparator, withOwn(classPath)));
    command.add(main);
    command.addAll(words);
    ProcessBuilder builder = new ProcessBuilder(command).directory(project.getBasedir());
    withoutShells(builder.environment());
    builder.redirectErrorStream(true);
    try {
      Process process = builder.start();
      process.getOutputStream().close();
      try (BufferedReader lines = process.inputReader(StandardCharsets.UTF_8)) {
        lines.lines().forEach(printed);
      }
      return process.waitFor();
    } catch (IOException e) {
      throw new MojoExecutionException("cannot run " + command.getFirst() + ": " + e, e);
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw new MojoExecutionException("interrupted", e);
    }
  }

  /**
   * Takes from an environment what a shell says of its own Python: the build is to be the same in
   * each. The command line heeds all of that.
   */
  static void withoutShells(Map<String, String> variables) {
    variables
        .keySet()
        .removeIf(name -> {
          String upper = name.toUpperCase(Locale.ROOT); // as they count on Windows
          return upper.startsWith("PYTHON") || OF_SHELLS.contains(upper);
        });
    variables.put("PYTHONNOUSERSITE", "1");
    variables.put("PYTHONIOENCODING", "utf-8"); // as Java prints there
  }

  private Set<String> withOwn(List<String> classPath) throws MojoExecutionException {
    Set<String> all = new LinkedHashSet<>(classPath); // whose versions come first
    Stream.concat(Stream.of(plugin.getPluginArtifact()), plugin.getArtifacts().stream())
        .map(Artifact::getFile)
        .filter(Objects::nonNull)
        .forEach(file -> all.add(file.toString()));
    all.addAll(new EmbeddedPython(repositories, session, project).classPath(plugin.getVersion()));
    return all;
  }
}
