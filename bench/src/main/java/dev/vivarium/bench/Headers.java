package dev.vivarium.bench;

import dev.vivarium.Python;
import java.io.IOException;
import java.net.URI;
import java.net.URISyntaxException;
import java.net.URL;
import java.nio.file.FileSystem;
import java.nio.file.FileSystems;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.stream.Stream;

/** Where the C headers of a running Python are. */
final class Headers {

  private Headers() {}

  /**
   * The folder with the running Python's {@code Python.h}: the one it names itself, or, where an
   * embedded Python was unpacked without its headers, a copy in {@code folder} of those in its jar.
   *
   * @throws TwinException if there are none
   */
  static Path of(Python python, Path folder) throws TwinException {
    String named = python.main().eval("__import__('sysconfig').get_path('include')").asString();
    Path include = Path.of(named);
    if (Files.isRegularFile(include.resolve("Python.h"))) {
      return include;
    }
    String inJar =
        "org/bytedeco/cpython/" + platform() + "/include/" + include.getFileName() + "/Python.h";
    URL found = Headers.class.getClassLoader().getResource(inJar);
    if (found == null) {
      throw new TwinException(
          "no Python.h in " + include + "; install the development files of this Python", null);
    }
    try {
      return unpacked(found, folder.resolve("include"));
    } catch (IOException | URISyntaxException e) {
      throw new TwinException("the headers in " + found + " cannot be unpacked: " + e, e);
    }
  }

  /** Copies the folder in which that file of a jar lies. */
  private static Path unpacked(URL pythonH, Path to) throws IOException, URISyntaxException {
    int entry = pythonH.toString().indexOf("!/");
    int name = pythonH.toString().lastIndexOf('/');
    URI jarFile = new URI(pythonH.toString().substring(0, entry));
    String include = pythonH.toString().substring(entry + 1, name);
    try (FileSystem jar = FileSystems.newFileSystem(jarFile, Map.<String, Object>of());
        Stream<Path> files = Files.walk(jar.getPath(include))) {
      Path from = jar.getPath(include);
      for (Path file : (Iterable<Path>) files.filter(Files::isRegularFile)::iterator) {
        Path copy = to.resolve(from.relativize(file).toString());
        Files.createDirectories(copy.getParent());
        Files.copy(file, copy);
      }
    }
    return to;
  }

  /** This platform under the name that the jars of CPython use. */
  private static String platform() {
    String os = System.getProperty("os.name").toLowerCase(Locale.ROOT);
    String system =
        os.startsWith("mac") ? "macosx" : os.startsWith("windows") ? "windows" : "linux";
    boolean arm = List.of("aarch64", "arm64").contains(System.getProperty("os.arch"));
    return system + (arm ? "-arm64" : "-x86_64");
  }
}
