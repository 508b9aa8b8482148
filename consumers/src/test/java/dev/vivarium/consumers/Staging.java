package dev.vivarium.consumers;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assumptions.assumeThat;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.stream.Stream;
import org.w3c.dom.Document;

/** The folder that {@code ./verify} has deployed to, as a release goes. */
final class Staging {

  static final String VERSION = System.getProperty("vivarium.version");

  static final List<String> PLATFORMS =
      List.of("linux-x86_64", "linux-arm64", "macosx-arm64", "macosx-x86_64", "windows-x86_64");

  /** What is released as a jar. */
  static final List<String> JARS =
      Stream.concat(
              Stream.of(
                  "core",
                  "cpython",
                  "host",
                  "script",
                  "arrow",
                  "micrometer",
                  "spring-boot-starter",
                  "spark",
                  "flink",
                  "cli",
                  "cli-spark",
                  "maven-plugin"),
              PLATFORMS.stream().map(platform -> "cpython-" + platform))
          .map(name -> "vivarium-" + name)
          .toList();

  /** What is released as a pom alone. */
  static final List<String> POMS = List.of("vivarium", "vivarium-platforms", "vivarium-bom");

  private static final Path FOLDER = Path.of(System.getProperty("vivarium.staging"));

  private Staging() {}

  /** The folder, as a Maven repository. Skips the test where nothing is staged. */
  static Path repository() {
    assumeThat(FOLDER)
        .as(
            "skipped: nothing is staged; ./verify does so, unless offline or told of modules or tests")
        .exists();
    return FOLDER;
  }

  /** The folders of artifacts. */
  static Path artifacts() {
    return repository().resolve("dev/vivarium");
  }

  /** A file of an artifact: {@code .pom}, {@code -sources.jar}. */
  static Path file(String artifact, String ending) {
    Path folder = artifacts().resolve(artifact).resolve(VERSION);
    return folder.resolve(prefix(folder) + ending);
  }

  /** All files of an artifact's version, by what comes after the name and the version. */
  static List<String> endings(String artifact) throws IOException {
    Path folder = artifacts().resolve(artifact).resolve(VERSION);
    try (Stream<Path> files = Files.list(folder)) {
      return files
          .map(file -> file.getFileName().toString())
          .filter(name -> !name.startsWith("maven-metadata.xml"))
          .peek(name -> assertThat(name).startsWith(prefix(folder)))
          .map(name -> name.substring(prefix(folder).length()))
          .sorted()
          .toList();
    }
  }

  /** The name and the version, which for a snapshot is a time. */
  private static String prefix(Path folder) {
    try (Stream<Path> files = Files.list(folder)) {
      List<String> poms =
          files
              .map(file -> file.getFileName().toString())
              .filter(name -> name.endsWith(".pom"))
              .toList();
      assertThat(poms).as("poms in " + folder).hasSize(1);
      return poms.getFirst().substring(0, poms.getFirst().length() - ".pom".length());
    } catch (IOException e) {
      throw new AssertionError("not staged: " + folder, e);
    }
  }

  static Document pom(String artifact) throws Exception {
    return Xml.read(file(artifact, ".pom"));
  }
}
