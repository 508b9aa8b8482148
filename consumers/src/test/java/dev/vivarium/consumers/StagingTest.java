package dev.vivarium.consumers;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.MessageDigest;
import java.util.ArrayList;
import java.util.Collections;
import java.util.HashSet;
import java.util.HexFormat;
import java.util.List;
import java.util.Set;
import java.util.TreeSet;
import java.util.jar.JarFile;
import java.util.stream.Stream;
import java.util.zip.ZipEntry;
import java.util.zip.ZipFile;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.w3c.dom.Document;

/** What Maven Central wants of a release, and what we promise of one. */
class StagingTest {

  private static final Path TOP = Path.of("..").toAbsolutePath().normalize();

  private static final List<String> JAR_ENDINGS =
      List.of("-cyclonedx.json", "-javadoc.jar", "-sources.jar", ".jar", ".pom");

  @Test
  @DisplayName("what is released is there, with sources, Javadoc, bills of materials and checksums")
  void files() throws Exception {
    try (Stream<Path> folders = Files.list(Staging.artifacts())) {
      assertThat(folders.map(folder -> folder.getFileName().toString()))
          .filteredOn(name -> !name.startsWith("maven-metadata.xml")) // of plugins: Maven 3.9's
          .containsExactlyInAnyOrderElementsOf(
              Stream.concat(Staging.JARS.stream(), Staging.POMS.stream()).toList());
    }
    for (String jar : Staging.JARS) {
      checkFiles(jar, JAR_ENDINGS);
    }
    for (String pom : Staging.POMS) {
      checkFiles(
          pom, pom.equals("vivarium-bom") ? List.of(".pom") : List.of("-cyclonedx.json", ".pom"));
    }
  }

  private static void checkFiles(String artifact, List<String> wanted) throws Exception {
    List<String> endings = Staging.endings(artifact);
    assertThat(endings.stream().filter(name -> !name.endsWith(".md5") && !name.endsWith(".sha1")))
        .as(artifact)
        .filteredOn(name -> !name.contains(".asc"))
        .containsExactlyElementsOf(wanted);
    for (String ending : wanted) {
      byte[] content = Files.readAllBytes(Staging.file(artifact, ending));
      assertThat(Staging.file(artifact, ending + ".md5")).hasContent(digest("MD5", content));
      assertThat(Staging.file(artifact, ending + ".sha1")).hasContent(digest("SHA-1", content));
    }
  }

  private static String digest(String algorithm, byte[] content) throws Exception {
    return HexFormat.of().formatHex(MessageDigest.getInstance(algorithm).digest(content));
  }

  @Test
  @DisplayName("each pom has what Maven Central wants, of its own or from its parent")
  void poms() throws Exception {
    for (String artifact : Stream.concat(Staging.JARS.stream(), Staging.POMS.stream()).toList()) {
      Document pom = Staging.pom(artifact);
      assertThat(Xml.texts(pom, "/project/artifactId")).containsExactly(artifact);
      for (String own : List.of("name", "description")) {
        assertThat(Xml.texts(pom, "/project/" + own)).as(artifact).singleElement().isNotEqualTo("");
      }
      for (String path :
          List.of(
              "groupId",
              "version",
              "url",
              "licenses/license/name",
              "licenses/license/url",
              "developers/developer/name",
              "scm/connection",
              "scm/developerConnection",
              "scm/url")) {
        List<String> found = List.of();
        for (Document at = pom; found.isEmpty() && at != null; at = parent(at)) {
          found = Xml.texts(at, "/project/" + path);
        }
        assertThat(found).as(artifact + " has " + path).singleElement().isNotEqualTo("");
      }
      // A consumer's build tool may know nothing of profiles
      assertThat(Xml.texts(pom, "//profile//dependency | //profile/activation/os"))
          .as(artifact)
          .isEmpty();
    }
  }

  private static Document parent(Document pom) throws Exception {
    List<String> parent = Xml.texts(pom, "/project/parent/artifactId");
    return parent.isEmpty() ? null : Staging.pom(parent.getFirst());
  }

  @Test
  @DisplayName(
      "the BOM has all artifacts, in this version, and the same facts as the others' parent")
  void billOfMaterials() throws Exception {
    Document bom = Staging.pom("vivarium-bom");
    String managed = "/project/dependencyManagement/dependencies/dependency/";
    assertThat(Xml.texts(bom, managed + "artifactId"))
        .containsExactlyInAnyOrderElementsOf(Staging.JARS);
    assertThat(Set.copyOf(Xml.texts(bom, managed + "version")))
        .containsExactly("${project.version}");
    assertThat(Xml.texts(bom, "/project/version")).containsExactly(Staging.VERSION);
    Document parent = Staging.pom("vivarium");
    for (String fact : List.of("properties/hosting", "url", "licenses", "developers", "scm")) {
      assertThat(Xml.texts(bom, "/project/" + fact))
          .isEqualTo(Xml.texts(parent, "/project/" + fact));
    }
  }

  @Test
  @DisplayName(
      "each jar has LICENSE and NOTICE, one time for all entries, and no path of this machine")
  void jars() throws Exception {
    Set<String> times = new HashSet<>();
    for (String artifact : Staging.JARS) {
      for (String ending : List.of(".jar", "-sources.jar", "-javadoc.jar")) {
        try (ZipFile jar = new ZipFile(Staging.file(artifact, ending).toFile())) {
          for (String name : List.of("LICENSE", "NOTICE")) {
            ZipEntry entry = jar.getEntry("META-INF/" + name);
            assertThat(entry).as(artifact + ending + " has " + name).isNotNull();
            assertThat(jar.getInputStream(entry).readAllBytes())
                .isEqualTo(Files.readAllBytes(TOP.resolve(name)));
          }
          for (ZipEntry entry : Collections.list(jar.entries())) {
            times.add(entry.getTimeLocal().toString());
            assertThat(read(jar, entry)).as(entry.getName()).doesNotContain(TOP.toString());
          }
        }
      }
    }
    assertThat(times).hasSize(1);
  }

  @Test
  @DisplayName("each jar says which version it is")
  void versions() throws Exception {
    for (String artifact : Staging.JARS) {
      try (JarFile jar = new JarFile(Staging.file(artifact, ".jar").toFile())) {
        assertThat(jar.getManifest().getMainAttributes().getValue("Implementation-Version"))
            .as(artifact)
            .isEqualTo(Staging.VERSION);
      }
    }
  }

  private static String read(ZipFile jar, ZipEntry entry) throws IOException {
    return new String(jar.getInputStream(entry).readAllBytes(), StandardCharsets.ISO_8859_1);
  }

  @Test
  @DisplayName("the sources are those of the classes, and Javadoc is there for what is exported")
  void sourcesAndJavadoc() throws Exception {
    for (String artifact : Staging.JARS) {
      Set<String> classes = new TreeSet<>();
      Set<String> sources = new TreeSet<>();
      for (String name : names(Staging.file(artifact, ".jar"))) {
        if (name.endsWith(".class") && !name.contains("$")) {
          classes.add(name.replaceFirst("\\.class$", ".java"));
        }
      }
      for (String name : names(Staging.file(artifact, "-sources.jar"))) {
        if (name.endsWith(".java") && !name.endsWith("package-info.java")) {
          sources.add(name);
        }
      }
      classes.removeIf(name -> name.endsWith("package-info.java"));
      assertThat(sources).as(artifact).isEqualTo(classes);
    }
    assertThat(names(Staging.file("vivarium-core", "-sources.jar")))
        .anyMatch(name -> name.endsWith("java.py"));
    assertThat(names(Staging.file("vivarium-core", "-javadoc.jar")))
        .contains("dev.vivarium/dev/vivarium/Python.html")
        .noneMatch(name -> name.contains("/internal/"));
    assertThat(names(Staging.file("vivarium-script", "-javadoc.jar")))
        .contains("dev.vivarium.script/dev/vivarium/script/PythonScriptEngineFactory.html");
  }

  private static List<String> names(Path jar) throws IOException {
    List<String> names = new ArrayList<>();
    try (ZipFile zip = new ZipFile(jar.toFile())) {
      zip.stream().forEach(entry -> names.add(entry.getName()));
    }
    return names;
  }

  @Test
  @DisplayName("the bills of materials name what is depended on, with the platform")
  void materials() throws Exception {
    assertThat(Files.readString(Staging.file("vivarium-core", "-cyclonedx.json")))
        .contains("pkg:maven/org.jspecify/jspecify@");
    for (String platform : Staging.PLATFORMS) {
      assertThat(Files.readString(Staging.file("vivarium-cpython-" + platform, "-cyclonedx.json")))
          .containsPattern("pkg:maven/org\\.bytedeco/cpython@[^\"]*classifier=" + platform)
          .doesNotContain("javacpp@");
    }
  }

  @Test
  @DisplayName("a release is refused until the pom says where the project is hosted")
  void hosting(@TempDir Path folder) throws Exception {
    Staging.repository();
    String pom =
        Files.readString(TOP.resolve("pom.xml")).replaceFirst("(?s)<modules>.*?</modules>", "");
    Path copy = folder.resolve("pom.xml");
    Projects projects = new Projects(folder);
    Files.writeString(copy, pom);
    assertThat(projects.maven(folder, "-Prelease", "-Dquick", "validate").status()).isZero();

    Files.writeString(copy, pom.replaceFirst("<version>[^<]*</version>", "<version>1.0</version>"));
    Projects.Ended ended = projects.maven(folder, "-Prelease", "-Dquick", "validate");
    assertThat(ended.status()).isNotZero();
    assertThat(ended.printed()).contains("Say where the project is hosted");
  }
}
