package dev.vivarium.consumers;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.stream.Stream;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** The guide's test class, twice, in a project of its own. */
@DisplayName("docs/guide/testing.md, pasted")
class JUnitTest {

  private static final Path PAGE = Path.of("..", "docs", "guide", "testing.md");

  @TempDir Path folder;

  @Test
  @Way("tests under JUnit and Surefire, classes in parallel")
  void classesInParallel() throws Exception {
    Projects projects = new Projects(folder);
    Path project =
        projects.project(
            "shop",
            Projects.code(PAGE, "xml").getFirst(),
            Projects.code(Projects.GUIDE, "java").getFirst());
    Path pom = project.resolve("pom.xml");
    Files.writeString(
        pom,
        Files.readString(pom)
            .replaceFirst(
                "(?s)</dependencies>\\s*<build>",
                """
                <dependency>
                  <groupId>org.junit.jupiter</groupId>
                  <artifactId>junit-jupiter</artifactId>
                  <version>6.1.3</version>
                  <scope>test</scope>
                </dependency>
                </dependencies>
                <build>
                """)
            .replace(
                "<plugin><artifactId>maven-surefire-plugin</artifactId><version>3.6.1</version></plugin>",
                ""));
    Path tests = Files.createDirectories(project.resolve("src/test/java/shop"));
    String test = Projects.code(PAGE, "java").getFirst();
    for (String name : List.of("PricesTest", "OthersTest")) {
      Files.writeString(tests.resolve(name + ".java"), test.replace("PricesTest", name));
    }
    Path resources = Files.createDirectories(project.resolve("src/test/resources"));
    Files.writeString(
        resources.resolve("junit-platform.properties"),
        """
        junit.jupiter.execution.parallel.enabled=true
        junit.jupiter.execution.parallel.mode.default=concurrent
        """);

    String printed = projects.maven(project, "test").well();

    assertThat(printed).doesNotContain("orrupted channel");
    Path reports = project.resolve("target/surefire-reports");
    StringBuilder output = new StringBuilder();
    for (String name : List.of("PricesTest", "OthersTest")) {
      String report = Files.readString(reports.resolve("TEST-shop." + name + ".xml"));
      assertThat(report).contains("tests=\"1\"", "failures=\"0\"", "errors=\"0\"");
      output.append(report);
    }
    // Of classes in parallel Surefire cannot always say whose output it was
    assertThat(output.toString().split("three prices", -1)).hasSize(3);
    try (Stream<Path> files = Files.list(reports)) {
      assertThat(files).noneMatch(file -> file.toString().contains("dumpstream"));
    }
  }
}
