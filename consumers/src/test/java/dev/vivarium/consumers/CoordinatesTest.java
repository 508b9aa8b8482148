package dev.vivarium.consumers;

import static org.assertj.core.api.Assertions.assertThat;

import coursierapi.Cache;
import coursierapi.Dependency;
import coursierapi.Fetch;
import coursierapi.MavenRepository;
import java.io.File;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.regex.MatchResult;
import java.util.regex.Pattern;
import java.util.stream.Stream;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.FieldSource;

/** The coordinates, for build tools other than Maven. */
class CoordinatesTest {

  private static final Path README = Path.of("..", "README.md");

  static final List<String> PLATFORMS = Staging.PLATFORMS;

  @TempDir Path folder;

  @ParameterizedTest
  @FieldSource("PLATFORMS")
  @DisplayName("sbt's and Bazel's resolver gets each platform's CPython, on whatever machine")
  void coursier(String platform) throws Exception {
    String artifact = "vivarium-cpython-" + platform;
    List<File> files =
        Fetch.create()
            .withCache(Cache.create().withLocation(folder.toFile()))
            .withRepositories(
                MavenRepository.of(uri(Staging.repository())),
                MavenRepository.of(uri(Projects.fetched())))
            .addDependencies(
                Dependency.of("dev.vivarium", "vivarium-core", Staging.VERSION),
                Dependency.of("dev.vivarium", artifact, Staging.VERSION))
            .fetch();

    String cpython = Xml.texts(Staging.pom("vivarium"), "//cpython.version").getFirst();
    assertThat(files)
        .extracting(File::getName)
        .filteredOn(name -> !name.startsWith("jspecify-"))
        .containsExactlyInAnyOrderElementsOf(
            Stream.concat(
                    Stream.of("vivarium-core", "vivarium-cpython", artifact)
                        .map(name -> Staging.file(name, ".jar").getFileName().toString()),
                    Stream.of("cpython-" + cpython + "-" + platform + ".jar"))
                .toList());
  }

  private static String uri(Path folder) {
    return "file://" + folder.toAbsolutePath();
  }

  @Test
  @DisplayName("what ./vivarium install prints is what README and the guide say")
  void printed() throws Exception {
    // Only what is printed: the Maven here builds nothing
    Path maven = folder.resolve("mvn");
    Files.writeString(maven, "#!/bin/sh\necho \"$@\" >\"$(dirname \"$0\")/asked\"\n");
    assertThat(maven.toFile().setExecutable(true)).isTrue();
    ProcessBuilder builder =
        new ProcessBuilder(Path.of("..", "vivarium").toAbsolutePath().toString(), "install");
    builder
        .environment()
        .merge("PATH", folder.toString(), (path, fake) -> fake + File.pathSeparator + path);
    String printed = Projects.end(builder.directory(folder.toFile())).well();

    assertThat(Files.readString(folder.resolve("asked")))
        .contains("-Prelease", "-Dtest.platform=linux-x86_64")
        .endsWith("install\n");
    for (Path page : List.of(README, Projects.GUIDE)) {
      assertThat(printed)
          .contains(Projects.code(page, "xml").getFirst())
          .contains(Projects.code(page, "kotlin").getFirst());
    }
  }

  @Test
  @DisplayName("the coordinates for Gradle are of artifacts that there are")
  void gradle() throws Exception {
    String lines = Projects.code(Projects.GUIDE, "kotlin").getFirst();
    List<String> named =
        Pattern.compile("\"dev\\.vivarium:([^:\"]*)(?::([^\"]*))?\"")
            .matcher(lines)
            .results()
            .peek((MatchResult result) -> assertThat(result.group(2)).isIn(null, Staging.VERSION))
            .map(result -> result.group(1))
            .toList();
    assertThat(named)
        .containsExactly("vivarium-bom", "vivarium-core", "vivarium-cpython-linux-x86_64");
    for (String artifact : named) {
      assertThat(Staging.file(artifact, ".pom")).isRegularFile();
    }
  }
}
