package dev.vivarium.cpython;

import dev.vivarium.PythonStartException;
import java.io.File;
import java.io.IOException;
import java.lang.module.FindException;
import java.lang.module.ModuleFinder;
import java.lang.module.ModuleReference;
import java.net.URL;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;
import java.util.regex.Pattern;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;

/** Where the jar of an artifact of {@code org.bytedeco} is. */
final class Artifact {

  private Artifact() {}

  /** A folder of an artifact on the class path, or null. */
  static @Nullable URL resource(String folder) {
    ClassLoader own = Artifact.class.getClassLoader();
    ClassLoader context = Thread.currentThread().getContextClassLoader();
    URL url = own == null ? null : own.getResource(folder);
    return url == null && context != null && !context.equals(own)
        ? context.getResource(folder)
        : url;
  }

  /**
   * The jar of an artifact on the module path, or null. It is a module that requires JavaCPP, which
   * nobody has, so it is never resolved, and no class loader sees it. For the same reason jlink
   * takes it into no image: there it lies in the folder {@code lib/vivarium}.
   */
  static @Nullable Jar onModulePath(String artifact, String platform) {
    String path = System.getProperty("jdk.module.path", "");
    Path ofImage = Path.of(System.getProperty("java.home"), "lib", "vivarium");
    if (path.isEmpty() && !Files.isDirectory(ofImage)) {
      return null;
    }
    Path[] entries =
        Stream.concat(
                Arrays.stream(path.split(Pattern.quote(File.pathSeparator)))
                    .filter(entry -> !entry.isEmpty())
                    .map(Path::of),
                Stream.of(ofImage))
            .toArray(Path[]::new);
    try {
      return ModuleFinder.of(entries)
          .find("org.bytedeco." + artifact + "." + platform.replace('-', '.'))
          .flatMap(ModuleReference::location)
          .map(Path::of)
          .map(Jar::of)
          .orElse(null);
    } catch (FindException | IllegalArgumentException e) {
      throw new PythonStartException("the module path " + List.of(entries) + " cannot be read", e);
    }
  }

  /** The jar that a class path resource lies in. */
  static Jar jarOf(URL url, String artifact) {
    String name = artifact.equals("cpython") ? "CPython" : artifact;
    Jar jar;
    try {
      jar = Jar.of(url);
    } catch (IllegalArgumentException e) {
      throw new PythonStartException(
          "the " + name + " on the class path cannot be read: " + url, e);
    }
    if (jar != null) {
      return jar;
    }
    throw new PythonStartException(
        "the "
            + name
            + " on the class path is in no jar file, but at "
            + url
            + "; keep the jar of org.bytedeco:"
            + artifact
            + " a file, alone or in an executable jar of Spring Boot's, or "
            + (artifact.equals("cpython")
                ? "name another Python (PythonOptions, --python, VIVARIUM_PYTHON)"
                : "leave it out (PythonOptions.classPathPackages)"));
  }

  static PythonStartException unreadable(Jar jar, IOException e) {
    return new PythonStartException(
        jar + " cannot be read: " + e.getMessage() + "; delete it and let the build fetch it again",
        e);
  }
}
