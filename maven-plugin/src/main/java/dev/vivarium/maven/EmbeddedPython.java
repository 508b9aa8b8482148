package dev.vivarium.maven;

import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import org.apache.maven.plugin.MojoExecutionException;
import org.apache.maven.project.MavenProject;
import org.eclipse.aether.RepositorySystem;
import org.eclipse.aether.RepositorySystemSession;
import org.eclipse.aether.artifact.DefaultArtifact;
import org.eclipse.aether.collection.CollectRequest;
import org.eclipse.aether.graph.Dependency;
import org.eclipse.aether.repository.RemoteRepository;
import org.eclipse.aether.resolution.DependencyRequest;
import org.eclipse.aether.resolution.DependencyResolutionException;

/**
 * The embedded CPython of the machine that builds, which need not be one of those that the program
 * is to run on, and so is none of the project's dependencies.
 */
record EmbeddedPython(
    RepositorySystem repositories, RepositorySystemSession session, MavenProject project) {

  List<String> classPath(String version) throws MojoExecutionException {
    String name = "dev.vivarium:vivarium-cpython-" + platform() + ":" + version;
    CollectRequest wanted =
        new CollectRequest(new Dependency(new DefaultArtifact(name), "runtime"), remotes());
    try {
      return repositories
          .resolveDependencies(session, new DependencyRequest(wanted, null))
          .getArtifactResults()
          .stream()
          .map(result -> result.getArtifact().getFile().toString())
          .toList();
    } catch (DependencyResolutionException e) {
      throw new MojoExecutionException(
          "the embedded CPython for the machine that builds, "
              + name
              + ", cannot be had: "
              + e.getMessage(),
          e);
    }
  }

  /** This machine, in the words of the artifacts' names. */
  private static String platform() {
    String os = System.getProperty("os.name").toLowerCase(Locale.ROOT);
    String system = os.startsWith("mac") ? "macosx" : os.startsWith("win") ? "windows" : "linux";
    String processor = System.getProperty("os.arch").toLowerCase(Locale.ROOT);
    return system + (List.of("aarch64", "arm64").contains(processor) ? "-arm64" : "-x86_64");
  }

  private List<RemoteRepository> remotes() {
    List<RemoteRepository> all = new ArrayList<>(project.getRemotePluginRepositories());
    all.addAll(project.getRemoteProjectRepositories());
    return all;
  }
}
