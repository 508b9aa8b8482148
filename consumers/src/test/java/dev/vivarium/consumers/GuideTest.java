package dev.vivarium.consumers;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.File;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** The guide's lines, pasted into projects of users, and run. */
@DisplayName("docs/guide/packaging.md, pasted")
class GuideTest {

  @TempDir static Path folder;

  private static Path project;
  private static Path moduleProject;
  private static String classPath;

  @BeforeAll
  static void build() throws Exception {
    Projects projects = new Projects(folder);
    List<String> java = Projects.code(Projects.GUIDE, "java");
    List<String> xml = Projects.code(Projects.GUIDE, "xml");
    project = projects.project("class-path", xml.get(1), java.get(0));
    projects
        .maven(
            project,
            "package",
            "-Dmaven.test.skip",
            "dependency:build-classpath",
            "-Dmdep.outputFile=class-path.txt")
        .well();
    classPath = Files.readString(project.resolve("class-path.txt")).strip();
    moduleProject = projects.project("module-path", "", java.get(0), java.get(1));
    projects.maven(moduleProject, "compile").well();
  }

  private static Projects.Ended java(Path in, String... arguments) throws Exception {
    ProcessBuilder builder = new ProcessBuilder(Projects.tool("java"));
    builder.command().addAll(List.of(arguments));
    return Projects.end(builder.directory(in.toFile()));
  }

  @Test
  @DisplayName("the class path has what the platform needs, and no more")
  void whatIsResolved() {
    assertThat(classPath.split(File.pathSeparator))
        .extracting(entry -> Path.of(entry).getFileName().toString().replaceFirst("-[0-9].*", ""))
        .containsExactlyInAnyOrder(
            "vivarium-core",
            "vivarium-cpython",
            "vivarium-cpython-linux-x86_64",
            "cpython",
            "jspecify");
  }

  @Test
  @Way("the class path")
  @DisplayName("on the class path")
  void onTheClassPath() throws Exception {
    String all = project.resolve("target/classes") + File.pathSeparator + classPath;
    assertThat(
            java(project, "--enable-native-access=ALL-UNNAMED", "-cp", all, "hello.Hello").well())
        .isEqualTo("45\n");
  }

  @Test
  @Way("the module path alone")
  @DisplayName("on the module path alone")
  void onTheModulePath() throws Exception {
    assertThat(hello(moduleProject)).isEqualTo("45\n");
  }

  @Test
  @DisplayName(
      "Python reaches what a module opens to Vivarium alone; else it is told what to say there")
  void whatModulesOpen() throws Exception {
    Projects projects = new Projects(folder);
    List<String> java = Projects.code(Projects.GUIDE, "java");
    String program =
        """
        package hello;

        import dev.vivarium.Python;
        import dev.vivarium.PythonException;

        public class Hello {
          public static int seven() {
            return 7;
          }

          public static void main(String[] args) {
            try (Python python = Python.start()) {
              python.main().exec("from hello import Hello; print(Hello.seven())");
            } catch (PythonException e) {
              System.out.println(e.getMessage());
            }
          }
        }
        """;
    Path kept = projects.project("kept", "", program, java.get(1));
    projects.maven(kept, "compile").well();
    assertThat(hello(kept))
        .startsWith("ImportError: the module hello keeps hello.Hello to itself")
        .contains("'exports hello;' or 'opens hello to dev.vivarium;'");
    Path opened = projects.project("opened", "", program, java.get(2));
    projects.maven(opened, "compile").well();
    assertThat(hello(opened)).isEqualTo("7\n");
  }

  private static String hello(Path project) throws Exception {
    String all = project.resolve("target/classes") + File.pathSeparator + classPath;
    return java(
            project, "--enable-native-access=dev.vivarium", "-p", all, "-m", "hello/hello.Hello")
        .well();
  }

  @Test
  @DisplayName("on the module path without a CPython, the message names the artifact")
  void withoutCPython() throws Exception {
    String all =
        moduleProject.resolve("target/classes")
            + File.pathSeparator
            + String.join(
                File.pathSeparator,
                List.of(classPath.split(File.pathSeparator)).stream()
                    .filter(entry -> !entry.contains("bytedeco"))
                    .toList());
    Projects.Ended ended =
        java(
            moduleProject,
            "--enable-native-access=dev.vivarium",
            "-p",
            all,
            "-m",
            "hello/hello.Hello");
    assertThat(ended.status()).isNotZero();
    assertThat(ended.printed())
        .contains(
            "the embedded CPython for linux-x86_64 is not there: add the artifact"
                + " dev.vivarium:vivarium-cpython-linux-x86_64");
  }

  @Test
  @Way("one shaded jar (maven-shade-plugin)")
  @DisplayName("in one shaded jar")
  void shaded() throws Exception {
    assertThat(java(folder, "-jar", project.resolve("target/hello-1.jar").toString()).well())
        .isEqualTo("45\n");
  }

  @Test
  @Way("one shaded jar, with an ahead-of-time cache (JEP 514)")
  @DisplayName("in one shaded jar, from an ahead-of-time cache")
  void fromACache() throws Exception {
    String jar = project.resolve("target/hello-1.jar").toString();
    Path cache = folder.resolve("hello.aot");
    assertThat(java(folder, "-XX:AOTCacheOutput=" + cache, "-jar", jar).well()).startsWith("45\n");
    assertThat(java(folder, "-XX:AOTCache=" + cache, "-jar", jar).well()).isEqualTo("45\n");
    assertThat(java(folder, "-XX:AOTCache=" + cache, "-Xlog:class+load", "-jar", jar).well())
        .containsPattern("dev.vivarium.Python source: shared objects file");
  }

  @Test
  @Way("jshell")
  @DisplayName("in jshell")
  void inJshell() throws Exception {
    Path script = folder.resolve("script.jsh");
    Files.writeString(
        script,
        """
        import dev.vivarium.Python;
        try (Python python = Python.start()) {
          System.out.println(python.main().eval("6 * 7").asInt());
        }
        /exit
        """);
    assertThat(
            Projects.run(
                    folder,
                    List.of(
                        Projects.tool("jshell"),
                        "-s",
                        "-J-Djava.util.prefs.userRoot=" + folder,
                        "-R--enable-native-access=ALL-UNNAMED",
                        "--class-path",
                        classPath,
                        script.toString()))
                .well())
        .endsWith("42\n"); // after what it says about its preferences
  }
}
