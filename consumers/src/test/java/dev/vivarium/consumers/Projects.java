package dev.vivarium.consumers;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.File;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.TimeUnit;
import java.util.regex.MatchResult;
import java.util.regex.Pattern;

/**
 * Where projects of users are built: with a local repository of their own, which is filled from
 * what is staged and from what this build's Maven has fetched. Nothing comes over the network.
 */
final class Projects {

  /** How a process ended, and what it printed. */
  record Ended(int status, String printed) {

    /** What it printed, if it ended well. */
    String well() {
      assertThat(status).as(printed).isZero();
      return printed;
    }
  }

  static final Path GUIDE = Path.of("..", "docs", "guide", "packaging.md");
  static final Path DEPLOYMENT = Path.of("..", "docs", "guide", "deployment.md");

  private static final int LONGEST_SECONDS = 300;

  private final Path folder;

  Projects(Path folder) throws IOException {
    this.folder = folder;
    Files.writeString(
        folder.resolve("settings.xml"),
        """
        <settings>
          <localRepository>%s</localRepository>
          <mirrors>
            <mirror><id>fetched</id><mirrorOf>central</mirrorOf><url>%s</url></mirror>
          </mirrors>
          <profiles>
            <profile>
              <id>staged</id>
              <repositories>
                <repository>
                  <id>staged</id>
                  <url>%s</url>
                  <releases><checksumPolicy>fail</checksumPolicy></releases>
                  <snapshots><enabled>true</enabled><checksumPolicy>fail</checksumPolicy></snapshots>
                </repository>
              </repositories>
              <pluginRepositories>
                <pluginRepository>
                  <id>staged</id>
                  <url>%s</url>
                  <releases><checksumPolicy>fail</checksumPolicy></releases>
                  <snapshots><enabled>true</enabled><checksumPolicy>fail</checksumPolicy></snapshots>
                </pluginRepository>
              </pluginRepositories>
            </profile>
          </profiles>
          <activeProfiles><activeProfile>staged</activeProfile></activeProfiles>
        </settings>
        """
            .formatted(
                folder.resolve("repository"),
                fetched().toUri(),
                Staging.repository().toUri(),
                Staging.repository().toUri()));
  }

  /** What this build's Maven has fetched. */
  static Path fetched() {
    return Path.of(System.getProperty("vivarium.repository"));
  }

  Ended maven(Path project, String... arguments) throws Exception {
    List<String> command = new ArrayList<>(List.of("mvn", "-B", "-ntp", "-q", "-s"));
    command.add(folder.resolve("settings.xml").toString());
    command.addAll(List.of(arguments));
    return run(project, command);
  }

  /** Runs a guide's lines in a shell, with this JDK and this Maven. */
  Ended shell(Path project, String lines) throws Exception {
    Path bin = Files.createDirectories(folder.resolve("bin"));
    Path mvn = bin.resolve("mvn");
    if (!Files.exists(mvn)) {
      Files.writeString(
          mvn,
          """
          #!/bin/sh
          PATH=${PATH#*:}
          mvn -B -ntp -q -s '%s' -Dmaven.test.skip "$@" >mvn.txt 2>&1 || { cat mvn.txt; exit 1; }
          """
              .formatted(folder.resolve("settings.xml")));
      assertThat(mvn.toFile().setExecutable(true)).isTrue();
    }
    ProcessBuilder builder = new ProcessBuilder("sh", "-euc", lines);
    String path =
        String.join(
            File.pathSeparator,
            bin.toString(),
            Path.of(System.getProperty("java.home"), "bin").toString(),
            System.getenv("PATH"));
    builder.environment().put("PATH", path);
    return end(builder.directory(project.toFile()));
  }

  static Ended run(Path project, List<String> command) throws Exception {
    return end(new ProcessBuilder(command).directory(project.toFile()));
  }

  static Ended end(ProcessBuilder builder) throws Exception {
    builder.environment().put("JAVA_HOME", System.getProperty("java.home"));
    builder.environment().remove("MAVEN_PROJECTBASEDIR");
    Path printed = Files.createTempFile(builder.directory().toPath(), "printed", ".txt");
    Process process = builder.redirectErrorStream(true).redirectOutput(printed.toFile()).start();
    process.getOutputStream().close();
    if (!process.waitFor(LONGEST_SECONDS, TimeUnit.SECONDS)) {
      process.destroyForcibly();
      throw new AssertionError(builder.command() + " has not ended: " + Files.readString(printed));
    }
    return new Ended(process.exitValue(), Files.readString(printed));
  }

  /** The path of a program of this JDK. */
  static String tool(String name) {
    return Path.of(System.getProperty("java.home"), "bin", name).toString();
  }

  /** The pieces of code in a page, of one language, in order. */
  static List<String> code(Path page, String language) throws IOException {
    return Pattern.compile("(?s)```" + language + "\n(.*?)```")
        .matcher(Files.readString(page))
        .results()
        .map((MatchResult result) -> result.group(1))
        .toList();
  }

  /** A project with the dependencies that the guide has, to be pasted, and a source file or two. */
  Path project(String name, String plugins, String... sources) throws Exception {
    Path project = Files.createDirectories(folder.resolve(name));
    Files.writeString(
        project.resolve("pom.xml"),
        """
        <project xmlns="http://maven.apache.org/POM/4.0.0">
          <modelVersion>4.0.0</modelVersion>
          <groupId>com.example</groupId>
          <artifactId>hello</artifactId>
          <version>1</version>
          <properties>
            <maven.compiler.release>25</maven.compiler.release>
            <project.build.sourceEncoding>UTF-8</project.build.sourceEncoding>
          </properties>
        %s
          <build>
            <plugins>
              <plugin><artifactId>maven-resources-plugin</artifactId><version>3.5.0</version></plugin>
              <plugin><artifactId>maven-compiler-plugin</artifactId><version>3.16.0</version></plugin>
              <plugin><artifactId>maven-surefire-plugin</artifactId><version>3.6.1</version></plugin>
              <plugin><artifactId>maven-jar-plugin</artifactId><version>3.5.1</version></plugin>
              <plugin><artifactId>maven-dependency-plugin</artifactId><version>3.11.0</version></plugin>
        %s
            </plugins>
          </build>
        </project>
        """
            .formatted(code(GUIDE, "xml").getFirst(), plugins));
    for (String source : sources) {
      String file =
          source.startsWith("module ")
              ? "module-info.java"
              : "hello" + File.separator + "Hello.java";
      Path path = project.resolve("src/main/java").resolve(file);
      Files.createDirectories(path.getParent());
      Files.writeString(path, source);
    }
    return project;
  }
}
